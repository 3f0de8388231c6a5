/* SPDX-License-Identifier: ISC */
/*
 * A rig for the tests of the link floor: a loop whose clock the test turns,
 * ends that remember what happened to them, and a peer made by hand from Noise
 * and a socket, who can send what no link would.
 */
#ifndef TACET_RIG_H
#define TACET_RIG_H

#include "link.h"

struct rig {
	struct loop *loop;
	struct clock clock;
	struct rng rng;
	struct rng_seeded seed;
	int64_t now;
	uint8_t client[DH_SIZE], client_public[DH_SIZE];
	uint8_t relay[DH_SIZE], relay_public[DH_SIZE];
};

/* What one side lived through. */
struct end {
	struct link *link;              /* NULL once closed */
	unsigned opened, closed, heard;
	int err;
	char why[256];
	struct buf seen;                /* every message heard, encoded again */
	uint16_t last;                  /* its code */
	bool inside;                    /* a call of ours is under way */
	void (*also)(struct end *, const struct msg *);
	void *more;
};

void rig_init(struct rig *);
void rig_free(struct rig *);
void rig_turn(struct rig *, int64_t ms);        /* the clock, then run */
/* Hears until nothing happened for a while (socket pairs need no waiting). */
void rig_run(struct rig *);
/* Hears (real time, 3 s at most) until the condition holds. */
bool rig_until(struct rig *, bool (*)(void *), void *);
struct link_setup rig_setup(struct rig *, struct end *, bool client);
void rig_pair(int fd[static 2]);                /* non-blocking socket pair */
/* Two ends, open. */
void rig_open(struct rig *, struct end *client, struct end *relay,
    enum noise_cipher);
void end_free(struct end *);
void rig_close(struct rig *, struct end *, struct end *);       /* both ends */

/* A client by hand. `sent` keeps all that it wrote. */
struct hand {
	struct noise noise;
	struct noise_key send, recv;
	struct buf sent;
	uint8_t opening[64];
	size_t opening_n;
	int fd;
};
/* Opening and message 1 in h->sent, nothing written. */
void hand_begin(struct hand *, struct rig *, enum noise_cipher,
    struct bytes versions);
int hand_answer(struct hand *, struct bytes msg2);      /* without its size */
/* A record around plain, behind h->sent. */
void hand_record(struct hand *, struct bytes plain);
void hand_frame(struct buf *, uint16_t code, struct bytes fields);
void hand_write(struct hand *, struct bytes);
/* begin, write, run, answer: the transport keys are there */
void hand_shake(struct hand *, struct rig *, enum noise_cipher);
/* All of that: the end is open, and nothing is in h->sent */
void hand_open(struct hand *, struct rig *, struct end *, enum noise_cipher);
size_t hand_read(int fd, uint8_t *p, size_t n);         /* what there is now */
bool hand_eof(int fd);          /* read to the end and it was one */

#endif

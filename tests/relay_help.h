/* SPDX-License-Identifier: ISC */
/*
 * A relay in this process and devices that talk to it over real links, on a
 * clock that tests can turn. Devices ask and wait; what comes unasked is kept
 * until somebody looks.
 */
#ifndef TACET_RELAY_HELP_H
#define TACET_RELAY_HELP_H

#include "relay.h"

struct desk {
	struct loop *loop;
	struct relay *relay;
	struct options options;
	struct clock clock;
	int64_t wall_skew, mono_skew;
	struct log log;
	char *dir;
	/* a relay in another process: relay is NULL, and these are set */
	uint16_t far_port;
	uint8_t far_key[DH_SIZE];
};
struct got {
	struct msg m;
	struct buf raw;
};
struct dev {
	struct desk *w;
	struct link *link;              /* NULL once it has ended */
	int closed;                     /* err of its end */
	bool open, mute;                /* mute: reads nothing */
	char name[NAME_LEN + 1];
	uint8_t account_secret[SIGN_SECRET], account_public[SIGN_PUBLIC];
	uint8_t account[ACCOUNT_ID], device[DEVICE_ID];
	uint8_t sign_secret[SIGN_SECRET];
	uint8_t transport[DH_SIZE];     /* secret */
	struct record record;
	struct buf raw;                 /* its encoding */
	uint32_t req;
	struct got *got;
	size_t n, cap, seen;
};

/* What a blob is read and deleted by, and what a relay knows of that */
struct dev_caps {
	uint8_t read[KEY_SIZE], del[KEY_SIZE], id[WIRE_KEY], del_hash[HASH32];
};

/* store "ram" or "sqlite"; options as "name", "value", ..., NULL */
void desk_open(struct desk *, const char *store, ...);
void desk_start(struct desk *);       /* again, on the same folder */
void desk_stop(struct desk *);
void desk_close(struct desk *);
void desk_hear(struct desk *, int ms);  /* one turn, of whatever is here */
void desk_turn(struct desk *);        /* a few turns, until it is quiet */
/* How many of the store's counts are not what is there: 0. */
unsigned desk_audit(struct desk *);
void desk_pass(struct desk *, int64_t ms);    /* both clocks */

void dev_init(struct dev *, struct desk *, const char *name);
void dev_join(struct dev *, struct desk *, const char *name); /* and enrols */
void dev_dial(struct dev *);            /* over a socket pair, and hello */
void dev_dial_tcp(struct dev *);
void dev_dial_half(struct dev *);        /* over TCP; nothing is waited for */
void dev_back(struct dev *);            /* dials if the time was too long */
void dev_hang(struct dev *);            /* ends the connection */
void dev_free(struct dev *);
/* Sends; the answer's code with ERR_* of a fail, or ERR_TIMEOUT, ERR_NET.
 * *answer (may be NULL) stays until dev_clear. */
int dev_ask(struct dev *, struct msg *, const struct msg **answer);
void dev_send(struct dev *, const struct msg *);
/* The next unasked message with this code, or NULL. */
const struct msg *dev_next(struct dev *, uint16_t code);
size_t dev_count(struct dev *, uint16_t code);
void dev_clear(struct dev *);

int dev_enrol(struct dev *, struct bytes invite);
int dev_create(struct dev *, const uint8_t *log, const uint8_t *access);
int dev_open(struct dev *, const uint8_t *log, const uint8_t *access,
    uint64_t epoch, uint64_t from);
/* id: 16 times this byte; access: NULL unless a commit. *number: of the done
 * or of the fail. */
int dev_append(struct dev *, const uint8_t *log, uint8_t id, uint64_t epoch,
    uint8_t flags, const uint8_t *access, const char *text, uint64_t *number);
struct dev_caps dev_caps(uint8_t n);     /* n: others for another blob */
int dev_box(struct dev *, const struct dev *to, uint8_t id, const char *text);

#endif

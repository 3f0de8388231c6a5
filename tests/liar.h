/* SPDX-License-Identifier: ISC */
/*
 * A relay that lies about its directory, with its own real head key: another
 * log than the one it has, shown to one of its users or to all, with proofs
 * that are right for it; or proofs that are not. Never part of a program.
 */
#ifndef TACET_LIAR_H
#define TACET_LIAR_H

#include "relay.h"

enum liar_how {                 /* what is wrong with an answer */
	LIAR_RIGHT,             /* nothing: it fits this log */
	LIAR_NO_PROOF, LIAR_FLIP, LIAR_NUMBER, LIAR_SIZE, LIAR_HEAD_KEY,
	LIAR_UNSIGNED,
	LIAR_LEAVES,            /* leaves that are not those of its head */
	LIAR_COUNT
};
struct liar {
	struct relay *r;
	const char *victim;             /* NULL: everybody */
	enum liar_how how;
	bool silent;                    /* answers nothing about it */
	int64_t age;                    /* of its heads, ms */
	struct leaf *leaf;
	size_t n;
	struct liar_record {
		struct record rec;
		struct buf raw;
	} shown[8];                     /* in place of the true ones */
	size_t shows;
	uint8_t secret[SIGN_SECRET];    /* the relay's true head key */
	uint8_t other[SIGN_SECRET];     /* a head key that nobody pinned */
	bool forged;                    /* its leaf is there */
	unsigned lies;                  /* answers that were replaced */
	unsigned records;               
	uint8_t head[HEAD_SIZE];        /* of the answer under way */
	struct buf proof, page;
};
/* Its log is the relay's own, from the first leaf on. */
void liar_open(struct liar *, struct relay *);
void liar_close(struct liar *);
void liar_tell(struct liar *);          /* from now on */
void liar_stop(struct liar *);
void liar_sync(struct liar *);          /* takes over what is new there */
void liar_leaf(struct liar *, const struct record *);   /* as the next one */
/* Shows this for the record's name; its leaf is there already. */
void liar_show(struct liar *, const struct record *, struct bytes raw);
void liar_head(struct liar *, size_t size, struct head *);
/* The relay itself, for good: the name belongs to this record's account, whose
 * version is 2 or more, and the log says so after what it said before. */
void liar_rebind(struct relay *, const struct record *, struct bytes raw);
/* A record under somebody's name and keys that are nobody's. */
void liar_mallory(const struct record *of, struct record *, struct buf *raw);

#endif

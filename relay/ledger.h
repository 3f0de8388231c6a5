/* SPDX-License-Identifier: ISC */
/*
 * The log of the directory and its signed heads (DESIGN 4). relay.h includes
 * this for everybody. The ledger is the tree in the store, as large as what was
 * taken; the head is what was signed of it: never more than what is kept.
 */
#ifndef TACET_LEDGER_H
#define TACET_LEDGER_H

#include "base.h"
#include "ident.h"
#include "signer.h"

struct relay;
struct peer;

/* --- ledger.c: leaves and nodes in the store --- */

#define LEDGER_PAGE 512                 /* leaves in one message */
#define LEDGER_BATCH 256                /* records in a turn of ledger_build */

struct ledger_turn {
	uint64_t turn, size;
};
struct ledger {
	struct merkle_range range;      /* all that was taken */
	bool stale;                     /* a turn was lost: read it again */
	uint64_t kept;                  /* leaves that are on the disk */
	uint64_t noted;                 /* size at the end of the last turn */
	struct ledger_turn *turn;       /* handed over and not reported */
	size_t n, cap;
};
int ledger_open(struct relay *) MUST_CHECK;
void ledger_free(struct relay *);
/* From a folder that has no ledger yet: all records, in their order. */
int ledger_build(struct relay *) MUST_CHECK;
int ledger_add(struct relay *, const struct record *) MUST_CHECK;
/* Where the record of this version stands; prev as in struct leaf. */
int ledger_find(struct relay *, const uint8_t account[static ACCOUNT_ID],
    uint64_t version, uint64_t *number, uint64_t *prev) MUST_CHECK;
/* Appends leaves from..below, at most LEDGER_PAGE of them. */
int ledger_page(struct relay *, uint64_t from, uint64_t below, struct buf *)
    MUST_CHECK;
int ledger_root(struct relay *, uint64_t size, uint8_t root[static HASH32])
    MUST_CHECK;
struct merkle_nodes ledger_nodes(struct relay *);
void ledger_turn(struct relay *);       /* before the turn is handed over */
void ledger_kept(struct relay *, uint64_t turn);
void ledger_lost(struct relay *, uint64_t turn);

/* --- heads.c: what is signed of it, and the answers that rest on that --- */

#define HEADS_RENEW (6ll * 3600 * 1000) /* a head this old is signed again */

struct heads_wait {                     /* a lookup that no head covers yet */
	struct peer *peer;
	uint32_t req;
	uint8_t account[ACCOUNT_ID];
};
struct heads {
	struct head head;
	uint8_t raw[HEAD_SIZE];
	bool have;
	struct heads_wait *wait;
	size_t n, cap;
};
int heads_open(struct relay *, enum signer_way, char **why) MUST_CHECK;
void heads_free(struct relay *);
void heads_sign(struct relay *);        /* if there is more to be signed */
/* Answers with the newest record, now or when a head covers it. */
int heads_lookup(struct relay *, struct peer *, uint32_t req,
    const uint8_t account[static ACCOUNT_ID]) MUST_CHECK;
void heads_answered(struct relay *, struct bytes answer);
void heads_again(struct relay *);       /* who waits is looked at once more */
void heads_leave(struct relay *, struct peer *);

#endif

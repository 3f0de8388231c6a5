/* SPDX-License-Identifier: ISC */
/*
 * A world of MLS members in one process, for the scenario tests: people with
 * keys, each with the group as they see it, and a wire on which every step is
 * delivered to all. A fixed seed makes a run repeatable. Any step that should
 * succeed and does not ends the test; whatever is to fail is tried by hand.
 */
#ifndef TACET_MLS_WORLD_H
#define TACET_MLS_WORLD_H

#include "mls_epoch.h"

#define WORLD_MAX 64
#define WORLD_NOW 1800000000ull
#define WORLD_EXT 0xf0a1                /* an extension of our own */

struct person {
	uint8_t public[SIGN_PUBLIC], signer[SIGN_SECRET];
	char name[16];
	struct mls_group *g;            /* NULL: not in */
	struct buf package, private;    /* the last one made */
};
struct world {
	const struct mls_suite *suite;
	struct rng_seeded seeded;
	struct rng rng;
	struct mls_env env;
	struct person p[WORLD_MAX];
	size_t n;
	bool reload;                    /* save and load between two steps */
	bool public_message;
	unsigned steps;
};
/* What it is given is tried in each of our suites. */
void world_suites(void (*)(uint16_t suite));
void world_start(struct world *, uint16_t suite, uint64_t seed);
/* The same, with so many people; world_three: the first three in a group */
void world_people(struct world *, uint16_t suite, uint64_t seed, size_t people);
void world_three(struct world *, uint16_t suite, uint64_t seed, size_t people);
void world_end(struct world *);
size_t world_person(struct world *);    /* a new one */
struct mls_self world_self(struct world *, size_t i);
void world_create(struct world *, size_t i, struct bytes extensions);
/* A fresh KeyPackage of a person, kept in p->package and p->private. */
struct bytes world_package(struct world *, size_t i);
/* Commits as asked, and everybody follows; those of `added` join. */
void world_commit(struct world *, size_t who, struct mls_commit_ask *,
    const size_t *added, size_t n_added);
void world_add(struct world *, size_t who, size_t whom);
void world_remove(struct world *, size_t who, size_t whom);
void world_update(struct world *, size_t who);  /* an empty commit */
/* A proposal, delivered to all; the ref is written to ref (nh bytes). */
void world_propose(struct world *, size_t who, struct mls_propose_ask *,
    uint8_t *ref);
/* Delivers a message of `from` (WORLD_MAX: nobody) to all others. */
void world_deliver(struct world *, size_t from, struct bytes message);
/* Everybody in says something and all others read it. */
void world_talk(struct world *);
/* All members have the same epoch, tree, authenticator and exporter. */
bool world_agrees(struct world *);
size_t world_members(const struct world *);
size_t world_some(struct world *, bool in);     /* a random person */
void world_reload(struct world *, size_t i);
void world_join(struct world *, size_t i, struct bytes welcome,
    struct bytes tree);
void world_leave(struct world *, size_t i);
/* ERR_* checked: a sentence and the end if it is not 0. */
void world_must(int err, const char *what);
/* The whole state as bytes, for comparing before and after. */
void world_state(struct world *, size_t i, struct buf *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * The directory's log as this client sees it: what of it is kept here, what an
 * answer of the relay is worth, and what is done about one that lies. Private
 * to this folder and its tests.
 */
#ifndef TACET_CLIENT_AUDIT_H
#define TACET_CLIENT_AUDIT_H

#include "client.h"

struct answer;
struct request;
enum { AUDIT_ROW = 1, WITNESS_ROW };    /* of the table `directory' */

/* mirror.c: our copy of the leaves, as little of each as is needed: whose name
 * and account (the first half of both), and the hash. A page is a row. */

#define MIRROR_PAGE 256
#define MIRROR_ID 16
struct mirror_leaf {
	uint8_t index[MIRROR_ID], account[MIRROR_ID];
	uint8_t hash[HASH32];
};
struct mirror {
	struct merkle_range range;      /* of all that is here */
	struct merkle_range start;      /* of what precedes the last page */
	struct mirror_leaf leaf[MIRROR_PAGE];   /* the last page */
	size_t n;
	uint64_t turn;                  /* that changed it last */
};
int mirror_load(struct client *) MUST_CHECK;
void mirror_add(struct client *, const struct leaf *);
void mirror_put(struct client *);       /* the last page, when it is not full */
void mirror_cut(struct client *, uint64_t size);        /* no more than that */
/* The store can be read: nothing of this turn is missing in it. */
bool mirror_ready(const struct client *);
/* Of these the store must be ready. ERR_RANGE, ERR_FORMAT (damage), ERR_IO */
int mirror_root(struct client *, uint64_t size, uint8_t root[static HASH32])
    MUST_CHECK;
typedef void mirror_fn(void *, uint64_t number, const struct mirror_leaf *);
int mirror_each(struct client *, mirror_fn *, void *) MUST_CHECK;

/* names.c: of the names that matter here, where their last leaf stands */

struct name_seen {
	char name[NAME_LEN + 1];
	uint8_t index[MIRROR_ID], account[MIRROR_ID];
	uint64_t count, last, before;   /* numbers, and 1; 0: none */
	bool mixed;                     /* leaves of more than one account */
	bool again;                     /* a new one: it has to be looked up */
};
/* Looks through the whole copy when it has to. NULL: it can't be read. */
struct name_seen *name_of(struct client *, const char *name);
void names_leaf(struct client *, uint64_t number, const struct leaf *);
void names_forget(struct client *);

/* replay.c: the leaves up to a head that is aimed at */

#define REPLAY_LEAVES 512       /* in one answer */
#define REPLAY_WINDOW 8         /* questions at once */
#define REPLAY_MAX 1000000      /* larger logs are not copied */
bool replay_small(const struct client *, uint64_t size);
void replay_aim(struct client *, const struct head *);
void replay_drive(struct client *);
void replay_leaves(struct client *, int64_t from, const struct answer *);
void replay_extends(struct client *, int64_t to, const struct answer *);

/* witness.c: two heads that can't both be true, and what follows from that */

#define WITNESS_GRACE_MS 5000   /* for telling the one whose word it was */
struct trial {                  /* another tree than ours, leaf by leaf */
	struct head head;
	uint8_t *hash;          /* HASH32 bytes for each leaf */
	uint64_t n, asked;
	unsigned flights;
};
/* Has the relay signed both? Then that is kept, and the relay is done with. The
 * later one's leaves are those of the copy, or of a trial; for two of one size
 * none are needed. ERR_RULE: they go together. */
int witness_heads(struct client *, const struct head *first,
    const struct head *later, int64_t person);
int witness_take(struct client *, struct bytes evidence, int64_t person);
void witness_try(struct client *, const struct head *); /* reads that tree */
void witness_drive(struct client *);
void witness_leaves(struct client *, int64_t from, const struct answer *);
void witness_stop(struct client *);     /* the connection has ended */
int witness_load(struct client *) MUST_CHECK;
void witness_free(struct client *);
bool witness_over(const struct client *);       /* no connection any more */
struct bytes witness_evidence(const struct client *);

/* gossip.c: heads that travel inside messages */

#define GOSSIP_TEXT_MS (10 * 60 * 1000)         /* beside a text */
#define GOSSIP_ALONE_MS (24ll * 3600 * 1000)
#define GOSSIP_EPOCHS 32
struct gossip {
	int64_t person;
	uint64_t told;                  /* size of the head they were told */
	uint8_t root[HASH32];
	int64_t told_at;                /* ms, 0: never */
	bool heard;                     /* theirs is waiting for our log */
	bool alarmed;
	struct head head;
	int64_t since;
};
void gossip_text(struct client *, struct talk *);       /* a text went out */
void gossip_reply(struct client *, int64_t person);     /* the evidence */
void gossip_got(struct client *, struct talk *, struct person *,
    const struct body_gossip *);
void gossip_drive(struct client *);
int gossip_load(struct client *) MUST_CHECK;
void gossip_free(struct client *);
bool gossip_waits(const struct client *);       /* something is still to say */

/* audit.c: what an answer of the directory is worth */

#define AUDIT_EVERY_MS (10 * 60 * 1000) /* a head is asked for */
#define AUDIT_SILENT_MS 20000
struct audit_wait {             /* an answer whose head isn't reached yet */
	int want;               /* enum want, and the row it is about */
	int64_t row;
	struct head head;
	uint64_t number, prev;
	struct buf data;
	bool older;             /* than a head that was shown before */
};
struct audit {
	struct mirror mirror;
	struct name_seen *name;
	size_t names;
	bool have;
	struct head head;       /* the last one that was believed */
	bool aiming;
	struct head aim;        /* the one that is being read up to */
	uint64_t asked;         /* leaves are asked for up to there */
	unsigned flights, tries;
	int64_t not_before;
	struct audit_wait *wait;
	size_t waits;
	enum directory_state state;
	bool broken;            /* a head that does not follow: nothing leaves */
	uint64_t generation;    /* the connection that this is about */
	uint64_t checked;       /* the last one that a head was believed on */
	bool asking;            /* for a head */
	int64_t head_at;        /* mono: the next */
	int64_t since;          /* mono: a question has no answer; 0: none has */
	struct audit_told {
		char name[NAME_LEN + 1];
		int err;
	} *told;
	size_t tolds;
	struct trial *trial;
	struct fork fork;
	struct buf evidence;
	int64_t stop_at;        /* mono: forked, and then it is over */
	struct gossip *gossip;
	size_t gossips;
	int64_t gossip_at;      /* mono: look who is to be told */
	int64_t hurry_at;       /* mono: no head is asked for before */
	uint64_t shown;         /* progress that was told of */
};
int audit_load(struct client *) MUST_CHECK;
void audit_free(struct client *);
void audit_drive(struct client *);
bool audit_wants(const struct request *);
bool audit_refused(int err);            /* an error of this file's */
void audit_answer(struct client *, const struct request *,
    const struct answer *);
void audit_head(struct client *, const struct answer *);
/* The copy has reached the head that was aimed at, and it fits. */
void audit_accept(struct client *, const struct head *);
/* What the relay showed can't be: the head is not believed. */
void audit_mismatch(struct client *, const struct head *, int err);
void audit_state(struct client *, enum directory_state);
/* Nothing may leave in this talk for now. */
bool audit_holds(struct client *, const struct talk *);

/* expired.c: account records that have ended */

#define EXPIRED_DAY 32
bool expired_record(const struct client *, const struct record *);
bool expired_self(const struct client *);       /* ours, says our clock */
void expired_day(const struct record *, char day[static EXPIRED_DAY]);
/* Somebody in it whose record has, or NULL */
const struct person *expired_in(const struct client *, const struct talk *);

/* alarm.c: sentences */

void alarm_lookup(struct client *, const char *name, int err);
void alarm_good(struct client *, const char *name);
void alarm_head(struct client *, const struct head *, int err);
void alarm_names(struct client *);      /* what new leaves mean */
/* Has our own name gone to somebody else? Then it is told of. */
bool alarm_own(struct client *, const struct name_seen *);

#endif

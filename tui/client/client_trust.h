/* SPDX-License-Identifier: ISC */
/*
 * The part of client.h about the trust in people's keys, which includes it:
 * how a key was verified, comparing live, a changed key, vouching, look-alikes.
 * Nobody else includes this.
 */
#ifndef TACET_CLIENT_TRUST_PART_H
#define TACET_CLIENT_TRUST_PART_H

struct person;

/* trust.c */

enum way {                      /* how a key was verified: rows of way.def */
#define WAY(number, name, how) WAY_##name = number,
#include "way.def"
#undef WAY
	WAY_COUNT
};
const char *way_name(enum way);         /* "live" */
const char *way_text(enum way);         /* "seven words were compared live" */

enum vouch_said {               /* what a verified contact says of a key */
	VOUCH_ASKED,            /* nothing yet */
	VOUCH_COMPARED,         /* has compared it */
	VOUCH_SEEN,             /* is shown the same, and hasn't compared it */
	VOUCH_OTHER,            /* is shown another one */
	VOUCH_NOTHING,          /* doesn't know, or doesn't tell */
};
struct vouch {
	int64_t by;             /* row of who was asked */
	uint8_t account[ACCOUNT_ID];    /* about this one */
	enum vouch_said said;
	int64_t since, time;    /* since when they have it; when they said so */
};

enum alike {                    /* why somebody is taken for another */
	ALIKE_NONE, ALIKE_NAME, ALIKE_LETTER, ALIKE_KEY,
};

struct trust {                  /* trust.c: in a person's key, and why */
	int64_t row;
	enum way way;           /* how we verified it; when, ms */
	int64_t when;
	enum way theirs;        /* what they say they did with ours */
	int64_t theirs_when;
	bool differed;          /* the last comparison ended with a no */
	int64_t differed_when;
	/* while person.changed: what the directory shows, since when */
	int64_t changed_when;
	struct buf shown;       /* that record */
	struct buf held;        /* a request of that key, not looked at */
	struct safe note;       /* what came with it */
	/* the key before this one, accepted at */
	bool had;
	uint8_t before[ACCOUNT_ID];
	int64_t accepted;
	bool accept;            /* the policy: a changed key is accepted */
	struct vouch *vouch;
	size_t vouches;
	/* what they ask us about: whose key; the account is a vouch by row 0 */
	struct safe asks;
	enum alike alike;       /* like somebody whom we knew before */
	int64_t alike_row;      /* a row, or 0: like ourselves */
};

/* The safety number was compared: the same (or take that back) */
int client_verified(struct client *, struct person *, bool, char **why);
/* ... and is not the same */
int client_differs(struct client *, struct person *, char **why);
/* What somebody was told is their safety number with us, typed in */
int client_typed(struct client *, struct person *, const char *, char **why);

/* compare.c: seven words that two people see at the same time; one comparison
 * at a time, and none outlives the program */

enum compare_step {
	COMPARE_NONE,
	COMPARE_CALLED,         /* they began: we may join */
	COMPARE_CALLING,        /* we began, and wait for them */
	COMPARE_JOINED,         /* we joined; the words are a moment away */
	COMPARE_WORDS,          /* they stand on both screens */
	COMPARE_OVER,           /* `end` says how it ended */
};
enum compare_how {              /* the number in the body `compare_end` */
	COMPARE_SAME, COMPARE_DIFFER, COMPARE_STOPPED, COMPARE_BUSY,
	COMPARE_LATE, COMPARE_UNKNOWN, COMPARE_BENT,
};
struct compare {
	enum compare_step step;
	int64_t person;
	bool first;             /* we began */
	struct spoken what;
	uint8_t commit[HASH32], mine[KEY_SIZE], theirs[KEY_SIZE];
	uint16_t word[SPOKEN_WORDS];
	bool said, they_said;   /* that the words are the same */
	int64_t until;          /* mono */
	enum compare_how end;
};
const struct compare *client_compare(const struct client *);
const char *compare_name(enum compare_step);    /* "calling" */
/* Begins, or joins when they have begun */
int client_compare_begin(struct client *, struct person *, char **why);
/* The words were read to each other: the same, or not */
int client_compare_say(struct client *, bool same, char **why);
int client_compare_stop(struct client *, char **why);
void client_compare_text(struct client *, struct buf *);        /* where it is */

/* alike.c: whom somebody could be taken for, or NULL; and what differs */
const char *client_alike(struct client *, const struct person *);
void client_alike_text(struct client *, const struct person *, struct buf *);

/* newkey.c: the directory shows another account key for somebody */

/* Accepts it, uncompared: a new conversation with the new account */
int client_newkey(struct client *, struct person *, char **why);
/* The same for who read the new words to each other, or typed them in */
int client_newkey_verified(struct client *, struct person *, const char *typed,
    char **why);
int client_policy(struct client *, struct person *, bool accept, char **why);

/* vouch.c: a contact whose key is verified is asked about somebody's new one */

int client_vouch_ask(struct client *, struct person *about,
    struct person *whom, char **why);
/* The answer to somebody who asks us: what we know, or nothing */
int client_vouch_tell(struct client *, struct person *, bool, char **why);
/* Is there such a question of that person? Its name, or NULL */
const char *client_vouch_open(struct client *, const struct person *);

#endif

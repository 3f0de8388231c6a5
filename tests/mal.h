/* SPDX-License-Identifier: ISC */
/*
 * The adversary as a program: a relay with its real keys, that does to what
 * passes through it whatever its rules say. It stands between the relay's
 * handlers and its connections, by the two hooks that only test builds have.
 * In one process with clients, or as build/test/tool/malrelay with its rules
 * on standard input (tests/malrelay).
 *
 * A rule is a line; the first one that fits a message is played:
 *
 *	[once | N times] VERB KIND [of NAME] [for CLIENT] [by N] [with WHAT]
 *
 *	KIND	a row of msg.def; or commit (an entry that is one) or text (an
 *		entry that isn't)
 *	of	whom it is about: the name in a record, or whose KeyPackage or
 *		inbox key it is
 *	for	whose connection it is on; without: anybody's
 *	with	file PATH (the bytes of its DATA field), or record NAME
 *		(what the relay has of somebody else)
 *
 *	drop		it is not said; of a client's message: not heard
 *	duplicate	twice
 *	delay		by so many milliseconds
 *	reorder		held until there are N, then the last first
 *	flip		a bit of its data is turned, N bytes before the end
 *	replace		its data is something else
 *	freeze		what was said first is said again; of a client's
 *			append: it is kept back, to be injected
 *	rewind		a record: the one of version N; a log_end, an entry:
 *			the log ends at N
 *	renumber	an entry: N is added to its number
 *	reroute		a box, an entry: to CLIENT of "with client NAME" instead
 *	claim		a client's message: "done", and nothing is done
 *	lie		a record: the same, with a device more that nobody signed
 *	inject		at once, for CLIENT: a box or an entry, of no sense or
 *			with the bytes of a file
 *
 * Beside these: "clear" ends all rules, "address" and "invite" are answered.
 */
#ifndef TACET_MAL_H
#define TACET_MAL_H

#include "relay.h"

enum mal_verb {
	MAL_DROP, MAL_DUPLICATE, MAL_DELAY, MAL_REORDER, MAL_FLIP,
	MAL_REPLACE, MAL_FREEZE, MAL_REWIND, MAL_RENUMBER, MAL_REROUTE,
	MAL_CLAIM, MAL_LIE, MAL_INJECT, MAL_VERBS
};
struct mal_rule {
	enum mal_verb verb;
	uint16_t code;                  /* of the message */
	int commit;                     /* an entry: 1 commit, 0 not, -1 any */
	char of[NAME_LEN + 1], client[NAME_LEN + 1];
	char with[NAME_LEN + 1];        /* record NAME, client NAME */
	uint64_t by;
	bool has_by;
	unsigned left;                  /* how often it may be played yet */
	unsigned played;
	uint64_t top;                   /* the highest epoch of an entry */
	struct buf data;                /* file PATH; freeze: what was first */
	uint8_t log[WIRE_ID];           /* freeze, inject: of an entry */
	bool has_log;
	struct buf *held;               /* reorder: encoded messages */
	size_t helds;
};
struct mal_late {                       /* said when its time has come */
	int64_t at;
	uint8_t account[ACCOUNT_ID], device[DEVICE_ID];
	struct buf frame;
};
struct mal {
	struct relay *relay;
	struct mal_rule **rule;
	size_t rules;
	struct mal_late *late;
	size_t lates;
	struct timer *timer;
	unsigned heard[MSGS_MAX];       /* by each client's message: how often */
	struct buf scratch;             /* what a changed message points into */
};

/* mal.c: rules */

void mal_open(struct mal *, struct relay *);
void mal_close(struct mal *);
/* A rule, printf-like; ends the test when it is none. Its number. */
size_t mal_rule(struct mal *, const char *fmt, ...) PRINTF(2, 3);
/* The same from a line; 0 or ERR_INPUT and *why (static). */
int mal_line(struct mal *, const char *line, const char **why) MUST_CHECK;
void mal_clear(struct mal *);
unsigned mal_played(const struct mal *, size_t rule);

/* mal_play.c */

bool mal_said(void *, struct relay *, struct peer *, struct msg *);
bool mal_heard(void *, struct relay *, struct peer *, const struct msg *);
void mal_tick(void *);
int mal_inject(struct mal *, const struct mal_rule *) MUST_CHECK;
/* What a freeze has kept back is shown to a client as the next entry. */
int mal_thaw(struct mal *, size_t rule, const char *client) MUST_CHECK;

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Clients and a relay in one process: real links over loopback, stores on
 * disk, a clock that tests can turn. What a test says is what people do: add,
 * accept, send; pair_until waits for what they would see.
 */
#ifndef TACET_PAIR_H
#define TACET_PAIR_H

#include "client.h"
#include "relay_help.h"

#define PAIR_MAX 6
#define PAIR_PASS "correct horse"
#define PAIR_PASS_BYTES bytes_of(PAIR_PASS, strlen(PAIR_PASS))

struct pair {
	struct desk desk;
	bool down;                      /* the relay is */
	bool saved;                     /* there is a copy of its store */
	uint64_t replay_max;            /* of the clients made from now on */
	const struct address *far;      /* one in another process, or NULL */
	struct person_test {
		struct pair *pair;
		struct client *c;       /* NULL: not running */
		char *name, *dir;
		struct log log;
		unsigned events[EVENT_COUNT];
	} who[PAIR_MAX];
	size_t n;
};
void pair_open(struct pair *);
void pair_close(struct pair *);
/* A fresh profile, registered as name; its index is returned. */
size_t pair_join(struct pair *, const char *name);
size_t pair_new(struct pair *, const char *name);       /* only the folder */
/* Where the relay listens now, pinned */
struct address pair_address(const struct pair *);
int pair_init(struct pair *, size_t i, const char *name, char **why);
void pair_stop(struct pair *, size_t i);        /* as the program ends */
void pair_kill(struct pair *, size_t i);        /* as a crash does */
void pair_start(struct pair *, size_t i);       /* from disk, unlocked */
void pair_again(struct pair *, size_t i);       /* the same; or still fresh */
void pair_relay(struct pair *, bool up);
/* A command, with the relay's folder for each %s, of which there may be four */
void pair_shell(struct pair *, const char *fmt);
/* Its store is copied, to FOLDER.copy; it has that again, as its operator has
 * it after a loss: with a new incarnation. */
void pair_save(struct pair *);
void pair_restore(struct pair *);
void pair_turn(struct pair *, int ms);
void pair_quiet(struct pair *);                 /* turns until little moves */
/* False after 20 s of waiting in vain. */
bool pair_until(struct pair *, bool (*)(void *), void *);

struct talk *pair_talk(struct pair *, size_t i, const char *with);
struct person *pair_named(struct pair *, size_t i, const char *name);
struct message *pair_message(struct pair *, size_t i, const char *with,
    const char *text);
unsigned pair_copies(struct pair *, size_t i, const char *with,
    const char *text);
void pair_send(struct pair *, size_t i, const char *to, const char *text);
/* Waits: the message of i is on this step, the talk in this state ... */
bool pair_ladder(struct pair *, size_t i, const char *with, const char *text,
    enum ladder);
bool pair_state(struct pair *, size_t i, const char *with, enum talk_state);
bool pair_person(struct pair *, size_t i, const char *with, enum person_state);
bool pair_online(struct pair *, size_t i, enum online);
bool pair_step(struct pair *, size_t i, enum compare_step);     /* live */
bool pair_shows(struct pair *, size_t i, const char *with, const char *text);
bool pair_notice(struct pair *, size_t i, enum notice_kind, const char *words);
/* Both are contacts and have a talk that is open. */
void pair_friends(struct pair *, size_t a, size_t b);
/* pair_open(), and alice and bob in it are friends */
void pair_two(struct pair *, size_t *alice, size_t *bob);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Three people, a room with all of them, and a relay that plays by rules: what
 * the scenarios of ATTACKS share. alice made the room; bob and carol have never
 * met.
 */
#ifndef TACET_TRIO_H
#define TACET_TRIO_H

#include "mal.h"
#include "pair.h"

#define TRIO_ROOM "the lab"
enum { A, B, C };

struct trio {
	struct pair w;
	struct mal mal;
};
void trio_open(struct trio *);          /* three accounts, alice's contacts */
void trio_meet(struct trio *);          /* and the room */
void trio_close(struct trio *);

struct talk *trio_room(struct pair *, size_t i);
struct message *trio_line(struct pair *, size_t i, const char *text);
/* A line of tacet itself in the talk, with these words in it */
bool trio_system(const struct talk *, const char *words);
void trio_say(struct pair *, size_t i, const char *text);
/* Waits */
bool trio_members(struct pair *, size_t i, long n);
bool trio_shows(struct pair *, size_t i, const char *text);
bool trio_tells(struct pair *, size_t i, const char *words);
bool trio_step(struct pair *, size_t i, const char *text, enum ladder);
bool trio_state(struct pair *, size_t i, enum talk_state);
/* Offline, then online again */
void trio_again(struct pair *, size_t i);

#endif

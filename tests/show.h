/* SPDX-License-Identifier: ISC */
/*
 * The real client of alice on a terminal, and bob in this process, who writes
 * to her. What tells her of news is a program that keeps what it was told.
 * Never part of a program.
 */
#ifndef TACET_SHOW_H
#define TACET_SHOW_H

#include "pair.h"
#include "tty.h"

#define SHOW_WORDS 16

struct show {
	struct pair w;
	struct tty p;
	size_t alice, bob;
	unsigned round;
	bool elsewhere;                 /* alice does not look at it */
	char data[512], config[512];
	char out[512];                  /* what the program is told; and .n,
	                                   how many arguments it had */
};
void show_begin(struct show *);         /* both are friends, nothing runs */
void show_end(struct show *);
/* Starts the client; _as: under a program with these arguments (NULL: none). */
void show_run(struct show *, const char *term);
void show_run_as(struct show *, const char *term, const char *const *before);
void show_talk(struct show *);          /* once it runs: unlock, /talk bob */
void show_enter(struct show *);         /* both */
void show_turn(struct show *, int ms);
bool show_await(struct show *, const char *text);
bool show_gone(struct show *);          /* it ends by itself */
bool show_say(struct show *, const void *text, size_t n);
/* Everything bob said stands on the screen, or stood there. */
void show_settle(struct show *);

#endif

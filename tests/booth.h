/* SPDX-License-Identifier: ISC */
/*
 * The real client of alice on a terminal, and bob in this process, who writes
 * to her. What tells her of news is a program that keeps what it was told.
 * Never part of a program.
 */
#ifndef TACET_BOOTH_H
#define TACET_BOOTH_H

#include "pair.h"
#include "tty.h"

#define BOOTH_WORDS 16

struct booth {
	struct pair w;
	struct tty p;
	size_t alice, bob;
	unsigned round;
	bool elsewhere;                 /* alice does not look at it */
	char data[512], config[512];
	char out[512];                  /* what the program is told; and .n,
	                                   how many arguments it had */
};
void booth_begin(struct booth *);         /* both are friends, nothing runs */
void booth_end(struct booth *);
/* Starts the client; _as: under a program with these arguments (NULL: none). */
void booth_run(struct booth *, const char *term);
void booth_run_as(struct booth *, const char *term, const char *const *before);
void booth_talk(struct booth *);          /* once it runs: unlock, /talk bob */
void booth_enter(struct booth *);         /* both */
void booth_turn(struct booth *, int ms);
bool booth_await(struct booth *, const char *text);
bool booth_gone(struct booth *);          /* it ends by itself */
bool booth_say(struct booth *, const void *text, size_t n);
/* Everything bob said stands on the screen, or stood there. */
void booth_settle(struct booth *);

#endif

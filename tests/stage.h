/* SPDX-License-Identifier: ISC */
/*
 * What the tests of commands and screens stand on: alice at her screen, bob
 * her friend, a relay between them, all real (pair.h), and no terminal. A line
 * is typed as keys would run it. Never part of a program.
 */
#ifndef TACET_STAGE_H
#define TACET_STAGE_H

#include "cmd.h"
#include "pair.h"

struct stage {
	struct pair pair;
	size_t me, bob;         /* bob: SIZE_MAX until there is one */
	struct options options;
	struct env env;         /* alice's screen */
	struct buf out;         /* used when env.out points here */
	char *why;              /* the last refusal, or NULL */
};
void stage_open(struct stage *);        /* alice, registered; nobody else */
void stage_fresh(struct stage *);       /* a profile without an account */
void stage_friends(struct stage *);     /* and bob, both at ease */
void stage_close(struct stage *);
struct client *stage_me(struct stage *);
struct screen *stage_screen(struct stage *);
/* A command line; 0 or ERR_*, and then why is its sentence. */
int stage_line(struct stage *, const char *line);
/* The words of a shell; what is said stands in out as one string. */
int stage_shell(struct stage *, const char *line);
const char *stage_said(struct stage *);
/* Types a text into the input line and presses Enter. */
int stage_type(struct stage *, const char *text);
/* bob writes; waits until it is here */
void stage_hear(struct stage *, const char *text);

#endif

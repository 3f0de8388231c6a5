/* SPDX-License-Identifier: ISC */
/*
 * Two stores that keep rows 1, 2, 3 ..., one in each turn: the client's and the
 * relay's, as the programs use them and nothing around them. For disks that
 * fail, lose power or are damaged. Never part of a program.
 */
#ifndef TACET_KEEPER_H
#define TACET_KEEPER_H

#include "base.h"

struct keeper {
	const char *name, *file;        /* of the database in its folder */
	/* Keeps rows from to n, each tried `tries' times; tells of each that
	 * is kept. Returns the last that is. */
	unsigned (*run)(const char *dir, unsigned from, unsigned n,
	    unsigned tries, void (*kept)(void *, unsigned), void *);
	/* How many of the rows 1 to n are there as they were put; ERR_* if the
	 * store does not open. *wrong: rows that differ and nobody noticed. */
	int (*count)(const char *dir, unsigned n, unsigned *wrong);
};
extern const struct keeper keeper_client, keeper_relay;
/* What row i holds: the same for ever, 10 to 5,000 bytes. */
void keeper_row(unsigned i, struct buf *);

#endif

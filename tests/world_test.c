/* SPDX-License-Identifier: ISC */
/*
 * The simulated world (floor: all; T40 to T42, T47, T48): people, relays, a bad
 * network, crashes and clocks that jump, for many seeds. A seed that fails is
 * printed with the command that plays it again.
 *
 *	world_test [--seed N | --first N --seeds N] [--steps N] [-v]
 *
 * limit: 300
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "world.h"

static bool
run(const char *self, uint64_t seed, unsigned steps, bool loud)
{
	static struct world w;
	unsigned i, reached = 0, kept = 0;
	size_t k;

	world_open(&w, seed, WORLD_PEOPLE, loud);
	for (i = 0; i < steps && w.faults == 0; i++)
		world_step(&w);
	world_settle(&w);
	audit_end(&w);
	for (k = 0; k < w.saids; k++) {
		kept += w.said[k].kept;
		reached += w.said[k].ladder == LADDER_DEVICE;
	}
	ok(w.faults == 0, "seed %llu, %u steps: %u messages kept, %u at device",
	    (unsigned long long)seed, w.step, kept, reached);
	note("%u turns, %lld s of the world, %u crashes, %u restarts, %u jumps; "
	    "%u dials, %u refused, %u cuts, %u stalls, %llu bytes; %zu seals",
	    w.turns, (long long)(w.now / 1000), w.crashes, w.restarts, w.jumps,
	    w.net.dials, w.net.refused, w.net.cuts, w.net.stalls,
	    (unsigned long long)w.net.bytes, w.uses.n);
	for (i = 0; i < w.faults && i < WORLD_FAULTS; i++)
		note("%s", w.fault[i]);
	if (w.faults > 0)
		note("%u faults; again: %s --seed %llu --steps %u -v",
		    w.faults, self, (unsigned long long)seed, steps);
	i = w.faults;
	world_close(&w);
	return i == 0;
}

int
main(int argc, char **argv)
{
	unsigned long seed = 1, seeds = 8, steps = 300, i;
	bool loud = false;

	for (i = 1; i < (unsigned)argc; i++) {
		const char *next = argv[i + 1];

		if (strcmp(argv[i], "-v") == 0)
			loud = true;
		else if (next == NULL)
			bail("%s wants a number", argv[i]);
		else if (strcmp(argv[i], "--seed") == 0)
			seed = strtoul(argv[++i], NULL, 10), seeds = 1;
		else if (strcmp(argv[i], "--first") == 0)
			seed = strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--seeds") == 0)
			seeds = strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--steps") == 0)
			steps = strtoul(argv[++i], NULL, 10);
		else
			bail("what is %s?", argv[i]);
	}
	for (i = 0; i < seeds; i++)
		(void)run(argv[0], seed + i, (unsigned)steps, loud);
	return done();
}

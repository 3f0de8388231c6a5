/* SPDX-License-Identifier: ISC */
/*
 * The simulated world (floor: all): people, relays, a bad network, crashes and
 * clocks that jump, for many seeds; then some for each attack, in which there
 * is most of that (T22, T40, T41, T42, T48). A seed that fails is printed with
 * the command that plays it again.
 *
 *	world_test [--mood N] [--seed N | --first N --seeds N] [--steps N] [-v]
 *
 * limit: 600
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "world.h"

#define MOOD_SEEDS 4

static const char *const mood_name[MOODS] = {
	[MOOD_ANY] = "all at once",
	[MOOD_LINE] = "in any order, each is read in its own (T22)",
	[MOOD_RELAY] = "relays are killed, what they took is there (T40)",
	[MOOD_SENDER] = "killed while sending, no key seals twice (T41)",
	[MOOD_READER] = "killed while reading, each is read once (T42)",
	[MOOD_CLOCK] = "clocks jump, nothing is over before its time (T48)",
};

static bool
run(const char *self, enum world_mood mood, uint64_t seed, unsigned steps,
    bool loud)
{
	static struct world w;
	unsigned i, reached = 0, kept = 0;
	size_t k;

	world_open(&w, mood, seed, WORLD_PEOPLE, loud);
	for (i = 0; i < steps && w.faults == 0; i++)
		world_step(&w);
	world_settle(&w);
	audit_end(&w);
	for (k = 0; k < w.saids; k++) {
		kept += w.said[k].kept;
		reached += w.said[k].ladder == LADDER_DEVICE;
	}
	ok(w.faults == 0, "%s: seed %llu, %u steps: %u messages kept, %u at "
	    "device", mood_name[mood], (unsigned long long)seed, w.step, kept,
	    reached);
	note("%u turns, %lld s of the world, %u crashes, %u restarts, %u jumps; "
	    "%u dials, %u refused, %u cuts, %u stalls, %llu bytes; %zu seals",
	    w.turns, (long long)(w.now / 1000), w.crashes, w.restarts, w.jumps,
	    w.net.dials, w.net.refused, w.net.cuts, w.net.stalls,
	    (unsigned long long)w.net.bytes, w.uses.n);
	for (i = 0; i < w.faults && i < WORLD_FAULTS; i++)
		note("%s", w.fault[i]);
	if (w.faults > 0)
		note("%u faults; again: %s --mood %d --seed %llu --steps %u -v",
		    w.faults, self, (int)mood, (unsigned long long)seed, steps);
	i = w.faults;
	world_close(&w);
	return i == 0;
}

int
main(int argc, char **argv)
{
	unsigned long seed = 1, seeds = 8, steps = 300, mood = MOOD_ANY, i;
	bool loud = false, all = argc == 1;

	for (i = 1; i < (unsigned)argc; i++) {
		const char *next = argv[i + 1];

		if (strcmp(argv[i], "-v") == 0)
			loud = true;
		else if (next == NULL)
			bail("%s wants a number", argv[i]);
		else if (strcmp(argv[i], "--mood") == 0)
			mood = strtoul(argv[++i], NULL, 10) % MOODS;
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
		(void)run(argv[0], (enum world_mood)mood, seed + i,
		    (unsigned)steps, loud);
	for (mood = 1; all && mood < MOODS; mood++)
		for (i = 1; i <= MOOD_SEEDS; i++)
			(void)run(argv[0], (enum world_mood)mood, i,
			    (unsigned)steps, loud);
	return done();
}

/* SPDX-License-Identifier: ISC */
/*
 * The clock: milliseconds of this century, never backwards, and replaceable.
 */
#include <time.h>

#include "base.h"
#include "tap.h"

static int64_t
test_wall(void *arg)
{
	return *(int64_t *)arg;
}

static int64_t
test_mono(void *arg)
{
	return *(int64_t *)arg / 2;
}

int
main(void)
{
	int64_t now = 1234567, a, b, before = (int64_t)time(NULL) * 1000;
	struct clock fake = {test_wall, test_mono, &now};
	struct timespec nap = {0, 20 * 1000 * 1000};
	bool forward = true;
	int i;

	is_int(clock_wall(&fake), 1234567, "a clock of a test's own");
	is_int(clock_mono(&fake), 617283, "has both hands");
	a = clock_wall(&clock_system);
	ok(a >= before - 1000 && a < before + 60000, "wall time is now, in ms");
	a = clock_mono(&clock_system);
	for (i = 0; i < 10000; i++) {
		b = clock_mono(&clock_system);
		forward = forward && b >= a;
		a = b;
	}
	ok(forward, "the other never goes back");
	nanosleep(&nap, NULL);
	b = clock_mono(&clock_system);
	ok(b - a >= 19 && b - a < 20000, "and counts milliseconds");
	return done();
}

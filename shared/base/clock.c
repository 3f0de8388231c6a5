/* SPDX-License-Identifier: ISC */
/*
 * Time in milliseconds. Everything above asks the clock it was given, so that
 * a test can make a week pass. Wall time is for people and for expiry; timers
 * use the monotonic one, the same that the event loop uses.
 */
#include <time.h>

#include "base.h"

static int64_t
clock_ms(clockid_t id)
{
	struct timespec ts;
	int r = clock_gettime(id, &ts);

	assert(r == 0); /* both clocks exist on every kernel we run on */
	(void)r;
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t
clock_system_wall(UNUSED void *arg)
{
	return clock_ms(CLOCK_REALTIME);
}

static int64_t
clock_system_mono(UNUSED void *arg)
{
	return clock_ms(CLOCK_MONOTONIC);
}

const struct clock clock_system = {
	.wall = clock_system_wall,
	.mono = clock_system_mono,
};

int64_t
clock_wall(const struct clock *c)
{
	return c->wall(c->arg);
}

int64_t
clock_mono(const struct clock *c)
{
	return c->mono(c->arg);
}

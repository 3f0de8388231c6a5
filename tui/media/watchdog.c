/* SPDX-License-Identifier: ISC */
/*
 * A picture that takes for ever to decode ends its process: the kernel counts
 * the processor's time and sends the signal that nobody here catches.
 */
#include <sys/time.h>

#include "codec.h"

void
watchdog_set(unsigned seconds)
{
	struct itimerval t = {.it_value = {(time_t)seconds, 0}};

	/* can't fail with these arguments; if it did, the client still waits
	 * only so long for an answer */
	if (defence(watchdog))
		(void)setitimer(ITIMER_PROF, &t, NULL);
}

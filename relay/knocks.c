/* SPDX-License-Identifier: ISC */
/*
 * Who came to the door and did not get in: a line of the log when it happens,
 * and one for all that follow, so that a flood costs a few lines. It says how
 * many and why, never from where: addresses are not logged.
 */
#include "relay.h"

static void
knocks_line(struct relay *r, uint64_t refused, uint64_t failed)
{
	if (refused > 0)
		log_say(r->log, LOG_WARN, "door", "%llu connections over a limit "
		    "were refused: connections, connections-per-address or "
		    "connects-per-address", (unsigned long long)refused);
	if (failed > 0)
		log_say(r->log, LOG_INFO, "door", "%llu handshakes came to "
		    "nothing", (unsigned long long)failed);
}

void
knocks_tell(struct relay *r, bool now)
{
	uint64_t refused, failed;
	unsigned pending, open;
	int64_t at = clock_mono(r->clock);

	if (!r->listener || (!now && at < r->knocks.next))
		return;
	listen_count(r->listener, &refused, &failed, &pending, &open);
	if (refused == r->knocks.refused && failed == r->knocks.failed)
		return;
	knocks_line(r, refused - r->knocks.refused, failed - r->knocks.failed);
	r->knocks.refused = refused;
	r->knocks.failed = failed;
	r->knocks.next = at + RELAY_KNOCKS_MS;
	timer_set(r->knocks.timer, RELAY_KNOCKS_MS);
}

void
knocks_late(void *arg)
{
	knocks_tell(arg, false);
}

/* SPDX-License-Identifier: ISC */
/*
 * Streams that could not be read: the disk, or what is damaged on it. Who waits
 * for that waits, the others are served, a line of the log says so, and nobody
 * asks for it turn after turn.
 */
#include "relay.h"

void
unread_note(struct relay *r)
{
	if (!r->unread)
		log_say(r->log, LOG_ERROR, "store", "something could not be "
		    "read: %s; it is tried again", r->store->why);
	r->unread = true;
}

void
unread_again(struct relay *r)
{
	struct peer *p;

	if (!r->unread)
		return;
	r->unread = false;
	for (p = r->peers; p; p = p->next)
		peer_hungry(r, p);
}

/* SPDX-License-Identifier: ISC */
/* A relay of the world, the one file of it that knows relay.h; see world.h. */
#include <stdio.h>
#include <stdlib.h>

#include "tap.h"
#include "relay.h"
#include "world.h"

void
relay_party_init(struct party *p)
{
	static const char *const set[][2] = {{"store", "sqlite"},
	    {"metrics", "off"}, {"listen", "127.0.0.1"},
	    {"registration", "open"}};
	char *why = NULL;
	size_t i;

	options_init(&p->options, relay_option, relay_options);
	for (i = 0; i < COUNT(set); i++)
		if (options_set(&p->options, set[i][0], set[i][1], &why) != 0)
			bail("%s", why);
}

void
relay_party_start(struct party *p)
{
	struct relay_setup s = {.loop = p->loop, .options = &p->options,
	    .log = &p->log, .data = p->dir};
	char *why = NULL;

	if (relay_new(&p->relay, &s, &why) != 0) {
		world_fault(p->world, "%s does not start: %s", p->name,
		    why != NULL ? why : "?");
		bail("%s", p->world->fault[0]);
	}
}

void
relay_party_stop(struct party *p)
{
	relay_stop(p->relay);
	relay_turn(p->relay, 0);
}

void
relay_party_free(struct party *p)
{
	relay_free(p->relay);
	p->relay = NULL;
}

void
relay_party_turn(struct party *p)
{
	relay_turn(p->relay, 0);
}

void
relay_party_address(struct party *p, struct address *a)
{
	*a = p->relay->address;
	(void)snprintf(a->host, sizeof(a->host), "127.0.0.1");
	a->port = (uint16_t)(p->index + 1);
}

bool
relay_party_over(struct party *p, int fd)
{
	return relay_over(p->relay, fd) != NULL;
}

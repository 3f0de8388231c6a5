/* SPDX-License-Identifier: ISC */
/* A relay of the world, the one file of it that knows relay.h; see world.h. */
#include <setjmp.h>
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
	    {"registration", "open"}, {"rate", "15"}, {"burst", "60"}};
	size_t sets = p->world->mood == MOOD_LINE ? COUNT(set) : COUNT(set) - 2;
	char *why = NULL;
	size_t i;

	options_init(&p->options, relay_option, relay_options);
	for (i = 0; i < sets; i++)
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

struct relay_struck {
	struct party *party;
	jmp_buf out;
};

/* What a turn was about to keep is never kept, as when the power goes. */
static void
relay_party_point(void *arg, const char *point)
{
	struct relay_struck *s = arg;
	enum party_beat beat = s->party->crash;

	if (beat == BEAT_NONE || s->party->world->now < s->party->crash_at)
		return;
	if (strcmp(point, "relay-before") == 0 ? beat <= BEAT_THOUGHT :
	    beat == BEAT_KEPT && strcmp(point, "relay-kept") == 0)
		longjmp(s->out, 1);
}

bool
relay_party_turn(struct party *p)
{
	struct relay_struck s = {.party = p};
	struct relay *r = p->relay;

	r->evil_point = relay_party_point;
	r->evil_arg = &s;
	if (setjmp(s.out) != 0)
		return false;
	relay_turn(r, 0);
	r->evil_point = NULL;
	return true;
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

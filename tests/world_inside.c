/* SPDX-License-Identifier: ISC */
/* What only the client's own files know; see world.h. */
#include "inside.h"
#include "world.h"

struct message *
inside_message(struct client *c, struct talk *t,
    const uint8_t id[static WIRE_ID])
{
	return message_id(c, t, id);
}

size_t
inside_outs(const struct talk *t)
{
	return t->secret->outs;
}

bool
inside_registered(const struct client *c)
{
	return c->self.registered;
}

const char *
inside_rest(const struct client *c)
{
	size_t i;

	if (c->jobs > 0)
		return c->job[0]->kind == JOB_ADD ? "a request is not out" :
		    c->job[0]->kind == JOB_POST ? "a box is not out" :
		    "a box is not read";
	for (i = 0; i < c->packages; i++)
		if (!c->package[i]->put)
			return "a KeyPackage is not on the relay";
	return "an inbox key is not on the relay";
}

/* SPDX-License-Identifier: ISC */
/* See kin.h. */
#include "kin.h"
#include "tap.h"

struct at {
	struct client *c;
	enum linkup_step step;
};

static bool
is_at(void *arg)
{
	const struct at *a = arg;
	const struct linkup_view *v = client_link(a->c);

	return v != NULL && v->step == a->step;
}

bool
kin_step(struct pair *w, size_t i, enum linkup_step step)
{
	struct at a = {w->who[i].c, step};

	return pair_until(w, is_at, &a);
}

static void
reach(struct pair *w, size_t i, enum linkup_step step)
{
	const struct linkup_view *v;

	if (kin_step(w, i, step))
		return;
	v = client_link(w->who[i].c);
	bail("linking of %s stays at %d, not %d: %s", w->who[i].name,
	    v != NULL ? (int)v->step : -1, (int)step,
	    v != NULL && v->why != NULL ? v->why : "it says nothing");
}

static void
online(struct pair *w, size_t i)
{
	if (!pair_online(w, i, ONLINE_ON))
		bail("%s is not online: %s", w->who[i].name,
		    client_online_why(w->who[i].c));
}

void
kin_wait(struct pair *w, size_t fresh)
{
	struct address a = pair_address(w);
	char *why = NULL;

	if (client_link_new(w->who[fresh].c, PAIR_PASS_BYTES, &a, &why) != 0)
		bail("%s", why);
	reach(w, fresh, LINKUP_CODE);
}

void
kin_meet(struct pair *w, size_t old, size_t fresh)
{
	char *why = NULL;

	kin_wait(w, fresh);
	/* a passphrase's hash takes long: the other may have been given up */
	online(w, old);
	if (client_link_join(w->who[old].c, client_link(w->who[fresh].c)->code,
	    &why) != 0)
		bail("%s", why);
	reach(w, old, LINKUP_COMPARE);
	reach(w, fresh, LINKUP_COMPARE);
}

void
kin_agree(struct pair *w, size_t old, size_t fresh, unsigned with)
{
	char *why = NULL;

	if (client_link_answer(w->who[old].c, true, with, &why) != 0 ||
	    client_link_answer(w->who[fresh].c, true, 0, &why) != 0)
		bail("%s", why);
	reach(w, old, LINKUP_SIGN);
}

size_t
kin_link(struct pair *w, size_t old, unsigned with)
{
	size_t fresh = pair_new(w, w->who[old].name);
	char *why = NULL;

	kin_meet(w, old, fresh);
	kin_agree(w, old, fresh, with);
	if (client_link_sign(w->who[old].c, PAIR_PASS_BYTES, &why) != 0)
		bail("%s", why);
	reach(w, old, LINKUP_DONE);
	reach(w, fresh, LINKUP_DONE);
	online(w, fresh);
	return fresh;
}

/* SPDX-License-Identifier: ISC */
/*
 * A Welcome works once (floor: all, T25): the KeyPackage that it was made for
 * is gone with its first use, and the relay may bring the box again, before
 * and after a restart, as often as it likes.
 */
#include <stdlib.h>

#include "packages_seen.h"
#include "pair.h"
#include "tap.h"

static struct {
	bool again, brought;
	struct buf box;
} trick;

/* Keeps bob's first box, and puts it in front of whatever else is for him. */
static bool
evil(void *arg, struct relay *r, struct peer *p, struct msg *m)
{
	struct msg copy = {.code = MSG_box};

	(void)arg;
	if (strcmp(p->name, "bob") != 0)
		return true;
	if (m->code == MSG_box && trick.box.n == 0)
		buf_bytes(&trick.box, m->box.box);
	if (trick.again && m->code == MSG_entry) {
		trick.again = false;
		trick.brought = true;
		copy.box.number = 1000;
		copy.box.box = buf_view(&trick.box);
		peer_put_raw(r, p, &copy);
	}
	return true;
}

static void
replay(struct pair *w, size_t a, size_t b, const char *text)
{
	size_t talks = client_talks(w->who[b].c);
	size_t notices = client_notices(w->who[b].c);

	trick.again = true;
	trick.brought = false;
	pair_send(w, a, "bob", text);
	ok(pair_ladder(w, a, "bob", text, LADDER_DEVICE), "they talk on");
	pair_quiet(w);
	ok(trick.brought, "the Welcome came again");
	is_int(client_talks(w->who[b].c), talks, "no new conversation (T25)");
	is_int(client_notices(w->who[b].c), notices, "nobody is asked (T25)");
}

int
main(void)
{
	uint8_t ref[200][PACKAGE_SEEN];
	size_t a, b, i, n, spent = 0;
	struct pair w;

	pair_open(&w);
	a = pair_join(&w, "alice");
	b = pair_join(&w, "bob");
	pair_quiet(&w);
	w.desk.relay->evil = evil;
	n = packages_seen(w.who[b].c, ref, COUNT(ref));
	ok(n > 0, "bob has %zu KeyPackages", n);
	pair_friends(&w, a, b);
	pair_quiet(&w);
	for (i = 0; i < n; i++)
		spent += !packages_have(w.who[b].c, ref[i]);
	is_int(spent, 1, "one was used, and is gone (T25)");
	ok(trick.box.n > 0, "the relay has kept the box");
	replay(&w, a, b, "once more");
	pair_stop(&w, b);
	pair_start(&w, b);
	if (!pair_online(&w, b, ONLINE_ON))
		bail("bob is not back");
	spent = 0;
	for (i = 0; i < n; i++)
		spent += !packages_have(w.who[b].c, ref[i]);
	is_int(spent, 1, "from the store as well (T25)");
	replay(&w, a, b, "after a restart");
	buf_free(&trick.box);
	pair_close(&w);
	return done();
}

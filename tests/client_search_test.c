/* SPDX-License-Identifier: ISC */
/*
 * Search (floor: all): whole history, also what is not loaded; all words, any
 * case of any script; a hostile text is found as it is shown.
 */
#include <stdio.h>
#include <stdlib.h>

#include "pair.h"
#include "db.h"
#include "tap.h"

struct hits {
	unsigned n, stop;
	char first[128], last[128];
};

static bool
hit(void *arg, struct talk *t, const struct message *m)
{
	struct hits *h = arg;

	(void)t;
	if (h->n++ == 0)
		(void)snprintf(h->first, sizeof(h->first), "%s", m->text.s);
	(void)snprintf(h->last, sizeof(h->last), "%s", m->text.s);
	return h->n != h->stop;
}

static struct hits
search(struct pair *w, size_t i, const char *words, unsigned stop)
{
	struct hits h = {.stop = stop};

	is_int(client_search(w->who[i].c, words, hit, &h), 0, "%s", words);
	return h;
}

/* Somebody's disk has lost the rows of a while, more than are read at once. */
static void
damage(struct pair *w, size_t i)
{
	char *path = path_join(w->who[i].dir, "store.db");
	struct db *db;

	pair_stop(w, i);
	if (db_open(&db, path, DB_EXCLUSIVE, NULL, 1) != 0)
		bail("%s does not open", path);
	if (db_exec(db, "update message set body = zeroblob(99) where row in "
	    "(select row from message order by row desc limit 130 offset 5)")
	    != 0)
		bail("%s", db_why(db));
	db_close(db);
	free(path);
	pair_start(w, i);
}

int
main(void)
{
	static struct pair w;
	struct hits h;
	size_t a, b;
	char text[64];

	pair_two(&w, &a, &b);
	pair_send(&w, a, "bob", "Der \xc3\x84rger mit dem Tor");
	for (int i = 0; i < 150; i++) {
		(void)snprintf(text, sizeof(text), "number %d of many", i);
		pair_send(&w, a, "bob", text);
	}
	pair_send(&w, a, "bob", "\x1b[31mred\x1b[0m alert");
	ok(pair_shows(&w, b, "alice", "number 149 of many"), "all are there");
	pair_quiet(&w);
	pair_stop(&w, b);
	pair_start(&w, b);
	ok(pair_talk(&w, b, "alice")->messages < 150, "not all are loaded");

	h = search(&w, b, "many", 0);
	is_int(h.n, 150, "each of them is found");
	is_str(h.first, "number 149 of many", "the newest first");
	is_str(h.last, "number 0 of many", "the oldest last");
	h = search(&w, b, "MANY  7 number", 0);
	is_int(h.n, 24, "all words, whatever their order and case");
	h = search(&w, b, "\xc3\xa4RGER", 0);
	is_int(h.n, 1, "letters beyond ASCII have case too");
	h = search(&w, b, "many", 3);
	is_int(h.n, 3, "it stops when told");
	is_int(search(&w, b, "\x1b", 0).n, 0, "no control character is found");
	is_int(search(&w, b, "red alert", 0).n, 1, "the text beside it is");
	is_int(search(&w, b, " ", 0).n, 0, "blanks find nothing");
	is_int(search(&w, b, "nowhere", 0).n, 0, "what is not there neither");

	damage(&w, b);
	h = search(&w, b, "number", 0);
	ok(h.n > 4 && h.n < 26, "what is damaged is left out (%u found)", h.n);
	is_str(h.last, "number 0 of many", "and what is behind it found (T46)");
	pair_close(&w);
	return done();
}

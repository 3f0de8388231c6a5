/* SPDX-License-Identifier: ISC */
/*
 * Posters of cards, painted by a stand-in of the media helper that dies of
 * them: each is given up with it, the helper is started a few times and no
 * more, and the films are listed all the same.
 * floor: all
 */
#include <stdlib.h>
#include <unistd.h>

#include "film_help.h"
#include "pair.h"
#include "tap.h"

#define FILMS 6

static const struct poster_size small = {.columns = 8, .rows = 3};

struct looks {
	struct client *c;
	size_t there, waits;
};

/* As a list does in each turn: all of them are asked for. */
static bool
is_looked_at(void *arg)
{
	struct looks *l = arg;
	struct bytes cells;
	enum poster_state s;

	l->there = l->waits = 0;
	for (size_t i = 0; i < client_films(l->c); i++) {
		s = client_poster(l->c, client_film_at(l->c, i)->row, &small,
		    &cells);
		l->there += s == POSTER_THERE;
		l->waits += s == POSTER_WAITS;
	}
	return l->waits == 0;
}

static void
helper_is(const char *how)
{
	char *tool = path_join(getenv("TACET_BIN"), "tool/actor");

	if (setenv("TACET_MEDIA", tool, 1) != 0 ||
	    setenv("TACET_ACTOR", how, 1) != 0)
		bail("setenv");
	free(tool);
}

static void
test_deadly(struct pair *w, size_t i)
{
	struct looks l = {.c = w->who[i].c};
	const struct screen *s = client_screen(l.c);

	helper_is("decode:crash:1");
	ok(pair_until(w, is_looked_at, &l), "posters that end the helper: none "
	    "is waited for any more");
	is_int(l.there, 0, "none of them is there");
	ok(strstr(s->hint.s, "are listed without pictures") != NULL,
	    "it is said: %s", s->hint.s);
	is_int(client_films(l.c), FILMS, "all films are listed");
	helper_is("");
	for (unsigned k = 0; k < 20; k++)
		pair_turn(w, 10);
	ok(is_looked_at(&l) && l.there == 0, "and no helper is started again");
	ok(client_open_notices(l.c) == 0 && !client_locked(l.c),
	    "the client goes on");
}

/* What killed it is not tried again, the others are painted. */
static void
test_one(struct pair *w, size_t i)
{
	struct looks l = {.c = w->who[i].c};
	char once[] = "/tmp/poster.XXXXXX";

	if (mkdtemp(once) == NULL || rmdir(once) != 0 ||
	    setenv("TACET_ACTOR_ONCE", once, 1) != 0)
		bail("mkdtemp");
	helper_is("decode:crash:1");
	ok(pair_until(w, is_looked_at, &l), "one that ends the helper");
	is_int(l.there, FILMS - 1, "the others are painted after it");
	client_posters_end(l.c);
	(void)unlink(once);
	(void)unsetenv("TACET_ACTOR_ONCE");
}

int
main(void)
{
	static const char *const name[FILMS] = {"harbour", "lighthouse",
	    "lagoon", "meadow", "orchard", "quarry"};
	size_t alice, bob;
	struct pair w;

	pair_two(&w, &alice, &bob);
	for (size_t k = 0; k < FILMS; k++)
		film_help_say(&w, alice, "bob", name[k]);
	test_one(&w, alice);
	pair_kill(&w, alice);
	pair_start(&w, alice);
	test_deadly(&w, alice);
	pair_close(&w);
	return done();
}

/* SPDX-License-Identifier: ISC */
/* floor: all */
/*
 * Films on one's other devices: cards and how far one was are handed over with
 * the account; later each device tells the others, the newest word counts, also
 * over a restart; nobody else's word does. And a backup brings both back.
 */
#include <stdlib.h>

#include "client_play.h"
#include "film.h"
#include "film_help.h"
#include "kin.h"
#include "tap.h"

#define PASS PAIR_PASS_BYTES
#define LENGTH FILM_HELP_MS

struct want {
	struct pair *w;
	size_t i;
	const char *name;
	uint32_t at;
};

static bool
is_there(void *arg)
{
	const struct want *x = arg;

	return film_help_named(x->w->who[x->i].c, x->name) != NULL;
}

static bool
is_seen(void *arg)
{
	const struct want *x = arg;
	struct client *c = x->w->who[x->i].c;
	const struct film *f = film_help_named(c, x->name);
	struct watched s;

	return f != NULL && client_watched(c, f->id, &s) && s.at == x->at;
}

static bool
there(struct pair *w, size_t i, const char *name)
{
	struct want x = {w, i, name, 0};

	return pair_until(w, is_there, &x);
}

static bool
seen(struct pair *w, size_t i, const char *name, uint32_t at)
{
	struct want x = {w, i, name, at};

	return pair_until(w, is_seen, &x);
}

/* As at the end of a look at it */
static void
watch(struct pair *w, size_t i, const char *name, uint32_t at)
{
	struct client *c = w->who[i].c;

	desk_pass(&w->desk, 20000);     /* boxes are not told one after another */
	watched_set(c, film_help_named(c, name)->id, at, LENGTH,
	    clock_wall(loop_clock(client_loop(c))));
}

/* ---- what is handed over --------------------------------------------------- */

static size_t
test_handed(struct pair *w, size_t a)
{
	struct client *new;
	const struct film *f, *of;
	size_t n = kin_link(w, a, LINK_HISTORY);
	char *why = NULL, *line;

	new = w->who[n].c;
	is_int(client_films(new), 2, "the new device has both films");
	f = film_help_named(new, "harbour");
	of = film_help_named(w->who[a].c, "harbour");
	ok(f != NULL && memcmp(f->key, of->key, KEY_SIZE) == 0 &&
	    memcmp(f->read, of->read, KEY_SIZE) == 0 &&
	    memcmp(f->hash, of->hash, HASH32) == 0 && f->at == of->at,
	    "with all that watching takes");
	ok(f != NULL && f->poster.n == sizeof(film_help_jpeg) &&
	    f->person != 0 && strcmp(client_person(new, f->person)->name.s, "bob") == 0,
	    "their picture, and who published it");
	line = mem_format("film: harbour 0:10 640x360 (/play %lld)",
	    f != NULL ? (long long)f->row : 0);
	ok(pair_shows(w, n, "bob", line), "its line is there: %s", line);
	free(line);
	f = film_help_named(new, "mine");
	ok(f != NULL && f->person == 0 && f->talk != 0,
	    "and that of one's own");
	is_int(client_film_withdraw(new, f->row, &why), ERR_DENIED,
	    "which is withdrawn where it was published: %s", why);
	free(why);
	ok(seen(w, n, "harbour", 3000), "how far one was goes along");
	return n;
}

static void
test_told(struct pair *w, size_t a, size_t n)
{
	watch(w, a, "harbour", 4500);
	ok(seen(w, n, "harbour", 4500), "one device tells the other");
	watch(w, n, "harbour", 6000);
	watch(w, n, "mine", 500);
	ok(seen(w, a, "harbour", 6000) && seen(w, a, "mine", 500),
	    "and is told, of two");
	pair_stop(w, n);
	watch(w, a, "harbour", LENGTH);
	watch(w, a, "mine", 900);
	pair_quiet(w);
	pair_kill(w, a);
	pair_start(w, a);
	ok(seen(w, a, "harbour", LENGTH), "it is there after a crash");
	pair_start(w, n);
	ok(seen(w, n, "harbour", LENGTH) && seen(w, n, "mine", 900),
	    "one that was away hears it when it is back");
	watched_heard(w->who[n].c, film_help_named(w->who[n].c, "mine")->id,
	    100, LENGTH, 5);
	ok(seen(w, n, "mine", 900), "an older word does not count");
}

static void
test_lies(struct pair *w, size_t a, size_t b)
{
	struct client *alice = w->who[a].c, *bob = w->who[b].c;
	struct body body = {.code = BODY_watched};
	struct box box = {.version = 1};
	struct want x = {w, a, "mine", 900};
	struct buf films = {0};

	buf_put(&films, film_help_named(alice, "mine")->id, FILM_ID);
	buf_u32(&films, 7700);
	buf_u32(&films, LENGTH);
	buf_u64(&films, (uint64_t)clock_wall(loop_clock(client_loop(alice))));
	body.watched.films = buf_view(&films);
	memcpy(box.account, client_record(bob)->account, ACCOUNT_ID);
	memcpy(box.device, client_record(bob)->device[0].id, DEVICE_ID);
	is_int(seen_box(alice, &box, &body), ERR_DENIED,
	    "bob's word of it is refused (T39)");
	memcpy(box.account, client_record(alice)->account, ACCOUNT_ID);
	memcpy(box.device, client_record(alice)->device[0].id, DEVICE_ID);
	ok(seen_box(alice, &box, &body) != 0,
	    "one in our name that we have not signed, too");
	ok(is_seen(&x), "it stays as it was (T39)");
	buf_free(&films);
}

/* ---- a backup -------------------------------------------------------------- */

static bool
is_written(void *arg)
{
	unsigned percent;

	return client_backup_state(arg, &percent) != 1;
}

static void
test_backup(struct pair *w, size_t a, bool history)
{
	char *file = mem_format("%s/films-%d.backup", w->desk.dir, history),
	    *why = NULL;
	struct restored count;
	const struct film *f, *of;
	size_t n;

	if (client_backup(w->who[a].c, file, PASS, history, true, &why) != 0 ||
	    !pair_until(w, is_written, w->who[a].c))
		bail("no backup: %s", why);
	n = pair_new(w, "back");
	if (client_restore(w->who[n].c, file, PASS, false, &count, &why) != 0)
		bail("not brought back: %s", why);
	is_int(count.films, 2, "a backup %s what was said has the films",
	    history ? "with" : "without");
	f = film_help_named(w->who[n].c, "harbour");
	of = film_help_named(w->who[a].c, "harbour");
	ok(f != NULL && memcmp(f->key, of->key, KEY_SIZE) == 0 &&
	    memcmp(f->read, of->read, KEY_SIZE) == 0 &&
	    f->talk == of->talk && f->poster.n == of->poster.n,
	    "as they were");
	f = film_help_named(w->who[n].c, "mine");
	ok(f != NULL && f->withdraw, "and one's own can still be withdrawn");
	ok(seen(w, n, "harbour", LENGTH) && seen(w, n, "mine", 900),
	    "and how far one was");
	pair_stop(w, n);
	free(file);
}

int
main(void)
{
	size_t alice, bob, other;
	struct pair w;

	pair_two(&w, &alice, &bob);
	film_help_say(&w, bob, "alice", "harbour");
	film_help_say(&w, alice, "bob", "mine");
	ok(there(&w, alice, "harbour") && there(&w, bob, "mine"), "two films");
	watch(&w, alice, "harbour", 3000);
	pair_quiet(&w);
	other = test_handed(&w, alice);
	test_told(&w, alice, other);
	test_lies(&w, alice, bob);
	test_backup(&w, alice, false);
	test_backup(&w, alice, true);
	pair_close(&w);
	return done();
}

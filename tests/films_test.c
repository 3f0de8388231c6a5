/* SPDX-License-Identifier: ISC */
/*
 * Cards of films between clients and a relay: said, shown, kept over a restart,
 * withdrawn by who had said it and by nobody else; the relay deletes the blob.
 * floor: all
 */
#include "film.h"
#include "film_help.h"
#include "tap.h"

struct look {
	struct pair *w;
	size_t i;
	const char *name;
	enum film_state state;
};

static bool
is_in_state(void *arg)
{
	const struct look *l = arg;
	const struct film *f = film_help_named(l->w->who[l->i].c, l->name);

	return f != NULL && f->state == l->state;
}

static bool
in_state(struct pair *w, size_t i, const char *name, enum film_state s)
{
	struct look l = {w, i, name, s};

	return pair_until(w, is_in_state, &l);
}

static void
test_said(struct pair *w, size_t alice, size_t bob)
{
	const struct film *f, *of;
	const char *line = "film: harbour 0:10 640x360 (/play 1)";
	const struct message *m;

	film_help_say(w, alice, "bob", "harbour");
	ok(pair_shows(w, bob, "alice", line), "the card is a line there");
	ok(pair_ladder(w, alice, "bob", line, LADDER_DEVICE),
	    "and is confirmed like a text");
	m = pair_message(w, bob, "alice", line);
	of = client_film_of(w->who[bob].c, m->id);
	f = client_film_at(w->who[alice].c, 0);
	ok(of != NULL && memcmp(of->key, f->key, KEY_SIZE) == 0 &&
	    memcmp(of->read, f->read, KEY_SIZE) == 0 && of->at == f->at &&
	    of->size == f->size, "with all that playing needs");
	ok(of != NULL && bytes_same(buf_view(&of->poster),
	    bytes_of(film_help_jpeg, sizeof(film_help_jpeg))), "and its picture");
	pair_kill(w, bob);
	pair_start(w, bob);
	of = client_film_at(w->who[bob].c, 0);
	ok(of != NULL && memcmp(of->hash, f->hash, HASH32) == 0 &&
	    of->person != 0 && of->state == FILM_THERE,
	    "it is there after a crash");
}

/* Somebody else's word about it is nothing. */
static void
test_others(struct pair *w, size_t bob)
{
	struct client *c = w->who[bob].c;
	struct talk *t = pair_talk(w, bob, "alice");
	const struct film *f = client_film_at(c, 0);
	struct person carol = {.row = 99, .name = safe_of("carol")};
	struct body b = {.code = BODY_film_gone, .time = 1};
	char *why = NULL;

	memcpy(b.film_gone.film, f->id, WIRE_ID);
	ok(film_body(c, t, &carol, &b), "a third one withdraws it");
	safe_free(&carol.name);
	is_int(f->state, FILM_THERE, "it stays: she never said it (T39)");
	is_int(client_film_withdraw(c, f->row, &why), ERR_DENIED,
	    "nor can who got it");
	note("%s", why);
	free(why);
}

static void
test_lies(struct pair *w, size_t bob)
{
	struct client *c = w->who[bob].c;
	struct talk *t = pair_talk(w, bob, "alice");
	struct person *alice = client_person_named(c, "alice");
	struct body b = {.code = BODY_film, .time = 1};
	size_t before = client_films(c);

	memset(b.film.film, 7, WIRE_ID);
	b.film.length = 1;
	b.film.size = UINT32_MAX;
	b.film.at = 1000;
	b.film.width = b.film.height = 100;
	ok(film_body(c, t, alice, &b), "a card that lies");
	is_int(client_films(c), before, "is none (T73)");
	ok(pair_shows(w, bob, "alice", "a film of alice can't be believed: its "
	    "card says what can't be"), "and that is said");
}

static bool
is_blob_gone(void *arg)
{
	struct pair *w = arg;

	return blobs_count(w->desk.relay)->n == 0;
}

static void
test_withdrawn(struct pair *w, size_t alice, size_t bob)
{
	char *why = NULL;

	is_int(client_film_withdraw(w->who[alice].c, 1, &why), 0,
	    "who has said it withdraws it");
	free(why);
	ok(in_state(w, bob, "harbour", FILM_GONE), "it is gone there");
	ok(pair_shows(w, bob, "alice", "alice withdrew the film harbour"),
	    "and that is said");
	ok(in_state(w, alice, "harbour", FILM_GONE), "and here");
	ok(pair_until(w, is_blob_gone, w), "the relay has nothing of it");
	ok(seal_same(film_help_named(w->who[bob].c, "harbour")->key,
	    (uint8_t[KEY_SIZE]){0}, KEY_SIZE), "its key is wiped");
}

int
main(void)
{
	size_t alice, bob;
	struct pair w;

	pair_two(&w, &alice, &bob);
	test_said(&w, alice, bob);
	test_others(&w, bob);
	test_lies(&w, bob);
	test_withdrawn(&w, alice, bob);
	pair_close(&w);
	return done();
}

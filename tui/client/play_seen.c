/* SPDX-License-Identifier: ISC */
/*
 * How far one was in a film: the one thing about watching that is kept, sealed
 * like everything in the store. The newest of several words counts, whichever
 * device of one's own it comes from; a film that was seen to its end begins
 * anew.
 */
#include <stdlib.h>

#include "play.h"

#define WATCHED_MAX 1000
#define WATCHED_EVERY_MS 10000  /* while it plays */
#define WATCHED_EARLY_MS 3000   /* so near to either end counts as there */

static struct watched *
watched_find(const struct client *c, const uint8_t film[static FILM_ID])
{
	for (size_t i = 0; i < c->watching.n; i++)
		if (memcmp(c->watching.film[i].film, film, FILM_ID) == 0)
			return &c->watching.film[i];
	return NULL;
}

static struct watched *
watched_add(struct client *c, int64_t row, const uint8_t film[static FILM_ID])
{
	struct watched *w;

	c->watching.film = mem_grow(c->watching.film, c->watching.n + 1,
	    sizeof(*c->watching.film));
	w = &c->watching.film[c->watching.n++];
	*w = (struct watched){.row = row};
	memcpy(w->film, film, FILM_ID);
	return w;
}

/* The one that was seen longest ago makes room. */
static void
watched_room(struct client *c)
{
	size_t old = 0;

	if (c->watching.n < WATCHED_MAX)
		return;
	for (size_t i = 1; i < c->watching.n; i++)
		if (c->watching.film[i].when < c->watching.film[old].when)
			old = i;
	keep_drop(&c->keep, TABLE_watched, c->watching.film[old].row);
	c->watching.film[old] = c->watching.film[--c->watching.n];
}

static void
watched_keep(struct client *c, const struct watched *w)
{
	struct buf b = {.secret = true};

	buf_put(&b, w->film, FILM_ID);
	buf_u32(&b, w->at);
	buf_u32(&b, w->length);
	buf_u64(&b, (uint64_t)w->when);
	buf_u8(&b, w->told);
	keep_put(&c->keep, TABLE_watched, w->row, 0, NULL, buf_view(&b));
	buf_free(&b);
}

static void
watched_got(void *arg, int64_t row, UNUSED int64_t owner, struct rd *r)
{
	struct client *c = arg;
	uint8_t film[FILM_ID];
	struct watched *w;
	struct bytes told;

	rd_copy(r, film, sizeof(film));
	w = watched_add(c, row, film);
	w->at = rd_u32(r);
	w->length = rd_u32(r);
	w->when = (int64_t)rd_u64(r);
	told = rd_rest(r);      /* of a backup that another device made */
	w->told = told.n > 0 && told.p[0] != 0;
	if (r->err != 0)
		c->watching.n--;
}

int
watched_load(struct client *c)
{
	return keep_each(&c->keep, TABLE_watched, watched_got, c);
}

void
watched_free(struct client *c)
{
	if (c->watching.film != NULL)
		mem_wipe(c->watching.film, c->watching.n *
		    sizeof(*c->watching.film));
	free(c->watching.film);
	c->watching.film = NULL;
	c->watching.n = 0;
}

bool
client_watched(struct client *c, const uint8_t film[static FILM_ID],
    struct watched *out)
{
	const struct watched *w = watched_find(c, film);

	if (w != NULL)
		*out = *w;
	return w != NULL;
}

static void
watched_new(struct client *c, const struct watched *new)
{
	struct watched *w = watched_find(c, new->film);

	if (w != NULL && (new->when < w->when || w->at == new->at))
		return;
	if (w == NULL) {
		watched_room(c);
		w = watched_add(c, keep_row(&c->keep, TABLE_watched),
		    new->film);
	}
	w->at = new->at;
	w->length = new->length;
	w->when = new->when;
	w->told = new->told;
	watched_keep(c, w);
}

void
watched_set(struct client *c, const uint8_t film[static FILM_ID], uint32_t at,
    uint32_t length, int64_t when)
{
	struct watched w = {.at = at, .length = length, .when = when};

	memcpy(w.film, film, FILM_ID);
	watched_new(c, &w);
	client_wake(c, client_mono(c));
}

void
watched_heard(struct client *c, const uint8_t film[static FILM_ID],
    uint32_t at, uint32_t length, int64_t when)
{
	struct watched w = {.at = at, .length = length, .when = when,
	    .told = true};

	memcpy(w.film, film, FILM_ID);
	watched_new(c, &w);
}

void
watched_told(struct client *c, struct watched *w)
{
	w->told = true;
	watched_keep(c, w);
}

uint32_t
play_seen(struct client *c, const struct play_film *film)
{
	const struct watched *w = watched_find(c, film->key.id);

	return w != NULL && w->at < film->length ? w->at : 0;
}

static bool
watched_partly(const struct client *c, const uint8_t film[static FILM_ID])
{
	const struct watched *w = watched_find(c, film);

	return w != NULL && w->at < w->length;
}

void
play_seen_keep(struct client *c, struct play *p, bool now)
{
	int64_t mono = client_mono(c);
	uint32_t at = p->view.at;

	if (!p->indexed || !p->seen || (!now &&
	    (mono < p->kept + WATCHED_EVERY_MS || at == p->kept_at)))
		return;
	p->kept = mono;
	p->kept_at = at;
	if (p->view.state == PLAY_ENDED ||
	    at + WATCHED_EARLY_MS > p->view.length)
		at = p->view.length;
	else if (at < WATCHED_EARLY_MS && !watched_partly(c, p->film.key.id))
		return;         /* a glance at it changes nothing */
	else if (at < WATCHED_EARLY_MS)
		at = 0;
	watched_set(c, p->film.key.id, at, p->view.length, client_now(c));
}

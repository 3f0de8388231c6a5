/* SPDX-License-Identifier: ISC */
/*
 * Films handed from an old device to a new one, with what was said: their cards
 * and with them the capability to watch, never the one to withdraw, which stays
 * where a film was published. Pictures go along as long as a meeting has room
 * for them, those of the newest films first.
 *
 * An item: u8 in a conversation between two, account of the other side (or
 * zeros), account of who published it, the body film
 */
#include <stdlib.h>

#include "linkup.h"

#define HAND_FILMS 4000
#define HAND_POSTERS (512u << 10)       /* bytes of pictures in all */

static bool
film_goes(const struct film *f)
{
	return f->state == FILM_THERE;
}

size_t
film_hand_total(const struct client *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->films; i++)
		n += film_goes(c->film[i]);
	return n < HAND_FILMS ? n : HAND_FILMS;
}

static void
film_hand_one(struct client *c, struct linkup *u, const struct film *f,
    struct buf *out)
{
	static const uint8_t nobody[ACCOUNT_ID];
	struct buf b = {.secret = true};
	struct talk *t = client_talk(c, f->talk);
	struct person *with = t != NULL ? client_person(c, t->person) : NULL;
	struct person *who = client_person(c, f->person);
	struct body body = {.code = BODY_film, .time = (uint64_t)f->time};

	memcpy(body.id, f->message, WIRE_ID);
	film_card_put(f, &body.film);
	u->posters += f->poster.n;
	if (u->posters > HAND_POSTERS)
		body.film.poster = bytes_of(NULL, 0);
	buf_u8(&b, with != NULL);
	buf_put(&b, with != NULL ? with->account : nobody, ACCOUNT_ID);
	buf_put(&b, f->person == 0 ? c->self.account : who != NULL ?
	    who->account : nobody, ACCOUNT_ID);
	if (body_put(&b, &body) == 0)
		hand_item(out, HAND_FILM, buf_view(&b));
	buf_free(&b);
}

/* The newest first; false: no more are left */
bool
film_hand_more(struct client *c, struct linkup *u, struct buf *out)
{
	while (out->n < HAND_BATCH && u->film < c->films &&
	    u->film < HAND_FILMS) {
		const struct film *f = c->film[c->films - 1 - u->film++];

		if (!film_goes(f))
			continue;
		film_hand_one(c, u, f, out);
		u->view.done++;
	}
	return out->n > 0;
}

/* ---- at the new one ------------------------------------------------------ */

int
film_hand_item(struct handed *h, struct rd *r)
{
	struct hand_film *x;
	struct body b;
	int err;

	if (h->films >= HAND_FILMS)
		return ERR_QUOTA;
	/* all of it at once: keys that are moved would stay where they were */
	if (h->film == NULL)
		h->film = mem_array(HAND_FILMS, sizeof(*h->film));
	x = &h->film[h->films];
	memset(x, 0, sizeof(*x));
	x->direct = rd_u8(r) != 0;
	rd_copy(r, x->with, ACCOUNT_ID);
	rd_copy(r, x->who, ACCOUNT_ID);
	err = body_get(rd_rest(r), &b);
	if (r->err != 0)
		return ERR_FORMAT;
	if (err == 0 && b.code != BODY_film)
		err = ERR_FORMAT;
	x->film.poster.secret = true;
	if (err == 0)
		err = film_card_get(&b.film, &x->film);
	if (err != 0)
		return err;
	memcpy(x->film.message, b.id, WIRE_ID);
	x->film.time = (int64_t)b.time;
	h->films++;
	return 0;
}

/* Oldest first, so that the numbers go up as they did. A film of a room stands
 * in the list alone until somebody says it there anew. */
void
film_hand_take(struct client *c, struct handed *h)
{
	struct hand_film *x;
	struct person *who;
	struct talk *t;

	for (size_t i = h->films; i-- > 0;) {
		x = &h->film[i];
		who = person_of(c, x->who);
		if (who == NULL &&
		    memcmp(x->who, c->self.account, ACCOUNT_ID) != 0)
			continue;       /* whose word would take it back? */
		t = x->direct ? history_into(c, x->with) : NULL;
		film_handed(c, &x->film, t, who);
	}
}

void
film_hand_free(struct handed *h)
{
	for (size_t i = 0; i < h->films; i++)
		film_wipe(&h->film[i].film);
	free(h->film);
	free(h->watched);
}

/* ---- how far they were watched ------------------------------------------- */

void
film_hand_watched(const struct watched *w, struct buf *out)
{
	struct buf b = {.secret = true};

	buf_put(&b, w->film, FILM_ID);
	buf_u32(&b, w->at);
	buf_u32(&b, w->length);
	buf_u64(&b, (uint64_t)w->when);
	hand_item(out, HAND_WATCHED, buf_view(&b));
	buf_free(&b);
}

int
film_hand_watched_item(struct handed *h, struct rd *r)
{
	struct watched *w;

	if (h->watcheds >= HAND_FILMS)
		return ERR_QUOTA;
	h->watched = mem_grow(h->watched, h->watcheds + 1,
	    sizeof(*h->watched));
	w = &h->watched[h->watcheds++];
	*w = (struct watched){.row = 0};
	rd_copy(r, w->film, FILM_ID);
	w->at = rd_u32(r);
	w->length = rd_u32(r);
	w->when = (int64_t)rd_u64(r);
	return rd_end(r) != 0 || w->at > w->length || w->when < 0 ?
	    ERR_FORMAT : 0;
}

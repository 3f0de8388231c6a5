/* SPDX-License-Identifier: ISC */
/*
 * The films one knows: a card for each, in the store and in memory. A card
 * comes with a message and is a line of its conversation; only who has said it
 * can take it back. What is to be deleted at the relay stays here until that
 * has answered.
 */
#include <stdlib.h>

#include "inside.h"

#define FILMS_AGAIN_MS 5000

/* ---- the store ----------------------------------------------------------- */

void
film_bytes(const struct film *f, struct buf *b)
{
	buf_u64(b, (uint64_t)f->person);
	buf_u8(b, (uint8_t)f->state);
	buf_u8(b, f->withdraw);
	buf_put(b, f->message, WIRE_ID);
	buf_u64(b, (uint64_t)f->time);
	buf_u32(b, (uint32_t)f->name.n);
	buf_put(b, f->name.s, f->name.n);
	buf_u32(b, f->length);
	buf_u16(b, f->width);
	buf_u16(b, f->height);
	buf_u32(b, (uint32_t)f->poster.n);
	buf_bytes(b, buf_view(&f->poster));
	buf_put(b, f->id, WIRE_ID);
	buf_put(b, f->key, KEY_SIZE);
	buf_put(b, f->read, KEY_SIZE);
	buf_put(b, f->hash, HASH32);
	buf_u64(b, f->at);
	buf_u32(b, f->size);
	buf_put(b, f->delete, KEY_SIZE);
}

void
film_keep(struct client *c, const struct film *f)
{
	struct buf b = {.secret = true};

	film_bytes(f, &b);
	keep_put(&c->keep, TABLE_film, f->row, f->talk, NULL, buf_view(&b));
	buf_free(&b);
}

static struct film *
film_new(struct client *c)
{
	struct film *f = mem_alloc(sizeof(*f));

	f->poster.secret = true;
	c->film = mem_grow(c->film, c->films + 1, sizeof(*c->film));
	c->film[c->films++] = f;
	return f;
}

static void
film_got(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct film *f = film_new(arg);
	struct bytes name;

	f->row = row;
	f->talk = owner;
	f->person = (int64_t)rd_u64(r);
	f->state = (enum film_state)rd_u8(r);
	f->withdraw = rd_u8(r) != 0;
	rd_copy(r, f->message, WIRE_ID);
	f->time = (int64_t)rd_u64(r);
	name = rd_view(r, rd_u32(r));
	f->name = safe_make(SAFE_NAME, name.p, name.n);
	f->length = rd_u32(r);
	f->width = rd_u16(r);
	f->height = rd_u16(r);
	buf_bytes(&f->poster, rd_view(r, rd_u32(r)));
	rd_copy(r, f->id, WIRE_ID);
	rd_copy(r, f->key, KEY_SIZE);
	rd_copy(r, f->read, KEY_SIZE);
	rd_copy(r, f->hash, HASH32);
	f->at = rd_u64(r);
	f->size = rd_u32(r);
	rd_copy(r, f->delete, KEY_SIZE);
}

int
films_load(struct client *c)
{
	return keep_each(&c->keep, TABLE_film, film_got, c);
}

void
films_free(struct client *c)
{
	while (c->films > 0) {
		film_wipe(c->film[--c->films]);
		free(c->film[c->films]);
	}
	free(c->film);
	c->film = NULL;
}

void
film_drop(struct client *c, int64_t row)
{
	size_t i;

	for (i = 0; i < c->films && c->film[i]->row != row; i++)
		;
	if (i == c->films)
		return;
	keep_drop(&c->keep, TABLE_film, row);
	film_wipe(c->film[i]);
	free(c->film[i]);
	c->films--;
	memmove(c->film + i, c->film + i + 1,
	    (c->films - i) * sizeof(*c->film));
}

/* ---- finding ------------------------------------------------------------- */

struct film *
film_row(const struct client *c, int64_t row)
{
	size_t i;

	for (i = 0; i < c->films; i++)
		if (c->film[i]->row == row)
			return c->film[i];
	return NULL;
}

size_t
client_films(const struct client *c)
{
	return c->films;
}

const struct film *
client_film_at(const struct client *c, size_t i)
{
	return i < c->films ? c->film[i] : NULL;
}

const struct film *
client_film(const struct client *c, int64_t row)
{
	return film_row(c, row);
}

const struct film *
client_film_of(const struct client *c, const uint8_t message[static WIRE_ID])
{
	size_t i;

	for (i = 0; i < c->films; i++)
		if (c->film[i]->state != FILM_MAKING &&
		    memcmp(c->film[i]->message, message, WIRE_ID) == 0)
			return c->film[i];
	return NULL;
}

/* Whose it is counts too: ids are chosen by who publishes. */
static struct film *
film_theirs(struct client *c, int64_t person, const uint8_t id[static WIRE_ID])
{
	size_t i;

	for (i = 0; i < c->films; i++)
		if ((c->film[i]->person == person || !defence(owner)) &&
		    memcmp(c->film[i]->id, id, WIRE_ID) == 0)
			return c->film[i];
	return NULL;
}

/* ---- saying -------------------------------------------------------------- */

struct film *
film_add(struct client *c, struct talk *t)
{
	struct film *f = film_new(c);

	f->row = keep_row(&c->keep, TABLE_film);
	f->talk = t->row;
	f->withdraw = true;
	rng_fill(c->rng, f->id, WIRE_ID);
	rng_fill(c->rng, f->key, KEY_SIZE);
	rng_fill(c->rng, f->read, KEY_SIZE);
	rng_fill(c->rng, f->delete, KEY_SIZE);
	return f;
}

static struct safe
film_text(const struct film *f)
{
	char *text = client_film_text(f);
	char *line = mem_format("film: %s (/play %lld)", text,
	    (long long)f->row);
	struct safe safe = safe_make(SAFE_TEXT, line, strlen(line));

	free(text);
	string_wipe(&line);
	return safe;
}

bool
film_words(struct client *c, struct message *m)
{
	const struct film *f = client_film_of(c, m->id);

	if (f == NULL)
		return false;
	safe_free(&m->text);
	m->text = film_text(f);
	return true;
}

static struct message *
film_line(struct client *c, struct talk *t, const struct film *f,
    const struct message *from)
{
	struct message m = *from;

	m.kind = MESSAGE_FILM;
	m.text = film_text(f);
	return message_add(c, t, &m);
}

static void
film_body_of(const struct film *f, struct body *b)
{
	*b = (struct body){.code = BODY_film, .time = (uint64_t)f->time};
	memcpy(b->id, f->message, WIRE_ID);
	film_card_put(f, &b->film);
}

void
film_say(struct client *c, struct film *f)
{
	struct message m = {.mine = true};
	struct talk *t = client_talk(c, f->talk);
	const struct message *kept;
	struct body b;

	assert(t != NULL);
	client_id(c, f->message);
	f->time = client_now(c);
	f->state = FILM_THERE;
	film_keep(c, f);
	memcpy(m.id, f->message, WIRE_ID);
	m.sent = f->time;
	kept = film_line(c, t, f, &m);
	t->waiting++;
	film_body_of(f, &b);
	out_add(c, t, OUT_TEXT, kept->row, f->message, &b);
	timer_set(c->timer, 1);
}

bool
film_again(struct client *c, const uint8_t message[static WIRE_ID],
    struct body *b)
{
	const struct film *f = client_film_of(c, message);

	if (f == NULL || f->state != FILM_THERE)
		return false;
	film_body_of(f, b);
	return true;
}

/* ---- what others say ----------------------------------------------------- */

static void
film_came(struct client *c, struct talk *t, const struct person *p,
    const struct body *b)
{
	struct message m = {.mine = p == NULL, .ladder = p == NULL ?
	    LADDER_RELAY : LADDER_WAITING, .person = p != NULL ? p->row : 0,
	    .sent = (int64_t)b->time};
	struct film card = {.row = 0}, *f;

	if (film_card_get(&b->film, &card) != 0) {
		message_system(c, t, "a film of %s can't be believed: its card "
		    "says what can't be", p != NULL ? p->name.s : "yours");
		return;
	}
	f = film_theirs(c, m.person, card.id);
	if (f != NULL) {
		film_wipe(&card);
		return;         /* it is here already */
	}
	f = film_new(c);
	*f = card;
	f->row = keep_row(&c->keep, TABLE_film);
	f->talk = t->row;
	f->person = m.person;
	f->state = FILM_THERE;
	f->time = m.sent;
	memcpy(f->message, b->id, WIRE_ID);
	film_keep(c, f);
	memcpy(m.id, b->id, WIRE_ID);
	film_line(c, t, f, &m);
	if (p != NULL)
		receipt_due(c, t, b->id);
}

void
film_handed(struct client *c, struct film *card, struct talk *t,
    const struct person *who)
{
	struct film *f;

	if (film_theirs(c, who != NULL ? who->row : 0, card->id) != NULL)
		return;
	f = film_new(c);
	*f = *card;
	f->row = keep_row(&c->keep, TABLE_film);
	f->talk = t != NULL ? t->row : 0;
	f->person = who != NULL ? who->row : 0;
	f->state = FILM_THERE;
	film_keep(c, f);
	memset(card, 0, sizeof(*card));         /* the store has it */
}

/* Its keys go; that there was one stays in the conversation. */
static void
film_end(struct client *c, struct film *f)
{
	f->state = FILM_GONE;
	f->withdraw = false;
	buf_free(&f->poster);
	mem_wipe(f->key, KEY_SIZE);
	mem_wipe(f->read, KEY_SIZE);
	mem_wipe(f->delete, KEY_SIZE);
	film_keep(c, f);
	client_show(c);
}

static void
film_withdrawn(struct client *c, struct talk *t, const struct person *p,
    const struct body *b)
{
	struct film *f = film_theirs(c, p != NULL ? p->row : 0,
	    b->film_gone.film);

	if (p != NULL)
		receipt_due(c, t, b->id);
	/* one that was handed over may not know its room */
	if (f == NULL || f->state != FILM_THERE ||
	    (f->talk != t->row && f->talk != 0))
		return;
	message_system(c, t, "%s withdrew the film %s", p != NULL ? p->name.s :
	    "you", f->name.s);
	film_end(c, f);
}

bool
film_body(struct client *c, struct talk *t, struct person *p,
    const struct body *b)
{
	if (b->code != BODY_film && b->code != BODY_film_gone)
		return false;
	if (defence(repeat) && message_seen(c, t, b->id))
		return true;
	if (b->code == BODY_film)
		film_came(c, t, p, b);
	else
		film_withdrawn(c, t, p, b);
	return true;
}

/* ---- taking back --------------------------------------------------------- */

void
film_leave(struct client *c, struct film *f)
{
	f->state = FILM_LEAVING;
	film_keep(c, f);
	timer_set(c->timer, 1);
}

int
client_film_withdraw(struct client *c, int64_t row, char **why)
{
	struct body b = {.code = BODY_film_gone};
	struct film *f = film_row(c, row);
	struct talk *t = f != NULL ? client_talk(c, f->talk) : NULL;
	uint8_t id[WIRE_ID];

	if (f == NULL || f->state == FILM_GONE || f->state == FILM_LEAVING)
		return client_refuse(why, ERR_NONE, "there is no film %lld any "
		    "more: /videos lists those there are", (long long)row);
	if (f->state == FILM_MAKING)
		return client_refuse(why, ERR_STATE, "%s is still being "
		    "published: /publish-stop ends that", f->name.s);
	if (!f->withdraw)
		return client_refuse(why, ERR_DENIED, f->person == 0 ?
		    "%s was published by another device of yours: withdraw it "
		    "there" : "%s is not yours: who published it can withdraw "
		    "it", f->name.s);
	if (t != NULL) {
		client_id(c, id);
		memcpy(b.id, id, WIRE_ID);
		b.time = (uint64_t)client_now(c);
		memcpy(b.film_gone.film, f->id, WIRE_ID);
		out_add(c, t, OUT_SAYING, 0, id, &b);
		message_system(c, t, "you withdrew the film %s", f->name.s);
	}
	film_leave(c, f);
	return 0;
}

static void
film_delete(struct client *c, const struct film *f)
{
	struct msg m = {.code = MSG_blob_delete};

	parcel_id(f->read, m.blob_delete.id);
	memcpy(m.blob_delete.delete, f->delete, KEY_SIZE);
	if (request_ask(c, WANT_FILM_DELETE, f->row, &m))
		c->films_flight = c->session.generation;
}

/* One at a time; a link that ends owes no answer. */
void
films_drive(struct client *c)
{
	size_t i;

	if (!session_registered(c) ||
	    c->films_flight == c->session.generation)
		return;
	if (client_mono(c) < c->films_at) {
		client_wake(c, c->films_at);
		return;
	}
	for (i = 0; i < c->films; i++)
		if (c->film[i]->state == FILM_LEAVING) {
			film_delete(c, c->film[i]);
			return;
		}
}

/* What is not there is deleted too. */
void
films_deleted(struct client *c, int64_t row, const struct answer *a)
{
	struct film *f = film_row(c, row);

	c->films_flight = 0;
	client_wake(c, client_mono(c));
	timer_set(c->timer, 1);
	if (f == NULL || f->state != FILM_LEAVING)
		return;
	if (a->err != 0 && a->err != ERR_NONE) {
		c->films_at = client_mono(c) + FILMS_AGAIN_MS;
		return;
	}
	if (f->time != 0)
		film_end(c, f);         /* it was said */
	else
		film_drop(c, f->row);
}

/* SPDX-License-Identifier: ISC */
/*
 * What an old device hands to a new one: the account and, if it may sign, the
 * account key; people with what was verified about them; settings. Never MLS
 * state: the new one joins each conversation by a commit. What comes in is
 * taken whole or not at all, and each record is checked like any other.
 */
#include <stdlib.h>

#include "linkup.h"
#include "trust.h"

#define HAND_PEOPLE_MAX 20000
#define HAND_SETTINGS_MAX 1000

void
hand_item(struct buf *out, enum hand kind, struct bytes body)
{
	buf_u8(out, (uint8_t)kind);
	buf_u32(out, (uint32_t)body.n);
	buf_bytes(out, body);
}

void
hand_account(const struct client *c, const struct account_key *k,
    struct buf *out)
{
	struct buf b = {.secret = true};

	buf_u16(&b, c->self.suite);
	buf_u8(&b, k != NULL);
	if (k != NULL)
		buf_put(&b, k->secret, SIGN_SECRET);
	buf_bytes(&b, buf_view(&c->self.record_raw));
	hand_item(out, HAND_ACCOUNT, buf_view(&b));
	buf_free(&b);
}

static void
hand_person(const struct person *p, struct buf *out)
{
	struct buf b = {.secret = true};

	buf_u8(&b, (uint8_t)p->state);
	buf_u8(&b, (uint8_t)p->trust.way);
	buf_u64(&b, (uint64_t)p->since);
	buf_bytes(&b, buf_view(&p->record_raw));
	hand_item(out, HAND_PERSON, buf_view(&b));
	buf_free(&b);
}

static void
hand_setting(const struct setting *s, struct buf *out)
{
	struct buf b = {.secret = true};

	buf_u16(&b, (uint16_t)strlen(s->name));
	buf_string(&b, s->name);
	buf_string(&b, s->value);
	if (b.n < HAND_BATCH)
		hand_item(out, HAND_SETTING, buf_view(&b));
	buf_free(&b);
}

void
hand_end(const struct client *c, struct buf *out)
{
	struct buf b = {0};

	buf_u32(&b, (uint32_t)ours_talks(c));
	hand_item(out, HAND_END, buf_view(&b));
	buf_free(&b);
}

size_t
hand_total(const struct client *c)
{
	return c->people + c->settings + c->watching.n;
}

void
hand_more(const struct client *c, size_t *at, struct buf *out)
{
	size_t total = hand_total(c);

	for (; *at < total && out->n < HAND_BATCH; (*at)++)
		if (*at < c->people)
			hand_person(c->person[*at], out);
		else if (*at < c->people + c->settings)
			hand_setting(c->setting[*at - c->people], out);
		else
			film_hand_watched(&c->watching.film[*at - c->people -
			    c->settings], out);
}

/* ---- at the new one ------------------------------------------------------ */

static int
handed_account(struct handed *h, struct rd *r)
{
	struct bytes raw;
	int err;

	if (h->account)
		return ERR_STATE;
	h->suite = rd_u16(r);
	h->has_key = rd_u8(r) != 0;
	if (h->has_key) {
		h->key = mem_secret(sizeof(*h->key));
		rd_copy(r, h->key->secret, SIGN_SECRET);
	}
	raw = rd_rest(r);
	if (r->err != 0)
		return ERR_FORMAT;
	err = record_get(raw, &h->record);
	if (err != 0)
		return err;
	if (h->has_key && memcmp(h->key->secret + SIGN_SEED,
	    h->record.account_key, SIGN_PUBLIC) != 0)
		return ERR_KEY;
	buf_bytes(&h->raw, raw);
	h->account = true;
	return 0;
}

static int
handed_person(struct handed *h, struct rd *r)
{
	struct hand_person *p;
	struct bytes raw;
	int err;

	if (h->people >= HAND_PEOPLE_MAX)
		return ERR_QUOTA;
	h->person = mem_grow(h->person, h->people + 1, sizeof(*h->person));
	p = &h->person[h->people++];
	memset(p, 0, sizeof(*p));
	p->state = (enum person_state)rd_u8(r);
	p->way = (enum way)rd_u8(r);
	p->since = (int64_t)rd_u64(r);
	raw = rd_rest(r);
	if (r->err != 0 || (unsigned)p->state > PERSON_BLOCKED ||
	    (unsigned)p->way > WAY_code)
		return ERR_FORMAT;
	err = record_get(raw, &p->record);
	if (err == 0)
		buf_bytes(&p->raw, raw);
	return err;
}

static int
handed_setting(struct handed *h, struct rd *r)
{
	struct bytes name, value;
	struct hand_setting *s;

	if (h->settings >= HAND_SETTINGS_MAX)
		return ERR_QUOTA;
	name = rd_view(r, rd_u16(r));
	value = rd_rest(r);
	if (r->err != 0 || name.n == 0 ||
	    !utf8_valid((const char *)name.p, name.n) ||
	    !utf8_valid((const char *)value.p, value.n) ||
	    memchr(name.p, 0, name.n) != NULL ||
	    (value.n > 0 && memchr(value.p, 0, value.n) != NULL))
		return ERR_FORMAT;
	h->setting = mem_grow(h->setting, h->settings + 1,
	    sizeof(*h->setting));
	s = &h->setting[h->settings++];
	s->name = mem_alloc(name.n + 1);
	memcpy(s->name, name.p, name.n);
	s->value = mem_alloc(value.n + 1);
	if (value.n > 0)
		memcpy(s->value, value.p, value.n);
	return 0;
}

int
handed_item(struct handed *h, enum hand kind, struct rd *r)
{
	if (h->whole || (!h->account && kind != HAND_ACCOUNT))
		return ERR_STATE;
	switch (kind) {
	case HAND_ACCOUNT:
		return handed_account(h, r);
	case HAND_PERSON:
		return handed_person(h, r);
	case HAND_SETTING:
		return handed_setting(h, r);
	case HAND_MESSAGE:
		return history_item(h, r);
	case HAND_FILM:
		return film_hand_item(h, r);
	case HAND_WATCHED:
		return film_hand_watched_item(h, r);
	case HAND_END:
		h->talks = rd_u32(r);
		h->whole = true;
		return rd_end(r);
	default:
		return ERR_RULE;
	}
}

void
handed_free(struct handed *h)
{
	size_t i;

	for (i = 0; i < h->people; i++)
		buf_free(&h->person[i].raw);
	for (i = 0; i < h->settings; i++) {
		string_wipe(&h->setting[i].name);
		string_wipe(&h->setting[i].value);
	}
	history_free(h);
	film_hand_free(h);
	free(h->person);
	free(h->setting);
	buf_free(&h->raw);
	account_close(&h->key);
	mem_wipe(h, sizeof(*h));
}

/* Requests that wait are for the keys of the device that has them. */
static enum person_state
handed_state(enum person_state s)
{
	return s == PERSON_ASKED || s == PERSON_ASKING ? PERSON_KNOWN : s;
}

void
handed_take(struct client *c, struct handed *h)
{
	struct person *p;
	size_t i;

	for (i = 0; i < h->people; i++) {
		if (person_of(c, h->person[i].record.account) != NULL)
			continue;
		p = person_add(c, &h->person[i].record,
		    buf_view(&h->person[i].raw),
		    handed_state(h->person[i].state));
		p->verified = h->person[i].way != WAY_none;
		p->trust.way = h->person[i].way;
		p->trust.when = client_now(c);
		p->since = h->person[i].since;
		person_keep(c, p);
		trust_keep(c, p);
	}
	film_hand_take(c, h);   /* the lines about them look for them */
	history_take(c, h);
	for (i = 0; i < h->watcheds; i++)
		watched_heard(c, h->watched[i].film, h->watched[i].at,
		    h->watched[i].length, h->watched[i].when);
	for (i = 0; i < h->settings; i++)
		(void)client_set(c, h->setting[i].name,
		    h->setting[i].value);       /* the store is open */
}

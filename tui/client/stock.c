/* SPDX-License-Identifier: ISC */
/*
 * Our stock of KeyPackages on the relay, so that others can begin a
 * conversation while we are away. Private halves are kept before a public one
 * leaves. A one-time package is put once and never again, whatever became of
 * the answer: two copies of it would let one Welcome spend the other's. How
 * many are left there is counted, not remembered.
 */
#include <stdlib.h>

#include "inside.h"

#define STOCK_COUNT_MS (6 * 3600 * 1000)
#define STOCK_GRACE DAY_MS      /* for Welcomes that wait in the inbox */

static void
stock_keep(struct client *c, const struct package *p)
{
	struct buf b = {.secret = true};
	uint8_t key[HASH32];

	buf_u8(&b, p->last);
	buf_u8(&b, p->put);
	buf_u16(&b, p->suite);
	buf_u64(&b, (uint64_t)p->until);
	buf_u8(&b, (uint8_t)p->ref_n);
	buf_put(&b, p->ref, p->ref_n);
	buf_u32(&b, (uint32_t)p->public.n);
	buf_bytes(&b, buf_view(&p->public));
	buf_u32(&b, (uint32_t)p->private.n);
	buf_bytes(&b, buf_view(&p->private));
	keep_index(&c->keep, TABLE_package, bytes_of(p->ref, p->ref_n),
	    bytes_of(NULL, 0), key);
	keep_put(&c->keep, TABLE_package, p->row, 0, key, buf_view(&b));
	buf_free(&b);
}

static struct package *
stock_new(struct client *c, int64_t row)
{
	struct package *p = mem_alloc(sizeof(*p));

	p->row = row;
	p->public.secret = p->private.secret = true;
	c->package = mem_grow(c->package, c->packages + 1,
	    sizeof(*c->package));
	c->package[c->packages++] = p;
	return p;
}

static void
stock_remove(struct client *c, struct package *p)
{
	size_t i;

	for (i = 0; c->package[i] != p; i++)
		;
	c->package[i] = c->package[--c->packages];
	buf_free(&p->public);
	buf_free(&p->private);
	mem_wipe(p, sizeof(*p));
	free(p);
}

static void
stock_drop(struct client *c, struct package *p)
{
	keep_drop(&c->keep, TABLE_package, p->row);
	c->keep.erased = true;
	stock_remove(c, p);
}

static int
stock_make(struct client *c, struct package *p, bool last)
{
	uint8_t identity[CREDENTIAL_SIZE];
	struct mls_package_ask ask = {.suite = c->self.suite,
	    .last_resort = last};
	struct buf ext = {0};
	struct mls_env env;
	int err;

	client_env(c, &env);
	self_look(c, identity, &ext, &ask.self);
	p->last = last;
	p->suite = c->self.suite;
	p->until = client_now(c) + (last ? PACKAGE_LAST_LIFE : PACKAGE_LIFE);
	/* a reader whose clock is a little behind takes it too */
	ask.not_before = (uint64_t)(client_now(c) - CLOCK_SKEW) / 1000;
	ask.not_after = (uint64_t)p->until / 1000;
	err = mls_package_make(&env, &ask, &p->public, &p->private);
	buf_free(&ext);
	if (err == 0)
		err = mls_package_ref(buf_view(&p->public), p->ref, &p->ref_n);
	return err;
}

static bool
stock_send(struct client *c, struct package *p)
{
	struct msg m = {.code = MSG_package_put};

	m.package_put.suite = p->suite;
	m.package_put.last = p->last;
	m.package_put.until = (uint64_t)p->until;
	m.package_put.package = buf_view(&p->public);
	if (!request_ask(c, WANT_PACKAGE_PUT, p->row, &m))
		return false;
	p->flight = c->session.generation;
	return true;
}

static bool
stock_more(struct client *c, bool last)
{
	struct package *p = stock_new(c, keep_row(&c->keep, TABLE_package));
	int err = stock_make(c, p, last);

	if (err != 0)
		log_say(c->log, LOG_ERROR, "stock", "no KeyPackage: %s",
		    err_text(err));
	if (err != 0 || !stock_send(c, p)) {
		stock_remove(c, p);
		return false;
	}
	stock_keep(c, p);
	if (!last)
		buf_free(&p->public);
	return true;
}

void
stock_counted(struct client *c, const struct answer *a)
{
	uint64_t n;

	if (a->err != 0) {
		c->session.count_at = answer_wait(c, a, 3);
		return;
	}
	c->session.count_at = client_mono(c) + STOCK_COUNT_MS;
	if (a->number > PACKAGES_LOW)
		return;
	for (n = a->number; n < PACKAGES_WANTED; n++)
		if (!stock_more(c, false))
			return;
}

static struct package *
stock_row(struct client *c, int64_t row)
{
	size_t i;

	for (i = 0; i < c->packages; i++)
		if (c->package[i]->row == row)
			return c->package[i];
	return NULL;
}

void
stock_put(struct client *c, int64_t row, const struct answer *a)
{
	struct package *p = stock_row(c, row);

	if (p == NULL)
		return;
	if (a->err == 0) {
		p->put = true;
		stock_keep(c, p);
		return;
	}
	log_say(c->log, LOG_WARN, "stock", "KeyPackage refused: %s",
	    err_text(a->err));
	if (!p->last) {         /* it isn't there: nobody will need it */
		stock_drop(c, p);
		c->session.count_at = answer_wait(c, a, 6);
		return;
	}
	if (a->err == ERR_RANGE || a->err == ERR_EXPIRED) {
		/* made by a clock that was wrong: another one, later */
		c->session.last_at = answer_wait(c, a, 4);
		stock_drop(c, p);
		return;
	}
	p->flight = 0;
	p->not_before = answer_wait(c, a, p->tries++);
}

/* Made by a clock that was far ahead: the relay refuses it, or others do. */
static bool
stock_ahead(const struct package *p, int64_t now)
{
	return p->until - now > PACKAGE_LAST_LIFE + DAY_MS;
}

static struct package *
stock_last(struct client *c)
{
	int64_t now = client_now(c);
	struct package *p;
	size_t i;

	for (i = 0; i < c->packages; i++) {
		p = c->package[i];
		if (p->last && p->suite == c->self.suite &&
		    p->until - now > PACKAGE_LAST_RENEW && !stock_ahead(p, now))
			return p;
	}
	return NULL;
}

static void
stock_expire(struct client *c)
{
	int64_t now = client_now(c);
	size_t i;

	for (i = c->packages; i-- > 0 && session_clock_ok(c);)
		if (now > c->package[i]->until + STOCK_GRACE ||
		    (!c->package[i]->put && stock_ahead(c->package[i], now)))
			stock_drop(c, c->package[i]);
}

void
stock_drive(struct client *c)
{
	struct session *s = &c->session;
	struct msg m = {.code = MSG_package_count};
	struct package *last;

	if (!session_registered(c))
		return;
	stock_expire(c);
	last = stock_last(c);
	if (last == NULL && client_mono(c) < s->last_at)
		client_wake(c, s->last_at);
	else if (last == NULL)
		(void)stock_more(c, true);      /* else the next turn */
	else if (!last->put && last->flight != s->generation) {
		if (client_mono(c) >= last->not_before)
			(void)stock_send(c, last);      /* the same */
		else
			client_wake(c, last->not_before);
	}
	m.package_count.suite = c->self.suite;
	if (client_mono(c) < s->count_at)
		client_wake(c, s->count_at);
	else if (request_ask(c, WANT_PACKAGE_COUNT, 0, &m))
		s->count_at = client_mono(c) + STOCK_COUNT_MS;
}

struct package *
stock_for(struct client *c, struct bytes welcome)
{
	struct package *p;
	size_t i;

	for (i = 0; i < c->packages; i++) {
		p = c->package[i];
		if (mls_welcome_for(welcome, bytes_of(p->ref, p->ref_n)) == 0)
			return p;
	}
	return NULL;
}

/* A Welcome used it: a one-time package is erased, for good. */
void
stock_spent(struct client *c, struct package *p)
{
	c->session.count_at = 0;
	if (!p->last && defence(spent))
		stock_drop(c, p);
}

static void
stock_got(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct package *p = stock_new(arg, row);

	(void)owner;
	p->last = rd_u8(r) != 0;
	p->put = rd_u8(r) != 0;
	p->suite = rd_u16(r);
	p->until = (int64_t)rd_u64(r);
	p->ref_n = rd_u8(r);
	if (p->ref_n > sizeof(p->ref)) {
		p->ref_n = 0;
		rd_fail(r, ERR_RANGE);
	}
	rd_copy(r, p->ref, p->ref_n);
	buf_bytes(&p->public, rd_view(r, rd_u32(r)));
	buf_bytes(&p->private, rd_view(r, rd_u32(r)));
	if (r->err != 0)
		stock_remove(arg, p);
	else if (!p->last)
		buf_free(&p->public);
}

int
stock_load(struct client *c)
{
	return keep_each(&c->keep, TABLE_package, stock_got, c);
}

void
stock_free(struct client *c)
{
	while (c->packages > 0)
		stock_remove(c, c->package[c->packages - 1]);
	free(c->package);
	c->package = NULL;
}

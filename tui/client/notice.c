/* SPDX-License-Identifier: ISC */
/*
 * Notices: what has happened and what waits for an answer. Sentences of ours;
 * names in them were made safe or obey name_ok.
 */
#include <stdio.h>
#include <stdlib.h>

#include "inside.h"

#define NOTICES_MAX 500

static void
notice_keep(struct client *c, const struct notice *n)
{
	struct buf b = {.secret = true};

	buf_u8(&b, (uint8_t)n->kind);
	buf_u64(&b, (uint64_t)n->time);
	buf_u8(&b, n->open);
	buf_u8(&b, n->seen);
	buf_u32(&b, (uint32_t)n->text.n);
	buf_put(&b, n->text.s, n->text.n);
	buf_u64(&b, (uint64_t)n->talk);
	keep_put(&c->keep, TABLE_notice, n->row, n->person, NULL,
	    buf_view(&b));
	buf_free(&b);
}

static struct notice *
notice_new(struct client *c, int64_t row)
{
	struct notice *n = mem_alloc(sizeof(*n));

	n->row = row;
	c->notice = mem_grow(c->notice, c->notices + 1, sizeof(*c->notice));
	c->notice[c->notices++] = n;
	return n;
}

/* The oldest that wait for nothing are let go. */
static void
notice_trim(struct client *c)
{
	struct notice *n;
	size_t i;

	if (c->notices < NOTICES_MAX)
		return;
	for (i = 0; i < c->notices && c->notice[i]->open; i++)
		;
	if (i == c->notices)
		return;
	n = c->notice[i];
	c->notices--;
	memmove(c->notice + i, c->notice + i + 1,
	    (c->notices - i) * sizeof(*c->notice));
	keep_drop(&c->keep, TABLE_notice, n->row);
	safe_wipe(&n->text);
	free(n);
}

struct notice *
notice_add(struct client *c, enum notice_kind kind, int64_t person, bool open,
    const char *fmt, ...)
{
	struct notice *n;
	va_list ap;
	char *s;

	notice_trim(c);
	n = notice_new(c, keep_row(&c->keep, TABLE_notice));
	va_start(ap, fmt);
	s = mem_vformat(fmt, ap);
	va_end(ap);
	n->kind = kind;
	n->person = person;
	n->open = open;
	n->time = client_now(c);
	n->text = safe_make(SAFE_TEXT, s, strlen(s));
	string_wipe(&s);
	notice_keep(c, n);
	client_event(c, EVENT_notice, NULL, NULL, client_person(c, person), n);
	client_show(c);
	return n;
}

void
notice_about(struct client *c, struct notice *n, const struct talk *t,
    int64_t time)
{
	n->talk = t != NULL ? t->row : 0;
	n->time = time;
	notice_keep(c, n);
}

/* The question has its answer, however it came. */
void
notice_answered(struct client *c, int64_t person, enum notice_kind kind)
{
	struct notice *n;
	size_t i;

	for (i = 0; i < c->notices; i++) {
		n = c->notice[i];
		if (n->person != person || n->kind != kind || !n->open)
			continue;
		n->open = false;
		n->seen = true;
		notice_keep(c, n);
		client_show(c);
	}
}

void
client_seen(struct client *c, struct notice *n)
{
	if (n->seen)
		return;
	n->seen = true;
	notice_keep(c, n);
	client_show(c);
}

size_t
client_notices(const struct client *c)
{
	return c->notices;
}

struct notice *
client_notice_at(struct client *c, size_t i)
{
	return i < c->notices ? c->notice[i] : NULL;
}

unsigned
client_open_notices(const struct client *c)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < c->notices; i++)
		n += c->notice[i]->open;
	return n;
}

static void
notice_got(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct notice *n = notice_new(arg, row);
	struct bytes text;

	n->person = owner;
	n->kind = (enum notice_kind)rd_u8(r);
	n->time = (int64_t)rd_u64(r);
	n->open = rd_u8(r) != 0;
	n->seen = rd_u8(r) != 0;
	text = rd_view(r, rd_u32(r));
	n->text = safe_make(SAFE_TEXT, text.p, text.n);
	if (r->err == 0 && rd_left(r) > 0)      /* a store of before: none */
		n->talk = (int64_t)rd_u64(r);
}

int
notices_load(struct client *c)
{
	return keep_each(&c->keep, TABLE_notice, notice_got, c);
}

void
notices_free(struct client *c)
{
	size_t i;

	for (i = 0; i < c->notices; i++) {
		safe_wipe(&c->notice[i]->text);
		free(c->notice[i]);
	}
	free(c->notice);
	c->notice = NULL;
	c->notices = 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * Pieces of a film from the relay's blob: ranges, a few on their way at once,
 * put together here. Whatever a link that ended owed is asked for again on the
 * next. Knows lengths from the index, which was checked; what the bytes are
 * worth is found out by whoever takes the whole piece.
 */
#include <stdlib.h>

#include "play.h"

/* All of them together take half a second: answers that were asked for at once
 * come at once, and while one lot is on its way the next one has to be, or a
 * long link is idle for as long as it is long. */
#define RANGE_MIN 12288u
#define RANGE_MS 62             /* a range takes about that long */
#define SLOW_RATE 125000u       /* bytes a second; fewer at once below */
#define SLOW_ASKS 4
#define SILENT_MS 10000         /* a link that owes and brings nothing is dead */

void
fetching_add(struct fetching *f, uint32_t number, uint8_t row, uint64_t offset,
    uint32_t n)
{
	assert(f->pieces < FETCH_PIECES && n > 0);
	f->piece[f->pieces++] = (struct fetch_piece){.number = number,
	    .row = row, .offset = offset, .n = n, .data = mem_alloc(n)};
}

/* Answers that are still to come for it will find nothing. */
void
fetching_drop(struct fetching *f, size_t i)
{
	uint32_t number = f->piece[i].number;
	size_t k, left = 0;

	free(f->piece[i].data);
	f->pieces--;
	memmove(f->piece + i, f->piece + i + 1,
	    (f->pieces - i) * sizeof(*f->piece));
	for (k = 0; k < f->asks; k++)
		if (f->ask[k].number != number)
			f->ask[left++] = f->ask[k];
	f->asks = left;
}

void
fetching_clear(struct fetching *f)
{
	while (f->pieces > 0)
		fetching_drop(f, f->pieces - 1);
}

static struct fetch_piece *
fetching_piece(struct fetching *f, uint32_t number)
{
	for (size_t i = 0; i < f->pieces; i++)
		if (f->piece[i].number == number)
			return &f->piece[i];
	return NULL;
}

/* The next range that nobody has asked for yet. */
static bool
fetching_next(struct fetching *f)
{
	uint64_t n = f->rate.rate * RANGE_MS / 1000;
	struct fetch_piece *p = NULL;

	for (size_t i = 0; i < f->pieces && p == NULL; i++)
		if (f->piece[i].asked < f->piece[i].n)
			p = &f->piece[i];
	if (p == NULL)
		return false;
	if (f->rate.rate == 0 || n > WIRE_BLOB_PART)
		n = WIRE_BLOB_PART;
	if (n < RANGE_MIN)
		n = RANGE_MIN;
	if (n > p->n - p->asked)
		n = p->n - p->asked;
	f->ask[f->asks++] = (struct fetch_ask){.serial = ++f->serial,
	    .number = p->number, .offset = p->asked, .n = (uint32_t)n};
	p->asked += (uint32_t)n;
	return true;
}

static bool
fetching_send(struct client *c, struct fetching *f, struct fetch_ask *a,
    const uint8_t read[static KEY_SIZE])
{
	const struct fetch_piece *p = fetching_piece(f, a->number);
	struct msg m = {.code = MSG_blob_get};

	memcpy(m.blob_get.read, read, KEY_SIZE);
	m.blob_get.offset = p->offset + a->offset;
	m.blob_get.length = a->n;
	if (!request_ask(c, WANT_PLAY, a->serial, &m))
		return false;
	a->generation = c->session.generation;
	row_begin(&f->rate, client_mono(c));
	return true;
}

/* After a link was cut off for a while, its ends may wait as long again before
 * they try it; a new one is up at once. */
static void
fetching_silence(struct client *c, struct fetching *f)
{
	uint64_t records = link_count(c->session.link).records_in;
	int64_t now = client_mono(c);

	if (f->asks == 0) {
		f->heard = 0;
	} else if (f->heard == 0 || f->records != records) {
		f->heard = now;
		f->records = records;
	} else if (now - f->heard >= SILENT_MS) {
		f->heard = 0;
		link_close(c->session.link, ERR_TIMEOUT, "the relay has sent "
		    "nothing of the film for 10 s");
		return;
	}
	if (f->heard != 0)
		client_wake(c, f->heard + SILENT_MS);
}

static void
fetching_send_all(struct client *c, struct fetching *f,
    const uint8_t read[static KEY_SIZE])
{
	size_t most = f->rate.rate > 0 && f->rate.rate < SLOW_RATE ?
	    SLOW_ASKS : FETCH_ASKS;

	for (size_t i = 0; i < f->asks; i++)
		if (f->ask[i].generation != c->session.generation &&
		    !fetching_send(c, f, &f->ask[i], read))
			return;
	while (f->asks < most && fetching_next(f))
		if (!fetching_send(c, f, &f->ask[f->asks - 1], read))
			return;
}

void
fetching_drive(struct client *c, struct fetching *f,
    const uint8_t read[static KEY_SIZE])
{
	if (f->asks > 0)
		row_look(&f->rate, client_mono(c));
	else
		row_rest(&f->rate, client_mono(c));
	if (!session_registered(c)) {
		f->rate.since = 0;
		f->heard = 0;
		return;
	}
	if (client_mono(c) < f->not_before) {
		client_wake(c, f->not_before);
		f->heard = 0;
		return;
	}
	fetching_send_all(c, f, read);
	fetching_silence(c, f);
}

static int
fetching_refused(struct client *c, struct fetching *f, struct fetch_ask *a,
    const struct answer *answer)
{
	if (answer->err != ERR_RATE && answer->err != ERR_IO &&
	    answer->err != ERR_BUSY)
		return answer->err;
	a->generation = 0;
	f->not_before = answer_wait(c, answer, f->tries++);
	return 0;
}

int
fetching_got(struct client *c, struct fetching *f, int64_t serial,
    const struct answer *answer)
{
	struct fetch_piece *p;
	struct fetch_ask a;
	size_t i;

	for (i = 0; i < f->asks && f->ask[i].serial != serial; i++)
		;
	if (i == f->asks)
		return 0;       /* nobody wants it any more */
	if (answer->err != 0)
		return fetching_refused(c, f, &f->ask[i], answer);
	a = f->ask[i];
	p = fetching_piece(f, a.number);
	f->tries = 0;
	if (answer->offset != p->offset + a.offset || answer->data.n != a.n)
		return ERR_SHORT;
	f->ask[i] = f->ask[--f->asks];
	memcpy(p->data + a.offset, answer->data.p, a.n);
	p->got += a.n;
	row_bytes(&f->rate, a.n);
	return 0;
}

uint32_t
fetching_left(const struct fetching *f, const struct fetch_piece *p)
{
	uint64_t ms;

	if (f->rate.rate == 0)
		return UINT32_MAX;
	ms = (uint64_t)(p->n - p->got) * 1000 / f->rate.rate;
	return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

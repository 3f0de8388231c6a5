/* SPDX-License-Identifier: ISC */
/*
 * The pieces of the film that plays: which is asked for next and in what size,
 * checked and opened when it is whole, and handed to the decoder when that has
 * room. What does not open stops the film; nothing of it is shown.
 */
#include <stdlib.h>

#include "play.h"

static bool
piece_whole(const struct fetch_piece *f)
{
	return f->got == f->n;
}

/* What is here without a gap: with the decoder, and whole behind it. */
uint32_t
play_ahead(const struct play *p)
{
	uint64_t end = (uint64_t)p->feed * MEDIA_SEGMENT_MS;

	for (size_t i = 0; i < p->fetch.pieces &&
	    piece_whole(&p->fetch.piece[i]); i++)
		end += MEDIA_SEGMENT_MS;
	if (end > p->view.length)
		end = p->view.length;
	return end > p->view.at ? (uint32_t)end - p->view.at : 0;
}

static void
play_index(struct client *c)
{
	struct play *p = c->play;
	struct fetch_piece *f = &p->fetch.piece[0];
	enum film_fault fault;

	if (p->fetch.pieces == 0)
		fetching_add(&p->fetch, FETCH_INDEX, FILM_INDEX_ROW,
		    p->film.at, p->film.n);
	if (!piece_whole(f))
		return;
	fault = film_index_open(&p->film.key, p->film.hash, p->film.at,
	    bytes_of(f->data, f->n), &p->index);
	fetching_drop(&p->fetch, 0);
	if (fault != FILM_GOOD) {
		play_wrong(c, fault);
		return;
	}
	p->indexed = true;
	p->view.length = p->index.length;
	play_begin(c, play_seen(c, &p->film));
}

static void
play_add(struct play *p, uint8_t row)
{
	const struct index_part *part = index_part(&p->index, p->next, row);

	fetching_add(&p->fetch, p->next++, row, part->offset, part->length);
	p->view.row = row;
	p->view.width = p->index.row[row].width;
	p->view.height = p->index.row[row].height;
}

/* One that will not be here in time makes room for a smaller one. */
static void
play_come_down(struct play *p, uint32_t ahead)
{
	struct fetching *f = &p->fetch;
	const struct index_part *small;
	struct fetch_piece *late;
	size_t i;
	uint8_t row;

	for (i = 0; i < f->pieces && piece_whole(&f->piece[i]); i++)
		;
	if (i == f->pieces || f->rate.rate == 0)
		return;
	late = &f->piece[i];
	row = row_choose(&p->index, &f->rate, late->number, 0, late->row);
	small = index_part(&p->index, late->number, row);
	if (fetching_left(f, late) <= ahead || row == late->row ||
	    small->length >= late->n - late->got)
		return;
	p->next = late->number;
	while (f->pieces > i)
		fetching_drop(f, f->pieces - 1);
	play_add(p, row);
}

/* At most 20 s ahead, and then nothing until a few pieces have room: one alone
 * is here before it tells how much the link bears. Where a decoder has nothing left and still nothing is
 * shown (none of its pictures was one), it goes on behind them. */
static bool
play_far(struct play *p, uint32_t ahead)
{
	if (p->next == p->feed && p->feed == p->used &&
	    p->view.state == PLAY_BUFFERING)
		return false;
	if (ahead < PLAY_AHEAD_MS - PLAY_REST_MS)
		p->full = false;
	if ((uint64_t)(p->next + 1) * MEDIA_SEGMENT_MS >
	    (uint64_t)p->view.at + PLAY_AHEAD_MS)
		p->full = true;
	return p->full;
}

/* Its size is chosen when its turn has come. */
static bool
play_more(struct play *p)
{
	struct fetching *f = &p->fetch;
	const struct fetch_piece *last = f->pieces > 0 ?
	    &f->piece[f->pieces - 1] : NULL;
	uint32_t ahead = play_ahead(p);

	if (p->next >= p->index.segments || f->pieces >= PLAY_FAR ||
	    (last != NULL && last->asked < last->n) || play_far(p, ahead))
		return false;
	play_add(p, p->seen || p->next > p->feed ?
	    row_choose(&p->index, &f->rate, p->next, ahead, p->view.row) :
	    row_first(&p->index, &f->rate, p->next));
	return true;
}

static void
play_open_piece(struct client *c, const struct fetch_piece *f)
{
	struct packet m = {.code = PACKET_play};
	struct play *p = c->play;
	struct buf plain = {.secret = true};
	struct segment s;
	enum film_fault fault = film_open(&p->film.key, &p->index, f->row,
	    f->number, bytes_of(f->data, f->n), &plain, &s);

	if (fault == FILM_GOOD) {
		m.play.gen = p->gen;
		m.play.row = f->row;
		m.play.number = f->number;
		m.play.segment = buf_view(&plain);
		helper_put(p->helper, MEDIA_DECODE, &m);
		p->feed++;
		fetching_drop(&p->fetch, 0);
	} else {
		play_wrong(c, fault);
	}
	buf_free(&plain);
}

static void
play_feed(struct client *c)
{
	struct packet over = {.code = PACKET_over};
	struct play *p = c->play;

	while (p->helper != NULL && p->fetch.pieces > 0 &&
	    piece_whole(&p->fetch.piece[0]) && p->feed - p->used < PLAY_FEED &&
	    !helper_full(p->helper, MEDIA_DECODE))
		play_open_piece(c, &p->fetch.piece[0]);
	if (p->helper == NULL || p->over || p->feed < p->index.segments)
		return;
	over.over.gen = p->gen;
	helper_put(p->helper, MEDIA_DECODE, &over);
	p->over = true;
}

void
play_step(struct client *c)
{
	struct play *p = c->play;
	uint8_t row = p->view.row;

	if (!p->indexed)
		play_index(c);
	if (p->indexed && p->view.state != PLAY_STOPPED)
		play_feed(c);
	if (p->view.state == PLAY_STOPPED)
		return;
	if (p->indexed)
		play_come_down(p, play_ahead(p));
	fetching_drive(c, &p->fetch, p->film.read);
	while (p->indexed && p->fetch.asks < FETCH_ASKS && play_more(p))
		fetching_drive(c, &p->fetch, p->film.read);
	p->view.rate = (uint32_t)(p->fetch.rate.rate > UINT32_MAX ? UINT32_MAX :
	    p->fetch.rate.rate);
	p->view.ahead = play_ahead(p);
	if (p->view.row != row)
		client_event(c, EVENT_play, NULL, NULL, NULL, NULL);
}

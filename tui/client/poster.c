/* SPDX-License-Identifier: ISC */
/*
 * The small pictures of cards. What a card carries is somebody else's JPEG, so
 * it goes to the media helper as a film of one picture, and comes back as cells
 * of a terminal; a picture that ends the helper is not tried again. Kept in
 * memory, in one size, until the client is locked.
 */
#include <stdlib.h>

#include "helper.h"
#include "inside.h"

#define POSTER_MS 5000          /* one is painted in less */
#define POSTER_CRASHES 3        /* then nothing is painted any more */

struct poster {
	int64_t film;
	enum poster_state state;
	struct buf cells;
};
struct posters {
	struct poster *poster;
	size_t n;
	uint16_t columns, rows, cell_w, cell_h;
	struct helper *helper;
	unsigned crashes;
	int64_t film;           /* that is being painted, or 0 */
	bool sent;              /* the decoder has it */
	uint32_t gen;
	int64_t until;          /* mono */
};

static void posters_next(struct client *);

static struct poster *
poster_find(const struct posters *p, int64_t film)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->poster[i].film == film)
			return &p->poster[i];
	return NULL;
}

/* The one that is being painted ends so. */
static void
poster_end(struct client *c, enum poster_state s)
{
	struct posters *p = c->posters;
	struct poster *poster = poster_find(p, p->film);

	p->film = 0;
	if (poster != NULL)
		poster->state = s;
	client_show(c);
}

static void
posters_give_up(struct client *c)
{
	struct posters *p = c->posters;

	for (size_t i = 0; i < p->n; i++)
		if (p->poster[i].state == POSTER_WAITS)
			p->poster[i].state = POSTER_NONE;
}

/* ---- the helper ---- */

/* A film of this picture alone */
static void
poster_send(struct posters *p, const struct film *f)
{
	struct packet play = {.code = PACKET_play, .play = {.gen = p->gen}};
	struct item item = {ITEM_PICTURE, 0, buf_view(&f->poster)};
	struct buf b = {.secret = true};

	segment_begin(&b, 0, 0, 0, MEDIA_SEGMENT_MS);
	segment_item(&b, &item);
	segment_pad(&b);
	play.play.segment = buf_view(&b);
	helper_put(p->helper, MEDIA_DECODE, &play);
	helper_expect(p->helper, MEDIA_DECODE, POSTER_MS);
	p->sent = true;
	buf_free(&b);
}

/* It knows of this gen, so no picture of it can come too early. */
static void
poster_at(struct client *c, const struct packet_at *m)
{
	struct posters *p = c->posters;
	const struct film *f = film_row(c, p->film);

	if (p->film == 0 || m->gen != p->gen)
		return;
	if (f == NULL || f->poster.n == 0 || client_mono(c) > p->until)
		poster_end(c, POSTER_NONE);
	else if (!p->sent)
		poster_send(p, f);
}

static void
poster_cells(struct client *c, const struct packet_cells *m)
{
	struct packet drawn = {.code = PACKET_drawn, .drawn = {m->gen}};
	struct posters *p = c->posters;
	struct poster *poster = poster_find(p, p->film);

	helper_put(p->helper, MEDIA_SHOW, &drawn);
	if (poster == NULL || m->gen != p->gen || !p->sent ||
	    m->columns != p->columns || m->rows != p->rows || m->cells.n !=
	    (size_t)p->columns * p->rows * MEDIA_CELL)
		return;
	buf_clear(&poster->cells);
	buf_bytes(&poster->cells, m->cells);
	poster_end(c, POSTER_THERE);
}

static void
poster_packet(void *arg, UNUSED enum media_end from, const struct packet *m)
{
	struct client *c = arg;

	if (m->code == PACKET_at)
		poster_at(c, &m->at);
	else if (m->code == PACKET_cells)
		poster_cells(c, &m->cells);
	else if (m->code == PACKET_broken && m->broken.gen == c->posters->gen)
		poster_end(c, POSTER_NONE);
	if (c->posters->film == 0)
		posters_next(c);
}

/* Whatever ended it came with this picture. */
static void
poster_ended(void *arg, const char *why)
{
	struct client *c = arg;
	struct posters *p = c->posters;

	p->helper = NULL;
	poster_end(c, POSTER_NONE);
	if (++p->crashes < POSTER_CRASHES)
		return;         /* who draws asks again */
	posters_give_up(c);
	client_hint(c, true, "%s: the films are listed without pictures", why);
}

static bool
poster_helper(struct client *c)
{
	struct posters *p = c->posters;
	struct helper_setup s = {.loop = c->loop, .log = c->log,
	    .ends = MEDIA_DECODE | MEDIA_SHOW, .source = -1,
	    .on = {poster_packet, NULL, poster_ended}, .arg = c};
	struct packet m = {.code = PACKET_sink, .sink = {SINK_cells,
	    p->columns, p->rows, p->cell_w, p->cell_h, 0, {NULL, 0}}};
	char *why = NULL;

	if (p->helper != NULL)
		return true;
	p->helper = helper_start(&s, &why);
	if (p->helper == NULL) {
		posters_give_up(c);
		log_say(c->log, LOG_WARN, "poster", "%s", why);
		free(why);
		return false;
	}
	helper_put(p->helper, MEDIA_SHOW, &m);
	return true;
}

/* One after the other; when there is none the helper goes. */
static void
posters_next(struct client *c)
{
	struct posters *p = c->posters;
	struct packet start = {.code = PACKET_start};
	size_t i;

	if (p->film != 0)
		return;
	for (i = 0; i < p->n && p->poster[i].state != POSTER_WAITS; i++)
		;
	if (i == p->n) {
		helper_stop(p->helper);
		p->helper = NULL;
		return;
	}
	if (!poster_helper(c))
		return;
	p->film = p->poster[i].film;
	p->sent = false;
	p->until = client_mono(c) + POSTER_MS;
	start.start = (struct packet_start){++p->gen, 0, 1};
	helper_put(p->helper, MEDIA_SHOW, &start);
	helper_expect(p->helper, MEDIA_SHOW, POSTER_MS);
}

/* ---- who looks ---- */

static void
posters_clear(struct posters *p)
{
	helper_stop(p->helper);
	p->helper = NULL;
	p->film = 0;
	while (p->n > 0)
		buf_free(&p->poster[--p->n].cells);
}

enum poster_state
client_poster(struct client *c, int64_t film, const struct poster_size *size,
    struct bytes *cells)
{
	const struct film *f = film_row(c, film);
	struct posters *p = c->posters;
	struct poster *poster;

	if (f == NULL || f->poster.n == 0 || size->columns == 0 ||
	    size->rows == 0)
		return POSTER_NONE;
	if (p == NULL)
		p = c->posters = mem_alloc(sizeof(*p));
	if (p->columns != size->columns || p->rows != size->rows ||
	    p->cell_w != size->cell_w || p->cell_h != size->cell_h)
		posters_clear(p);
	p->columns = size->columns;
	p->rows = size->rows;
	p->cell_w = size->cell_w;
	p->cell_h = size->cell_h;
	poster = poster_find(p, film);
	if (poster == NULL) {
		p->poster = mem_grow(p->poster, p->n + 1, sizeof(*p->poster));
		poster = &p->poster[p->n++];
		*poster = (struct poster){.film = film, .state =
		    p->crashes < POSTER_CRASHES ? POSTER_WAITS : POSTER_NONE,
		    .cells = {.secret = true}};
	}
	posters_next(c);
	poster = poster_find(p, film);
	if (poster->state == POSTER_THERE)
		*cells = buf_view(&poster->cells);
	return poster->state;
}

/* What was not painted is asked for again when somebody looks. */
void
client_posters_end(struct client *c)
{
	struct posters *p = c->posters;

	if (p == NULL || p->helper == NULL)
		return;
	helper_stop(p->helper);
	p->helper = NULL;
	p->film = 0;
}

void
posters_free(struct client *c)
{
	if (c->posters == NULL)
		return;
	posters_clear(c->posters);
	free(c->posters->poster);
	free(c->posters);
	c->posters = NULL;
}

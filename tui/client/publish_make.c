/* SPDX-License-Identifier: ISC */
/*
 * The helper's part of publishing: it looks what the file is and makes segment
 * after segment, as they are wanted. Nothing that it says is believed before it
 * fits; what fits is sealed at once. When it dies it is started again and goes
 * on after what is whole.
 */
#include <stdlib.h>
#include <unistd.h>

#include "publish.h"

#define LOOK_MS 30000           /* for it to say what a file is */
#define MAKE_MS 120000          /* for a segment; the first after a restart
                                   may lie behind an hour of decoding */

void
publish_unset(struct publish *p, size_t i)
{
	size_t k;

	for (k = 0; k < MEDIA_ROWS; k++)
		buf_free(&p->set[i].row[k]);
	p->sets--;
	memmove(p->set + i, p->set + i + 1,
	    (p->sets - i) * sizeof(*p->set));
	memset(&p->set[p->sets], 0, sizeof(*p->set));
}

void
publish_unmake(struct publish *p)
{
	helper_stop(p->helper);
	p->helper = NULL;
	while (p->sets > 0)
		publish_unset(p, p->sets - 1);
}

static void
make_lied(struct client *c, struct publish *p, const char *what)
{
	publish_fail(c, p, ERR_FORMAT, "%s can't be published: the media "
	    "helper told of %s; this is a bug of tacet. /publish %s begins "
	    "anew", p->path, what, p->path);
}

/* ---- what it is ----------------------------------------------------------- */

static char *
make_name(const char *path)
{
	const char *s = strrchr(path, '/'), *dot;
	size_t n;

	if (publish_pattern(path) != 0)
		return mem_string("test pattern");
	s = s != NULL ? s + 1 : path;
	dot = strrchr(s, '.');
	n = dot != NULL && dot > s ? (size_t)(dot - s) : strlen(s);
	return mem_format("%.*s", n < 200 ? (int)n : 200, s);
}

/* All is known: from here on it is in the store. */
static void
make_begin(struct client *c, struct publish *p)
{
	struct talk *t = client_talk(c, p->talk);
	struct film *f = film_row(c, p->film);
	char *name;

	if (t == NULL) {
		publish_fail(c, p, ERR_NONE, "%s is not published: the "
		    "conversation is gone", p->path);
		return;
	}
	if (f == NULL) {
		f = film_add(c, t);
		p->film = f->row;
		name = make_name(p->path);
		f->name = safe_make(SAFE_NAME, name, strlen(name));
		free(name);
	}
	f->width = p->index.row[0].width;
	f->height = p->index.row[0].height;
	f->length = p->length;
	film_keep(c, f);
	publish_keep(c, p);
	p->step = PUBLISH_MAKE;
	p->since = 0;
}

static void
make_source(struct client *c, struct publish *p,
    const struct packet_source *s)
{
	bool again = p->film != 0;

	if (s->rows == 0 || s->rows > MEDIA_ROWS || s->length == 0 ||
	    s->length > MEDIA_SEGMENTS_MAX * MEDIA_SEGMENT_MS ||
	    s->sound > 1) {
		make_lied(c, p, "a film that can't be");
		return;
	}
	if (again && (s->rows != p->index.rows || s->sound != p->index.sound ||
	    s->length != p->length)) {
		publish_fail(c, p, ERR_FORMAT, "%s is not the film that it "
		    "was: /publish %s begins anew", p->path, p->path);
		return;
	}
	p->index.rows = s->rows;
	p->index.sound = s->sound;
	p->length = s->length;
}

static void
make_row(struct client *c, struct publish *p, const struct packet_row *r)
{
	struct index_row *to = &p->index.row[r->row & (MEDIA_ROWS - 1)];
	bool again = p->film != 0;

	if (r->row >= p->index.rows || r->width == 0 || r->height == 0 ||
	    r->width > MEDIA_WIDTH_MAX || r->height > MEDIA_SIDE_MAX ||
	    (again && (to->width != r->width || to->height != r->height))) {
		make_lied(c, p, "a size that can't be");
		return;
	}
	*to = (struct index_row){r->width, r->height, r->rate};
	p->described |= (uint8_t)(1u << r->row);
	if (p->described == (1u << p->index.rows) - 1)
		make_begin(c, p);
}

static void
make_poster(struct client *c, struct publish *p, struct bytes jpeg)
{
	struct film *f = film_row(c, p->film);

	if (jpeg.n > MEDIA_POSTER_MAX || jpeg.n < 4 || jpeg.p[0] != 0xff ||
	    jpeg.p[1] != 0xd8 || f == NULL || f->poster.n > 0)
		return;         /* a card can do without */
	buf_bytes(&f->poster, jpeg);
	film_keep(c, f);
}

/* ---- what it makes -------------------------------------------------------- */

static struct publish_set *
make_set(struct publish *p, uint32_t number)
{
	size_t i;

	for (i = 0; i < p->sets; i++)
		if (p->set[i].number == number && !p->set[i].whole)
			return &p->set[i];
	return NULL;
}

static struct film_key
make_key(const struct film *f)
{
	struct film_key k;

	memcpy(k.id, f->id, FILM_ID);
	memcpy(k.key, f->key, KEY_SIZE);
	return k;
}

static void
make_made(struct client *c, struct publish *p, const struct packet_made *m)
{
	struct publish_set *s = make_set(p, m->number);
	const struct film *f = film_row(c, p->film);
	struct film_key k;
	struct segment seg;
	int err;

	if (s == NULL || f == NULL || m->row >= p->index.rows ||
	    (s->rows >> m->row & 1) != 0 || segment_get(m->segment, &seg)) {
		make_lied(c, p, "a piece that nobody wanted");
		return;
	}
	k = make_key(f);
	err = film_seal(&k, c->rng, m->row, m->number, m->segment,
	    &s->row[m->row], &s->part[m->row]);
	mem_wipe(&k, sizeof(k));
	if (err != 0) {
		make_lied(c, p, "a piece that is another one");
		return;
	}
	s->rows |= (uint8_t)(1u << m->row);
	s->until = seg.start + seg.length;
}

static void
make_cut(struct client *c, struct publish *p, const struct packet_cut *m)
{
	struct publish_set *s = make_set(p, m->number);
	uint8_t i;

	if (s == NULL || s->rows != (1u << p->index.rows) - 1 ||
	    (s > p->set && !s[-1].whole) || (!m->last &&
	    s->until != (m->number + 1) * MEDIA_SEGMENT_MS)) {
		make_lied(c, p, "an end where none is");
		return;
	}
	if (publish_pattern(p->path) == 0 &&
	    publish_changed(p->fd, &p->mark)) {
		publish_fail(c, p, ERR_STATE, "%s was changed while it was "
		    "being published, nothing of it stays: /publish %s begins "
		    "anew", p->path, p->path);
		return;
	}
	s->at = s > p->set ? s[-1].at + s[-1].size : p->offset;
	for (i = 0; i < p->index.rows; i++)
		s->size += s->part[i].length;
	s->whole = true;
	s->last = m->last != 0;
	/* what was wanted beyond the end never comes */
	while (s->last && s != &p->set[p->sets - 1])
		publish_unset(p, p->sets - 1);
	helper_expect(p->helper, MEDIA_DECODE, p->sets > 0 &&
	    !p->set[p->sets - 1].whole ? MAKE_MS : 0);
}

static void
make_failed(struct client *c, struct publish *p, const struct packet_fail *m)
{
	struct safe text = safe_make(SAFE_LINE, m->text.p, m->text.n);
	char *next = media_fail_next(m->why, p->path);

	log_say(c->log, LOG_WARN, "publish", "the media helper: %s", text.s);
	safe_free(&text);
	publish_fail(c, p, ERR_FORMAT, "%s can't be published: %s; %s",
	    p->path, media_fail_text(m->why), next);
	free(next);
}

/* The rest of it is published: one place that can't be read is no reason to
 * do without the film. Who publishes it is told where. */
static void
make_broken(struct publish *p, uint32_t at)
{
	if (!p->broken || at < p->broken_at)
		p->broken_at = at;
	p->broken = true;
}

/* The end of the film is made: what the helper says now is about nothing. */
static bool
make_complete(const struct publish *p)
{
	return p->index.segments != 0 ||
	    (p->sets > 0 && p->set[p->sets - 1].last);
}

static void
make_heard(void *arg, enum media_end from, const struct packet *m)
{
	struct client *c = arg;
	struct publish *p = publish_now(c);

	if (p == NULL || p->helper == NULL || from != MEDIA_DECODE ||
	    make_complete(p))
		return;
	timer_set(c->timer, 1);
	if (m->code == PACKET_source && p->step == PUBLISH_LOOK)
		make_source(c, p, &m->source);
	else if (m->code == PACKET_row && p->step == PUBLISH_LOOK)
		make_row(c, p, &m->row);
	else if (m->code == PACKET_poster)
		make_poster(c, p, m->poster.jpeg);
	else if (m->code == PACKET_made && p->step == PUBLISH_MAKE)
		make_made(c, p, &m->made);
	else if (m->code == PACKET_cut && p->step == PUBLISH_MAKE)
		make_cut(c, p, &m->cut);
	else if (m->code == PACKET_broken)
		make_broken(p, m->broken.time);
	else if (m->code == PACKET_fail)
		make_failed(c, p, &m->fail);
	else
		make_lied(c, p, "something out of turn");
}

/* ---- its life ------------------------------------------------------------- */

/* What is whole stays; what it was at is made anew. */
static void
make_ended(void *arg, const char *why)
{
	struct client *c = arg;
	struct publish *p = publish_now(c);

	if (p == NULL || p->helper == NULL)
		return;
	p->helper = NULL;
	while (p->sets > 0 && !p->set[p->sets - 1].whole)
		publish_unset(p, p->sets - 1);
	if (p->crashed_at != p->cut + p->sets)
		p->crashes = 0;
	p->crashed_at = p->cut + (uint32_t)p->sets;
	if (++p->crashes >= PUBLISH_CRASHES)
		publish_fail(c, p, ERR_STATE, "%s can't be published: %s. "
		    "ffmpeg -i %s film.mp4 may make a copy of it that can",
		    p->path, why, p->path);
	timer_set(c->timer, 1);
}

static void
make_start(struct client *c, struct publish *p)
{
	struct helper_setup setup = {.loop = c->loop, .log = c->log,
	    .ends = MEDIA_DECODE, .source = p->fd,
	    .on = {.packet = make_heard, .ended = make_ended}, .arg = c};
	struct packet m = {.code = PACKET_make};
	char *why = NULL;

	p->helper = helper_start(&setup, &why);
	if (p->helper == NULL) {
		publish_fail(c, p, ERR_NONE, "%s", why != NULL ? why :
		    "the media helper can't be started");
		free(why);
		return;
	}
	p->described = 0;
	p->step = PUBLISH_LOOK;
	p->wanted = p->cut + (uint32_t)p->sets;
	m.make.rows = p->film != 0 ? p->index.rows : MEDIA_ROWS;
	m.make.quality = PUBLISH_QUALITY;
	m.make.pattern = publish_pattern(p->path);
	helper_put(p->helper, MEDIA_DECODE, &m);
	helper_expect(p->helper, MEDIA_DECODE, LOOK_MS);
}

static void
make_want(struct publish *p)
{
	struct packet m = {.code = PACKET_want};

	while (p->sets < PUBLISH_SETS && publish_held(p) < PUBLISH_HELD &&
	    p->wanted < MEDIA_SEGMENTS_MAX) {
		p->set[p->sets++].number = p->wanted;
		m.want.number = p->wanted++;
		helper_put(p->helper, MEDIA_DECODE, &m);
		helper_expect(p->helper, MEDIA_DECODE, MAKE_MS);
	}
}

/* More is wanted as there is room; with the end of the film it may go. */
void
publish_make(struct client *c, struct publish *p)
{
	if (p->step > PUBLISH_MAKE)
		return;
	if (make_complete(p)) {
		helper_stop(p->helper);
		p->helper = NULL;
		p->step = PUBLISH_MAKE;
	} else if (p->helper == NULL) {
		make_start(c, p);
	} else if (p->step == PUBLISH_MAKE) {
		make_want(p);
	}
}

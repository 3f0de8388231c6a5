/* SPDX-License-Identifier: ISC */
/*
 * Playing, on the side of the media helper: what it is told, and what it says
 * back. It is judged here: sizes are those that were asked for, times lie in
 * the film, keys are short words. One that ends or hangs is started again
 * once, at the place where one was; then the film stops with a sentence, and
 * everything else goes on.
 */
#include <stdlib.h>

#include "play.h"

void
play_tell_place(struct play *p)
{
	const struct play_place *w = &p->view.place;
	struct packet m = {.code = PACKET_sink, .sink = {.kind =
	    (uint8_t)w->sink, .columns = w->columns, .rows = w->rows,
	    .cell_w = w->cell_w, .cell_h = w->cell_h, .colours = w->colours,
	    .title = bytes_of(p->view.title.s, p->view.title.n)}};

	/* a name is at most 64 columns, but a column may be many bytes */
	if (m.sink.title.n > PLAY_TITLE)
		m.sink.title = bytes_of("tacet", 5);
	if (p->helper == NULL)
		return;
	p->places++;
	helper_put(p->helper, MEDIA_SHOW, &m);
}

void
play_tell_volume(struct play *p)
{
	struct packet m = {.code = PACKET_volume};

	m.volume.percent = p->view.muted ? 0 : p->view.volume;
	if (p->helper != NULL)
		helper_put(p->helper, MEDIA_SHOW, &m);
}

void
play_tell_start(struct play *p, uint32_t from)
{
	struct packet flush = {.code = PACKET_flush, .flush = {p->gen, from}};
	struct packet start = {.code = PACKET_start,
	    .start = {p->gen, from, p->paused}};

	if (p->helper == NULL)
		return;
	helper_put(p->helper, MEDIA_SHOW, &start);
	helper_put(p->helper, MEDIA_DECODE, &flush);
	p->started = true;
}

/* ---- what it says ---- */

static void
show_state(struct client *c, enum play_state s)
{
	struct play_view *v = &c->play->view;

	if (v->state == s)
		return;
	if (s == PLAY_BUFFERING && v->state == PLAY_RUNNING) {
		v->stalls++;
		c->play->waits = client_mono(c);
	} else if (s != PLAY_BUFFERING) {
		c->play->waits = 0;
	}
	v->state = s;
	client_event(c, EVENT_play, NULL, NULL, NULL, NULL);
}

/* It has come so far with waiting for the link, if it does. */
static void
show_waits(struct client *c)
{
	struct play *p = c->play;
	int64_t ms = p->waits != 0 ? client_mono(c) - p->waits : 0;

	if (ms > p->view.waited)
		p->view.waited = (uint32_t)ms;
}

static void
show_first(struct client *c)
{
	struct play *p = c->play;

	p->seen = true;
	free(p->view.why);      /* it was of a helper that ended */
	p->view.why = NULL;
	if (p->view.first == 0)
		p->view.first = client_mono(c) - p->opened + 1;
}

static void
show_at(struct client *c, const struct packet_at *m)
{
	struct play *p = c->play;
	struct play_view *v = &p->view;

	if (m->gen != p->gen || !p->indexed)
		return;
	v->at = m->time < v->length ? m->time : v->length;
	if (m->shown > 0 && !p->seen)
		show_first(c);
	v->shown = m->shown;
	v->dropped = m->dropped;
	v->skew = m->skew;
	show_waits(c);
	if (m->state == MEDIA_ENDED) {
		/* only after all of it was handed over */
		if (p->over)
			show_state(c, PLAY_ENDED);
	} else if (p->paused) {
		show_state(c, PLAY_PAUSED);
	} else {
		show_state(c, m->state == MEDIA_WAITS ? PLAY_BUFFERING :
		    PLAY_RUNNING);
	}
	client_show(c);
}

static void
show_cells(struct client *c, const struct packet_cells *m)
{
	struct play *p = c->play;
	const struct play_place *w = &p->view.place;

	/* of another place, or of another time: the next one is on its way */
	if (m->gen != p->gen || m->columns != w->columns ||
	    m->rows != w->rows || m->cells.n !=
	    (size_t)w->columns * w->rows * MEDIA_CELL) {
		client_play_drawn(c);
		return;
	}
	buf_clear(&p->view.cells);
	buf_bytes(&p->view.cells, m->cells);
	p->view.picture++;
	if (!p->seen)
		show_first(c);
	client_show(c);
}

static void
show_image(struct client *c, const struct packet_image *m)
{
	struct play *p = c->play;

	if (m->gen != p->gen || m->kind != p->view.place.sink) {
		client_play_drawn(c);
		return;
	}
	buf_clear(&p->view.image);
	buf_bytes(&p->view.image, m->bytes);
	p->view.picture++;
	if (!p->seen)
		show_first(c);
	client_show(c);
}

static void
show_key(struct client *c, struct bytes name)
{
	struct play *p = c->play;

	if (p->keys == PLAY_KEYS || name.n == 0 || name.n >= PLAY_KEY)
		return;
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~')
			return;
	memset(p->key[p->keys], 0, PLAY_KEY);
	memcpy(p->key[p->keys++], name.p, name.n);
}

static void
show_shows(struct client *c, const struct packet_shows *m)
{
	struct play_view *v = &c->play->view;

	v->sound = m->sound != 0;
	/* of a place that was told before this one: it is over */
	if (c->play->places > 0)
		c->play->places--;
	if (c->play->places > 0)
		return;
	if (sink_name(m->kind) != NULL && m->kind != v->place.sink) {
		v->place.sink = (enum media_sink)m->kind;
		v->fallback = true;
	}
	client_show(c);
}

static void
play_unable(struct client *c, const char *what, unsigned why)
{
	const char *title = c->play->view.title.s;
	char *next = media_fail_next(why, title);

	play_stop(c, "%s can't be %s: %s; %s", title, what,
	    media_fail_text(why), next);
	free(next);
}

static void
play_closed(struct client *c, unsigned why)
{
	struct play_view *v = &c->play->view;

	if (c->play->places > 1) {
		c->play->places--;      /* it was to be elsewhere already */
	} else if (why == MEDIA_FAIL_DISPLAY && !v->fallback &&
	    c->screen.w > 0) {
		v->place = (struct play_place){.sink = SINK_cells};
		v->fallback = true;
		c->play->places = 0;
		client_hint(c, true, "%s: the film is shown in the terminal",
		    media_fail_text(why));
	} else if (why == MEDIA_FAIL_NONE)
		show_key(c, bytes_of("q", 1));
	else
		play_unable(c, "shown", why);
}

static void
play_packet(void *arg, UNUSED enum media_end from, const struct packet *m)
{
	struct client *c = arg;
	struct play *p = c->play;

	switch (m->code) {
	case PACKET_at:
		show_at(c, &m->at);
		break;
	case PACKET_cells:
		show_cells(c, &m->cells);
		break;
	case PACKET_image:
		show_image(c, &m->image);
		break;
	case PACKET_key:
		show_key(c, m->key.name);
		break;
	case PACKET_shows:
		show_shows(c, &m->shows);
		break;
	case PACKET_closed:
		play_closed(c, m->closed.why);
		break;
	case PACKET_used:
		if (m->used.gen == p->gen && m->used.number == p->used &&
		    p->used < p->feed)
			p->used++;
		p->want_decode = false;
		break;
	case PACKET_broken:
		if (m->broken.gen == p->gen)
			p->view.broken++;
		break;
	case PACKET_fail:
		play_unable(c, "played", m->fail.why);
		break;
	default:                /* of a film that is made */
		break;
	}
	if (c->play == p && p->started && p->helper != NULL)
		helper_expect(p->helper, MEDIA_SHOW, PLAY_SHOW_MS);
}

static void
play_ended(void *arg, const char *why)
{
	struct client *c = arg;
	struct play *p = c->play;

	p->helper = NULL;
	p->places = 0;
	p->started = p->want_decode = false;
	if (client_mono(c) - p->restarted > PLAY_GOOD_MS)
		p->restarts = 0;
	if (p->restarts++ > 0) {
		play_stop(c, "%s, twice; the film is stopped, everything else "
		    "goes on: /play starts it again", why);
		return;
	}
	p->restarted = client_mono(c);
	free(p->view.why);
	p->view.why = mem_format("%s; it is started again", why);
	p->view.ends++;
	client_hint(c, true, "%s", p->view.why);
}

int
play_helper(struct client *c, char **why)
{
	struct play *p = c->play;
	struct helper_setup s = {.loop = c->loop, .log = c->log,
	    .ends = MEDIA_DECODE | MEDIA_SHOW, .source = p->folder,
	    .on = {play_packet, NULL, play_ended}, .arg = c};

	p->helper = helper_start(&s, why);
	if (p->helper == NULL)
		return ERR_NONE;
	play_tell_place(p);
	play_tell_volume(p);
	if (p->indexed)
		play_begin(c, p->view.at);
	return 0;
}

/* It answers or it hangs. The decoder owes nothing while a film is paused. */
void
play_watch(struct client *c)
{
	struct play *p = c->play;
	bool want = p->feed > p->used && p->view.state == PLAY_BUFFERING;

	if (p->helper == NULL || want == p->want_decode)
		return;
	p->want_decode = want;
	helper_expect(p->helper, MEDIA_DECODE, want ? PLAY_DECODE_MS : 0);
}

/* SPDX-License-Identifier: ISC */
/*
 * The role show: pictures and sound from the decoder, orders from the client,
 * to a sink and a speaker, at their time. Believes neither of the two who
 * speak to it: what makes no sense ends it. When it shows enough it reads no
 * more, so that the decoder waits.
 */
#include <poll.h>
#include <stdlib.h>

#include "show.h"

#define AT_MS 100               /* between two packets at */
#define SPEAKERS 3              /* times that a device is looked for */

struct show {
	struct port client, decode;
	const struct sink_ops *ops;
	struct sink *sink;
	struct sink_place place;
	struct pace pace;
	struct picture now;     /* on the screen, or to be */
	uint32_t now_gen;       /* what it belongs to */
	bool pending;           /* it is not there yet */
	bool drawn;             /* the terminal takes another */
	bool over;
	unsigned speakers;      /* that were tried */
	int64_t told;           /* when it was said last where it is */
	enum media_state state; /* what was said */
	int64_t mono;           /* the time of this turn */
};

static const struct sink_ops *const sink_of[] = {
#define SINK(code, name, help) [code] = &sink_##name,
#include "sink.def"
#undef SINK
};

/* ---- what is said ---- */

static void
say_at(struct show *s)
{
	const struct pace *p = &s->pace;
	struct packet m = {.code = PACKET_at, .at = {.gen = p->gen,
	    .time = pace_at(p, s->mono), .state = (uint8_t)p->state,
	    .shown = p->count_shown, .dropped = p->count_dropped,
	    .skew = p->skew}};

	/* a client that does not read is not told it ten times a second */
	if (port_full(&s->client) && p->state == s->state)
		return;
	port_put(&s->client, &m);
	s->told = s->mono;
	s->state = p->state;
	s->pace.skew = 0;
}

static void
say_shows(struct show *s)
{
	struct packet m = {.code = PACKET_shows, .shows = {
	    .kind = (uint8_t)s->place.kind,
	    .width = (uint16_t)s->place.columns,
	    .height = (uint16_t)s->place.rows,
	    .sound = s->pace.speaker != NULL}};

	port_put(&s->client, &m);
}

static void
on_key(void *arg, const char *name)
{
	struct show *s = arg;
	struct packet m = {.code = PACKET_key, .key = {
	    bytes_of(name, strlen(name))}};

	if (!port_full(&s->client))
		port_put(&s->client, &m);
}

static void
on_closed(void *arg, enum media_fail why)
{
	struct show *s = arg;
	struct packet m = {.code = PACKET_closed, .closed = {(uint8_t)why}};

	port_put(&s->client, &m);
}

/* ---- sinks and sound ---- */

static int
place_of(const struct packet_sink *m, struct sink_place *p)
{
	if (m->kind >= COUNT(sink_of) || sink_of[m->kind] == NULL ||
	    m->columns > 4096 || m->rows > 4096 || m->cell_w > 256 ||
	    m->cell_h > 256 || (uint32_t)m->columns * m->rows > 500000 ||
	    m->title.n >= sizeof(p->title))
		return ERR_RANGE;
	*p = (struct sink_place){.kind = m->kind, .columns = m->columns,
	    .rows = m->rows, .cell_w = m->cell_w, .cell_h = m->cell_h,
	    .colours = m->colours};
	memcpy(p->title, m->title.p, m->title.n);
	return utf8_valid(p->title, m->title.n) ? 0 : ERR_RANGE;
}

static void
sink_shut(struct show *s)
{
	if (s->sink != NULL)
		s->ops->close(s->sink);
	s->sink = NULL;
}

static int
on_sink(struct show *s, const struct packet_sink *m)
{
	struct sink_events on = {on_key, on_closed, s};
	enum media_fail why = MEDIA_FAIL_INSIDE;
	struct sink_place place;

	if (place_of(m, &place) != 0)
		return ERR_RANGE;
	if (s->sink != NULL && place.kind == s->place.kind) {
		s->ops->place(s->sink, &place);
	} else {
		sink_shut(s);
		s->ops = sink_of[place.kind];
		s->sink = s->ops->open(&place, &on, &why);
	}
	s->place = place;
	s->drawn = true;
	s->pending = s->now.planes.n > 0;
	if (s->sink == NULL)
		on_closed(s, why);
	else
		say_shows(s);
	return 0;
}

/* Devices are looked for when there is something to be heard, and the first
 * picture is out. */
static void
hear(struct show *s)
{
	struct speaker *speaker;

	if (!s->pace.sound || !s->pace.shown || s->pace.speaker != NULL ||
	    s->speakers >= SPEAKERS)
		return;
	speaker = speaker_open();
	/* none at the beginning is none; one that was lost may come back */
	s->speakers = speaker == NULL ? SPEAKERS : s->speakers + 1;
	s->mono = clock_mono(&clock_system);
	pace_speaker(&s->pace, speaker, s->mono);
	say_shows(s);
}

static void
lost_speaker(struct show *s)
{
	speaker_close(s->pace.speaker);
	pace_speaker(&s->pace, NULL, s->mono);
	say_shows(s);
}

/* ---- what is heard ---- */

static int
on_client(struct show *s, const struct packet *m)
{
	switch (m->code) {
	case PACKET_sink:
		return on_sink(s, &m->sink);
	case PACKET_start:
		pace_start(&s->pace, m->start.gen, m->start.from,
		    m->start.paused != 0, s->mono);
		s->pending = false;     /* that was elsewhere */
		say_at(s);
		break;
	case PACKET_pause:
		pace_pause(&s->pace, m->pause.on != 0, s->mono);
		say_at(s);
		break;
	case PACKET_volume:
		s->pace.track.volume = m->volume.percent > 100 ? 100 :
		    m->volume.percent;
		break;
	case PACKET_drawn:
		s->drawn = true;
		break;
	default:
		return ERR_FORMAT;
	}
	return 0;
}

static int
on_sound(struct show *s, const struct packet_sound *m)
{
	int err = pace_sound(&s->pace, m);

	if (err == 0 && m->gen == s->pace.gen && s->sink != NULL &&
	    s->ops->sound != NULL)
		s->ops->sound(s->sink, m);
	return err;
}

static int
on_decode(struct show *s, const struct packet *m)
{
	switch (m->code) {
	case PACKET_picture:
		return pace_picture(&s->pace, &m->picture);
	case PACKET_sound:
		return on_sound(s, &m->sound);
	case PACKET_done:
		pace_done(&s->pace, m->done.gen);
		return 0;
	default:
		return ERR_FORMAT;
	}
}

/* Before the first start nothing is of any use yet. */
static bool
wants_more(const struct show *s)
{
	return s->pace.gen != 0 && !pace_full(&s->pace);
}

static int
hear_packets(struct show *s)
{
	struct packet m;
	int err = 0;

	while (err == 0 && (err = port_next(&s->client, &m)) == 0)
		err = on_client(s, &m);
	if (err != ERR_SHORT)
		return err;
	err = 0;
	while (err == 0 && wants_more(s) &&
	    (err = port_next(&s->decode, &m)) == 0)
		err = on_decode(s, &m);
	return err == ERR_SHORT ? 0 : err;
}

/* ---- what is shown ---- */

static void
show_due(struct show *s)
{
	while (pace_due(&s->pace, s->mono, &s->now)) {
		s->now_gen = s->pace.gen;
		s->pending = true;
	}
	if (!s->pending || s->sink == NULL)
		return;
	if (s->ops->terminal && (!s->drawn || port_full(&s->client)))
		return;
	s->ops->show(s->sink, &s->now, s->now_gen, &s->client);
	s->pending = false;
	s->drawn = false;
}

static void
turn(struct show *s)
{
	if (hear_packets(s) != 0) {
		on_closed(s, MEDIA_FAIL_INSIDE);
		s->over = true;
		return;
	}
	hear(s);
	if (pace_turn(&s->pace, s->mono) != 0)
		lost_speaker(s);
	show_due(s);
	if (s->sink != NULL && s->ops->turn != NULL)
		s->ops->turn(s->sink);
	if (s->pace.gen != 0 && (s->pace.state != s->state ||
	    s->mono - s->told >= AT_MS))
		say_at(s);
}

static int
wait_ms(const struct show *s)
{
	int ms = pace_wait(&s->pace, s->mono), at = AT_MS;

	if (ms < 0 || ms > at)
		ms = at;
	if (s->sink != NULL && s->ops->wait >= 0 && s->ops->wait < ms)
		ms = s->ops->wait;
	return ms;
}

static void
wait_turn(struct show *s)
{
	struct pollfd f[] = {
		{.fd = s->client.fd, .events = port_wants(&s->client)},
		{.fd = s->decode.over || !wants_more(s) ? -1 : s->decode.fd,
		    .events = port_wants(&s->decode)},
	};

	if (poll(f, COUNT(f), wait_ms(s)) < 0)
		f[0].revents = f[1].revents = 0;
	s->mono = clock_mono(&clock_system);
	if (f[0].revents != 0 && port_turn(&s->client, f[0].revents) != 0)
		s->over = true;
	/* a decoder that is gone leaves what it has said */
	if (f[1].revents != 0)
		(void)port_turn(&s->decode, f[1].revents);
}

int
show_run(void)
{
	struct show s = {.state = MEDIA_WAITS};

	port_open(&s.client, MEDIA_FD_CLIENT, MEDIA_CLIENT, MEDIA_SHOW);
	port_open(&s.decode, MEDIA_FD_PEER, MEDIA_DECODE, MEDIA_SHOW);
	pace_init(&s.pace);
	s.over = fence_close() != 0;
	s.mono = clock_mono(&clock_system);
	while (!s.over && !s.client.over) {
		wait_turn(&s);
		if (!s.over)
			turn(&s);
	}
	(void)port_flush(&s.client);
	sink_shut(&s);
	speaker_close(s.pace.speaker);
	pace_free(&s.pace);
	buf_free(&s.now.planes);
	port_free(&s.client);
	port_free(&s.decode);
	return 0;
}

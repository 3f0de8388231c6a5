/* SPDX-License-Identifier: ISC */
/*
 * Plays films: takes segments apart and gives their pictures and sound to the
 * role show, one at a time, as fast as that takes them. What can't be decoded
 * becomes a packet `broken`, and it goes on. What was flushed is dropped.
 */
#include <stdlib.h>

#include "codec.h"

#define QUEUE 16                /* segments that wait */
#define PATIENCE 2              /* seconds of the processor for a picture */
#define TOLD (64u << 10)        /* bytes that wait for the client */

struct piece {
	struct buf bytes;
	struct segment segment;
};
struct unpack {
	struct port *client, *peer;
	struct jpeg *jpeg;
	struct opus_out *opus;
	uint32_t gen, from;
	struct piece piece[QUEUE];      /* the first is being taken apart */
	unsigned pieces;
	unsigned skip;                  /* its pictures that are too early */
	bool over, done, mute;
};

struct unpack *
unpack_new(struct port *client, struct port *peer)
{
	struct unpack *u = mem_alloc(sizeof(*u));

	u->client = client;
	u->peer = peer;
	u->jpeg = jpeg_new();
	u->opus = opus_out_new();
	return u;
}

void
unpack_free(struct unpack *u)
{
	for (unsigned i = 0; u && i < QUEUE; i++)
		buf_free(&u->piece[i].bytes);
	if (u) {
		jpeg_free(u->jpeg);
		opus_out_free(u->opus);
	}
	free(u);
}

static void
unpack_broken(struct unpack *u, uint32_t time, enum media_fail why)
{
	struct packet m = {.code = PACKET_broken};

	m.broken.gen = u->gen;
	m.broken.time = time;
	m.broken.why = (uint8_t)why;
	port_put(u->client, &m);
}

static void
unpack_used(struct unpack *u, uint32_t number)
{
	struct packet m = {.code = PACKET_used};

	m.used.gen = u->gen;
	m.used.number = number;
	port_put(u->client, &m);
}

/* Of the pictures before `from` only the last is shown. */
static void
unpack_begin(struct unpack *u)
{
	struct segment s = u->piece[0].segment;
	unsigned early = 0;
	struct item i;

	while (segment_next(&s, &i))
		early += i.kind == ITEM_PICTURE && s.start + i.at <= u->from;
	u->skip = early > 0 ? early - 1 : 0;
	u->mute = false;
}

static void
unpack_next(struct unpack *u)
{
	struct buf first = u->piece[0].bytes;

	u->pieces--;
	memmove(&u->piece[0], &u->piece[1], u->pieces * sizeof(u->piece[0]));
	buf_free(&first);
	u->piece[u->pieces].bytes = (struct buf){0};
	if (u->pieces > 0)
		unpack_begin(u);
}

static void
unpack_restart(struct unpack *u, uint32_t gen, uint32_t from)
{
	while (u->pieces > 0)
		unpack_next(u);
	u->gen = gen;
	u->from = from;
	u->over = u->done = false;
	opus_out_reset(u->opus);
}

void
unpack_flush(struct unpack *u, const struct packet_flush *m)
{
	unpack_restart(u, m->gen, m->from);
}

void
unpack_over(struct unpack *u, const struct packet_over *m)
{
	if (m->gen == u->gen)
		u->over = true;
}

int
unpack_play(struct unpack *u, const struct packet_play *m)
{
	struct piece *p;

	if (u->peer->over || u->peer->fd < 0)
		return ERR_STATE;
	if ((int32_t)(m->gen - u->gen) > 0)
		unpack_restart(u, m->gen, 0);
	if (m->gen != u->gen)
		return 0;               /* of before a seek */
	if (u->pieces == QUEUE)
		return ERR_BIG;
	p = &u->piece[u->pieces];
	buf_bytes(&p->bytes, m->segment);
	if (segment_get(buf_view(&p->bytes), &p->segment) != 0 ||
	    p->segment.number != m->number || p->segment.row != m->row) {
		buf_free(&p->bytes);
		unpack_broken(u, m->number < MEDIA_SEGMENTS_MAX ?
		    m->number * MEDIA_SEGMENT_MS : 0, MEDIA_FAIL_BROKEN);
		unpack_used(u, m->number);
		return 0;
	}
	if (++u->pieces == 1)
		unpack_begin(u);
	return 0;
}

static void
unpack_picture(struct unpack *u, uint32_t time, struct bytes jpeg)
{
	struct packet m = {.code = PACKET_picture};
	size_t before = u->peer->out.n, n;
	uint8_t *planes;
	int err = jpeg_size(jpeg, &m.picture.width, &m.picture.height);

	if (err != 0) {
		unpack_broken(u, time, err == ERR_BIG ? MEDIA_FAIL_SIZE :
		    MEDIA_FAIL_PICTURE);
		return;
	}
	n = (size_t)m.picture.width * m.picture.height * 3 / 2;
	m.picture.gen = u->gen;
	m.picture.time = time < u->from ? u->from : time;
	m.picture.planes = bytes_of(NULL, n);
	planes = port_room(u->peer, &m, n);
	watchdog_set(PATIENCE);
	err = jpeg_get(u->jpeg, jpeg, m.picture.width, m.picture.height,
	    planes);
	watchdog_set(0);
	if (err != 0) {
		u->peer->out.n = before;        /* it was never put */
		unpack_broken(u, time, MEDIA_FAIL_PICTURE);
	}
}

static void
unpack_sound(struct unpack *u, uint32_t time, struct bytes opus)
{
	int16_t pcm[SOUND_SAMPLES * CHANNELS];
	struct packet m = {.code = PACKET_sound};

	watchdog_set(PATIENCE);
	if (opus_out_get(u->opus, opus, pcm) != 0) {
		if (!u->mute)
			unpack_broken(u, time, MEDIA_FAIL_SOUND);
		u->mute = true;         /* said once in a segment */
	} else if (time + MEDIA_SOUND_MS > u->from) {
		m.sound.gen = u->gen;
		m.sound.time = time;
		m.sound.channels = CHANNELS;
		m.sound.pcm = bytes_of(pcm, sizeof(pcm));
		port_put(u->peer, &m);
	}
	watchdog_set(0);
}

bool
unpack_ready(const struct unpack *u)
{
	if (port_full(u->peer) || u->client->out.n > TOLD)
		return false;
	return u->pieces > 0 || (u->over && !u->done);
}

void
unpack_turn(struct unpack *u)
{
	struct packet m = {.code = PACKET_done};
	struct segment *s = &u->piece[0].segment;
	struct item i;

	if (u->pieces == 0) {
		m.done.gen = u->gen;
		port_put(u->peer, &m);
		u->done = true;
	} else if (!segment_next(s, &i)) {
		unpack_used(u, s->number);
		unpack_next(u);
	} else if (i.kind == ITEM_SOUND) {
		unpack_sound(u, s->start + i.at, i.data);
	} else if (u->skip > 0) {
		u->skip--;
	} else {
		unpack_picture(u, s->start + i.at, i.data);
	}
}

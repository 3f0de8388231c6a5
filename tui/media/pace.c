/* SPDX-License-Identifier: ISC */
/*
 * Where the film is, and which picture is due. With a device the clock is what
 * has been heard, so that lips and words stay together; without one it is the
 * monotonic clock. Either stops where nothing more is known, and waits. What is
 * late is dropped, and nothing is queued without bound.
 */
#include <stdlib.h>

#include "show.h"

#define FRAMES(ms) ((int64_t)(ms) * (MEDIA_RATE / 1000))
#define MS(frames) ((frames) / (MEDIA_RATE / 1000))

#define BEGIN_MS 60             /* of sound, before it begins */
#define AGAIN_MS 400            /* after it had to wait */
#define ALONE_MS 150            /* a picture waits so long for its sound */
#define QUIET_MS 5              /* of sound that is left is none */
#define STILL_MS 40             /* the last picture of a film is seen */
#define JUMP_MS 100             /* a picture that comes so late moves the clock */
#define TIME_MAX FRAMES(86400000)
#define CHUNK 960               /* frames written at once */
#define STEP_MS 40              /* a device tells how far it is in steps */

void
pace_init(struct pace *p)
{
	*p = (struct pace){.state = MEDIA_WAITS};
	p->queue = mem_array(PACE_PICTURES, sizeof(*p->queue));
	track_init(&p->track);
}

static void
queue_drop(struct pace *p, unsigned n)
{
	struct picture first;

	while (n-- > 0) {
		first = p->queue[0];
		buf_clear(&first.planes);
		p->waiting--;
		memmove(p->queue, p->queue + 1, (PACE_PICTURES - 1) *
		    sizeof(*p->queue));
		/* its memory is used again */
		p->queue[PACE_PICTURES - 1] = first;
	}
}

void
pace_free(struct pace *p)
{
	for (unsigned i = 0; i < PACE_PICTURES; i++)
		buf_free(&p->queue[i].planes);
	free(p->queue);
	track_free(&p->track);
}

/* ---- the clock ---- */

static bool
by_ear(const struct pace *p)
{
	return p->speaker != NULL && p->sound;
}

/* The last picture of the queue has waited for sound that does not come. */
static bool
no_more_sound(const struct pace *p)
{
	return p->done || p->waiting == PACE_PICTURES;
}

static int64_t
end_of(const struct pace *p)
{
	int64_t end = FRAMES(p->last + STILL_MS);

	return p->sound && p->track.to > end ? p->track.to : end;
}

/* How far the film is known. */
static int64_t
limit(const struct pace *p)
{
	if (p->done)
		return end_of(p);
	if (!p->sound)
		/* a picture that does not change is not sent twice, but there
		 * is one in each segment */
		return FRAMES(p->last + MEDIA_SEGMENT_MS);
	return no_more_sound(p) && FRAMES(p->last) > p->track.to ?
	    FRAMES(p->last) : p->track.to;
}

/* What has been heard; between two steps of the device time goes on. */
static int64_t
heard(const struct pace *p, int64_t now)
{
	int64_t at = p->next - speaker_waits(p->speaker), ms;

	if (at == p->heard) {
		ms = now - p->heard_at;
		at += FRAMES(ms < STEP_MS ? ms : STEP_MS);
	}
	return at < p->next ? at : p->next;
}

static int64_t
position(const struct pace *p, int64_t now)
{
	int64_t at, most;

	if (p->state != MEDIA_RUNS)
		return p->at;
	if (by_ear(p)) {
		at = heard(p, now);
		return at > p->at ? at : p->at;
	}
	at = p->at + FRAMES(now - p->then);
	most = limit(p);
	return at < most ? at : most > p->at ? most : p->at;
}

/* Where it was is where it is. */
static void
settle(struct pace *p, int64_t now)
{
	int64_t at;

	p->at = position(p, now);
	p->then = now;
	track_drop(&p->track, p->at);
	at = by_ear(p) ? p->next - speaker_waits(p->speaker) : 0;
	if (at != p->heard) {
		p->heard = at;
		p->heard_at = now;
	}
}

void
pace_speaker(struct pace *p, struct speaker *speaker, int64_t now)
{
	/* one that is gone can't be asked any more */
	if (p->speaker == NULL)
		settle(p, now);
	p->speaker = speaker;
	p->then = p->then == p->primed ? p->then : now;
	p->next = p->at;
}

uint32_t
pace_at(const struct pace *p, int64_t now)
{
	return (uint32_t)MS(position(p, now));
}

void
pace_start(struct pace *p, uint32_t gen, uint32_t from, bool paused,
    int64_t now)
{
	queue_drop(p, p->waiting);
	if (p->speaker != NULL)
		speaker_drop(p->speaker);
	p->gen = gen;
	p->from = from;
	p->state = paused ? MEDIA_PAUSED : MEDIA_WAITS;
	p->done = p->sound = p->shown = false;
	p->at = p->next = FRAMES(from);
	p->then = now;
	p->last = from;
	p->primed = 0;
	p->count_shown = p->count_dropped = 0;
	p->skew = 0;
	track_begin(&p->track, p->at);
}

static void
halt(struct pace *p, enum media_state state, int64_t now)
{
	settle(p, now);
	p->state = state;
	p->next = p->at;
}

void
pace_pause(struct pace *p, bool on, int64_t now)
{
	if (p->state == MEDIA_ENDED || on == (p->state == MEDIA_PAUSED))
		return;
	if (!on) {
		p->state = MEDIA_WAITS;
		return;
	}
	halt(p, MEDIA_PAUSED, now);
	/* what was not heard is heard after the pause */
	if (p->speaker != NULL)
		speaker_drop(p->speaker);
}

/* ---- what comes ---- */

int
pace_picture(struct pace *p, const struct packet_picture *m)
{
	size_t size = picture_size(m->width, m->height);
	struct picture *to;

	if (size == 0 || m->planes.n != size || FRAMES(m->time) > TIME_MAX)
		return ERR_RANGE;
	if (m->gen != p->gen || p->done)
		return 0;
	if (p->waiting == PACE_PICTURES)
		return ERR_RANGE;       /* nobody asked for more */
	to = &p->queue[p->waiting++];
	to->time = m->time;
	to->w = m->width;
	to->h = m->height;
	buf_clear(&to->planes);
	buf_bytes(&to->planes, m->planes);
	if (m->time > p->last)
		p->last = m->time;
	return 0;
}

int
pace_sound(struct pace *p, const struct packet_sound *m)
{
	if (FRAMES(m->time) > TIME_MAX)
		return ERR_RANGE;
	if (m->gen != p->gen || p->done)
		return 0;
	if (!p->sound && p->state == MEDIA_RUNS)
		p->next = p->at;        /* from here on by ear */
	p->sound = true;
	return track_put(&p->track, FRAMES(m->time), m->channels, m->pcm);
}

void
pace_done(struct pace *p, uint32_t gen)
{
	if (gen == p->gen)
		p->done = true;
}

bool
pace_full(const struct pace *p)
{
	return p->waiting == PACE_PICTURES || track_full(&p->track);
}

/* ---- what becomes of it ---- */

static int
feed(struct pace *p, int64_t now)
{
	int16_t pcm[CHUNK * SPEAKER_CHANNELS];
	unsigned room, n;
	int err = 0;

	if (no_more_sound(p))
		track_silence(&p->track, limit(p));
	room = speaker_room(p->speaker);
	do {
		n = track_get(&p->track, p->next, pcm, room < CHUNK ? room :
		    CHUNK);
		err = speaker_write(p->speaker, pcm, n, now);
		p->next += n;
		room -= n;
	} while (err == 0 && n > 0 && room > 0);
	return err;
}

static bool
ready(const struct pace *p, int64_t now)
{
	int64_t ahead = p->track.to - p->at;

	if (p->done)
		return true;
	if (!p->shown)
		return false;
	if (pace_full(p))
		return true;
	if (p->sound)
		return ahead >= FRAMES(p->then == p->primed ? BEGIN_MS :
		    AGAIN_MS);
	return p->waiting >= PACE_PICTURES / 2 || (p->primed != 0 &&
	    now - p->primed >= ALONE_MS && p->waiting > 0);
}

static bool
starved(const struct pace *p)
{
	if (by_ear(p))
		return p->next >= limit(p) &&
		    speaker_waits(p->speaker) <= FRAMES(QUIET_MS);
	return p->at >= limit(p);
}

int
pace_turn(struct pace *p, int64_t now)
{
	int err = 0;

	if (p->state == MEDIA_WAITS && ready(p, now)) {
		p->state = MEDIA_RUNS;
		p->then = now;
		p->next = p->at;
	}
	if (p->state != MEDIA_RUNS)
		return 0;
	/* a late picture of a film without sound: it was us who ran ahead */
	if (!p->sound && p->waiting == 1 && FRAMES(p->queue[0].time +
	    JUMP_MS) < position(p, now)) {
		p->at = FRAMES(p->queue[0].time);
		p->then = now;
	}
	if (by_ear(p))
		err = feed(p, now);
	settle(p, now);
	if (err == 0 && starved(p))
		halt(p, p->done && p->waiting == 0 ? MEDIA_ENDED : MEDIA_WAITS,
		    now);
	return err;
}

bool
pace_due(struct pace *p, int64_t now, struct picture *out)
{
	int64_t at = MS(position(p, now)), off;
	struct picture first;

	/* While sound is waited for, what is due already makes room: it may
	 * be all that can wait, and the sound may stand behind it. */
	if (p->waiting == 0 || (p->shown && p->state == MEDIA_PAUSED &&
	    !p->done))
		return false;
	if (p->shown) {
		while (p->waiting > 1 && p->queue[1].time <= at) {
			queue_drop(p, 1);
			p->count_dropped++;
		}
		off = at - p->queue[0].time;
		if (off < 0)
			return false;
		if (p->state == MEDIA_RUNS && off > p->skew)
			p->skew = (uint16_t)(off > UINT16_MAX ? UINT16_MAX :
			    off);
	} else {
		p->shown = true;
		p->primed = p->then = now;
	}
	first = p->queue[0];
	p->queue[0] = *out;
	*out = first;
	queue_drop(p, 1);
	p->count_shown++;
	return true;
}

int
pace_wait(const struct pace *p, int64_t now)
{
	int64_t at, ms;

	if (p->state == MEDIA_WAITS)
		return p->waiting > 0 || p->primed != 0 ? 10 : -1;
	if (p->state != MEDIA_RUNS)
		return -1;
	ms = by_ear(p) ? 10 : 100;
	if (p->waiting > 0) {
		at = MS(position(p, now));
		if (p->queue[0].time - at < ms)
			ms = p->queue[0].time - at;
	}
	return (int)(ms < 0 ? 0 : ms);
}

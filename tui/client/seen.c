/* SPDX-License-Identifier: ISC */
/*
 * How far films were watched, told to one's own other devices: in sealed boxes,
 * so that neither the relay nor who published a film hears of it. A device that
 * is away finds one box with all of it where that can be, and never so many
 * that its inbox would be full. The newest word counts; only a device of our
 * record is believed.
 */
#include "inside.h"

#include "client_play.h"
#include "play.h"

#define SEEN_ENTRY (FILM_ID + 4 + 4 + 8)
#define SEEN_MAX 256            /* films in a box */
#define SEEN_PAD 8              /* a box holds a multiple of so many */
#define SEEN_GAP_MS 10000       /* between two boxes, */
#define SEEN_MANY 12            /* and when there were so many in a day, */
#define SEEN_GAP_MORE (2 * 3600 * 1000)         /* that */
#define SEEN_PLAYING_MS (5 * 60 * 1000)         /* while a film plays */

static void
seen_put(struct buf *b, const struct watched *w)
{
	buf_put(b, w->film, FILM_ID);
	buf_u32(b, w->at);
	buf_u32(b, w->length);
	buf_u64(b, (uint64_t)w->when);
}

static bool
seen_in(struct bytes films, const uint8_t film[static FILM_ID])
{
	for (size_t i = 0; i + SEEN_ENTRY <= films.n; i += SEEN_ENTRY)
		if (memcmp(films.p + i, film, FILM_ID) == 0)
			return true;
	return false;
}

/* A box for that device that nobody has sealed yet */
static struct job *
seen_job(struct client *c, const uint8_t device[static DEVICE_ID],
    struct body *b)
{
	for (size_t i = 0; i < c->jobs; i++) {
		struct job *j = c->job[i];

		if (j->kind == JOB_POST && j->step == STEP_KEYS &&
		    memcmp(j->device, device, DEVICE_ID) == 0 &&
		    body_get(buf_view(&j->data), b) == 0 &&
		    b->code == BODY_watched)
			return j;
	}
	return NULL;
}

/* What was to be told before, as it is now, and what is new; padded with
 * nothing, so that how many are told is hardly seen. */
static void
seen_gather(const struct client *c, struct bytes before, struct buf *films)
{
	const struct watching *all = &c->watching;
	size_t n = 0;

	for (size_t i = 0; i < all->n && n < SEEN_MAX; i++)
		if (!all->film[i].told || seen_in(before, all->film[i].film)) {
			seen_put(films, &all->film[i]);
			n++;
		}
	for (; n % SEEN_PAD != 0; n++)
		buf_zero(films, SEEN_ENTRY);
}

static void
seen_tell(struct client *c, const uint8_t device[static DEVICE_ID])
{
	struct body b = {.code = BODY_watched}, old = {.code = 0};
	struct job *j = seen_job(c, device, &old);
	struct buf films = {.secret = true}, raw = {.secret = true};

	seen_gather(c, j != NULL ? old.watched.films : bytes_of(NULL, 0),
	    &films);
	client_id(c, b.id);
	b.time = (uint64_t)client_now(c);
	b.watched.films = buf_view(&films);
	if (j == NULL) {
		post_one(c, c->self.account, device, &b);
	} else if (body_put(&raw, &b) == 0) {
		buf_clear(&j->data);
		buf_bytes(&j->data, buf_view(&raw));
		job_keep(c, j);
	}
	buf_free(&films);
	buf_free(&raw);
}

/* When the next box may go */
static int64_t
seen_due(struct client *c)
{
	struct watching *w = &c->watching;
	int64_t now = client_mono(c), at = w->told_at;
	const struct play_view *v = client_play(c);

	if (now - w->day >= DAY_MS || w->day == 0) {
		w->day = now;
		w->boxes = 0;
	}
	if (v != NULL && v->state <= PLAY_RUNNING)
		return (at > c->play->opened ? at : c->play->opened) +
		    SEEN_PLAYING_MS;
	if (at == 0)
		return now;
	return at + (w->boxes < SEEN_MANY ? SEEN_GAP_MS : SEEN_GAP_MORE);
}

void
seen_drive(struct client *c)
{
	struct watching *w = &c->watching;
	const struct record *r = &c->self.record;
	size_t i, n = 0;

	if (r->devices < 2 || !session_registered(c))
		return;
	for (i = 0; i < w->n; i++)
		n += !w->film[i].told;
	if (n == 0)
		return;
	if (client_mono(c) < seen_due(c)) {
		client_wake(c, seen_due(c));
		return;
	}
	for (i = 0; i < r->devices; i++)
		if (memcmp(r->device[i].id, c->self.device, DEVICE_ID) != 0)
			seen_tell(c, r->device[i].id);
	w->told_at = client_mono(c);
	w->boxes++;
	for (i = 0, n = 0; i < w->n && n < SEEN_MAX; i++)
		if (!w->film[i].told) {
			watched_told(c, &w->film[i]);
			n++;
		}
	timer_set(c->timer, 1);
}

/* A clock that is ahead does not win for ever. */
static void
seen_take(struct client *c, struct rd *r)
{
	uint8_t film[FILM_ID], none[FILM_ID] = {0};
	uint32_t at, length;
	int64_t when, now = client_now(c);

	rd_copy(r, film, sizeof(film));
	at = rd_u32(r);
	length = rd_u32(r);
	when = (int64_t)rd_u64(r);
	if (r->err != 0 || memcmp(film, none, sizeof(film)) == 0 ||
	    at > length || length > MEDIA_SEGMENTS_MAX * MEDIA_SEGMENT_MS ||
	    when < 0)
		return;
	watched_heard(c, film, at, length, when < now ? when : now);
}

int
seen_box(struct client *c, const struct box *box, const struct body *b)
{
	const struct device *d = record_device(&c->self.record, box->device);
	struct bytes films = b->watched.films;
	struct rd r = rd_of(films);
	int err;

	if ((memcmp(box->account, c->self.account, ACCOUNT_ID) != 0 ||
	    d == NULL) && defence(seen))
		return ERR_DENIED;
	err = d != NULL ? box_check(box, d->sign) : 0;
	if (err != 0)
		return err;
	if (films.n % SEEN_ENTRY != 0 || films.n > SEEN_MAX * SEEN_ENTRY)
		return ERR_FORMAT;
	for (size_t i = 0; i < films.n; i += SEEN_ENTRY)
		seen_take(c, &r);
	client_show(c);
	return 0;
}

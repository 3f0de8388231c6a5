/* SPDX-License-Identifier: ISC */
/*
 * Publishing films, one after another. The first of the queue is at work: its
 * file is opened, the helper makes segments, the relay takes them; then its
 * card is said. What is refused for good leaves nothing behind. Everything is
 * in the store, so that it goes on after whatever dies.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "publish.h"

#define QUEUE_MAX 1000
#define TELL_MS 500

void
publish_free(struct publish *p)
{
	publish_unmake(p);
	if (p->fd >= 0)
		(void)close(p->fd);     /* it was only read */
	free(p->index.part);
	buf_free(&p->tail);
	free(p->path);
	free(p);
}

void
publishing_free(struct client *c)
{
	struct publishing *q = &c->publishing;
	size_t i;

	while (q->queued > 0)
		publish_free(q->queue[--q->queued]);
	free(q->queue);
	for (i = 0; i < q->results; i++) {
		free(q->result[i].path);
		free(q->result[i].why);
	}
	free(q->result);
	memset(q, 0, sizeof(*q));
}

struct publish *
publish_row(const struct client *c, int64_t row)
{
	size_t i;

	for (i = 0; i < c->publishing.queued; i++)
		if (c->publishing.queue[i]->row == row)
			return c->publishing.queue[i];
	return NULL;
}

struct publish *
publish_now(const struct client *c)
{
	size_t i;

	for (i = 0; i < c->publishing.queued; i++)
		if (!c->publishing.queue[i]->stopped)
			return c->publishing.queue[i];
	return NULL;
}

/* ---- its end -------------------------------------------------------------- */

static void
publish_result(struct client *c, const char *path, int64_t film, char *why)
{
	struct publishing *q = &c->publishing;

	q->result = mem_grow(q->result, q->results + 1, sizeof(*q->result));
	q->result[q->results++] = (struct publish_result){mem_string(path),
	    why, film};
	client_event(c, EVENT_publish, NULL, NULL, NULL, NULL);
}

static void
publish_over(struct client *c, struct publish *p)
{
	struct publishing *q = &c->publishing;
	size_t i;

	publish_forget(c, p);
	for (i = 0; q->queue[i] != p; i++)
		;
	q->queued--;
	memmove(q->queue + i, q->queue + i + 1,
	    (q->queued - i) * sizeof(*q->queue));
	publish_free(p);
	timer_set(c->timer, 1);
	client_show(c);
}

/* What the relay has of it is deleted, and only then forgotten. */
static void
publish_drop(struct client *c, struct publish *p)
{
	struct film *f = film_row(c, p->film);

	if (f != NULL)
		film_leave(c, f);
	publish_over(c, p);
}

void
publish_fail(struct client *c, struct publish *p, int err, const char *fmt, ...)
{
	va_list ap;
	char *why;

	va_start(ap, fmt);
	why = mem_vformat(fmt, ap);
	va_end(ap);
	log_say(c->log, LOG_WARN, "publish", "%s", err_text(err));
	notice_add(c, NOTICE_ERROR, 0, false, "%s", why);
	client_hint(c, true, "%s", why);
	publish_result(c, p->path, 0, why);
	publish_drop(c, p);
}

/* What is to be said of one that was published; NULL: nothing. */
static char *
publish_remark(const struct publish *p)
{
	if (!p->broken)
		return NULL;
	return mem_format("%s can't be read at %u:%02u: the last good picture "
	    "stands over what is missing. If you have a better copy, withdraw "
	    "this one and publish that", p->path, p->broken_at / 60000,
	    p->broken_at / 1000 % 60);
}

void
publish_done(struct client *c, struct publish *p)
{
	struct film *f = film_row(c, p->film);
	char *remark;

	if (client_talk(c, p->talk) == NULL) {
		publish_fail(c, p, ERR_NONE, "%s is not published: the "
		    "conversation is gone", p->path);
		return;
	}
	film_say(c, f);
	remark = publish_remark(p);
	if (remark != NULL)
		notice_add(c, NOTICE_INFO, 0, false, "%s", remark);
	publish_result(c, p->path, f->row, remark);
	publish_over(c, p);
}

/* ---- its beginning -------------------------------------------------------- */

static int
publish_judge(struct client *c, const struct talk *t, char **why)
{
	if (!c->open)
		return client_refuse(why, ERR_LOCKED, "locked: unlock first");
	if (c->publishing.queued >= QUEUE_MAX)
		return client_refuse(why, ERR_QUOTA, "%d files are waiting "
		    "already: publish more when those are done", QUEUE_MAX);
	return send_judge(c, t, "film", 4, why);
}

static struct publish *
publish_find(const struct client *c, const struct talk *t, const char *path)
{
	struct publish *p;
	size_t i;

	for (i = 0; i < c->publishing.queued; i++) {
		p = c->publishing.queue[i];
		if (p->talk == t->row && strcmp(p->path, path) == 0)
			return p;
	}
	return NULL;
}

static struct publish *
publish_add(struct client *c, const struct talk *t, const char *path,
    const struct publish_mark *mark)
{
	struct publishing *q = &c->publishing;
	struct publish *p = mem_alloc(sizeof(*p));

	p->row = keep_row(&c->keep, TABLE_publish);
	p->talk = t->row;
	p->path = mem_string(path);
	p->mark = *mark;
	p->fd = -1;
	q->queue = mem_grow(q->queue, q->queued + 1, sizeof(*q->queue));
	q->queue[q->queued++] = p;
	publish_keep(c, p);
	return p;
}

/* What was begun before goes on, if it is still the same. */
int
client_publish(struct client *c, struct talk *t, const char *path, char **why)
{
	struct publish_mark mark;
	struct publish *p;
	char *whole;
	int fd, err = publish_judge(c, t, why);

	if (err == 0)
		err = publish_open(path, &fd, &mark, why);
	if (err != 0)
		return err;
	(void)close(fd);        /* it is opened again when it is its turn */
	whole = realpath(path, NULL);
	p = publish_find(c, t, whole != NULL ? whole : path);
	if (p != NULL && !publish_same(&p->mark, &mark)) {
		publish_drop(c, p);
		p = NULL;
	}
	if (p == NULL)
		p = publish_add(c, t, whole != NULL ? whole : path, &mark);
	p->stopped = false;
	free(whole);
	timer_set(c->timer, 1);
	return 0;
}

void
client_publish_resume(struct client *c)
{
	size_t i;

	for (i = 0; i < c->publishing.queued; i++) {
		if (!c->publishing.queue[i]->stopped)
			continue;
		c->publishing.queue[i]->stopped = false;
		timer_set(c->timer, 1);
	}
}

void
client_publish_stop(struct client *c)
{
	while (c->publishing.queued > 0)
		publish_drop(c, c->publishing.queue[0]);
	client_event(c, EVENT_publish, NULL, NULL, NULL, NULL);
}

static bool
publish_start(struct client *c, struct publish *p)
{
	struct publish_mark mark;
	char *why = NULL;
	int err = publish_open(p->path, &p->fd, &mark, &why);

	if (err == 0 && !publish_same(&p->mark, &mark)) {
		publish_fail(c, p, ERR_STATE, "%s was changed since it was "
		    "begun to be published, nothing of it stays: /publish %s "
		    "begins anew", p->path, p->path);
		return false;
	}
	if (err != 0)
		publish_fail(c, p, err, "%s", why);
	else if (p->step == PUBLISH_QUEUED)
		p->step = PUBLISH_LOOK;
	free(why);
	return err == 0;
}

/* ---- how it goes ---------------------------------------------------------- */

static void
publish_tell(struct client *c, struct publish *p)
{
	int64_t now = client_mono(c);

	if (p->since == 0) {
		p->since = now;
		p->since_cut = p->cut;
		p->since_have = p->have > p->offset ? p->have : p->offset;
	}
	client_wake(c, p->told + TELL_MS > now ? p->told + TELL_MS :
	    now + TELL_MS);
	if (now < p->told + TELL_MS)
		return;
	p->told = now;
	client_event(c, EVENT_publish, NULL, NULL, NULL, NULL);
	client_show(c);
}

void
publishing_drive(struct client *c)
{
	struct publish *p = publish_now(c);
	int64_t row;

	if (p == NULL)
		return;
	row = p->row;
	if (p->fd < 0 && !publish_start(c, p))
		return;
	publish_make(c, p);
	if ((p = publish_row(c, row)) != NULL)
		publish_send(c, p);
	if ((p = publish_row(c, row)) != NULL) {
		publish_make(c, p);     /* there is room again */
		if ((p = publish_row(c, row)) != NULL)
			publish_tell(c, p);
	}
}

bool
client_publishing(const struct client *c, struct publish_view *v)
{
	const struct publish *p = publish_now(c);
	int64_t ms;
	uint64_t film, total;

	memset(v, 0, sizeof(*v));
	if (p == NULL)
		return false;
	v->path = p->path;
	v->film = client_film(c, p->film);
	v->waiting = !session_up(c);
	v->queued = c->publishing.queued - 1;
	v->left = -1;
	v->sent = p->have > p->offset ? p->have : p->offset;
	film = (uint64_t)p->cut * MEDIA_SEGMENT_MS;
	total = p->length != 0 ? p->length : 1;
	v->percent = film >= total ? p->cut > 0 ? 99 : 0 :
	    (unsigned)(film * 100 / total);
	ms = p->since != 0 ? client_mono(c) - p->since : 0;
	if (ms <= 0)
		return true;
	v->rate = v->sent > p->since_have ? (v->sent - p->since_have) * 1000 /
	    (uint64_t)ms : 0;
	film = (uint64_t)(p->cut - p->since_cut) * MEDIA_SEGMENT_MS;
	v->tenths = (unsigned)(film * 10 / (uint64_t)ms);
	total -= total < (uint64_t)p->cut * MEDIA_SEGMENT_MS ? total :
	    (uint64_t)p->cut * MEDIA_SEGMENT_MS;
	if (film > 0)
		v->left = (int64_t)(total * (uint64_t)ms / film);
	return true;
}

const struct publish_result *
client_published(const struct client *c, size_t i)
{
	return i < c->publishing.results ? &c->publishing.result[i] : NULL;
}

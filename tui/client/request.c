/* SPDX-License-Identifier: ISC */
/*
 * Questions to the relay. A question is remembered only as long as the
 * connection that carries it: whoever asked finds out from its own durable
 * state, on the next one, that it has to ask again.
 */
#include <stdlib.h>

#include "inside.h"

#define REQUESTS_MAX 1024
#define AGAIN_MIN_MS 1000
#define AGAIN_MAX_MS 300000

bool
request_ask(struct client *c, enum want want, int64_t row, struct msg *m)
{
	struct session *s = &c->session;
	struct request *r;
	int err;

	if (!session_up(c) || link_full(s->link) ||
	    s->requests >= REQUESTS_MAX)
		return false;
	if (++s->req == 0)
		s->req = 1;
	/* every question has its number first: they share their place */
	m->lookup.req = s->req;
	err = link_put(s->link, c->turn, m);
	if (err != 0) {
		log_say(c->log, LOG_WARN, "request", "%s can't be sent: %s",
		    msg_row[msg_index(m->code)].name, err_text(err));
		return false;
	}
	s->request = mem_grow(s->request, s->requests + 1,
	    sizeof(*s->request));
	r = &s->request[s->requests++];
	*r = (struct request){s->req, want, row};
	return true;
}

void
request_answer(struct client *c, uint32_t req, const struct answer *a)
{
	struct session *s = &c->session;
	struct request r;
	size_t i;

	for (i = 0; i < s->requests && s->request[i].req != req; i++)
		;
	if (i == s->requests)
		return;         /* an answer to nothing */
	r = s->request[i];
	memmove(s->request + i, s->request + i + 1,
	    (s->requests - i - 1) * sizeof(*s->request));
	s->requests--;
	if (a->err != 0)
		log_say(c->log, LOG_DEBUG, "request", "refused: %s",
		    err_text(a->err));
	request_got(c, &r, a);
}

void
requests_forget(struct client *c)
{
	free(c->session.request);
	c->session.request = NULL;
	c->session.requests = 0;
}

int64_t
answer_wait(struct client *c, const struct answer *a, unsigned tries)
{
	int64_t ms = AGAIN_MIN_MS;

	if (a->err == ERR_RATE && a->number > 0 && a->number < AGAIN_MAX_MS)
		return client_mono(c) + (int64_t)a->number +
		    rng_below(c->rng, 250);
	while (tries-- > 0 && ms < AGAIN_MAX_MS)
		ms *= 2;
	if (ms > AGAIN_MAX_MS)
		ms = AGAIN_MAX_MS;
	return client_mono(c) + ms / 2 +
	    rng_below(c->rng, (uint32_t)(ms / 2) + 1);
}

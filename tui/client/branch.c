/* SPDX-License-Identifier: ISC */
/*
 * A conversation that cannot go on as it is, and the way out of it.
 */
#include <stdlib.h>

#include "inside.h"

/* ---- since when, and why ------------------------------------------------- */

void
halt_begin(struct client *c, struct talk *t, const char *why)
{
	halt_end(t);
	t->halt.since = client_now(c);
	t->halt.why = mem_string(why);
	talk_dirty(t);
}

void
halt_end(struct talk *t)
{
	free(t->halt.why);
	free(t->halt.stuck);
	t->halt = (struct halt){0};
}

/* At the end of the row of a talk: a store of before has none of it. */
void
halt_put(const struct talk *t, struct buf *b)
{
	size_t i, n = t->halt.why != NULL ? strlen(t->halt.why) : 0;

	buf_u64(b, (uint64_t)t->halt.since);
	buf_u64(b, (uint64_t)t->halt.asked);
	buf_u32(b, t->halt.times);
	buf_u32(b, (uint32_t)n);
	buf_bytes(b, bytes_of(t->halt.why, n));
	buf_u32(b, (uint32_t)t->halt.stucks);
	for (i = 0; i < t->halt.stucks; i++)
		buf_u64(b, (uint64_t)t->halt.stuck[i]);
}

void
halt_get(struct rd *r, struct talk *t)
{
	struct halt *h = &t->halt;
	struct bytes why;
	size_t n;

	if (r->err != 0 || rd_left(r) == 0)
		return;
	h->since = (int64_t)rd_u64(r);
	h->asked = (int64_t)rd_u64(r);
	h->times = rd_u32(r);
	why = rd_view(r, rd_u32(r));
	h->why = mem_alloc(why.n + 1);
	if (why.n > 0)
		memcpy(h->why, why.p, why.n);
	for (n = rd_u32(r); n > 0 && r->err == 0; n--) {
		h->stuck = mem_grow(h->stuck, h->stucks + 1,
		    sizeof(*h->stuck));
		h->stuck[h->stucks++] = (int64_t)rd_u64(r);
	}
}

/* ---- the way out --------------------------------------------------------- */

int
client_branch_may(struct client *c, const struct talk *t, char **why)
{
	if (t->halt.since == 0)
		return client_refuse(why, ERR_STATE, "%s goes on: there is "
		    "nothing to branch", t->title.s);
	if (!talk_is_room(t))
		return client_refuse(why, ERR_STATE, "this is a conversation "
		    "with one person: where neither of you can follow it, it "
		    "begins anew by itself");
	if (t->halt.stucks == 0)
		return client_refuse(why, ERR_STATE, "nobody else has said "
		    "that they can't follow %s: wait until one of them lets "
		    "you in again", t->title.s);
	(void)c;
	return 0;
}

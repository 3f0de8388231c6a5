/* SPDX-License-Identifier: ISC */
/*
 * The relay was restored from a backup: what is done about that by itself, and
 * the facts of the last time, which are kept beside our own for the screen that
 * tells of them.
 */
#include "inside.h"

/* It may have lost what it had said it keeps: keys are put anew, logs are read
 * again, and what no device has confirmed is sent once more under its id. */
void
restart_begin(struct client *c)
{
	struct restart *r = &c->self.restart;
	unsigned times = r->times + 1;
	struct notice *n;
	size_t i;

	*r = (struct restart){.time = client_now(c), .times = times};
	for (i = 0; i < c->inboxes; i++) {
		r->keys += c->inbox[i]->put;
		c->inbox[i]->put = false;
	}
	for (i = 0; i < c->talks; i++)
		r->talks += c->talk[i]->secret->group != NULL;
	follow_again(c);
	r->messages = resend_restored(c);
	receipts_repeat(c);
	n = notice_add(c, NOTICE_RESTORED, 0, false, "the relay was restored "
	    "from a backup: it may have lost the newest messages. Yours are "
	    "sent again where nobody has confirmed them; /view restored says "
	    "more");
	notice_about(c, n, NULL, r->time);
	client_hint(c, false, "the relay was restored from a backup: "
	    "/view restored says what was done");
}

/* At the end of our own row: a store of before has none of it. */
void
restart_put(const struct restart *r, struct buf *b)
{
	buf_u64(b, (uint64_t)r->time);
	buf_u32(b, r->times);
	buf_u32(b, r->keys);
	buf_u32(b, r->talks);
	buf_u32(b, r->messages);
}

void
restart_get(struct rd *r, struct restart *at)
{
	if (r->err != 0 || rd_left(r) == 0)
		return;
	at->time = (int64_t)rd_u64(r);
	at->times = rd_u32(r);
	at->keys = rd_u32(r);
	at->talks = rd_u32(r);
	at->messages = rd_u32(r);
}

const struct restart *
client_restart(const struct client *c)
{
	return &c->self.restart;
}

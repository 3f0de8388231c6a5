/* SPDX-License-Identifier: ISC */
/* See mean.h. What client_send does without its judge. */
#include "inside.h"
#include "mean.h"

void
mean_say(struct client *c, struct talk *t, struct bytes text)
{
	struct message m = {.kind = MESSAGE_TEXT, .mine = true};
	struct body b = {.code = BODY_text};
	struct message *kept;

	if (text.n > TEXT_MAX)          /* no frame has room for more */
		text.n = TEXT_MAX;
	client_id(c, m.id);
	m.sent = client_now(c);
	m.text = safe_make(SAFE_TEXT, text.p, text.n);
	memcpy(b.id, m.id, WIRE_ID);
	b.time = (uint64_t)m.sent;
	b.text.text = text;
	kept = message_add(c, t, &m);
	t->waiting++;
	out_add(c, t, OUT_TEXT, kept->row, b.id, &b);
	timer_set(c->timer, 1);
}

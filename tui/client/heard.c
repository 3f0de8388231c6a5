/* SPDX-License-Identifier: ISC */
/*
 * What the relay says once it has greeted us: an answer goes to whoever asked,
 * the rest to the file that knows it. Believes nothing and keeps nothing.
 */
#include "inside.h"

void
heard_fail(struct client *c, const struct msg_fail *f)
{
	struct answer a = {.err = -(int)f->error, .number = f->number,
	    .text = f->text};

	if (!err_known(a.err) || a.err == 0)
		a.err = ERR_RULE;
	request_answer(c, f->req, &a);
}

void
heard_known(struct client *c, const struct msg *m)
{
	struct answer a = {0};

	switch (m->code) {
	case MSG_done:
		a.number = m->done.number;
		request_answer(c, m->done.req, &a);
		break;
	case MSG_record:
		a.data = m->record.record;
		a.number = m->record.number;
		a.prev = m->record.prev;
		a.proof = m->record.proof;
		a.head = m->record.head;
		request_answer(c, m->record.req, &a);
		break;
	case MSG_head:
		a.head = m->head.head;
		request_answer(c, m->head.req, &a);
		break;
	case MSG_extends:
		a.proof = m->extends.proof;
		request_answer(c, m->extends.req, &a);
		break;
	case MSG_leaves:
		a.data = m->leaves.leaves;
		request_answer(c, m->leaves.req, &a);
		break;
	case MSG_package:
		a.data = m->package.package;
		a.last = m->package.last;
		request_answer(c, m->package.req, &a);
		break;
	case MSG_inbox_key:
		a.data = m->inbox_key.key;
		request_answer(c, m->inbox_key.req, &a);
		break;
	case MSG_blob_part:
		a.data = m->blob_part.data;
		a.size = m->blob_part.size;
		a.offset = m->blob_part.offset;
		request_answer(c, m->blob_part.req, &a);
		break;
	case MSG_box:
		inboxes_box(c, &m->box);
		break;
	case MSG_meet_got:
		olddev_heard(c, m->meet_got.place, m->meet_got.data);
		break;
	case MSG_meet_end:
		olddev_ended(c, m->meet_end.place);
		break;
	case MSG_entry:
		follow_entry(c, &m->entry);
		break;
	case MSG_log_end:
		follow_end(c, &m->log_end);
		break;
	default:
		break;          /* whispered: nobody here listens yet */
	}
}

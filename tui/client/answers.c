/* SPDX-License-Identifier: ISC */
/*
 * Which answer belongs to whom. The row that was asked for may be gone by now;
 * then nobody wants the answer any more.
 */
#include "play.h"
#include "publish.h"

static void
answers_job(struct client *c, const struct request *r, const struct answer *a)
{
	struct job *j = job_row(c, r->row);

	if (j == NULL)
		return;
	j->flight = 0;
	if (a->err == ERR_RATE || a->err == ERR_IO) {
		j->not_before = answer_wait(c, a, j->tries++);
		return;
	}
	if ((r->want == WANT_LOOKUP_JOB || r->want == WANT_RECORD_JOB) &&
	    audit_refused(a->err)) {
		job_later(c, j, a->err);
		return;
	}
	switch (r->want) {
	case WANT_LOOKUP_JOB:
		if (j->kind == JOB_ADD)
			contact_record(c, j, a->err, a->data);
		else if (j->kind == JOB_JOIN)
			join_record(c, j, a->err, a->data);
		else if (j->kind == JOB_REJOIN)
			rejoin_record(c, j, a->err, a->data);
		else
			asked_box(c, j, a->err, a->data);
		break;
	case WANT_PACKAGE:
		if (j->kind == JOB_INVITE)
			invite_package(c, j, a->err, a->data);
		else
			contact_package(c, j, a->err, a->data);
		break;
	case WANT_INBOX_KEY:
		post_key(c, j, a->err, a->data);
		break;
	case WANT_RECORD_PUT:
		change_sent(c, j, a);
		break;
	case WANT_RECORD_JOB:
		change_looked(c, j, a);
		break;
	default:
		post_sent(c, j, a->err);
		break;
	}
}

/* What the directory says is judged before anybody hears of it. */
void
request_got(struct client *c, const struct request *r, const struct answer *a)
{
	/* a device that the relay doesn't know can't read the leaves; what it
	 * asks of is its own record, which its own account has signed */
	if (audit_wants(r) && a->err == 0 &&
	    (r->want != WANT_SELF || !c->session.stranger))
		audit_answer(c, r, a);
	else
		answers_give(c, r, a);
}

void
answers_give(struct client *c, const struct request *r, const struct answer *a)
{
	switch (r->want) {
	case WANT_ENROL:
		first_enrolled(c, a);
		break;
	case WANT_LOOKUP_JOB:
	case WANT_PACKAGE:
	case WANT_INBOX_KEY:
	case WANT_BOX_PUT:
	case WANT_RECORD_PUT:
	case WANT_RECORD_JOB:
		answers_job(c, r, a);
		break;
	case WANT_LOOKUP_PERSON:
		people_looked(c, r->row, a);
		break;
	case WANT_SELF:
		watch_looked(c, a);
		break;
	case WANT_SEEK:
		seek_got(c, r->row, a);
		break;
	case WANT_PLAY:
		play_got(c, r->row, a);
		break;
	case WANT_LOG_CREATE:
		follow_created(c, r->row, a);
		break;
	case WANT_LOG_COMMIT:
		follow_committed(c, r->row, a);
		break;
	case WANT_LOG_OPEN:
		follow_opened(c, r->row, a);
		break;
	case WANT_APPEND:
		deliver_done(c, r->row, a);
		break;
	case WANT_PACKAGE_PUT:
		stock_put(c, r->row, a);
		break;
	case WANT_PACKAGE_COUNT:
		stock_counted(c, a);
		break;
	case WANT_INBOX_PUT:
		inboxes_put(c, r->row, a);
		break;
	case WANT_BLOB_PUT:
	case WANT_BLOB_DATA:
		parcel_answer(c, r->want, r->row, a);
		break;
	case WANT_BLOB_GET:
		fetch_part(c, r->row, a);
		break;
	case WANT_FILM_PUT:
	case WANT_FILM_CUT:
	case WANT_FILM_DATA:
	case WANT_FILM_END:
		publish_got(c, r->want, r->row, a);
		break;
	case WANT_FILM_DELETE:
		films_deleted(c, r->row, a);
		break;
	case WANT_HEAD:
		audit_head(c, a);
		break;
	case WANT_LEAVES:
		replay_leaves(c, r->row, a);
		break;
	case WANT_TRIAL:
		witness_leaves(c, r->row, a);
		break;
	case WANT_EXTENDS:
		replay_extends(c, r->row, a);
		break;
	case WANT_MEET_OPEN:
		olddev_opened(c, a);
		break;
	case WANT_MEET_PUT:
		olddev_answer(c, a);
		break;
	case WANT_MEET_CLOSE:
	case WANT_BOX_ACK:
	case WANT_COUNT:
		break;
	}
}

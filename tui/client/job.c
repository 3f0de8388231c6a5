/* SPDX-License-Identifier: ISC */
/*
 * Jobs: what takes several questions and must come to its end whatever
 * restarts in between. A job is a row; each step writes down what it got
 * before the next one begins, so a repeat sends the same bytes.
 */
#include <stdlib.h>

#include "inside.h"

static struct job *
job_new(struct client *c, int64_t row)
{
	struct job *j = mem_alloc(sizeof(*j));

	j->row = row;
	j->data.secret = j->got.secret = true;
	c->job = mem_grow(c->job, c->jobs + 1, sizeof(*c->job));
	c->job[c->jobs++] = j;
	return j;
}

struct job *
job_add(struct client *c, enum job_kind kind)
{
	struct job *j = job_new(c, keep_row(&c->keep, TABLE_job));

	j->kind = kind;
	j->made = client_now(c);
	client_id(c, j->id);
	return j;
}

void
job_keep(struct client *c, const struct job *j)
{
	struct buf b = {.secret = true};

	buf_u8(&b, (uint8_t)j->kind);
	buf_u8(&b, (uint8_t)j->step);
	buf_u64(&b, (uint64_t)j->person);
	buf_put(&b, j->name, sizeof(j->name));
	buf_put(&b, j->account, ACCOUNT_ID);
	buf_put(&b, j->device, DEVICE_ID);
	buf_put(&b, j->id, WIRE_ID);
	buf_u64(&b, (uint64_t)j->made);
	buf_u32(&b, (uint32_t)j->data.n);
	buf_bytes(&b, buf_view(&j->data));
	buf_u32(&b, (uint32_t)j->got.n);
	buf_bytes(&b, buf_view(&j->got));
	buf_u64(&b, (uint64_t)j->talk);
	keep_put(&c->keep, TABLE_job, j->row, 0, NULL, buf_view(&b));
	buf_free(&b);
}

static void
job_free(struct job *j)
{
	buf_free(&j->data);
	buf_free(&j->got);
	mem_wipe(j, sizeof(*j));
	free(j);
}

void
job_done(struct client *c, struct job *j)
{
	size_t i;

	for (i = 0; c->job[i] != j; i++)
		;
	c->jobs--;
	memmove(c->job + i, c->job + i + 1,
	    (c->jobs - i) * sizeof(*c->job));
	keep_drop(&c->keep, TABLE_job, j->row);
	job_free(j);
}

struct job *
job_row(struct client *c, int64_t row)
{
	size_t i;

	for (i = 0; i < c->jobs; i++)
		if (c->job[i]->row == row)
			return c->job[i];
	return NULL;
}

struct job *
job_named(struct client *c, enum job_kind kind, const char *name)
{
	size_t i;

	for (i = 0; i < c->jobs; i++)
		if (c->job[i]->kind == kind &&
		    strcmp(c->job[i]->name, name) == 0)
			return c->job[i];
	return NULL;
}

void
job_later(struct client *c, struct job *j, int err)
{
	struct answer a = {.err = err};

	j->flight = 0;
	j->not_before = answer_wait(c, &a, 3 + j->tries++);
}

static void
job_lookup(struct client *c, struct job *j)
{
	struct msg m = {.code = MSG_lookup};

	m.lookup.name = bytes_of(j->name, strlen(j->name));
	if (request_ask(c, WANT_LOOKUP_JOB, j->row, &m))
		j->flight = c->session.generation;
}

static void
job_drive(struct client *c, struct job *j)
{
	switch (j->kind) {
	case JOB_POST:
		post_drive(c, j);
		break;
	case JOB_RECORD:
		change_drive(c, j);
		break;
	case JOB_INVITE:
		invite_drive(c, j);
		break;
	case JOB_WELCOME:
		invite_welcome(c, j);
		break;
	case JOB_REMOVE:
		break;          /* a commit makes it true */
	case JOB_JOIN:
	case JOB_REJOIN:
	case JOB_ADD:
	case JOB_BOX:
		if (j->step == STEP_LOOKUP)
			job_lookup(c, j);
		else if (j->kind == JOB_JOIN)
			join_drive(c, j);
		else
			contact_drive(c, j);
		break;
	}
}

void
jobs_drive(struct client *c)
{
	int64_t now = client_mono(c), row;
	struct job *j;
	size_t i = 0;

	if (!session_registered(c))
		return;
	while (i < c->jobs) {
		j = c->job[i];
		row = j->row;
		if (now < j->not_before)
			client_wake(c, j->not_before);
		else if (j->flight != c->session.generation)
			job_drive(c, j);
		/* one that is over has left its place to the next */
		i += i < c->jobs && c->job[i]->row == row;
	}
}

static void
job_got(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct job *j = job_new(arg, row);
	uint8_t kind = rd_u8(r), step = rd_u8(r);

	(void)owner;
	j->kind = (enum job_kind)kind;
	j->step = (enum job_step)step;
	j->person = (int64_t)rd_u64(r);
	rd_copy(r, j->name, sizeof(j->name));
	j->name[NAME_LEN] = '\0';
	rd_copy(r, j->account, ACCOUNT_ID);
	rd_copy(r, j->device, DEVICE_ID);
	rd_copy(r, j->id, WIRE_ID);
	j->made = (int64_t)rd_u64(r);
	buf_bytes(&j->data, rd_view(r, rd_u32(r)));
	buf_bytes(&j->got, rd_view(r, rd_u32(r)));
	j->talk = (int64_t)rd_u64(r);
}

int
jobs_load(struct client *c)
{
	return keep_each(&c->keep, TABLE_job, job_got, c);
}

void
jobs_free(struct client *c)
{
	size_t i;

	for (i = 0; i < c->jobs; i++)
		job_free(c->job[i]);
	free(c->job);
	c->job = NULL;
	c->jobs = 0;
}

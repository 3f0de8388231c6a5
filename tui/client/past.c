/* SPDX-License-Identifier: ISC */
/*
 * Versions of an account record from before the one in force. A leaf of a
 * group names the version it was made under and is judged by that one, so that
 * a device that was revoked since does not split those who have heard of it
 * from those who have not. The newest few are kept; all were accepted once.
 */
#include <stdlib.h>

#include "inside.h"

void
past_drop(struct client *c, struct past *p)
{
	keep_drop(&c->keep, TABLE_past, p->at[0].row);
	p->n--;
	memmove(p->at, p->at + 1, p->n * sizeof(*p->at));
}

static void
past_put(struct past *p, int64_t row, const struct record *r)
{
	p->at = mem_grow(p->at, p->n + 1, sizeof(*p->at));
	p->at[p->n].row = row;
	p->at[p->n++].record = *r;
}

void
past_add(struct client *c, struct past *p, int64_t owner,
    const struct record *r, struct bytes raw)
{
	if (past_find(p, r->version) != NULL)
		return;
	while (p->n >= PAST_MAX)
		past_drop(c, p);
	past_put(p, keep_row(&c->keep, TABLE_past), r);
	keep_put(&c->keep, TABLE_past, p->at[p->n - 1].row, owner, NULL, raw);
}

const struct record *
past_find(const struct past *p, uint64_t version)
{
	size_t i;

	for (i = 0; p != NULL && i < p->n; i++)
		if (p->at[i].record.version == version)
			return &p->at[i].record;
	return NULL;
}

void
past_free(struct past *p)
{
	free(p->at);
	memset(p, 0, sizeof(*p));
}

/* Whose it is the seal has proven: the owner is part of the row's place. */
static void
past_got(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct client *c = arg;
	struct person *p = client_person(c, owner);
	struct record record;

	if (record_get_kept(rd_rest(r), &record) != 0)
		rd_fail(r, ERR_FORMAT);
	else if (owner == 0)
		past_put(&c->self.past, row, &record);
	else if (p != NULL)
		past_put(person_past(p), row, &record);
}

int
past_load(struct client *c)
{
	return keep_each(&c->keep, TABLE_past, past_got, c);
}

/* SPDX-License-Identifier: ISC */
/*
 * What the copy of the directory's log says of the names that matter here: our
 * own, the people's, and whoever is just looked up. One walk over all leaves
 * finds where their last ones stand; after that each new leaf is compared as
 * it comes in. A leaf of a name under another account is written down as such.
 */
#include <stdlib.h>

#include "inside.h"

static void
names_count(struct name_seen *n, uint64_t number,
    const struct mirror_leaf *l)
{
	if (n->count > 0 && memcmp(n->account, l->account, MIRROR_ID) != 0)
		n->mixed = true;
	memcpy(n->account, l->account, MIRROR_ID);
	n->before = n->last;
	n->last = number + 1;
	n->count++;
}

/* Sorted by index, so that a long log and many people cost little. */
static int
names_order(const void *x, const void *y)
{
	const struct name_seen *a = x, *b = y;

	return memcmp(a->index, b->index, MIRROR_ID);
}

static struct name_seen *
names_find(struct name_seen *name, size_t n,
    const uint8_t index[static MIRROR_ID])
{
	struct name_seen key;

	memcpy(key.index, index, MIRROR_ID);
	return n > 0 ? bsearch(&key, name, n, sizeof(*name), names_order) :
	    NULL;
}

struct names_fresh {
	struct name_seen *name;
	size_t n;
};

static void
names_walk(void *arg, uint64_t number, const struct mirror_leaf *l)
{
	struct names_fresh *f = arg;
	struct name_seen *n = names_find(f->name, f->n, l->index);

	if (n != NULL)
		names_count(n, number, l);
}

static void
names_index(struct client *c, const char *name,
    uint8_t index[static MIRROR_ID])
{
	uint8_t full[HASH32];

	leaf_index(c->audit.head.key, bytes_of(name, strlen(name)), full);
	memcpy(index, full, MIRROR_ID);
}

static void
names_wish(struct client *c, struct names_fresh *f, const char *name)
{
	struct name_seen n = {.count = 0};

	names_index(c, name, n.index);
	memcpy(n.name, name, strnlen(name, NAME_LEN));
	if (names_find(c->audit.name, c->audit.names, n.index) != NULL)
		return;
	f->name = mem_grow(f->name, f->n + 1, sizeof(*f->name));
	f->name[f->n++] = n;
}

/* All that are not known yet at once: a walk is as long for one as for many. */
static int
names_look(struct client *c, const char *name)
{
	struct names_fresh f = {NULL, 0};
	struct audit *a = &c->audit;
	size_t i, n = 0;
	int err;

	names_wish(c, &f, name);
	names_wish(c, &f, c->self.name);
	for (i = 0; i < c->people; i++)
		names_wish(c, &f, c->person[i]->name.s);
	if (f.n > 1)
		qsort(f.name, f.n, sizeof(*f.name), names_order);
	for (i = 0; i < f.n; i++)
		if (n == 0 || names_order(&f.name[n - 1], &f.name[i]) != 0)
			f.name[n++] = f.name[i];
	f.n = n;
	err = mirror_each(c, names_walk, &f);
	if (err == 0) {
		a->name = mem_grow(a->name, a->names + f.n, sizeof(*a->name));
		memcpy(a->name + a->names, f.name, f.n * sizeof(*f.name));
		a->names += f.n;
		qsort(a->name, a->names, sizeof(*a->name), names_order);
	}
	free(f.name);
	return err;
}

struct name_seen *
name_of(struct client *c, const char *name)
{
	struct audit *a = &c->audit;
	uint8_t index[MIRROR_ID];
	struct name_seen *n;

	if (!a->have)
		return NULL;
	names_index(c, name, index);
	n = names_find(a->name, a->names, index);
	if (n == NULL && names_look(c, name) == 0)
		n = names_find(a->name, a->names, index);
	return n;
}

void
names_leaf(struct client *c, uint64_t number, const struct leaf *l)
{
	struct mirror_leaf m;
	struct name_seen *n = names_find(c->audit.name, c->audit.names,
	    l->index);

	if (n == NULL)
		return;
	memcpy(m.index, l->index, MIRROR_ID);
	memcpy(m.account, l->account, MIRROR_ID);
	names_count(n, number, &m);
	n->again = true;
}

void
names_forget(struct client *c)
{
	free(c->audit.name);
	c->audit.name = NULL;
	c->audit.names = 0;
}

bool
client_position(const struct client *c, const struct person *p,
    uint64_t *number, uint64_t *size)
{
	const struct audit *a = &c->audit;
	size_t i;

	for (i = 0; i < a->names; i++)
		if (strcmp(a->name[i].name, p->name.s) == 0 &&
		    a->name[i].last > 0) {
			*number = a->name[i].last - 1;
			*size = a->head.size;
			return true;
		}
	return false;
}

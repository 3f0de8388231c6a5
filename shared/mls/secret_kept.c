/* SPDX-License-Identifier: ISC */
/*
 * The keys of messages that were jumped over, oldest first: at most
 * MLS_KEPT_MAX for all senders of a secret tree. Where they don't fit, whoever
 * has the most gives way. They are wiped as they go.
 */
#include <stdlib.h>

#include "mls_epoch.h"

struct secret_kept *
secret_kept_find(const struct secret_tree *t, uint32_t leaf,
    enum secret_kind kind, uint32_t generation)
{
	size_t i;

	for (i = 0; i < t->n_kept; i++)
		if (t->kept[i].leaf == leaf && t->kept[i].kind == kind &&
		    t->kept[i].generation == generation)
			return &t->kept[i];
	return NULL;
}

void
secret_kept_remove(struct secret_tree *t, size_t at, size_t n)
{
	memmove(t->kept + at, t->kept + at + n,
	    (t->n_kept - at - n) * sizeof *t->kept);
	t->n_kept -= n;
	mem_wipe(t->kept + t->n_kept, n * sizeof *t->kept);
}

void
secret_kept_alloc(struct secret_tree *t)
{
	if (t->kept == NULL)
		t->kept = mem_array(MLS_KEPT_MAX, sizeof *t->kept);
}

/* The sender with the most; in `count` are those that are to come too. */
static uint32_t
kept_most(const struct secret_tree *t, const uint32_t *count, uint32_t leaf)
{
	size_t i;

	for (i = 0; i < t->n_kept; i++)
		if (count[t->kept[i].leaf] > count[leaf])
			leaf = t->kept[i].leaf;
	return leaf;
}

/* The oldest of this sender goes; false: it has none. */
static bool
kept_oldest(struct secret_tree *t, uint32_t leaf)
{
	size_t i;

	for (i = 0; i < t->n_kept; i++)
		if (t->kept[i].leaf == leaf) {
			secret_kept_remove(t, i, 1);
			return true;
		}
	return false;
}

/*
 * Room for n more of a sender. Where all don't fit, whoever has the most gives
 * way, so that nobody can push out the few late keys of the others by jumping
 * ahead. Returns how many of the new ones, the earliest, are not to be kept.
 */
uint32_t
secret_kept_room(struct secret_tree *t, uint32_t leaf, uint32_t n)
{
	uint32_t *count, skip = 0;
	size_t i;

	secret_kept_alloc(t);
	if (t->n_kept + n <= MLS_KEPT_MAX)
		return 0;
	count = mem_array(t->leaves, sizeof *count);
	for (i = 0; i < t->n_kept; i++)
		count[t->kept[i].leaf]++;
	count[leaf] += n;
	while (t->n_kept + n - skip > MLS_KEPT_MAX) {
		uint32_t most = kept_most(t, count, leaf);

		if (!kept_oldest(t, most))
			skip++;
		count[most]--;
	}
	free(count);
	return skip;
}

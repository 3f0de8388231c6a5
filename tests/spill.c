/* SPDX-License-Identifier: ISC */
/* See spill.h. Knows the client's inside. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "inside.h"
#include "mls_epoch.h"
#include "spill.h"

#define PIECE (1u << 20)

void
spill_add(struct spill *s, const char *name, const void *secret, size_t n)
{
	static const uint8_t none[SPILL_PART];
	size_t i;

	if (n < SPILL_PART || memcmp(secret, none, SPILL_PART) == 0)
		return;
	for (i = 0; i < s->n; i++)
		if (memcmp(s->part[i], secret, SPILL_PART) == 0)
			return;
	if (s->n == SPILL_MAX)
		return;
	s->name[s->n] = name;
	memcpy(s->part[s->n++], secret, SPILL_PART);
}

void
spill_client(struct spill *s, const struct client *c)
{
	size_t i;

	if (c->self.secret != NULL) {
		spill_add(s, "device signature key", c->self.secret->sign,
		    SIGN_SECRET);
		spill_add(s, "transport key", c->self.secret->transport, DH_SIZE);
	}
	for (i = 0; i < c->inboxes; i++)
		spill_add(s, "inbox key", c->inbox[i]->secret, XWING_SECRET);
}

static void
spill_tree(struct spill *s, const struct secret_tree *t)
{
	size_t i;
	int kind;

	if (t->node == NULL)
		return;
	for (i = 0; t->leaves > 0 && i < 2 * (size_t)t->leaves - 1; i++)
		if (t->have[i])
			spill_add(s, "secret tree", t->node + i * t->suite->nh,
			    t->suite->nh);
	for (kind = 0; kind < 2; kind++)
		for (i = 0; i < t->leaves; i++)
			if (t->ratchet[kind][i].set)
				spill_add(s, "ratchet",
				    t->ratchet[kind][i].secret, t->suite->nh);
	for (i = 0; i < t->n_kept; i++)
		spill_add(s, "message key", t->kept[i].key, KEY_SIZE);
}

void
spill_talk(struct spill *s, const struct talk *t)
{
	const struct mls_group *g = t->secret->group;
	const struct mls_epoch *e;
	unsigned i;

	if (g == NULL)
		return;
	e = &g->keys->epoch;
	spill_add(s, "init secret", e->init, MLS_NH_MAX);
	spill_add(s, "sender data", e->sender_data, MLS_NH_MAX);
	spill_add(s, "exporter", e->exporter, MLS_NH_MAX);
	spill_add(s, "external", e->external, MLS_NH_MAX);
	spill_add(s, "confirmation", e->confirmation, MLS_NH_MAX);
	spill_add(s, "membership", e->membership, MLS_NH_MAX);
	spill_add(s, "resumption", e->resumption, MLS_NH_MAX);
	spill_add(s, "authenticator", e->authenticator, MLS_NH_MAX);
	spill_add(s, "leaf signature key", g->keys->signer, SIGN_SECRET);
	spill_tree(s, &g->secrets);
	for (i = 0; i < g->n_past; i++) {
		spill_add(s, "past sender data", g->past[i]->sender_data,
		    MLS_NH_MAX);
		spill_tree(s, &g->past[i]->secrets);
	}
}

static const char *
spill_look(const struct spill *s, const uint8_t *p, size_t n, unsigned *found,
    bool *seen)
{
	const char *which = NULL;
	size_t i;

	for (i = 0; i < s->n; i++)
		if (!seen[i] && memmem(p, n, s->part[i], SPILL_PART) != NULL) {
			seen[i] = true;
			(*found)++;
			which = s->name[i];
		}
	return which;
}

/* One mapping, in pieces that overlap. */
static void
spill_map(const struct spill *s, int fd, unsigned long a, unsigned long b,
    const char **which, unsigned *found, bool *seen, size_t *sum)
{
	uint8_t *p = mem_alloc(PIECE + SPILL_PART);
	const char *name;
	ssize_t n;

	for (; a < b; a += PIECE) {
		n = pread(fd, p, b - a < PIECE + SPILL_PART ? b - a :
		    PIECE + SPILL_PART, (off_t)a);
		if (n <= 0)
			break;          /* guard pages */
		*sum += (size_t)n;
		name = spill_look(s, p, (size_t)n, found, seen);
		if (*which == NULL)
			*which = name;
	}
	mem_wipe(p, PIECE + SPILL_PART);
	free(p);
}

int
spill_scan(const struct spill *s, pid_t pid, const char **which, size_t *sum)
{
	char path[64], line[512], mode[8];
	bool seen[SPILL_MAX] = {false};
	unsigned long a, b;
	unsigned found = 0;
	FILE *maps;
	int fd;

	*which = NULL;
	*sum = 0;
	(void)snprintf(path, sizeof(path), "/proc/%ld/mem", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	(void)snprintf(path, sizeof(path), "/proc/%ld/maps", (long)pid);
	maps = fopen(path, "re");
	while (fd >= 0 && maps != NULL && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %7s", &a, &b, mode) == 3 &&
		    mode[0] == 'r' && strstr(line, "[v") == NULL)
			spill_map(s, fd, a, b, which, &found, seen, sum);
	if (maps != NULL)
		(void)fclose(maps);
	if (fd >= 0)
		(void)close(fd);
	return *sum > 0 ? (int)found : -1;
}

/* SPDX-License-Identifier: ISC */
/*
 * The tap: every seal of every party, read back from a file in memory. Two
 * different plaintexts under one key and nonce are a fault; under one key of
 * ChaCha20-Poly1305 too (each seals once in MLS and HPKE, and a random reuse
 * guard must not hide it), unless Noise uses that cipher here.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tap.h"
#include "world.h"

void
tap_open(struct world *w)
{
	char fd[16];

	w->tap_fd = memfd_create("tap", MFD_CLOEXEC);
	if (w->tap_fd < 0)
		bail("memfd: %s", strerror(errno));
	snprintf(fd, sizeof(fd), "%d", w->tap_fd);
	if (setenv(SEAL_TAP, fd, 1) != 0)
		bail("setenv");
}

void
tap_close(struct world *w)
{
	(void)unsetenv(SEAL_TAP);
	(void)close(w->tap_fd);
	free(w->uses.seal);
	free(w->keys.seal);
}

/* Open addressing; `what' of zeros is a free slot. */
static struct seal_tap *
tap_slot(const struct tap_set *s, const uint8_t *name, bool key)
{
	static const uint8_t none[16];
	uint64_t h;
	size_t i;

	memcpy(&h, name, sizeof(h));
	for (i = h & (s->cap - 1);; i = (i + 1) & (s->cap - 1))
		if (memcmp(s->seal[i].what, none, 16) == 0 || memcmp(key ?
		    s->seal[i].key : s->seal[i].use, name, 16) == 0)
			return &s->seal[i];
}

static void
tap_room(struct tap_set *s, bool key)
{
	static const uint8_t none[16];
	struct tap_set old = *s;
	size_t i;

	if (s->cap > 0 && s->n * 2 < s->cap)
		return;
	s->cap = s->cap > 0 ? s->cap * 2 : 1024;
	s->seal = mem_array(s->cap, sizeof(*s->seal));
	for (i = 0; i < old.cap; i++)
		if (memcmp(old.seal[i].what, none, 16) != 0)
			*tap_slot(s, key ? old.seal[i].key : old.seal[i].use,
			    key) = old.seal[i];
	free(old.seal);
}

static void
tap_judge(struct world *w, struct party *p, struct tap_set *set,
    const struct seal_tap *t, bool key)
{
	struct seal_tap *was;

	tap_room(set, key);
	was = tap_slot(set, key ? t->key : t->use, key);
	if (memcmp(was->what, (uint8_t[16]){0}, 16) == 0) {
		*was = *t;
		set->n++;
	} else if (memcmp(was->what, t->what, 16) != 0) {
		world_fault(w, "%s: one %s of %s for two plaintexts", p->name,
		    key ? "key" : "key and nonce", aead_row[t->aead].name);
	}
}

void
tap_hear(struct world *w, struct party *p)
{
	struct tap_set *s = &p->sealed;
	struct seal_tap t;

	while (pread(w->tap_fd, &t, sizeof(t), (off_t)w->tap_at) == sizeof(t)) {
		w->tap_at += (int64_t)sizeof(t);
		if (s->n == s->cap) {
			s->cap = s->cap > 0 ? s->cap * 2 : 64;
			s->seal = mem_grow(s->seal, s->cap, sizeof(*s->seal));
		}
		s->seal[s->n++] = t;
	}
	if (w->tap_at > 1 << 20) {
		if (ftruncate(w->tap_fd, 0) != 0 ||
		    lseek(w->tap_fd, 0, SEEK_SET) != 0)
			bail("the tap can't be emptied");
		w->tap_at = 0;
	}
}

void
tap_keep(struct world *w, struct party *p)
{
	size_t i;

	tap_hear(w, p);
	for (i = 0; i < p->sealed.n; i++) {
		const struct seal_tap *t = &p->sealed.seal[i];

		tap_judge(w, p, &w->uses, t, false);
		if (t->aead == AEAD_CHACHA && aead_fast(AEAD_AEGIS256))
			tap_judge(w, p, &w->keys, t, true);
	}
	p->sealed.n = 0;
}

void
tap_forget(struct party *p)
{
	tap_hear(p->world, p);
	p->sealed.n = 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * Keys of one size to pointers: open addressing, linear probing, no
 * tombstones. Peers choose keys, so the hash is mixed with a seed of our own.
 * Owns copies of the keys, never the values.
 */
#include <stdlib.h>

#include "relay.h"

#define HASHMAP_FIRST 16

__extension__ typedef unsigned __int128 wide;

static uint64_t
hashmap_mix(uint64_t a, uint64_t b)
{
	wide m = (wide)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static uint64_t
hashmap_hash(const struct hashmap *m, const uint8_t *key)
{
	uint64_t h = m->seed[0], w;
	size_t i, n;

	for (i = 0; i < m->key_size; i += n) {
		n = m->key_size - i < sizeof(w) ? m->key_size - i : sizeof(w);
		w = 0;
		memcpy(&w, key + i, n);
		h = hashmap_mix(h ^ w, m->seed[1]) + i + 1;
	}
	return h;
}

void
hashmap_init(struct hashmap *m, const struct rng *rng, size_t key_size)
{
	memset(m, 0, sizeof(*m));
	m->key_size = key_size;
	rng_fill(rng, m->seed, sizeof(m->seed));
	m->seed[1] |= 1;
	m->cap = HASHMAP_FIRST;
	m->slot = mem_array(m->cap, sizeof(*m->slot));
}

void
hashmap_free(struct hashmap *m)
{
	size_t i;

	for (i = 0; i < m->cap; i++)
		free(m->slot[i].key);
	free(m->slot);
	memset(m, 0, sizeof(*m));
}

/* Where the key is, or the free slot where it belongs. */
static size_t
hashmap_at(const struct hashmap *m, uint64_t hash, const uint8_t *key)
{
	size_t i = hash & (m->cap - 1);

	while (m->slot[i].value && (m->slot[i].hash != hash ||
	    memcmp(m->slot[i].key, key, m->key_size) != 0))
		i = (i + 1) & (m->cap - 1);
	return i;
}

void *
hashmap_get(const struct hashmap *m, const void *key)
{
	return m->slot[hashmap_at(m, hashmap_hash(m, key), key)].value;
}

static void
hashmap_grow(struct hashmap *m)
{
	struct hashmap_slot *old = m->slot;
	size_t i, j, cap = m->cap;

	m->cap *= 2;
	m->slot = mem_array(m->cap, sizeof(*m->slot));
	for (i = 0; i < cap; i++) {
		if (!old[i].value)
			continue;
		j = old[i].hash & (m->cap - 1);
		while (m->slot[j].value)
			j = (j + 1) & (m->cap - 1);
		m->slot[j] = old[i];
	}
	free(old);
}

void
hashmap_put(struct hashmap *m, const void *key, void *value)
{
	uint64_t hash = hashmap_hash(m, key);
	struct hashmap_slot *s;

	assert(value);
	if ((m->n + 1) * 4 > m->cap * 3)
		hashmap_grow(m);
	s = &m->slot[hashmap_at(m, hash, key)];
	if (!s->value) {
		s->key = mem_copy(key, m->key_size);
		s->hash = hash;
		m->n++;
	}
	s->value = value;
}

/* Those that had to move past the freed slot move back. */
static void
hashmap_close(struct hashmap *m, size_t gap)
{
	size_t i = gap, home;

	for (;;) {
		i = (i + 1) & (m->cap - 1);
		if (!m->slot[i].value)
			break;
		home = m->slot[i].hash & (m->cap - 1);
		if (((i - home) & (m->cap - 1)) >= ((i - gap) & (m->cap - 1))) {
			m->slot[gap] = m->slot[i];
			gap = i;
		}
	}
	memset(&m->slot[gap], 0, sizeof(m->slot[gap]));
}

void *
hashmap_remove(struct hashmap *m, const void *key)
{
	size_t i = hashmap_at(m, hashmap_hash(m, key), key);
	void *value = m->slot[i].value;

	if (value) {
		free(m->slot[i].key);
		hashmap_close(m, i);
		m->n--;
	}
	return value;
}

void *
hashmap_next(const struct hashmap *m, size_t *i)
{
	while (*i < m->cap) {
		void *value = m->slot[(*i)++].value;

		if (value)
			return value;
	}
	return NULL;
}

/* SPDX-License-Identifier: ISC */
/*
 * How many connections there are from each address (IPv6: each /64), and how
 * many came in the last while. Bounded: where there is no room for another
 * address, its connection is refused. The table's hash is keyed, so that nobody
 * can choose addresses that collide.
 */
#include <stdlib.h>

#define LINK_INSIDE
#include "link.h"

#define PLACE_BUCKETS 1024
#define PLACES_MAX 65536
#define PLACE_WINDOW_MS 10000

struct place {
	struct place *next;
	uint8_t at[16];
	unsigned now, lately;
	int64_t since;                  /* of `lately` */
};

struct places {
	uint8_t key[KEY_SIZE];
	size_t n;
	struct place *bucket[PLACE_BUCKETS];
};

struct places *
places_new(const struct rng *rng)
{
	struct places *ps = mem_alloc(sizeof(*ps));

	rng_fill(rng, ps->key, sizeof(ps->key));
	return ps;
}

void
places_free(struct places *ps)
{
	struct place *p, *next;
	size_t i;

	for (i = 0; i < PLACE_BUCKETS; i++)
		for (p = ps->bucket[i]; p != NULL; p = next) {
			next = p->next;
			free(p);
		}
	free(ps);
}

static struct place **
places_bucket(struct places *ps, const uint8_t at[static 16])
{
	struct bytes in = bytes_of(at, 16);
	uint8_t h[HASH32];

	hash_keyed(ps->key, "place", &in, 1, h);
	return &ps->bucket[(h[0] << 8 | h[1]) % PLACE_BUCKETS];
}

/* Forgets who is gone and whose window is over. */
static void
places_tidy(struct places *ps, struct place **at, int64_t now)
{
	struct place *p;

	while ((p = *at) != NULL) {
		if (p->now > 0 || now - p->since < PLACE_WINDOW_MS) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		free(p);
		ps->n--;
	}
}

static struct place *
places_find(struct places *ps, const uint8_t at[static 16], int64_t now)
{
	struct place **head = places_bucket(ps, at), *p;
	size_t i;

	places_tidy(ps, head, now);
	for (p = *head; p != NULL; p = p->next)
		if (memcmp(p->at, at, sizeof(p->at)) == 0)
			return p;
	for (i = 0; ps->n >= PLACES_MAX && i < PLACE_BUCKETS; i++)
		places_tidy(ps, &ps->bucket[i], now);
	if (ps->n >= PLACES_MAX)
		return NULL;
	p = mem_alloc(sizeof(*p));
	memcpy(p->at, at, sizeof(p->at));
	p->since = now;
	p->next = *head;
	*head = p;
	ps->n++;
	return p;
}

int
places_add(struct places *ps, const uint8_t at[static 16], int64_t now,
    const struct listen_limits *limits)
{
	struct place *p = places_find(ps, at, now);

	if (p == NULL)
		return ERR_RATE;
	if (now - p->since >= PLACE_WINDOW_MS) {
		p->since = now;
		p->lately = 0;
	}
	if (defence(place) &&
	    ((limits->per_address > 0 && p->now >= limits->per_address) ||
	    (limits->rate_per_address > 0 &&
	    p->lately >= limits->rate_per_address)))
		return ERR_RATE;
	p->now++;
	p->lately++;
	return 0;
}

void
places_remove(struct places *ps, const uint8_t at[static 16])
{
	struct place *p = *places_bucket(ps, at);

	while (p != NULL && memcmp(p->at, at, sizeof(p->at)) != 0)
		p = p->next;
	assert(p != NULL && p->now > 0);
	p->now--;
}

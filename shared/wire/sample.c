/* SPDX-License-Identifier: ISC */
/*
 * One valid message or body per row, with fields from a random stream: what the
 * tests over every row, the fuzzer's seeds and the known answers are made of.
 */
#include "wire.h"

#define SAMPLE_MAX 300          /* bytes of a DATA field */

/* Views are offsets until the store has stopped growing; so reserve it first. */
static struct bytes
sample_data(const struct rng *rng, struct buf *store, size_t max, bool text)
{
	size_t n = rng_below(rng, (uint32_t)max + 1);
	uint8_t *p = store->p + store->n;

	assert(store->n + n <= store->cap);
	rng_fill(rng, p, n);
	for (size_t i = 0; text && i < n; i++)
		p[i] = (uint8_t)('a' + p[i] % 26);
	store->n += n;
	return bytes_of(p, n);
}

static uint64_t
sample_int(const struct rng *rng)
{
	uint64_t v;

	rng_fill(rng, &v, sizeof(v));
	return v;
}

static void
sample_store(struct buf *store)
{
	buf_clear(store);
	(void)buf_room(store, 8 * (SAMPLE_MAX + 1));
	store->n = 0;
}

#define U8(n) f->n = (uint8_t)sample_int(rng);
#define U16(n) f->n = (uint16_t)sample_int(rng);
#define U32(n) f->n = (uint32_t)sample_int(rng);
#define U64(n) f->n = sample_int(rng);
#define ID(n) rng_fill(rng, f->n, WIRE_ID);
#define KEY(n) rng_fill(rng, f->n, WIRE_KEY);
#define TEXT(n) f->n = sample_data(rng, store, UINT8_MAX, true);
#define DATA(n) f->n = sample_data(rng, store, SAMPLE_MAX, false);
#define LONG(n) f->n = sample_data(rng, store, SAMPLE_MAX, true);

void
msg_sample(size_t i, const struct rng *rng, struct buf *store, struct msg *m)
{
	assert(i < msg_rows);
	sample_store(store);
	memset(m, 0, sizeof(*m));
	m->code = msg_row[i].code;
	switch (m->code) {
#define MSG(code, name, from, state, cost, fields) \
	case code: { \
		struct msg_##name *f = &m->name; \
		fields \
		break; \
	}
#include "msg.def"
#undef MSG
	}
}

void
body_sample(size_t i, const struct rng *rng, struct buf *store, struct body *m)
{
	assert(i < body_rows);
	sample_store(store);
	memset(m, 0, sizeof(*m));
	m->code = body_row[i].code;
	rng_fill(rng, m->id, WIRE_ID);
	m->number = sample_int(rng);
	m->time = sample_int(rng);
	switch (m->code) {
#define BODY(code, name, where, fields) \
	case code: { \
		struct body_##name *f = &m->name; \
		fields \
		break; \
	}
#include "body.def"
#undef BODY
	}
}

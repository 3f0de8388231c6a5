/* SPDX-License-Identifier: ISC */
/*
 * floor: wire
 * Every row of msg.def and body.def, by machine (T53): round trip, every
 * truncation, every bit flipped, bytes left over, each length field 0, 1, one
 * less, one more and the largest. Whatever is accepted encodes to the same
 * bytes again; nothing crashes.
 *
 * With a folder as argument it writes one seed per row for the fuzzer there.
 */
#include <fcntl.h>
#include <unistd.h>

#include "wire.h"
#include "tap.h"

#define SAMPLES 4
#define SPOTS 16

/* One coding under test: messages or bodies. */
struct coding {
	const char *kind;
	const char *(*name)(size_t);
	void (*sample)(size_t, const struct rng *, struct buf *, struct buf *);
	int (*again)(struct bytes, struct buf *);
	size_t (*spots)(struct bytes, size_t *at, unsigned *width);
};

/* messages */

static const char *
msg_name(size_t i)
{
	return msg_row[i].name;
}

static void
msg_make(size_t i, const struct rng *rng, struct buf *store, struct buf *out)
{
	struct msg m;

	msg_sample(i, rng, store, &m);
	if (msg_put(out, &m) != 0)
		bail("can't write a sample of %s", msg_row[i].name);
}

/* Reads all of `in` as one frame and writes it again. */
static int
msg_again(struct bytes in, struct buf *out)
{
	struct rd r = rd_of(in);
	struct msg m;
	int err = msg_get(&r, &m);

	if (err == 0)
		err = rd_end(&r);
	return err != 0 ? err : msg_put(out, &m);
}

#define U8(n) at += 1;
#define U16(n) at += 2;
#define U32(n) at += 4;
#define U64(n) at += 8;
#define ID(n) at += WIRE_ID;
#define KEY(n) at += WIRE_KEY;
#define TEXT(v) spot[n] = at; width[n++] = 1; at += 1 + f->v.n;
#define DATA(v) spot[n] = at; width[n++] = 2; at += 2 + f->v.n;
#define LONG(v) DATA(v)

/* Where the length fields are, the frame's own among them. */
static size_t
msg_spots(struct bytes in, size_t *spot, unsigned *width)
{
	struct rd r = rd_of(in);
	struct msg m;
	size_t n = 0, at = WIRE_HEAD;

	if (msg_get(&r, &m) != 0)
		bail("a sample does not read");
	spot[n] = 2;
	width[n++] = 2;
	switch (m.code) {
#define MSG(code, name, from, state, cost, fields) \
	case code: { \
		struct msg_##name *f = &m.name; \
		(void)f; \
		fields \
		break; \
	}
#include "msg.def"
#undef MSG
	}
	is_int(at, in.n, "%s: its fields add up to the frame",
	    msg_row[msg_index(m.code)].name);
	return n;
}

/* bodies */

static const char *
body_name(size_t i)
{
	return body_row[i].name;
}

static void
body_make(size_t i, const struct rng *rng, struct buf *store, struct buf *out)
{
	struct body m;

	body_sample(i, rng, store, &m);
	if (body_put(out, &m) != 0)
		bail("can't write a sample of %s", body_row[i].name);
}

static int
body_again(struct bytes in, struct buf *out)
{
	struct body m;
	int err = body_get(in, &m);

	return err != 0 ? err : body_put(out, &m);
}

static size_t
body_spots(struct bytes in, size_t *spot, unsigned *width)
{
	struct body m;
	size_t n = 0, at = 2 + WIRE_ID + 8 + 8;

	if (body_get(in, &m) != 0)
		bail("a sample does not read");
	switch (m.code) {
#define BODY(code, name, where, fields) \
	case code: { \
		struct body_##name *f = &m.name; \
		(void)f; \
		fields \
		break; \
	}
#include "body.def"
#undef BODY
	}
	is_int(at, in.n, "%s: its fields add up to the body",
	    body_row[body_index(m.code)].name);
	return n;
}

/* the laws */

/* Refused, or the same bytes again. */
static bool
lawful(const struct coding *c, struct bytes in)
{
	struct buf out = {0};
	bool good = c->again(in, &out) != 0 || bytes_same(buf_view(&out), in);

	buf_free(&out);
	return good;
}

static void
round_trip(const struct coding *c, size_t i, struct bytes in)
{
	struct buf out = {0};

	is_int(c->again(in, &out), 0, "%s: reads what it wrote", c->name(i));
	ok(bytes_same(buf_view(&out), in), "%s: round trip of %zu bytes",
	    c->name(i), in.n);
	buf_free(&out);
}

/* A shorter input is refused: as it is, and with a frame size that fits. */
static void
truncations(const struct coding *c, size_t i, struct bytes in)
{
	struct buf cut = {0}, out = {0};
	size_t n, bad = 0;

	for (n = 0; n < in.n; n++) {
		buf_clear(&cut);
		buf_clear(&out);
		buf_put(&cut, in.p, n);
		bad += c->again(buf_view(&cut), &out) == 0;
		if (c->again == msg_again && n >= WIRE_HEAD) {
			cut.p[2] = (uint8_t)((n - WIRE_HEAD) >> 8);
			cut.p[3] = (uint8_t)(n - WIRE_HEAD);
			bad += c->again(buf_view(&cut), &out) == 0;
		}
	}
	is_int(bad, 0, "%s: %zu truncations refused", c->name(i), n);
	buf_free(&cut);
	buf_free(&out);
}

static void
flips(const struct coding *c, size_t i, struct buf *in)
{
	size_t n, bad = 0;

	for (n = 0; n < 8 * in->n; n++) {
		in->p[n / 8] ^= (uint8_t)(1u << n % 8);
		bad += !lawful(c, buf_view(in));
		in->p[n / 8] ^= (uint8_t)(1u << n % 8);
	}
	is_int(bad, 0, "%s: %zu flips refused or the same bytes again",
	    c->name(i), n);
}

static void
trailing(const struct coding *c, size_t i, struct bytes in)
{
	struct buf more = {0}, out = {0};

	buf_bytes(&more, in);
	buf_u8(&more, 0);
	is_int(c->again(buf_view(&more), &out), ERR_TRAIL,
	    "%s: a byte behind it (T53)", c->name(i));
	if (c->again == msg_again) {
		more.p[2] = (uint8_t)((in.n + 1 - WIRE_HEAD) >> 8);
		more.p[3] = (uint8_t)(in.n + 1 - WIRE_HEAD);
		is_int(c->again(buf_view(&more), &out), ERR_TRAIL,
		    "%s: a byte left over in it (T53)", c->name(i));
	}
	buf_free(&more);
	buf_free(&out);
}

static void
lengths(const struct coding *c, size_t i, struct buf *in)
{
	size_t spot[SPOTS], n, s, v, bad = 0, tried = 0;
	unsigned width[SPOTS];

	n = c->spots(buf_view(in), spot, width);
	for (s = 0; s < n; s++) {
		uint8_t *p = in->p + spot[s], was[2] = {p[0],
		    width[s] == 2 ? p[1] : 0};
		unsigned max = width[s] == 2 ? 0xffff : 0xff;
		unsigned now = width[s] == 2 ?
		    (unsigned)was[0] << 8 | was[1] : was[0];
		unsigned values[] = {0, 1, now - 1, now + 1, max / 2,
		    max / 2 + 1, max - 1, max};

		for (v = 0; v < COUNT(values); v++) {
			if ((values[v] & max) == now)
				continue;
			tried++;
			p[0] = (uint8_t)(width[s] == 2 ? values[v] >> 8 :
			    values[v]);
			if (width[s] == 2)
				p[1] = (uint8_t)values[v];
			bad += !lawful(c, buf_view(in));
		}
		memcpy(p, was, width[s]);
	}
	is_int(bad, 0, "%s: %zu length fields, %zu other values", c->name(i),
	    n, tried);
}

/* Several bytes of noise at once: refused, or the same bytes again. */
static void
noise(const struct coding *c, size_t i, struct buf *in, const struct rng *rng)
{
	struct buf was = {0};
	size_t n, k, bad = 0;

	buf_bytes(&was, buf_view(in));
	for (n = 0; n < 200; n++) {
		for (k = 0; k <= n % 4; k++)
			rng_fill(rng, &in->p[rng_below(rng,
			    (uint32_t)in->n)], 1);
		bad += !lawful(c, buf_view(in));
		memcpy(in->p, was.p, was.n);
	}
	is_int(bad, 0, "%s: 200 noisy ones", c->name(i));
	buf_free(&was);
}

static void
row_test(const struct coding *c, size_t i, const struct rng *rng)
{
	struct buf store = {0}, in = {0};
	int s;

	for (s = 0; s < SAMPLES; s++) {
		buf_clear(&in);
		c->sample(i, rng, &store, &in);
		round_trip(c, i, buf_view(&in));
		truncations(c, i, buf_view(&in));
		trailing(c, i, buf_view(&in));
		flips(c, i, &in);
		lengths(c, i, &in);
		noise(c, i, &in, rng);
	}
	buf_free(&store);
	buf_free(&in);
}

/* A message of which every field is empty or zero. */
static void
empty_test(void)
{
	struct buf b = {0};
	struct msg m;
	size_t i, n;

	for (i = 0; i < msg_rows; i++) {
		memset(&m, 0, sizeof(m));
		m.code = msg_row[i].code;
		buf_clear(&b);
		is_int(msg_put(&b, &m), 0, "%s: empty", msg_row[i].name);
		is_int(b.n, WIRE_HEAD + msg_row[i].min, "%s: has its least size",
		    msg_row[i].name);
		ok(lawful(&(struct coding){.again = msg_again}, buf_view(&b)),
		    "%s: and reads", msg_row[i].name);
		n = b.n;
		for (b.n = WIRE_HEAD; b.n < n; b.n++) {
			struct buf out = {0};

			b.p[2] = (uint8_t)((b.n - WIRE_HEAD) >> 8);
			b.p[3] = (uint8_t)(b.n - WIRE_HEAD);
			if (msg_again(buf_view(&b), &out) == 0)
				bail("%s is read from %zu bytes",
				    msg_row[i].name, b.n);
			buf_free(&out);
		}
	}
	buf_free(&b);
}

static void
unknown_test(void)
{
	uint8_t raw[WIRE_HEAD] = {0};
	struct buf out = {0};
	unsigned code, bad = 0;

	for (code = 0; code <= UINT16_MAX; code++) {
		raw[0] = (uint8_t)(code >> 8);
		raw[1] = (uint8_t)code;
		if (msg_index((uint16_t)code) < 0)
			bad += msg_again(bytes_of(raw, 4), &out) != ERR_SUITE;
	}
	is_int(bad, 0, "every code without a row is refused as unknown");
	buf_free(&out);
}

/* A seed: which coding, then the bytes. */
static void
seed_write(const char *dir, const struct coding *c, size_t which, size_t i,
    const struct rng *rng)
{
	struct buf store = {0}, in = {0};
	char *name = mem_format("%s-%s", c->kind, c->name(i));
	char *path = path_join(dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	buf_u8(&in, (uint8_t)which);
	c->sample(i, rng, &store, &in);
	if (fd < 0 || write(fd, in.p, in.n) != (ssize_t)in.n)
		bail("can't write %s", path);
	close(fd);
	free(path);
	free(name);
	buf_free(&store);
	buf_free(&in);
}

int
main(int argc, char **argv)
{
	static const struct coding codings[] = {
		{"msg", msg_name, msg_make, msg_again, msg_spots},
		{"body", body_name, body_make, body_again, body_spots},
	};
	struct rng_seeded seed;
	struct rng rng = rng_seed(&seed, 53);
	size_t c, i, n;

	for (c = 0; c < COUNT(codings); c++) {
		n = c == 0 ? msg_rows : body_rows;
		for (i = 0; i < n; i++)
			if (argc > 1)
				seed_write(argv[1], &codings[c], c, i, &rng);
			else
				row_test(&codings[c], i, &rng);
	}
	if (argc > 1)
		return 0;
	empty_test();
	unknown_test();
	return done();
}

/* SPDX-License-Identifier: ISC */
/*
 * Lengths of RFC 9420 2.1.2: the RFC's examples, every boundary, every value
 * that is longer than it need be; vectors, optionals and headers cut short.
 */
#include "mls_parts.h"
#include "tap.h"

static uint32_t
get(const char *bytes, size_t n, int *err)
{
	struct rd rd = rd_of(bytes_of(bytes, n));
	uint32_t v = mls_get_length(&rd);

	*err = rd_end(&rd);
	return v;
}

static void
test_examples(void)
{
	int err;

	is_int(get("\x9d\x7f\x3e\x7d", 4, &err), 494878333, "four bytes");
	is_int(get("\x7b\xbd", 2, &err), 15293, "two bytes");
	is_int(get("\x25", 1, &err), 37, "one byte");
	get("\x40\x25", 2, &err);
	is_int(err, ERR_FORMAT, "37 in two bytes");
	get("\x80\x00\x3f\xff", 4, &err);
	is_int(err, ERR_FORMAT, "16383 in four bytes");
	get("\xc0\x00\x00\x00\x00\x00\x00\x00", 8, &err);
	is_int(err, ERR_FORMAT, "eight bytes are not used");
	get("\x9d\x7f\x3e", 3, &err);
	is_int(err, ERR_SHORT, "three of four bytes");
	get("", 0, &err);
	is_int(err, ERR_SHORT, "nothing at all");
}

static void
test_round(void)
{
	static const uint32_t edge[] = { 0, 1, 63, 64, 65, 16383, 16384, 16385,
		(1u << 30) - 1 };
	struct buf b = { 0 };
	size_t i, wrong = 0;
	int err;

	for (i = 0; i < COUNT(edge); i++) {
		buf_clear(&b);
		mls_put_length(&b, edge[i]);
		wrong += b.n != mls_length_size(edge[i]) ||
		    get((const char *)b.p, b.n, &err) != edge[i] || err != 0;
	}
	is_int(wrong, 0, "each edge comes back");
	buf_clear(&b);
	mls_put_length(&b, 1u << 30);
	is_int(b.err, ERR_BIG, "2^30 is too long");
	buf_free(&b);
}

static void
test_vectors(void)
{
	static const size_t sizes[] = { 0, 1, 63, 64, 16383, 16384, 70000 };
	struct buf b = { 0 }, c = { 0 };
	struct bytes v;
	struct rd rd;
	size_t i, mark, wrong = 0;

	for (i = 0; i < COUNT(sizes); i++) {
		buf_clear(&b);
		buf_clear(&c);
		buf_u8(&b, 7);
		mark = mls_vector_open(&b);
		buf_zero(&b, sizes[i]);
		mls_vector_close(&b, mark);
		buf_zero(&c, sizes[i]);
		rd = rd_of(buf_view(&b));
		wrong += rd_u8(&rd) != 7;
		v = mls_get_vector(&rd);
		wrong += rd_end(&rd) != 0 ||
		    !bytes_same(v, buf_view(&c));
		rd = rd_of(bytes_of(b.p + 1, b.n - 2));
		mls_get_vector(&rd);
		wrong += rd.err != ERR_SHORT;
	}
	is_int(wrong, 0, "vectors of all sizes, closed behind, and cut");
	buf_free(&b);
	buf_free(&c);
}

static void
test_rest(void)
{
	static const uint8_t yes = 1, no = 0, bad = 2;
	struct rd rd;
	uint16_t wire;

	rd = rd_of(bytes_of(&yes, 1));
	ok(mls_get_optional(&rd) && rd.err == 0, "present");
	rd = rd_of(bytes_of(&no, 1));
	ok(!mls_get_optional(&rd) && rd.err == 0, "absent");
	rd = rd_of(bytes_of(&bad, 1));
	mls_get_optional(&rd);
	is_int(rd.err, ERR_FORMAT, "2 is neither");
	rd = rd_of(bytes_of("\0\1\0\5", 4));
	is_int(mls_get_header(&rd, &wire), 0, "a header");
	is_int(wire, MLS_WIRE_KEY_PACKAGE, "and what it heads");
	rd = rd_of(bytes_of("\0\2\0\5", 4));
	is_int(mls_get_header(&rd, &wire), ERR_VERSION, "another version");
}

int
main(void)
{
	test_examples();
	test_round();
	test_vectors();
	test_rest();
	return done();
}

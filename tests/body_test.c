/* SPDX-License-Identifier: ISC */
/*
 * Bodies: known bytes written by hand, unknown ones, limits, padding buckets.
 * What holds for every row alike is in wire_rows_test.
 */
#include <stdlib.h>

#include "wire.h"
#include "tap.h"

#define HEAD (2 + WIRE_ID + 8 + 8)

static const uint8_t text[] = {
	0, 1,
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
	0, 0, 0, 0, 0, 0, 0, 5,
	0, 0, 1, 0x8b, 0xcf, 0xe5, 0x68, 0,
	0, 5, 'h', 'e', 'l', 'l', 'o',
};

static void
known_test(void)
{
	struct body m;
	struct buf b = {0};

	is_int(body_get(bytes_of(text, sizeof(text)), &m), 0, "text, by hand");
	ok(m.code == BODY_text && m.number == 5 && m.id[15] == 15 &&
	    m.time == 1700000000000u, "its head");
	ok(m.text.text.n == 5 && memcmp(m.text.text.p, "hello", 5) == 0,
	    "its text");
	is_int(body_put(&b, &m), 0, "written again");
	is_int(b.n, sizeof(text), "as long");
	is_mem(b.p, text, sizeof(text), "the same bytes");
	buf_free(&b);
}

static void
unknown_test(void)
{
	uint8_t odd[sizeof(text)];
	struct body m, none = {.code = 0x7fff};
	struct buf b = {0};

	memcpy(odd, text, sizeof(odd));
	odd[0] = 0x7f;
	is_int(body_get(bytes_of(odd, sizeof(odd)), &m), ERR_SUITE,
	    "an unknown body");
	ok(m.code == 0x7f01 && m.number == 5 && m.id[1] == 1 &&
	    m.time == 1700000000000u, "has its head all the same");
	is_int(body_get(bytes_of(odd, HEAD - 1), &m), ERR_SHORT,
	    "without a whole head it's nothing");
	is_int(body_get(bytes_of(NULL, 0), &m), ERR_SHORT, "nor is nothing");
	is_int(body_index(0x7f01), ERR_SUITE, "it has no row");
	is_int(body_put(&b, &none), ERR_SUITE, "and is not written");
	is_int(b.n, 0, "not a byte of it");
	body_dump(&b, &none);
	buf_u8(&b, 0);
	is_str((char *)b.p, "unknown code=32767", "its dump");
	buf_free(&b);
}

static void
rows_test(void)
{
	size_t i, j, same = 0;

	for (i = 0; i < body_rows; i++) {
		is_int(body_index(body_row[i].code), i, "the row of %s",
		    body_row[i].name);
		ok(body_row[i].where == WHERE_LOG ||
		    body_row[i].where == WHERE_BOX, "has its place");
		for (j = i + 1; j < body_rows; j++)
			same += body_row[i].code == body_row[j].code;
	}
	is_int(same, 0, "codes occur once");
	is_int(body_row[body_index(BODY_text)].where, WHERE_LOG,
	    "a text is said in a log");
	is_int(body_row[body_index(BODY_request)].where, WHERE_BOX,
	    "a request comes in a box");
}

static void
limits_test(void)
{
	struct body m = {.code = BODY_text}, d = {.code = BODY_receipt};
	struct buf b = {0}, tight = {.max = 10};
	uint8_t *big = malloc(70000);

	memset(big, 'a', 70000);
	buf_u8(&b, 7);
	m.text.text = bytes_of(big, 65536);
	is_int(body_put(&b, &m), ERR_BIG, "a LONG of 65536 bytes");
	d.receipt.ids = bytes_of(big, 65536);
	is_int(body_put(&b, &d), ERR_BIG, "a DATA of 65536 bytes");
	m.text.text = bytes_of("\xc3", 1);
	is_int(body_put(&b, &m), ERR_FORMAT, "a text that is no UTF-8 (T60)");
	ok(b.n == 1 && b.err == 0 && b.p[0] == 7, "none leaves a byte");
	m.text.text = bytes_of(big, 65535);
	is_int(body_put(&b, &m), 0, "65535 bytes are well");
	is_int(body_put(&tight, &m), ERR_BIG, "a buffer that is full");
	ok(tight.n == 0 && tight.err == 0, "stays as it was");
	buf_free(&b);
	buf_free(&tight);
	free(big);
}

/* Bytes that look like text on the way in and aren't. */
static void
utf8_test(void)
{
	static const char *bad[] = {"\xff", "\xc0\x80", "\xed\xa0\x80",
	    "\xf4\x90\x80\x80", "\xe2\x82"};
	struct buf b = {0};
	struct body m;
	size_t i;

	for (i = 0; i < COUNT(bad); i++) {
		buf_clear(&b);
		buf_put(&b, text, HEAD);
		buf_u16(&b, (uint16_t)strlen(bad[i]));
		buf_string(&b, bad[i]);
		is_int(body_get(buf_view(&b), &m), ERR_FORMAT,
		    "ill-formed text %zu", i);
	}
	buf_free(&b);
}

static void
bucket_test(void)
{
	static const size_t want[][2] = {{0, 1024}, {1, 1024}, {1024, 1024},
	    {1025, 2048}, {2048, 2048}, {2049, 4096}, {5000, 8192},
	    {32768, 32768}, {32769, 65536}, {65536, 65536}, {99999, 65536}};
	size_t i;

	for (i = 0; i < COUNT(want); i++)
		is_int(body_bucket(want[i][0]), want[i][1], "%zu bytes",
		    want[i][0]);
}

static void
dump_test(void)
{
	struct body m;
	struct buf b = {0};

	if (body_get(bytes_of(text, sizeof(text)), &m) != 0)
		bail("body_get");
	body_dump(&b, &m);
	buf_u8(&b, 0);
	is_str((char *)b.p, "text id=00010203 number=5", "no content");
	buf_free(&b);
}

int
main(void)
{
	known_test();
	unknown_test();
	rows_test();
	limits_test();
	utf8_test();
	bucket_test();
	dump_test();
	return done();
}

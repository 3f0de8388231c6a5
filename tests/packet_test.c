/* SPDX-License-Identifier: ISC */
/*
 * Packets between the client and its media helper: known bytes by hand, every
 * row there and back, every truncation and flipped bit, ends that may not say
 * it, lengths that lie.
 */
#include "media_make.h"
#include "tap.h"

#define ENDS (MEDIA_CLIENT | MEDIA_DECODE | MEDIA_SHOW)

static void
known_test(void)
{
	static const uint8_t want[] = {0, 0, 0, 5, 5, 0, 0, 1, 2};
	static const uint8_t fail[] = {0, 0, 0, 9, 8, 4, 0, 0, 0, 3, 'o', 'n',
	    'e'};
	struct buf b = {0};
	struct packet m;
	size_t used;

	is_int(packet_get(bytes_of(want, sizeof(want)), MEDIA_CLIENT,
	    MEDIA_DECODE, &m, &used), 0, "want, by hand");
	ok(m.code == PACKET_want && m.want.number == 258 && used == 9,
	    "its number and length");
	packet_put(&b, &m);
	ok(b.n == sizeof(want), "as long");
	is_mem(b.p, want, sizeof(want), "the same bytes");
	buf_clear(&b);
	is_int(packet_get(bytes_of(fail, sizeof(fail)), MEDIA_DECODE,
	    MEDIA_CLIENT, &m, &used), 0, "fail, by hand");
	ok(m.fail.why == MEDIA_FAIL_BROKEN && m.fail.text.n == 3, "its fields");
	is_str(packet_name(m.code), "fail", "its name");
	is_str(packet_name(0xff), "?", "a code that no row has");
	packet_head(&b, &m);
	ok(b.n == sizeof(fail) - 3, "a head is the packet without its bytes");
	is_mem(b.p, fail, sizeof(fail) - 3, "and the same");
	buf_free(&b);
}

/* Who reads must be the row's `to`, who wrote its `from`. */
static unsigned
gates_wrong(struct bytes in, unsigned from, unsigned to)
{
	unsigned f, t, wrong = 0;
	struct packet m;
	size_t used;
	int err;

	for (f = 1; f < ENDS; f <<= 1)
		for (t = 1; t < ENDS; t <<= 1) {
			err = packet_get(in, (enum media_end)f,
			    (enum media_end)t, &m, &used);
			wrong += err != (f == from && t == to ? 0 : ERR_DENIED);
		}
	return wrong;
}

static unsigned
cuts_wrong(struct bytes in, enum media_end from, enum media_end to)
{
	unsigned wrong = 0;
	struct packet m;
	size_t used;

	for (size_t n = 0; n < in.n; n++) {
		/* not a byte more can be looked at */
		uint8_t *copy = mem_copy(in.p, n);

		wrong += packet_get(bytes_of(copy, n), from, to, &m, &used) !=
		    ERR_SHORT || used != 0;
		free(copy);
	}
	return wrong;
}

/* A changed bit is refused, or read as what it then says. */
static unsigned
flips_wrong(struct bytes in, enum media_end from, enum media_end to)
{
	uint8_t *copy = mem_copy(in.p, in.n);
	struct buf again = {0};
	unsigned wrong = 0;
	struct packet m;
	size_t used;

	for (size_t bit = 0; bit < in.n * 8; bit++) {
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		buf_clear(&again);
		if (packet_get(bytes_of(copy, in.n), from, to, &m,
		    &used) == 0) {
			packet_put(&again, &m);
			wrong += !bytes_same(buf_view(&again),
			    bytes_of(copy, used));
		}
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	buf_free(&again);
	free(copy);
	return wrong;
}

static void
rows_test(void)
{
	unsigned differ = 0, cuts = 0, flips = 0, gates = 0;
	struct buf b = {0}, again = {0};
	const struct packet *sample;
	enum media_end from, to;
	struct packet m;
	size_t i, used;

	for (i = 0; (sample = packet_sample(i, &from, &to)) != NULL; i++) {
		buf_clear(&b);
		buf_clear(&again);
		packet_put(&b, sample);
		if (packet_get(buf_view(&b), from, to, &m, &used) == 0)
			packet_put(&again, &m);
		differ += used != b.n ||
		    !bytes_same(buf_view(&b), buf_view(&again));
		cuts += cuts_wrong(buf_view(&b), from, to);
		flips += flips_wrong(buf_view(&b), from, to);
		gates += gates_wrong(buf_view(&b), (unsigned)from,
		    (unsigned)to);
	}
	is_int(differ, 0, "%zu rows there and back", i);
	is_int(cuts, 0, "every truncation waits for the rest");
	is_int(flips, 0, "every flipped bit is refused or means what it says");
	is_int(gates, 0, "T76 an end says only what it may");
	buf_free(&b);
	buf_free(&again);
}

static int
get(const char *bytes, size_t n)
{
	struct packet m;
	size_t used;

	return packet_get(bytes_of(bytes, n), MEDIA_CLIENT, MEDIA_DECODE, &m,
	    &used);
}

static void
lies_test(void)
{
	is_int(get("\xff\xff\xff\xff\5", 5), ERR_BIG, "four gigabytes");
	is_int(get("\0\x80\0\1\5", 5), ERR_BIG, "one byte over the largest");
	is_int(get("\0\x80\0\1", 4), ERR_BIG, "said by the length alone");
	is_int(get("\0\x80\0\0\5", 5), ERR_SHORT, "the largest");
	is_int(get("\0\0\0\0\5", 5), ERR_FORMAT, "not even a code");
	is_int(get("\0\0\0\5\xee", 5), ERR_SUITE, "an unknown code");
	is_int(get("\0\0\0\4\5\0\0\1", 8), ERR_FORMAT, "a field too short");
	is_int(get("\0\0\0\6\5\0\0\1\2\3", 10), ERR_TRAIL, "a byte too many");
	is_int(get("\0\0\0\x0e\x10\0\0\0\1\0\0\0\0\2\xff\xff\xff\xff", 18),
	    ERR_FORMAT, "bytes longer than their packet");
}

static void
names_test(void)
{
	unsigned wrong = 0;
	char *next;

	is_int(sink_code("cells"), SINK_cells, "a sink by its name");
	is_str(sink_name(SINK_window), "window", "and the name of one");
	is_int(sink_code("hologram"), ERR_NONE, "no such sink");
	ok(sink_name(99) == NULL, "no such number");
	is_str(media_fail_text(MEDIA_FAIL_EMPTY), "it is empty", "a reason");
	ok(strstr(media_fail_text(250), "not known") != NULL,
	    "a reason of a later version");
	for (unsigned i = 0; i < 256; i++) {
		next = media_fail_next(i, "a.mp4");
		wrong += next[0] == '\0' || strstr(next, "FILE") != NULL;
		free(next);
	}
	is_int(wrong, 0, "each reason says what to do next");
	next = media_fail_next(MEDIA_FAIL_OPEN, "a.mp4");
	is_str(next, "file a.mp4 says what it is", "with the file's name");
	free(next);
}

int
main(void)
{
	known_test();
	rows_test();
	lies_test();
	names_test();
	return done();
}

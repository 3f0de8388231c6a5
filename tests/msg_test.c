/* SPDX-License-Identifier: ISC */
/*
 * Messages: known bytes written by hand, the gate for every row, direction and
 * state, sizes at their limits, dumps without content. What holds for every row
 * alike is in wire_rows_test.
 */
#include <stdlib.h>

#include "wire.h"
#include "tap.h"

static const struct {
	const char *name;
	unsigned code;
	enum msg_from from;
	enum msg_state state;
} gates[] = {
	/* some by hand, so that the table isn't only compared with itself */
	{"hello", 0x01, FROM_CLIENT, STATE_ANY},
	{"greet", 0x02, FROM_RELAY, STATE_ANY},
	{"ping", 0x03, FROM_BOTH, STATE_ANY},
	{"pong", 0x04, FROM_BOTH, STATE_ANY},
	{"enrol", 0x10, FROM_CLIENT, STATE_ANY},
	{"record_put", 0x11, FROM_CLIENT, STATE_KNOWN},
	{"package_take", 0x16, FROM_CLIENT, STATE_KNOWN},
	{"box_put", 0x20, FROM_CLIENT, STATE_KNOWN},
	{"box", 0x21, FROM_RELAY, STATE_KNOWN},
	{"log_append", 0x33, FROM_CLIENT, STATE_KNOWN},
	{"entry", 0x34, FROM_RELAY, STATE_KNOWN},
	{"whisper", 0x36, FROM_CLIENT, STATE_KNOWN},
	{"blob_get", 0x42, FROM_CLIENT, STATE_KNOWN},
	{"blob_delete", 0x44, FROM_CLIENT, STATE_KNOWN},
};

static void
rows_test(void)
{
	size_t i, j, same = 0;
	int at;

	for (i = 0; i < COUNT(gates); i++) {
		at = msg_index((uint16_t)gates[i].code);
		ok(at >= 0 && strcmp(msg_row[at].name, gates[i].name) == 0 &&
		    msg_row[at].from == gates[i].from &&
		    msg_row[at].state == gates[i].state, "the row of %s",
		    gates[i].name);
	}
	for (i = 0; i < msg_rows; i++)
		for (j = i + 1; j < msg_rows; j++)
			same += msg_row[i].code == msg_row[j].code ||
			    strcmp(msg_row[i].name, msg_row[j].name) == 0;
	is_int(same, 0, "codes and names occur once");
	for (i = 0, same = 0; i < msg_rows; i++)
		same += (msg_row[i].from & FROM_CLIENT) != 0 &&
		    msg_row[i].cost == 0 && msg_row[i].code != MSG_ping &&
		    msg_row[i].code != MSG_pong;
	is_int(same, 0, "whatever a client asks costs something");
}

static void
gate_test(void)
{
	static const enum msg_from sides[] = {FROM_CLIENT, FROM_RELAY};
	static const enum msg_state states[] = {STATE_ANY, STATE_KNOWN};
	size_t i, a, s, bad = 0, refused = 0;
	int err, want;

	for (i = 0; i < msg_rows; i++)
		for (a = 0; a < COUNT(sides); a++)
			for (s = 0; s < COUNT(states); s++) {
				err = msg_gate(msg_row[i].code, sides[a],
				    states[s]);
				want = !(msg_row[i].from & sides[a]) ?
				    ERR_DENIED : msg_row[i].state ==
				    STATE_KNOWN && states[s] == STATE_ANY ?
				    ERR_STATE : 0;
				bad += err != want;
				refused += err != 0;
			}
	is_int(bad, 0, "the gate for %zu rows, 2 sides, 2 states", i);
	ok(refused > i, "%zu of them are refused", refused);
	for (i = 0, bad = 0; i <= UINT16_MAX; i++)
		bad += (msg_index((uint16_t)i) < 0) !=
		    (msg_gate((uint16_t)i, FROM_CLIENT, STATE_KNOWN) ==
		    ERR_SUITE);
	is_int(bad, 0, "all other codes are unknown");
}

static void
known_test(void)
{
	static const uint8_t fail[] = {0, 6, 0, 19, 0, 0, 0, 7, 0, 13, 0, 0, 0,
	    0, 0, 0, 1, 2, 4, 'a', 0xc3, 0xa9, '!'};
	static const uint8_t box[] = {0, 0x21, 0, 20, 1, 2, 3, 4, 5, 6, 7, 8,
	    0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 0xfe, 0xff};
	struct rd r;
	struct msg m;
	struct buf b = {0};

	r = rd_of(bytes_of(fail, sizeof(fail)));
	is_int(msg_get(&r, &m), 0, "fail, by hand");
	ok(m.code == MSG_fail && m.fail.req == 7 && m.fail.error == 13 &&
	    m.fail.number == 258 && m.fail.text.n == 4 &&
	    memcmp(m.fail.text.p, "a\xc3\xa9!", 4) == 0, "its fields");
	is_int(msg_put(&b, &m), 0, "written again");
	ok(b.n == sizeof(fail), "as long");
	is_mem(b.p, fail, sizeof(fail), "the same bytes");
	buf_clear(&b);
	r = rd_of(bytes_of(box, sizeof(box)));
	is_int(msg_get(&r, &m), 0, "box, by hand");
	ok(m.code == MSG_box && m.box.number == 0x0102030405060708u &&
	    m.box.time == 9 && m.box.box.n == 2 && m.box.box.p[1] == 0xff,
	    "its fields");
	is_int(msg_put(&b, &m), 0, "written again");
	is_mem(b.p, box, sizeof(box), "the same bytes");
	buf_free(&b);
}

/* Two frames after each other, then half of one. */
static void
stream_test(void)
{
	static const uint8_t in[] = {0, 3, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1,
	    0, 4, 0, 8, 0, 0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 8, 0};
	struct rd r = rd_of(bytes_of(in, sizeof(in)));
	struct msg m;

	ok(msg_get(&r, &m) == 0 && m.ping.nonce == 1, "the first frame");
	ok(msg_get(&r, &m) == 0 && m.pong.nonce == 2, "the second");
	is_int(msg_get(&r, &m), ERR_SHORT, "half a frame");
	is_int(msg_get(&r, &m), ERR_SHORT, "and the error sticks");
}

static void
limits_test(void)
{
	uint8_t *big = calloc(1, 70000), kept[3] = {1, 2, 3};
	struct msg m = {.code = MSG_whisper}, t = {.code = MSG_lookup};
	struct msg bad = {.code = 0x7fff};
	size_t head = WIRE_HEAD + WIRE_ID + 8 + 2;
	struct buf b = {0}, tight = {.max = 20};

	buf_put(&b, kept, 3);
	m.whisper.entry = bytes_of(big, WIRE_FRAME_MAX - head);
	is_int(msg_put(&b, &m), 0, "the largest frame");
	is_int(b.n, 3 + WIRE_FRAME_MAX, "is WIRE_FRAME_MAX long");
	b.n = 3;
	m.whisper.entry.n++;
	is_int(msg_put(&b, &m), ERR_BIG, "one byte more");
	m.whisper.entry.n = 65536;
	is_int(msg_put(&b, &m), ERR_BIG, "a DATA of 65536 bytes");
	memset(big, 'a', 300);
	t.lookup.name = bytes_of(big, 256);
	is_int(msg_put(&b, &t), ERR_BIG, "a TEXT of 256 bytes");
	t.lookup.name = bytes_of("\xff", 1);
	is_int(msg_put(&b, &t), ERR_FORMAT, "a TEXT that is no UTF-8");
	is_int(msg_put(&b, &bad), ERR_SUITE, "an unknown code");
	ok(b.n == 3 && b.err == 0 && memcmp(b.p, kept, 3) == 0,
	    "none of them leaves a byte");
	t.lookup.name = bytes_of(big, 255);
	is_int(msg_put(&b, &t), 0, "a TEXT of 255 bytes");
	is_int(msg_put(&tight, &t), ERR_BIG, "a buffer that is full");
	ok(tight.n == 0 && tight.err == 0, "stays as it was");
	buf_put(&tight, big, 21);
	is_int(msg_put(&tight, &t), ERR_BIG, "one that failed before fails");
	buf_free(&tight);
	buf_free(&b);
	free(big);
}

/* A frame longer than any may be is refused although all of it is there. */
static void
giant_test(void)
{
	struct buf b = {0};
	struct msg m;
	struct rd r;

	buf_u16(&b, MSG_whisper);
	buf_u16(&b, UINT16_MAX);
	buf_zero(&b, UINT16_MAX);
	r = rd_of(buf_view(&b));
	is_int(msg_get(&r, &m), ERR_BIG, "65535 bytes of fields");
	buf_free(&b);
}

static bool
contains(const struct buf *b, struct bytes what)
{
	return memmem(b->p, b->n, what.p, what.n) != NULL;
}

static void
dump_test(void)
{
	struct msg m = {.code = MSG_log_append}, odd = {.code = 0x7fff};
	struct buf b = {0};
	uint8_t access[32];
	char hex[65];

	memset(access, 0x5a, sizeof(access));
	memset(m.log_append.log, 0xab, WIRE_ID);
	m.log_append.epoch = 42;
	m.log_append.access = bytes_of(access, sizeof(access));
	m.log_append.entry = bytes_of("a secret", 8);
	msg_dump(&b, &m);
	buf_u8(&b, 0);
	note("%s", b.p);
	ok(strncmp((char *)b.p, "log_append ", 11) == 0, "the name is first");
	ok(contains(&b, bytes_of("epoch=42", 8)), "numbers are shown");
	ok(contains(&b, bytes_of("entry=8", 7)), "of data only the length");
	ok(!contains(&b, bytes_of("a secret", 8)), "never the content");
	hex_put(hex, access, 4);
	ok(!contains(&b, bytes_of(hex, 8)), "nor a key");
	hex_put(hex, m.log_append.log, WIRE_ID);
	ok(!contains(&b, bytes_of(hex, 2 * WIRE_ID)), "nor a whole id");
	buf_clear(&b);
	msg_dump(&b, &odd);
	ok(contains(&b, bytes_of("unknown code=32767", 18)), "an unknown one");
	buf_free(&b);
}

int
main(void)
{
	rows_test();
	gate_test();
	known_test();
	stream_test();
	limits_test();
	giant_test();
	dump_test();
	return done();
}

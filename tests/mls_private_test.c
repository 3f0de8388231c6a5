/* SPDX-License-Identifier: ISC */
/*
 * Padding of PrivateMessages: whatever the length of the text and the size
 * asked for, the message never exceeds it, misses it by two bytes at most, and
 * opens again; more so where the length field grows from one byte to two and
 * from two to four.
 */
#include "mls_world.h"
#include "tap.h"

/* The whole of an unpadded message around `n` bytes of text */
static size_t
plain_size(struct world *w, struct bytes text)
{
	struct buf m = { 0 };
	size_t n;

	world_must(mls_message_seal(&w->env, w->p[0].g, bytes_of(NULL, 0), text,
	    0, &m), "seal");
	n = m.n;
	buf_free(&m);
	return n;
}

static bool
fits(struct world *w, struct bytes text, size_t size)
{
	struct mls_received r;
	struct buf m = { 0 };
	bool good;

	world_must(mls_message_seal(&w->env, w->p[0].g, bytes_of(NULL, 0), text,
	    size, &m), "seal to a size");
	good = m.n <= size && m.n + 2 >= size;
	world_must(mls_message_open(&w->env, w->p[1].g, buf_view(&m), &r),
	    "open");
	good = good && bytes_same(buf_view(&r.plain), text);
	mls_received_free(&r);
	buf_free(&m);
	return good;
}

static void
test_around(struct world *w, size_t middle)
{
	static const uint8_t zero[17000];
	unsigned bad = 0, n = 0;
	size_t length, least, more;
	struct buf m = { 0 };

	for (length = middle - 110; length < middle + 10; length++) {
		least = plain_size(w, bytes_of(zero, length));
		for (more = 0; more < 6; more++, n++)
			bad += !fits(w, bytes_of(zero, length), least + more);
		bad += mls_message_seal(&w->env, w->p[0].g, bytes_of(NULL, 0),
		    bytes_of(zero, length), least - 1, &m) != ERR_BIG;
		buf_free(&m);
	}
	ok(bad == 0, "%u sizes around %zu bytes", n, middle);
}

static void
test_steps(struct world *w)
{
	static const uint8_t text[] = "it is silent";
	unsigned bad = 0;
	size_t size;

	for (size = 1024; size <= 65536; size *= 2)
		bad += !fits(w, bytes_of(text, sizeof(text)), size);
	ok(bad == 0, "a short text in 1, 2, 4, ... 64 KiB");
}

int
main(void)
{
	struct world w;
	size_t alice, bob;

	if (seal_start() != 0)
		bail("libsodium does not start");
	world_start(&w, MLS_SUITE_X25519, 63);
	alice = world_person(&w);
	bob = world_person(&w);
	world_create(&w, alice, bytes_of(NULL, 0));
	world_add(&w, alice, bob);
	test_steps(&w);
	test_around(&w, 120);
	test_around(&w, 16384);
	world_end(&w);
	return done();
}

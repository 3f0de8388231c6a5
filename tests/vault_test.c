/* SPDX-License-Identifier: ISC */
/*
 * The seals of the store: what was sealed in one place opens there and nowhere
 * else (T89), and no flipped bit passes.
 */
#include "sealed.h"
#include "tap.h"

static const uint8_t master[KEY_SIZE] = {1, 2, 3};
static const uint8_t key[HASH32] = {7}, other_key[HASH32] = {8};

static int
opens(const struct vault *v, struct vault_place at, struct bytes in)
{
	struct buf plain = {0};
	int err = vault_open(v, &at, in, &plain);

	buf_free(&plain);
	return err;
}

static void
test_places(const struct vault *v, struct bytes sealed, struct vault_place at)
{
	struct vault_place bad;

	bad = at, bad.table = "talk";
	is_int(opens(v, bad, sealed), ERR_AUTH, "not in another table");
	bad = at, bad.column = "name";
	is_int(opens(v, bad, sealed), ERR_AUTH, "not in another column");
	bad = at, bad.row++;
	is_int(opens(v, bad, sealed), ERR_AUTH, "not in another row (T89)");
	bad = at, bad.owner++;
	is_int(opens(v, bad, sealed), ERR_AUTH, "not for another owner");
	bad = at, bad.key = other_key;
	is_int(opens(v, bad, sealed), ERR_AUTH, "not under another hash");
	bad = at, bad.key = NULL;
	is_int(opens(v, bad, sealed), ERR_AUTH, "not without the hash");
}

static void
test_bits(const struct vault *v, const struct buf *sealed,
    struct vault_place at)
{
	size_t i, passed = 0;

	for (i = 0; i < sealed->n * 8; i++) {
		sealed->p[i / 8] ^= (uint8_t)(1 << i % 8);
		passed += opens(v, at, buf_view(sealed)) == 0;
		sealed->p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	is_int(passed, 0, "no flipped bit of %zu passes", sealed->n * 8);
	for (i = passed = 0; i < sealed->n; i++)
		passed += opens(v, at, bytes_of(sealed->p, i)) == 0;
	is_int(passed, 0, "no truncation passes");
}

static void
test_index(const struct vault *v, const struct vault *w)
{
	struct bytes ab[] = {bytes_of("a", 1), bytes_of("b", 1)};
	struct bytes whole = bytes_of("ab", 2);
	uint8_t x[HASH32], y[HASH32];

	vault_index(v, "person", ab, 2, x);
	vault_index(v, "person", &whole, 1, y);
	ok(memcmp(x, y, HASH32) != 0, "pieces don't run into each other");
	vault_index(v, "talk", ab, 2, y);
	ok(memcmp(x, y, HASH32) != 0, "a table has hashes of its own");
	vault_index(w, "person", ab, 2, y);
	ok(memcmp(x, y, HASH32) != 0, "a store has hashes of its own");
	vault_index(v, "person", ab, 2, y);
	is_mem(x, y, HASH32, "and they are stable");
}

int
main(void)
{
	static const char text[] = "no page shall be seen";
	struct vault_place at = {"person", "body", 5, 2, key};
	uint8_t second[KEY_SIZE] = {1, 2, 4};
	struct buf a = {0}, b = {0}, plain = {0};
	struct vault *v, *w;

	if (seal_start() != 0)
		bail("libsodium");
	v = vault_new(master);
	w = vault_new(second);
	is_int(vault_seal(v, &rng_system, &at, bytes_of(text, sizeof(text)),
	    &a), 0, "seals");
	is_int(vault_seal(v, &rng_system, &at, bytes_of(text, sizeof(text)),
	    &b), 0, "seals again");
	is_int(a.n, sizeof(text) + VAULT_MORE, "the size is what it should be");
	ok(memcmp(a.p, b.p, a.n) != 0, "the same text seals differently");
	is_int(vault_open(v, &at, buf_view(&a), &plain), 0, "opens");
	is_mem(plain.p, text, sizeof(text), "to what it was");
	is_int(opens(w, at, buf_view(&a)), ERR_AUTH, "not in another store");
	test_places(v, buf_view(&a), at);
	test_bits(v, &a, at);
	test_index(v, w);
	buf_free(&a);
	buf_free(&b);
	buf_free(&plain);
	vault_free(v);
	vault_free(w);
	return done();
}

/* SPDX-License-Identifier: ISC */
/* The client's half of keeper.h: header, vault and turns of keep.c. */
#include <stdlib.h>

#include "keeper.h"
#include "sealed.h"

static const uint8_t master[KEY_SIZE] = {7};
static const struct profile_cost cheap = {64, 1};
#define PASS bytes_of("correct horse", 13)

void
keeper_row(unsigned i, struct buf *b)
{
	size_t n = 10 + i * 977 % 4990, k;

	buf_clear(b);
	for (k = 0; k < n; k++)
		buf_u8(b, (uint8_t)(i * 31 + k * 7 + k / 256));
}

static int
opened(struct keep *k, struct vault *v, const char *dir, bool create)
{
	char *path = path_join(dir, "store.db"), *why = NULL;
	int err = keep_open(k, path, v, &rng_system, create, &why);

	free(why);
	free(path);
	return err;
}

static unsigned
client_run(const char *dir, unsigned from, unsigned n, unsigned tries,
    void (*kept)(void *, unsigned), void *arg)
{
	struct vault *v = vault_new(master);
	struct buf b = {0};
	struct keep k;
	unsigned i, t;
	int err;

	if ((!profile_exists(dir) && profile_make(dir, &rng_system, PASS,
	    &cheap, master) != 0) || opened(&k, v, dir, true) != 0) {
		vault_free(v);
		return 0;
	}
	for (i = from; i <= n; i++) {
		keeper_row(i, &b);
		keep_put(&k, TABLE_message, i, 1, NULL, buf_view(&b));
		for (t = 0, err = ERR_IO; t < tries && err != 0; t++)
			err = keep_commit(&k);
		if (err != 0)
			break;
		kept(arg, i);
	}
	keep_close(&k);
	vault_free(v);
	buf_free(&b);
	return i - 1;
}

struct tally {
	unsigned n, good, wrong;
};

static void
see(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct tally *t = arg;
	struct buf b = {0};
	bool same;

	keeper_row((unsigned)row, &b);
	same = bytes_same(rd_rest(r), buf_view(&b)) && owner == 1;
	t->wrong += !same;
	t->good += same && row >= 1 && row <= (int64_t)t->n;
	buf_free(&b);
}

static int
client_count(const char *dir, unsigned n, unsigned *wrong)
{
	struct vault *v = vault_new(master);
	struct tally t = {.n = n};
	uint8_t got[KEY_SIZE];
	struct keep k;
	int err;

	err = profile_open(dir, PASS, got);
	if (err == 0 && memcmp(got, master, KEY_SIZE) != 0)
		err = ERR_AUTH;
	if (err == 0)
		err = opened(&k, v, dir, false);
	if (err == 0) {
		err = keep_each(&k, TABLE_message, see, &t);
		keep_close(&k);
	}
	vault_free(v);
	*wrong = t.wrong;
	return err != 0 && t.good == 0 ? err : (int)t.good;
}

const struct keeper keeper_client = {
	"client", "store.db", client_run, client_count,
};

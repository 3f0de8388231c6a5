/* SPDX-License-Identifier: ISC */
/* The relay's half of keeper.h: rows and blobs of its embedded store. */
#include <stdlib.h>

#include "keeper.h"
#include "relay.h"

struct told {
	uint64_t kept;
	bool lost;
};

static void
on_kept(void *arg, uint64_t turn)
{
	struct told *t = arg;

	t->kept = turn;
}

static void
on_lost(void *arg, uint64_t turn, int err, const char *why)
{
	struct told *t = arg;

	(void)turn;
	(void)err;
	(void)why;
	t->lost = true;
}

static const struct store_events on = {on_kept, on_lost};

static void
blob_id(unsigned i, uint8_t id[static WIRE_KEY])
{
	memset(id, 0, WIRE_KEY);
	id[0] = 0xb0;
	id[1] = (uint8_t)i;
}

/* Each fourth row is a blob of its own as well. */
static int
relay_put(struct store *s, unsigned i, struct buf *b)
{
	uint8_t key[4] = {'k', (uint8_t)(i >> 16), (uint8_t)(i >> 8),
	    (uint8_t)i}, id[WIRE_KEY];
	int err;

	keeper_row(i, b);
	err = store_put(s, TABLE_meta, bytes_of(key, 4), buf_view(b));
	if (err == 0 && i % 4 == 0) {
		blob_id(i, id);
		err = store_blob_write(s, id, 0, buf_view(b));
		if (err == 0)
			err = store_put(s, TABLE_blob, bytes_of(id, WIRE_KEY),
			    bytes_of(key, 4));
	}
	return err;
}

static unsigned
relay_run(const char *dir, unsigned from, unsigned n, unsigned tries,
    void (*kept)(void *, unsigned), void *arg)
{
	struct told told = {0};
	uint64_t turn = 0;
	struct buf b = {0};
	struct store *s;
	unsigned i, t;
	char why[160];

	if (store_open(&s, "sqlite", dir, &on, &told, why) != 0)
		return 0;
	for (i = from; i <= n; i++) {
		for (t = 0, told.lost = true; t < tries && told.lost; t++) {
			if (store_heal(s) != 0)
				continue;
			told.lost = false;
			(void)relay_put(s, i, &b);      /* the turn knows */
			store_turn(s, ++turn);
		}
		if (told.lost)
			break;
		kept(arg, i);
	}
	store_close(s);
	buf_free(&b);
	return i - 1;
}

static bool
relay_has(struct store *s, unsigned i, unsigned *wrong)
{
	uint8_t key[4] = {'k', (uint8_t)(i >> 16), (uint8_t)(i >> 8),
	    (uint8_t)i}, id[WIRE_KEY];
	struct buf want = {0}, got = {0};
	bool same;

	keeper_row(i, &want);
	same = store_get(s, TABLE_meta, bytes_of(key, 4), &got) == 0;
	if (same && !bytes_same(buf_view(&got), buf_view(&want))) {
		++*wrong;
		same = false;
	}
	if (same && i % 4 == 0) {
		blob_id(i, id);
		buf_clear(&got);
		same = store_blob_read(s, id, 0, want.n, &got) == 0 &&
		    bytes_same(buf_view(&got), buf_view(&want));
	}
	buf_free(&want);
	buf_free(&got);
	return same;
}

static int
relay_count(const char *dir, unsigned n, unsigned *wrong)
{
	struct told told = {0};
	struct store *s;
	unsigned i;
	char why[160];
	int good = 0, err;

	*wrong = 0;
	err = store_open(&s, "sqlite", dir, &on, &told, why);
	if (err != 0)
		return err;
	for (i = 1; i <= n; i++)
		good += relay_has(s, i, wrong);
	store_close(s);
	return good;
}

const struct keeper keeper_relay = {
	"relay", "tacetd.db", relay_run, relay_count,
};

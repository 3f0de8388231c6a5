/* SPDX-License-Identifier: ISC */
/* floor: client */
/*
 * Fuzzes backups, which people keep anywhere. The first byte picks the game:
 * any bytes behind a true header, a true backup with bytes changed (only the
 * true one opens), or items of the fuzzer's choice, well sealed, which come
 * out as they went in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "inside.h"
#include "archive.h"

#define MEM_KIB 64              /* of the passphrase's hash */

enum game { RAW, EDIT, ITEMS, GAMES };

static const struct bytes pass = {(const uint8_t *)"pass", 4};
static char folder[] = "/tmp/archive_fuzz.XXXXXX", path[64];

static void
folder_gone(void)
{
	(void)unlink(path);
	(void)rmdir(folder);
}

static void
write_true(struct rd *in, bool items)
{
	struct archive_item item = {.kind = ARCHIVE_HEAD, .row = 1};
	struct archive *a;

	must(archive_make(&a, path, true, &rng_system, pass, MEM_KIB, 1) == 0);
	item.body = bytes_of("the head", 8);
	must(archive_put(a, &item) == 0);
	while (items && rd_left(in) > 4) {
		item.kind = (enum archive_kind)(1 + rd_u8(in) %
		    (ARCHIVE_COUNT - 1));
		item.row = (int64_t)rd_u16(in);
		item.body = rd_view(in, rd_u8(in) % (rd_left(in) + 1));
		must(archive_put(a, &item) == 0);
	}
	must(archive_finish(a) == 0);
}

/* How many items it has; -1: it is refused. */
static int
read_all(void)
{
	struct archive_item item;
	struct archive *a;
	int err, n = 0;

	if (archive_open(&a, path, pass) != 0)
		return -1;
	while ((err = archive_get(a, &item)) > 0) {
		must(item.kind > ARCHIVE_END && item.kind < ARCHIVE_COUNT);
		n++;
	}
	must(err <= 0);
	archive_drop(a);
	return n;
}

static void
save(struct bytes b)
{
	FILE *f = fopen(path, "wb");

	must(f != NULL && fwrite(b.p, 1, b.n, f) == b.n && fclose(f) == 0);
}

/* The header of a true one, or all of it, and then the input. */
static void
play_bytes(struct rd *in, bool raw)
{
	static struct buf whole;
	struct buf b = {0};
	bool same;
	size_t n;

	if (whole.n == 0) {
		write_true(in, false);
		must(path_read(path, 1 << 20, &whole) == 0);
	}
	buf_bytes(&b, buf_view(&whole));
	if (raw) {
		b.n = rd_u8(in) % 64;
		buf_bytes(&b, rd_rest(in));
	} else {
		for (n = rd_u8(in) % 4 + 1u; n > 0; n--)
			b.p[rd_u16(in) % b.n] = rd_u8(in);
		b.n -= rd_u16(in) % b.n;
	}
	same = bytes_same(buf_view(&b), buf_view(&whole));
	save(buf_view(&b));
	must((read_all() >= 0) == same);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd in = rd_of(bytes_of(data, size));
	uint8_t pick = rd_u8(&in);

	if (path[0] == '\0') {
		must(seal_start() == 0 && mkdtemp(folder) != NULL);
		(void)snprintf(path, sizeof(path), "%s/backup", folder);
		(void)atexit(folder_gone);
	}
	if (pick % GAMES == ITEMS) {
		write_true(&in, true);
		must(read_all() >= 1);
	} else {
		play_bytes(&in, pick % GAMES == RAW);
	}
	return 0;
}

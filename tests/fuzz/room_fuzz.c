/* SPDX-License-Identifier: ISC */
/*
 * Fuzzes what the members of a room agree on. The first byte picks the game:
 * raw bytes, or a true room with bytes changed. What is taken has a name fit
 * for a line, somebody in charge, and the same bytes again.
 */
#include "fuzz.h"
#include "ident.h"

static void
room_true(unsigned admins, struct buf *b)
{
	struct room m = {.name = "the quiet room", .admins = admins};

	for (unsigned i = 0; i < admins; i++)
		memset(m.admin[i], (int)i + 1, ACCOUNT_ID);
	must(room_put(&m, b) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd in = rd_of(bytes_of(data, size));
	uint8_t pick = rd_u8(&in);
	struct buf b = {0}, again = {0};
	struct room m;
	size_t n;

	if (pick % 2 != 0) {
		room_true(1 + pick / 2 % ROOM_ADMINS_MAX, &b);
		for (n = rd_u8(&in) % 4 + 1u; n > 0; n--)
			b.p[rd_u16(&in) % b.n] = rd_u8(&in);
	}
	buf_bytes(&b, rd_rest(&in));
	if (room_get(buf_view(&b), &m) == 0) {
		must(m.admins > 0 && m.admins <= ROOM_ADMINS_MAX);
		must(m.name[0] != '\0' && strchr(m.name, '\n') == NULL &&
		    utf8_valid(m.name, strlen(m.name)));
		must(room_admin(&m, m.admin[m.admins - 1]));
		must(room_put(&m, &again) == 0);
		must(bytes_same(buf_view(&b), buf_view(&again)));
	} else {
		must(m.admins == 0 && m.name[0] == '\0');
	}
	buf_free(&b);
	buf_free(&again);
	return 0;
}

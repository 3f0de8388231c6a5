/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as an image for the terminal, and as what a terminal answers. What
 * the grammar lets through, an independent look finds to be made of images
 * only; what is no answer was typed, byte for byte, however it is cut.
 */
#include "fuzz.h"
#include "pane.h"

/* Escapes stand where an image begins and ends, and nothing else is control. */
static void
judge(const uint8_t *p, size_t n, uint8_t kind)
{
	bool inside = false;

	for (size_t i = 0; i < n; i++) {
		if (p[i] != '\033') {
			assert(p[i] >= ' ' && p[i] <= '~' && inside);
			continue;
		}
		assert(i + 1 < n && p[i + 1] == (inside ? '\\' : kind));
		inside = !inside;
		i++;
	}
	assert(!inside);
}

static void
check_query(const uint8_t *p, size_t n, size_t cut)
{
	struct query whole = {0}, torn = {0};

	query_put(&whole, p, n);
	query_end(&whole);
	query_put(&torn, p, cut);
	query_put(&torn, p + cut, n - cut);
	query_end(&torn);
	assert(whole.keys.n <= n && whole.keys.n == torn.keys.n);
	assert(whole.keys.n == 0 || memcmp(whole.keys.p, torn.keys.p,
	    whole.keys.n) == 0);
	assert(memcmp(&whole.caps, &torn.caps, sizeof(whole.caps)) == 0);
	assert(whole.caps.cell_w <= 256 && whole.caps.cell_h <= 256);
	for (const char *s = whole.caps.name; *s != '\0'; s++)
		assert(*s >= ' ' && *s <= '~');
	query_free(&whole);
	query_free(&torn);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct grammar_room room = {640, 480, 80, 30};
	struct bytes in = {p, n};

	if (grammar_sixel(in, &room) == 0)
		judge(p, n, 'P');
	if (grammar_kitty(in, &room) == 0)
		judge(p, n, '_');
	check_query(p, n, n > 0 ? p[0] % (n + 1) : 0);
	return 0;
}

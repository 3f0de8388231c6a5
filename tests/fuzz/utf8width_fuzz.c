/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as UTF-8: decoding always advances and never reads past the end,
 * clusters cover the text, their columns add up, and the walk breaks where the
 * clusters do. JSON of it is UTF-8 without a raw control.
 */
#include "base.h"
#include "fuzz.h"

static void
check_decode(const char *s, size_t n)
{
	size_t at, used, bad = 0;
	uint32_t cp;
	char again[4];

	for (at = 0; at < n; at += used) {
		cp = utf8_get(s + at, n - at, &used);
		assert(used >= 1 && used <= 4 && used <= n - at);
		assert(cp <= 0x10ffff && (cp < 0xd800 || cp > 0xdfff));
		if (utf8_put(again, cp) != used || memcmp(again, s + at, used))
			bad++;
	}
	assert(utf8_valid(s, n) == (bad == 0));
}

static void
check_clusters(const char *s, size_t n)
{
	struct width_walk w = {0};
	size_t at = 0, used, to, sum = 0;
	bool opens, first;
	int cols;

	while (at < n) {
		to = at + width_cluster(s + at, n - at, &cols);
		assert(to > at && to <= n && cols >= 0 && cols <= 2);
		sum += (size_t)cols;
		for (first = true; at < to; at += used, first = false) {
			opens = width_step(&w, utf8_get(s + at, n - at, &used));
			assert(opens == first);
		}
		assert(at == to && w.cols == cols);
	}
	assert(width_text(s, n) == sum);
	assert(width_fit(s, n, sum) == n);
	assert(sum == 0 || width_text(s, width_fit(s, n, sum - 1)) < sum);
}

static void
check_json(const uint8_t *p, size_t n)
{
	struct buf b = {0};
	struct json j = json_to(&b);
	size_t i;

	json_bytes(&j, NULL, bytes_of(p, n));
	assert(utf8_valid((const char *)b.p, b.n));
	for (i = 0; i < b.n; i++)
		assert(b.p[i] >= 0x20 && b.p[i] != 0x7f);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	check_decode((const char *)p, n);
	check_clusters((const char *)p, n);
	check_json(p, n);
	return 0;
}

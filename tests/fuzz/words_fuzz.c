/* SPDX-License-Identifier: ISC */
/*
 * Fuzzes what people type to compare keys or to meet: words of a list, safety
 * numbers. The first byte picks the game: text as it is, or words by number.
 * Whatever is refused has its sentence, and only the true number is taken.
 * floor: ident
 */
#include <stdlib.h>

#include "fuzz.h"
#include "ident.h"

#define TYPED 24

static const uint8_t alice[ACCOUNT_ID] = {1}, bob[ACCOUNT_ID] = {2};

/* Words and what people write between them, from bytes. */
static void
spell(struct rd *in, struct buf *b)
{
	static const char *const between[] = {" ", ", ", "\n", "-", " 7. ",
		"", "\t", "x"};
	uint16_t word;
	uint8_t pick;

	while (rd_left(in) >= 3) {
		word = rd_u16(in) % WORDS;
		pick = rd_u8(in);
		words_put(&word, 1, b);
		buf_string(b, between[pick % COUNT(between)]);
	}
}

static void
judge_words(const char *s)
{
	uint16_t word[TYPED], again[TYPED];
	struct bytes wrong = {0};
	struct buf b = {0};
	size_t n, m;

	if (words_get(s, TYPED, word, &n, &wrong) != 0) {
		must(wrong.n == 0 || (wrong.p >= (const uint8_t *)s &&
		    wrong.n <= strlen(s)));
		return;
	}
	must(n <= TYPED);
	words_put(word, n, &b);
	buf_u8(&b, 0);
	must(words_get((const char *)b.p, TYPED, again, &m, &wrong) == 0);
	must(m == n && memcmp(word, again, n * sizeof(*word)) == 0);
	buf_free(&b);
}

/* Another number needs no sentence: the caller knows what that means. */
static void
judge_check(const char *typed)
{
	char *why = NULL;
	int err = safety_check(typed, alice, bob, &why);

	if (err == 0 || err == ERR_DENIED)
		must(err != 0 || why == NULL);
	else
		must(why != NULL && *why != '\0');
	free(why);
}

/* The number itself, with bytes changed. */
static void
judge_number(struct rd *in)
{
	char *why = NULL, line[256];
	size_t n, at;

	safety_line(alice, bob, line);
	must(safety_check(line, alice, bob, &why) == 0 && why == NULL);
	n = strlen(line);
	while (rd_left(in) >= 2) {
		at = rd_u8(in) % n;
		line[at] = (char)rd_u8(in);
		if (line[at] == '\0')
			break;
	}
	judge_check(line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd in = rd_of(bytes_of(data, size));
	struct buf b = {0};
	uint8_t pick = rd_u8(&in);

	if (pick % 3 == 2) {
		judge_number(&in);
		return 0;
	}
	if (pick % 3 == 0)
		buf_bytes(&b, rd_rest(&in));
	else
		spell(&in, &b);
	buf_u8(&b, 0);
	judge_words((const char *)b.p);
	judge_check((const char *)b.p);
	buf_free(&b);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * The list of words and what people make of it: 2,048, sorted, short, the first
 * four letters of each its own, no two that differ in one letter; and typing
 * that is taken, or refused by name.
 */
#include "ident.h"
#include "tap.h"

static void
test_list(void)
{
	size_t sorted = 0, plain = 0, four = 0, prefix = 0;

	for (unsigned i = 0; i < WORDS; i++) {
		const char *w = words_at(i), *next;
		size_t n = strlen(w);

		plain += n >= 3 && n <= WORD_LEN && strspn(w,
		    "abcdefghijklmnopqrstuvwxyz") == n;
		if (i + 1 == WORDS)
			break;
		next = words_at(i + 1);
		sorted += strcmp(w, next) < 0;
		four += strncmp(w, next, 4) != 0;
		prefix += strncmp(w, next, n) != 0;
	}
	is_int(plain, WORDS, "2,048 words of 3 to 7 plain letters");
	is_int(sorted, WORDS - 1, "sorted");
	is_int(four, WORDS - 1, "the first four letters are each its own");
	is_int(prefix, WORDS - 1, "none begins another");
}

/* One letter put in, left out or changed makes b of a. */
static bool
one_letter(const char *a, const char *b)
{
	size_t i = 0, n = strlen(a), m = strlen(b);

	while (a[i] != '\0' && a[i] == b[i])
		i++;
	if (n == m)
		return strcmp(a + i + 1, b + i + 1) == 0;
	return n + 1 == m ? strcmp(a + i, b + i + 1) == 0 :
	    m + 1 == n && strcmp(a + i + 1, b + i) == 0;
}

static void
test_distance(void)
{
	size_t near = 0;

	for (unsigned i = 0; i < WORDS; i++)
		for (unsigned k = i + 1; k < WORDS; k++)
			near += one_letter(words_at(i), words_at(k));
	is_int(near, 0, "no two differ in one letter");
}

static void
test_find(void)
{
	size_t whole = 0, four = 0, loud = 0, less = 0;
	char s[WORD_LEN + 1];

	for (unsigned i = 0; i < WORDS; i++) {
		const char *w = words_at(i);
		size_t n = strlen(w);

		whole += words_find(w, n) == (int)i;
		four += words_find(w, n < 4 ? n : 4) == (int)i;
		less += n > 3 && words_find(w, 3) == ERR_NONE;
		less += n == 3 && words_find(w, 2) == ERR_NONE;
		for (size_t k = 0; k <= n; k++)
			s[k] = (char)(w[k] == '\0' ? 0 : w[k] - 'a' + 'A');
		loud += words_find(s, n) == (int)i;
	}
	is_int(whole, WORDS, "each is found");
	is_int(four, WORDS, "by four letters");
	is_int(loud, WORDS, "in capitals");
	is_int(less, WORDS, "and not by fewer");
	is_int(words_find("", 0), ERR_NONE, "nothing is no word");
	is_int(words_find("zzzz", 4), ERR_NONE, "nor is what isn't there");
	is_int(words_find("abacusabacus", 12), ERR_NONE, "nor a long one");
	is_int(words_find("abac\xc3", 5), ERR_NONE, "nor other bytes");
}

static void
test_bits(void)
{
	/* 00000000000 00000000001 11111111110 10000000000 */
	static const uint8_t bits[] = {0x00, 0x00, 0x07, 0xff, 0x40, 0x00};
	struct buf b = {0};
	uint16_t word[4];

	words_take(bits, 4, word);
	ok(word[0] == 0 && word[1] == 1 && word[2] == 2046 &&
	    word[3] == 1024, "eleven bits each, the first highest");
	words_put(word, 2, &b);
	buf_u8(&b, 0);
	is_str((char *)b.p, "abacus abbey", "as text");
	buf_free(&b);
}

static void
test_typed(void)
{
	uint16_t word[4];
	struct bytes wrong;
	size_t n;

	is_int(words_get(" 1. Abbey, 2) ZERO\n3: camera-camp ", 4, word, &n,
	    &wrong), 0, "as people write them");
	is_int(n, 4, "four");
	is_int(word[1], words_find("zero", 4), "the second");
	is_int(words_get("abbey abb3y camera", 4, word, &n, &wrong), ERR_NONE,
	    "a wrong one");
	is_int(n, 1, "after one");
	ok(wrong.n == 5 && memcmp(wrong.p, "abb3y", 5) == 0, "is named");
	is_int(words_get("abbey caf\xc3\xa9 zero", 4, word, &n, &wrong),
	    ERR_NONE, "other letters");
	ok(wrong.n == 5, "are named whole");
	is_int(words_get("abbey abbey abbey abbey abbey", 4, word, &n, &wrong),
	    ERR_BIG, "too many");
	is_int(words_get(" \n", 4, word, &n, &wrong), 0, "none");
	is_int(n, 0, "are none");
}

int
main(void)
{
	test_list();
	test_distance();
	test_find();
	test_bits();
	test_typed();
	return done();
}

/* SPDX-License-Identifier: ISC */
/*
 * Numbers as words that can be spoken and typed: 11 bits each, by words.def.
 * What a person types is taken generously (case, blanks, commas, numbers of a
 * list, the first four letters), but never guessed at: what is no word is
 * named. Knows nothing of what the numbers stand for.
 */
#include "ident.h"

#define UNIQUE 4                /* letters that tell all words apart */

static const char words_row[WORDS][WORD_LEN + 1] = {
#define W(word) #word,
#include "words.def"
#undef W
};

const char *
words_at(unsigned i)
{
	assert(i < WORDS);
	return words_row[i];
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* As strcmp of the typed letters with a word that may be longer. */
static int
compare(const char *s, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++) {
		char c = lower(s[i]);

		if (c != word[i])
			return (unsigned char)c < (unsigned char)word[i] ?
			    -1 : 1;
	}
	return 0;
}

int
words_find(const char *s, size_t n)
{
	size_t from = 0, to = WORDS, at;
	int order;

	if (n > WORD_LEN)
		return ERR_NONE;
	while (from < to) {
		at = from + (to - from) / 2;
		order = compare(s, n, words_row[at]);
		if (order == 0)
			return n >= UNIQUE || words_row[at][n] == '\0' ?
			    (int)at : ERR_NONE;
		if (order < 0)
			to = at;
		else
			from = at + 1;
	}
	return ERR_NONE;
}

void
words_take(const uint8_t *bits, size_t n, uint16_t *word)
{
	for (size_t i = 0; i < n; i++) {
		unsigned v = 0;

		for (size_t b = i * WORD_BITS; b < (i + 1) * WORD_BITS; b++)
			v = v << 1 | (bits[b / 8] >> (7 - b % 8) & 1);
		word[i] = (uint16_t)v;
	}
}

void
words_put(const uint16_t *word, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++)
		buf_format(out, "%s%s", i > 0 ? " " : "", words_at(word[i]));
}

/* What people write between words and after the numbers of a list */
#define BETWEEN " \t\r\n,.;:-_/()"
#define DIGITS "0123456789"

int
words_get(const char *text, size_t max, uint16_t *word, size_t *n,
    struct bytes *wrong)
{
	size_t len;
	int at;

	for (*n = 0;; text += len) {
		text += strspn(text, BETWEEN);
		len = strcspn(text, BETWEEN);
		if (len == 0)
			return 0;
		if (strspn(text, DIGITS) >= len)
			continue;
		at = words_find(text, len);
		if (at < 0) {
			*wrong = bytes_of(text, len);
			return ERR_NONE;
		}
		if (*n == max)
			return ERR_BIG;
		word[(*n)++] = (uint16_t)at;
	}
}

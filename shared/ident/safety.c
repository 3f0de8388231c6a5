/* SPDX-License-Identifier: ISC */
/*
 * The safety number: a half for each account, the smaller id's first, so that
 * both sides read the same. As 60 digits (five are 40 bits modulo 100,000, so a
 * half holds 99 bits), as 19 words (9 and 10 of 11 bits), or as a line for a QR
 * code (104 bits each): all of the same two hashes, of ids that are hashes of
 * keys already. What a person typed in any of these is compared here.
 */
#include <stdio.h>

#include "ident.h"

#define GROUP_DIGITS 5
#define GROUP_BYTES 5
#define GROUPS (SAFETY_DIGITS / 2 / GROUP_DIGITS)
#define LINE_BYTES 13           /* of each half */
#define LINE_HEAD "TACET:SAFETY/"

static void
half(const uint8_t id[static ACCOUNT_ID], uint8_t h[static HASH32])
{
	struct bytes b = bytes_of(id, ACCOUNT_ID);

	hash_label("safety", &b, 1, h);
}

static void
halves(const uint8_t a[static ACCOUNT_ID], const uint8_t b[static ACCOUNT_ID],
    uint8_t h[static 2][HASH32])
{
	bool swap = memcmp(a, b, ACCOUNT_ID) > 0;

	half(swap ? b : a, h[0]);
	half(swap ? a : b, h[1]);
}

static void
digits_of(const uint8_t h[static HASH32], char *out)
{
	for (size_t g = 0; g < GROUPS; g++) {
		uint64_t v = 0;

		for (size_t i = 0; i < GROUP_BYTES; i++)
			v = v << 8 | h[g * GROUP_BYTES + i];
		(void)snprintf(out + g * GROUP_DIGITS, GROUP_DIGITS + 1,
		    "%05u", (unsigned)(v % 100000));
	}
}

void
safety_number(const uint8_t a[static ACCOUNT_ID],
    const uint8_t b[static ACCOUNT_ID], char digits[static SAFETY_DIGITS + 1])
{
	uint8_t h[2][HASH32];

	halves(a, b, h);
	digits_of(h[0], digits);
	digits_of(h[1], digits + SAFETY_DIGITS / 2);
	digits[SAFETY_DIGITS] = '\0';
}

void
safety_words(const uint8_t a[static ACCOUNT_ID],
    const uint8_t b[static ACCOUNT_ID], uint16_t word[static SAFETY_WORDS])
{
	uint8_t h[2][HASH32];

	halves(a, b, h);
	words_take(h[0], SAFETY_KEY_WORDS, word);
	words_take(h[1], SAFETY_WORDS - SAFETY_KEY_WORDS,
	    word + SAFETY_KEY_WORDS);
}

void
safety_key_words(const uint8_t id[static ACCOUNT_ID],
    uint16_t word[static SAFETY_KEY_WORDS])
{
	uint8_t h[HASH32];

	half(id, h);
	words_take(h, SAFETY_KEY_WORDS, word);
}

void
safety_line(const uint8_t a[static ACCOUNT_ID],
    const uint8_t b[static ACCOUNT_ID], char line[static SAFETY_LINE])
{
	uint8_t h[2][HASH32], both[2 * LINE_BYTES];
	char *s = line + strlen(LINE_HEAD);

	halves(a, b, h);
	memcpy(both, h[0], LINE_BYTES);
	memcpy(both + LINE_BYTES, h[1], LINE_BYTES);
	memcpy(line, LINE_HEAD, sizeof(LINE_HEAD));
	base32_put(s, both, sizeof(both));
	for (; *s != '\0'; s++) /* capitals: a QR code takes fewer dots */
		if (*s >= 'a' && *s <= 'z')
			*s = (char)(*s - 'a' + 'A');
}

/* ---- what was typed -------------------------------------------------------- */

/* The same characters, but for case and blanks and dashes between? */
static bool
same_text(const char *typed, const char *want)
{
	for (;; typed++, want++) {
		char c;

		while (*typed != '\0' && strchr(" \t\n\r-", *typed) != NULL)
			typed++;
		c = *typed >= 'a' && *typed <= 'z' ?
		    (char)(*typed - 'a' + 'A') : *typed;
		if (c != *want)
			return false;
		if (c == '\0')
			return true;
	}
}

static size_t
count_of(const char *s, const char *set)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += strchr(set, *s) != NULL;
	return n;
}

static int
check_digits(const char *typed, const uint8_t a[static ACCOUNT_ID],
    const uint8_t b[static ACCOUNT_ID], char **why)
{
	size_t n = count_of(typed, "0123456789");
	char want[SAFETY_DIGITS + 1];

	if (n != SAFETY_DIGITS) {
		*why = mem_format("a safety number has %d digits, these are "
		    "%zu", SAFETY_DIGITS, n);
		return ERR_INPUT;
	}
	safety_number(a, b, want);
	return same_text(typed, want) || !defence(typed) ? 0 : ERR_DENIED;
}

static int
check_line(const char *typed, const uint8_t a[static ACCOUNT_ID],
    const uint8_t b[static ACCOUNT_ID], char **why)
{
	char want[SAFETY_LINE];

	safety_line(a, b, want);
	if (same_text(typed, want))
		return 0;
	if (strlen(typed) == strlen(want))
		return ERR_DENIED;
	*why = mem_format("that line is not whole: it has %zu characters",
	    strlen(want));
	return ERR_INPUT;
}

static int
check_words(const char *typed, const uint8_t a[static ACCOUNT_ID],
    const uint8_t b[static ACCOUNT_ID], char **why)
{
	uint16_t word[SAFETY_WORDS], want[SAFETY_WORDS];
	struct bytes wrong;
	size_t n;
	int err = words_get(typed, SAFETY_WORDS, word, &n, &wrong);

	if (err == ERR_NONE) {
		*why = mem_format("word %zu, %.*s, is none of tacet's words",
		    n + 1, (int)(wrong.n < 20 ? wrong.n : 20),
		    (const char *)wrong.p);
		return ERR_INPUT;
	}
	if (err != 0 || n != SAFETY_WORDS) {
		*why = mem_format("a safety number has %d words, these are "
		    "%s%zu", SAFETY_WORDS, err != 0 ? "more than " : "", n);
		return ERR_INPUT;
	}
	safety_words(a, b, want);
	for (n = 0; n < SAFETY_WORDS && word[n] == want[n]; n++)
		;
	if (n == SAFETY_WORDS || !defence(typed))
		return 0;
	*why = mem_format("word %zu, %s, is another one here", n + 1,
	    words_at(word[n]));
	return ERR_DENIED;
}

int
safety_check(const char *typed, const uint8_t a[static ACCOUNT_ID],
    const uint8_t b[static ACCOUNT_ID], char **why)
{
	char head[sizeof(LINE_HEAD)];

	*why = NULL;
	typed += strspn(typed, " \t\r\n");
	(void)snprintf(head, sizeof(head), "%s", typed);
	if (same_text(head, LINE_HEAD))
		return check_line(typed, a, b, why);
	if (typed[0] >= '0' && typed[0] <= '9' &&
	    typed[strspn(typed, "0123456789 \t\r\n-")] == '\0')
		return check_digits(typed, a, b, why);
	return check_words(typed, a, b, why);
}

/* SPDX-License-Identifier: ISC */
/*
 * Bytes as letters: hex, and base32 with the alphabet of RFC 4648 6 in lower
 * case without padding. Decoding is strict, so that one value has one spelling
 * but for case: the length must fit and unused bits must be zero.
 */
#include "base.h"

static const char hex_digit[] = "0123456789abcdef";
static const char base32_digit[] = "abcdefghijklmnopqrstuvwxyz234567";

/* No ctype: its answer depends on the locale. */
static int
code_value(const char *digits, int count, char c)
{
	int i;

	if (c >= 'A' && c <= 'Z')
		c = (char)(c - 'A' + 'a');
	for (i = 0; i < count; i++)
		if (digits[i] == c)
			return i;
	return -1;
}

void
hex_put(char *dst, const void *p, size_t n)
{
	const uint8_t *from = p;
	size_t i;

	for (i = 0; i < n; i++) {
		*dst++ = hex_digit[from[i] >> 4];
		*dst++ = hex_digit[from[i] & 15];
	}
	*dst = '\0';
}

int
hex_get(const char *s, size_t len, void *dst, size_t n)
{
	uint8_t *to = dst;
	int high, low;
	size_t i;

	if (n > SIZE_MAX / 2 || len != 2 * n)
		return ERR_FORMAT;
	for (i = 0; i < n; i++) {
		high = code_value(hex_digit, 16, s[2 * i]);
		low = code_value(hex_digit, 16, s[2 * i + 1]);
		if (high < 0 || low < 0)
			return ERR_FORMAT;
		to[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

void
base32_put(char *dst, const void *p, size_t n)
{
	const uint8_t *from = p;
	uint32_t bits = 0;
	unsigned have = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		bits = (bits << 8 | from[i]) & 0xfff;
		for (have += 8; have >= 5; have -= 5)
			*dst++ = base32_digit[bits >> (have - 5) & 31];
	}
	if (have > 0)
		*dst++ = base32_digit[bits << (5 - have) & 31];
	*dst = '\0';
}

int
base32_get(const char *s, size_t len, void *dst, size_t n)
{
	uint8_t *to = dst;
	uint32_t bits = 0;
	unsigned have = 0;
	size_t i;
	int v;

	if (n > SIZE_MAX / 16 || len != BASE32_SIZE(n))
		return ERR_FORMAT;
	for (i = 0; i < len; i++) {
		v = code_value(base32_digit, 32, s[i]);
		if (v < 0)
			return ERR_FORMAT;
		bits = (bits << 5 | (uint32_t)v) & 0xfff;
		have += 5;
		if (have >= 8) {
			have -= 8;
			*to++ = (uint8_t)(bits >> have);
		}
	}
	return bits & ((1u << have) - 1) ? ERR_FORMAT : 0;
}

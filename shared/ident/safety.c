/* SPDX-License-Identifier: ISC */
/*
 * The safety number: 30 digits of each account id, the smaller id first, so
 * that both sides read the same 60. Five digits are 40 bits modulo 100,000;
 * 30 digits hold 99 bits, and account ids are hashes of keys already.
 */
#include <stdio.h>

#include "ident.h"

#define GROUP_DIGITS 5
#define GROUP_BYTES 5
#define GROUPS (SAFETY_DIGITS / 2 / GROUP_DIGITS)

static void
half(const uint8_t id[static ACCOUNT_ID], char *out)
{
	struct bytes b = bytes_of(id, ACCOUNT_ID);
	uint8_t h[HASH32];

	hash_label("safety", &b, 1, h);
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
	bool swap = memcmp(a, b, ACCOUNT_ID) > 0;

	half(swap ? b : a, digits);
	half(swap ? a : b, digits + SAFETY_DIGITS / 2);
	digits[SAFETY_DIGITS] = '\0';
}

/* SPDX-License-Identifier: ISC */
/*
 * Every row of error.def has a name and a clause of its own, and a number from
 * a newer peer is survived.
 */
#include <ctype.h>

#include "base.h"
#include "tap.h"

static const int codes[] = {
#define ERR(code, name, text) ERR_##name,
#include "error.def"
#undef ERR
};

static void
test_rows(void)
{
	size_t i, j;
	bool alone = true, clause = true, known = true;

	for (i = 0; i < COUNT(codes); i++) {
		const char *text = err_text(codes[i]);
		size_t n = strlen(text);

		known = known && err_known(codes[i]) && codes[i] < 0;
		clause = clause && n > 0 && islower((unsigned char)text[0]) &&
			 text[n - 1] != '.' && n < 60;
		for (j = 0; j < i; j++)
			alone = alone && codes[i] != codes[j] &&
				strcmp(text, err_text(codes[j])) != 0 &&
				strcmp(err_name(codes[i]),
				    err_name(codes[j])) != 0;
	}
	ok(known, "%zu rows are known and negative", COUNT(codes));
	ok(clause, "each text is one clause in lower case");
	ok(alone, "no two share a number, a name or a text");
}

int
main(void)
{
	test_rows();
	is_int(ERR_SHORT, -1, "the numbers are those of the wire");
	is_int(ERR_RULE, -32, "to the last");
	is_str(err_name(ERR_EPOCH), "EPOCH", "names are the rows' own");
	is_str(err_name(0), "OK", "none");
	is_str(err_name(-9999), "?", "a number that is not known");
	is_str(err_name(13), "?", "a positive number is no error of ours");
	ok(!err_known(-9999) && !err_known(13), "and is not claimed to be");
	ok(strlen(err_text(-9999)) > 0, "but has a text");
	return done();
}

/* SPDX-License-Identifier: ISC */
/*
 * Styles as rows; which colours a terminal can show is ui.c's affair.
 */
#include "face.h"

#define PERSON_STYLES (STYLE_person6 - STYLE_person1 + 1)

const struct style_row style_row[STYLE_COUNT] = {
#define STYLE(name, dark, light, eight, attr) {dark, light, eight, attr},
#include "theme.def"
#undef STYLE
};

unsigned
style_of_person(const struct person *p)
{
	/* by account, not by name: a new key is another colour */
	return STYLE_person1 + p->account[0] % PERSON_STYLES;
}

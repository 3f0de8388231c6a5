/* SPDX-License-Identifier: ISC */
/*
 * Defences that can be switched off, one at a time and in test builds only, so
 * that the test of an attack is seen to fail without them. In a release there
 * is nothing here, and every defence(name) is the constant true.
 */
#include "base.h"

#ifdef TACET_TEST
#include <stdlib.h>

static const char *const defence_name[] = {
#define DEFENCE(name, what) #name,
#include "defence.def"
#undef DEFENCE
};

/* A name that no row has would prove nothing: it ends the process. */
bool
defence_on(enum defence which)
{
	const char *off = getenv("TACET_TEST_BREAK");
	size_t i;

	if (off == NULL || *off == '\0')
		return true;
	for (i = 0; i < COUNT(defence_name); i++)
		if (strcmp(off, defence_name[i]) == 0)
			return i != (size_t)which;
	abort();
}
#endif

/* SPDX-License-Identifier: ISC */
/*
 * Small things that every file of the client needs: a refusal with its
 * sentence, and strings that are gone when they are freed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "inside.h"

int
client_refuse(char **why, int err, const char *fmt, ...)
{
	va_list ap;

	if (why == NULL)
		return err;
	va_start(ap, fmt);
	*why = mem_vformat(fmt, ap);
	va_end(ap);
	return err;
}

void
safe_wipe(struct safe *s)
{
	if (s->s != NULL)
		mem_wipe(s->s, s->n);
	safe_free(s);
}

void
string_wipe(char **s)
{
	if (*s == NULL)
		return;
	mem_wipe(*s, strlen(*s));
	free(*s);
	*s = NULL;
}

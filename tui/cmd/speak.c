/* SPDX-License-Identifier: ISC */
/*
 * The client's sentences name the next step as it is typed on the screen,
 * `/accept bob`. To whoever reads them in a shell they say `tacet accept bob`,
 * and in `run` just `accept bob`.
 */
#include <stdlib.h>

#include "cmd.h"

/* A slash that begins a verb of the shell, not a path or a link. */
static bool
is_verb(const char *text, const char *p)
{
	size_t n = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz");
	const struct cmd_row *row;

	if (p > text && p[-1] != ' ' && p[-1] != '`' && p[-1] != '(')
		return false;
	row = cmd_find(p + 1, n);
	return row != NULL && strlen(row->name) == n && (row->where & CMD_S);
}

char *
cmd_speak(const struct env *env, const char *text)
{
	struct buf b = {0};
	char *s;

	for (const char *p = text; *p != '\0'; p++)
		if (*p == '/' && is_verb(text, p))
			buf_string(&b, cmd_slash(env));
		else
			buf_u8(&b, (uint8_t)*p);
	buf_u8(&b, 0);
	s = mem_string((char *)b.p);
	buf_free(&b);
	return s;
}

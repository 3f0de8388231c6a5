/* SPDX-License-Identifier: ISC */
/*
 * tacet.conf: rows of option.def, and `bind KEY COMMAND`.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"

static int
other(void *arg, const char *name, const char *value, char **why)
{
	struct env *env = arg;
	size_t n = strcspn(value, " \t");
	char *key;
	int err;

	if (strcmp(name, "bind") != 0)
		return cmd_refuse(why, ERR_NONE, "there is no option %.32s; "
		    "tacet.conf(5) lists them", name);
	if (value[n] == '\0')
		return cmd_refuse(why, ERR_INPUT, "write: bind KEY COMMAND");
	key = mem_string(value);
	key[n] = '\0';
	err = keymap_bind(env->keys, key, value + n + strspn(value + n, " \t"),
	    why);
	free(key);
	return err;
}

int
config_read(struct env *env, const char *path, char **why)
{
	int err;

	env->options->other = other;
	env->options->arg = env;
	err = options_file(env->options, path, why);
	if (err == ERR_NONE) {
		free(*why);
		*why = NULL;
		return 0;
	}
	return err;
}

/* Among the flags of a verb (`rest' is what it takes there) options of tacet
 * are told by their names. */
bool
config_word(const struct options *o, const char *word, const char *rest)
{
	char name[64];

	if (strncmp(word, "--", 2) != 0)
		return false;
	if (rest == NULL || strcmp(rest, "FLAG") != 0)
		return rest == NULL;
	(void)snprintf(name, sizeof(name), "%.*s",
	    (int)strcspn(word + 2, "="), word + 2);
	return option_find(o, name) != NULL;
}

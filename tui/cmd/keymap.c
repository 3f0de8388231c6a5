/* SPDX-License-Identifier: ISC */
/*
 * Keys to command lines: the rows of key.def, and what the user has bound. A
 * binding of the user's holds everywhere and comes first.
 */
#include <stdlib.h>

#include "cmd.h"

#define BINDS_MAX 128

const struct key_row key_row[] = {
#define KEY(name, where, command, help) {name, #where, command, help},
#include "key.def"
#undef KEY
};
const size_t key_rows = COUNT(key_row);

struct keymap {
	size_t n;
	struct {
		char *key, *command;
	} bind[BINDS_MAX];
};

struct keymap *
keymap_new(void)
{
	return mem_alloc(sizeof(struct keymap));
}

void
keymap_free(struct keymap *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->n; i++) {
		free(m->bind[i].key);
		free(m->bind[i].command);
	}
	free(m);
}

static bool
key_named(const char *name)
{
	static const char *const more[] = {
		"F5", "F6", "F7", "F8", "F9", "F10", "F11", "F12", "Insert",
		"S-Tab", "PageUp", "PageDown", "Home", "End", "Delete",
	};

	for (size_t i = 0; i < key_rows; i++)
		if (strcmp(key_row[i].name, name) == 0)
			return true;
	for (size_t i = 0; i < COUNT(more); i++)
		if (strcmp(more[i], name) == 0)
			return true;
	return false;
}

/* C-x, M-x or M-Name, or a name that keys have. A plain letter can't be bound:
 * it is typed. */
static bool
key_ok(const char *name)
{
	int cols = 0;
	size_t n;

	if (strncmp(name, "M-", 2) == 0) {
		name += 2;
		n = strlen(name);
		if (n > 0 && width_cluster(name, n, &cols) == n && cols > 0)
			return true;
		return key_named(name);
	}
	if (strncmp(name, "C-", 2) == 0)
		return name[2] > ' ' && name[2] < 127 && name[3] == '\0';
	return key_named(name);
}

void
keymap_save(const struct keymap *m, struct buf *out)
{
	for (size_t i = 0; i < m->n; i++)
		buf_format(out, "%s %s\n", m->bind[i].key,
		    m->bind[i].command);
}

void
keymap_load(struct keymap *m, const char *lines)
{
	char *copy = mem_string(lines), *save = NULL, *why = NULL;

	for (char *s = strtok_r(copy, "\n", &save); s != NULL;
	    s = strtok_r(NULL, "\n", &save)) {
		char *command = strchr(s, ' ');

		if (command == NULL)
			continue;
		*command++ = '\0';
		/* a command that a newer version has dropped is no reason to
		 * refuse the start */
		(void)keymap_bind(m, s, command, &why);
	}
	free(why);
	free(copy);
}

static size_t
keymap_at(const struct keymap *m, const char *key)
{
	size_t i = 0;

	while (i < m->n && strcmp(m->bind[i].key, key) != 0)
		i++;
	return i;
}

int
keymap_bind(struct keymap *m, const char *key, const char *command, char **why)
{
	size_t i = keymap_at(m, key);
	int err;

	if (!key_ok(key))
		return cmd_refuse(why, ERR_INPUT, "%.32s is no key's name: C-x "
		    "is Control and x, M-x Alt and x; also F1 to F12, Up, "
		    "PageUp, Enter, Tab: /help lists keys", key);
	command += *command == '/';
	err = cmd_valid(command, why);
	if (err != 0)
		return err;
	if (strchr(command, '\n') != NULL)
		return cmd_refuse(why, ERR_INPUT, "a key runs one line: /bind "
		    "%s COMMAND", key);
	if (i == BINDS_MAX)
		return cmd_refuse(why, ERR_QUOTA, "%d keys are bound already; "
		    "/unbind KEY makes room", BINDS_MAX);
	if (i == m->n) {
		m->bind[m->n++].key = mem_string(key);
	} else {
		free(m->bind[i].command);
	}
	m->bind[i].command = mem_string(command);
	return 0;
}

int
keymap_unbind(struct keymap *m, const char *key, char **why)
{
	size_t i = keymap_at(m, key);

	if (i == m->n)
		return cmd_refuse(why, ERR_NONE, "%.32s has no binding of yours; "
		    "/bind shows them", key);
	free(m->bind[i].key);
	free(m->bind[i].command);
	m->bind[i] = m->bind[--m->n];
	return 0;
}

static const char *
find_row(const char *key, const char *where)
{
	for (size_t i = 0; i < key_rows; i++)
		if (strcmp(key_row[i].where, where) == 0 &&
		    strcmp(key_row[i].name, key) == 0)
			return key_row[i].command;
	return NULL;
}

const char *
keymap_find(const struct keymap *m, const char *key, const char *view,
    bool line_empty)
{
	size_t i = keymap_at(m, key);
	const char *line = NULL;

	if (i < m->n)
		return m->bind[i].command;
	if (line_empty)
		line = find_row(key, view);
	if (line == NULL)
		line = find_row(key, "any");
	return line != NULL ? line : find_row(key, "edit");
}

const char *
keymap_play(const char *key)
{
	return find_row(key, "play");
}

void
keymap_each(const struct keymap *m, void (*each)(void *, const char *,
    const char *, const char *, const char *), void *arg)
{
	for (size_t i = 0; i < m->n; i++)
		each(arg, m->bind[i].key, "any", m->bind[i].command,
		    KEYMAP_MINE);
	for (size_t i = 0; i < key_rows; i++)
		if (keymap_at(m, key_row[i].name) == m->n)
			each(arg, key_row[i].name, key_row[i].where,
			    key_row[i].command, key_row[i].help);
}

/* SPDX-License-Identifier: ISC */
/*
 * Options from a file and from flags. The file has one option a line, "name
 * value", with # for comments and quotes where blanks matter; nothing in it is
 * run, included or expanded. A refusal names file and line, or the flag.
 */
#include <stdlib.h>

#include "base.h"

#define OPTION_FILE_MAX 65536

/* --- the file --- */

struct option_line {
	char *name;
	char *value; /* NULL: none given */
	const char *wrong;
};

static char *
option_blank(char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

/* "..." or '...': in the first, \" and \\ stand for themselves. Unquotes in
 * place; returns what follows the closing quote, or NULL without one. */
static char *
option_unquote(char *p)
{
	char quote = *p, *from = p + 1, *to = p;

	for (; *from && *from != quote; from++) {
		if (quote == '"' && from[0] == '\\' &&
		    (from[1] == '"' || from[1] == '\\'))
			from++;
		*to++ = *from;
	}
	if (*from != quote)
		return NULL;
	*to = '\0';
	return from + 1;
}

/* An unquoted value goes to the end of the line or to " #". */
static void
option_plain(char *p)
{
	char *end = p + strlen(p), *hash = p;

	while ((hash = strchr(hash, '#'))) {
		if (hash[-1] == ' ' || hash[-1] == '\t') {
			end = hash;
			break;
		}
		hash++;
	}
	while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = '\0';
}

static struct option_line
option_split(char *p)
{
	struct option_line line = {0};
	char *after;

	p = option_blank(p);
	if (*p == '\0' || *p == '#')
		return line;
	line.name = p;
	p += strcspn(p, " \t");
	if (*p)
		*p++ = '\0';
	p = option_blank(p);
	if (*p == '\0' || *p == '#')
		return line;
	line.value = p;
	if (*p != '"' && *p != '\'') {
		option_plain(p);
		return line;
	}
	after = option_unquote(p);
	if (!after)
		line.wrong = "a quote is opened and not closed; close it";
	else if (*(after = option_blank(after)) && *after != '#')
		line.wrong = "text follows the closing quote; put all of it "
			     "inside the quotes";
	return line;
}

static int
option_take(struct options *o, const struct option_line *line, bool *seen,
    char **why)
{
	const struct option_row *row = option_find(o, line->name);
	const char *value = line->value;

	if (row && seen[row - o->rows])
		return option_fail(why, ERR_INPUT,
		    mem_format("%s is set a second time; remove one of the two",
			row->name));
	if (row && !value && row->type != OPT_BOOL)
		return option_fail(why, ERR_INPUT,
		    mem_format("%s has no value; write \"%s\" and %s",
			row->name, row->name, option_form(row)));
	if (row)
		seen[row - o->rows] = true;
	else if (o->other)
		return o->other(o->arg, line->name, value ? value : "", why);
	return options_set(o, line->name, value ? value : "yes", why);
}

static int
option_line(struct options *o, char *text, bool *seen, char **why)
{
	struct option_line line;
	size_t n = strlen(text);

	if (n > 0 && text[n - 1] == '\r')
		text[n - 1] = '\0';
	line = option_split(text);
	if (line.wrong)
		return option_fail(why, ERR_INPUT, mem_string(line.wrong));
	return line.name ? option_take(o, &line, seen, why) : 0;
}

static int
option_lines(struct options *o, const char *path, char *text, char **why)
{
	bool *seen = mem_array(o->n, sizeof *seen);
	char *next, *reason = NULL;
	unsigned number = 1;
	int err = 0;

	for (; text && !err; text = next, number++) {
		next = strchr(text, '\n');
		if (next)
			*next++ = '\0';
		err = option_line(o, text, seen, &reason);
		if (err)
			err = option_fail(why, ERR_INPUT,
			    mem_format("%s:%u: %s", path, number,
				reason ? reason : err_text(err)));
	}
	free(reason);
	free(seen);
	return err;
}

int
options_file(struct options *o, const char *path, char **why)
{
	struct buf b = {0};
	int err = path_read(path, OPTION_FILE_MAX, &b);

	if (why)
		*why = NULL;
	if (err)
		err = option_fail(why, err,
		    mem_format("%s: %s; check the file and its mode", path,
			err_text(err)));
	else if ((b.n && memchr(b.p, 0, b.n)) ||
		 !utf8_valid((const char *)b.p, b.n))
		err = option_fail(why, ERR_INPUT,
		    mem_format("%s: this is not a text file in UTF-8; "
			       "give another one", path));
	buf_u8(&b, 0);
	if (!err)
		err = option_lines(o, path, (char *)b.p, why);
	buf_free(&b);
	return err;
}

/* --- flags --- */

/* Finds the row of --name or --no-name; `*no` tells which it was. */
static const struct option_row *
option_flag(const struct options *o, const char *name, bool *no)
{
	const struct option_row *row = option_find(o, name);

	*no = false;
	if (!row && strncmp(name, "no-", 3) == 0) {
		row = option_find(o, name + 3);
		*no = row && row->type == OPT_BOOL;
		if (!*no)
			row = NULL;
	}
	return row;
}

static int
option_arg(struct options *o, char *name, const char *next, bool *used,
    char **why)
{
	char *value = strchr(name, '=');
	const struct option_row *row;
	bool no;

	if (value)
		*value++ = '\0';
	row = option_flag(o, name, &no);
	if (!row)
		return options_set(o, name, "", why); /* says so */
	if (no && value)
		return option_fail(why, ERR_INPUT,
		    mem_format("--%s takes no value; write --%s", name, name));
	assert(o->n <= 64);
	o->flags |= (uint64_t)1 << (row - o->rows);
	if (row->type == OPT_BOOL && !value)
		return options_set(o, row->name, no ? "no" : "yes", why);
	*used = !value;
	if (!value && !next)
		return option_fail(why, ERR_INPUT,
		    mem_format("--%s has no value; add %s", name,
			option_form(row)));
	return options_set(o, row->name, value ? value : next, why);
}

bool
options_given(const struct options *o, const char *name)
{
	const struct option_row *row = option_find(o, name);

	return row != NULL && (o->flags >> (row - o->rows) & 1) != 0;
}

int
options_args(struct options *o, int argc, char **argv, int *i, char **why)
{
	char *name;
	bool used;
	int err;

	if (why)
		*why = NULL;
	for (; *i < argc; ++*i) {
		if (strncmp(argv[*i], "--", 2) != 0)
			break;
		if (argv[*i][2] == '\0') {
			++*i;
			break;
		}
		used = false;
		name = mem_string(argv[*i] + 2);
		err = option_arg(o, name, *i + 1 < argc ? argv[*i + 1] : NULL,
		    &used, why);
		free(name);
		if (err)
			return ERR_INPUT;
		*i += used;
	}
	return 0;
}

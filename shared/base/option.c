/* SPDX-License-Identifier: ISC */
/*
 * Options are rows; this file judges, keeps and looks up their values, the same
 * way whether they come from the table, a file (option_read.c) or a flag. Each
 * refusal is a sentence that says what is wrong and what to write instead. What
 * an option means is not known here.
 */
#include <stdlib.h>

#include "base.h"

int
option_fail(char **why, int err, char *sentence)
{
	if (why)
		*why = sentence;
	else
		free(sentence);
	return err;
}

const struct option_row *
option_find(const struct options *o, const char *name)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		if (strcmp(o->rows[i].name, name) == 0)
			return &o->rows[i];
	return NULL;
}

/* --- numbers with units --- */

struct option_unit {
	enum option_type type;
	const char *name;
	int64_t factor;
};

static const struct option_unit option_units[] = {
	{OPT_INT, "", 1},
	{OPT_SIZE, "", 1},
	{OPT_SIZE, "k", 1024},
	{OPT_SIZE, "m", 1024 * 1024},
	{OPT_SIZE, "g", 1024 * 1024 * 1024},
	{OPT_TIME, "ms", 1},
	{OPT_TIME, "s", 1000},
	{OPT_TIME, "m", 60 * 1000},
	{OPT_TIME, "h", 60 * 60 * 1000},
	{OPT_TIME, "d", 24 * 60 * 60 * 1000},
};

static bool
option_unit(enum option_type type, const char *s, size_t n, int64_t *factor)
{
	size_t i;

	for (i = 0; i < COUNT(option_units); i++) {
		const struct option_unit *u = &option_units[i];

		if (u->type == type && strlen(u->name) == n &&
		    memcmp(u->name, s, n) == 0) {
			*factor = u->factor;
			return true;
		}
	}
	return false;
}

/* A bare 0 needs no unit; any other time does, since nobody remembers which
 * unit a bare number would have. */
static bool
option_number(enum option_type type, const char *s, size_t n, int64_t *out)
{
	bool minus = type == OPT_INT && n > 0 && s[0] == '-';
	size_t i = minus, digits;
	int64_t v = 0, factor = 1;

	for (; i < n && s[i] >= '0' && s[i] <= '9'; i++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, s[i] - '0', &v))
			return false;
	digits = i - minus;
	if (digits == 0)
		return false;
	if (!(v == 0 && i == n) &&
	    !option_unit(type, s + i, n - i, &factor))
		return false;
	if (__builtin_mul_overflow(v, minus ? -factor : factor, out))
		return false;
	return true;
}

static bool
option_truth(const char *s, bool *out)
{
	static const char *const yes[] = {"yes", "on", "true", "1"};
	static const char *const no[] = {"no", "off", "false", "0"};
	size_t i;

	for (i = 0; i < COUNT(yes); i++)
		if (strcmp(s, yes[i]) == 0 || strcmp(s, no[i]) == 0) {
			*out = s == yes[i] || strcmp(s, yes[i]) == 0;
			return true;
		}
	return false;
}

/* --- judging one value --- */

static bool
option_in_range(const struct option_row *row, int64_t v)
{
	const char *dots = row->choices ? strstr(row->choices, "..") : NULL;
	size_t n;
	int64_t low, high;
	bool known;

	if (!dots)
		return true;
	n = (size_t)(dots - row->choices);
	known = option_number(row->type, row->choices, n, &low) &&
		option_number(row->type, dots + 2, strlen(dots + 2), &high);
	assert(known); /* the range is ours */
	return known && v >= low && v <= high;
}

static bool
option_among(const char *choices, const char *value)
{
	size_t n = strlen(value);
	const char *p = choices;

	while (p) {
		const char *bar = strchr(p, '|');
		size_t len = bar ? (size_t)(bar - p) : strlen(p);

		if (n == len && memcmp(p, value, n) == 0)
			return true;
		p = bar ? bar + 1 : NULL;
	}
	return false;
}

const char *
option_form(const struct option_row *row)
{
	switch (row->type) {
	case OPT_BOOL:
		return "yes or no";
	case OPT_INT:
		return "a whole number";
	case OPT_SIZE:
		return "a size such as 500k, 20m or 1g";
	case OPT_TIME:
		return "a time such as 200ms, 30s, 5m, 2h or 7d";
	case OPT_CHOICE:
		return row->choices;
	case OPT_STRING:
		break;
	}
	return "text";
}

static int
option_judge(const struct option_row *row, const char *value)
{
	bool truth;
	int64_t v;

	switch (row->type) {
	case OPT_BOOL:
		return option_truth(value, &truth) ? 0 : ERR_FORMAT;
	case OPT_INT:
	case OPT_SIZE:
	case OPT_TIME:
		if (!option_number(row->type, value, strlen(value), &v))
			return ERR_FORMAT;
		return option_in_range(row, v) ? 0 : ERR_RANGE;
	case OPT_CHOICE:
		return option_among(row->choices, value) ? 0 : ERR_FORMAT;
	case OPT_STRING:
		break;
	}
	return utf8_valid(value, strlen(value)) ? 0 : ERR_FORMAT;
}

/* --- values --- */

void
options_init(struct options *o, const struct option_row *rows, size_t n)
{
	size_t i;

	*o = (struct options){.rows = rows, .n = n};
	o->value = mem_array(n, sizeof *o->value);
	for (i = 0; i < n; i++) {
		assert(rows[i].initial || rows[i].type == OPT_STRING);
		assert(!rows[i].initial ||
		       option_judge(&rows[i], rows[i].initial) == 0);
		o->value[i] = mem_string(rows[i].initial);
	}
}

void
options_free(struct options *o)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		free(o->value[i]);
	free(o->value);
	*o = (struct options){0};
}

static size_t
option_min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many letters differ (Levenshtein); 99 for what is too long to be a slip
 * of the finger. */
static size_t
option_distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), row[33], i, j, before, keep;

	if (n >= COUNT(row) || m >= COUNT(row))
		return 99;
	for (j = 0; j <= m; j++)
		row[j] = j;
	for (i = 1; i <= n; i++) {
		before = row[0];
		row[0] = i;
		for (j = 1; j <= m; j++) {
			keep = row[j];
			row[j] = option_min(before + (a[i - 1] != b[j - 1]),
			    option_min(row[j], row[j - 1]) + 1);
			before = keep;
		}
	}
	return row[m];
}

/* `name` may be anything that somebody typed. */
static char *
option_unknown(const struct options *o, const char *name)
{
	struct safe shown = safe_make(SAFE_NAME, name, strlen(name));
	const char *near = NULL;
	size_t i, best = 3, d;
	char *s;

	for (i = 0; i < o->n; i++) {
		d = option_distance(name, o->rows[i].name);
		if (d < best) {
			best = d;
			near = o->rows[i].name;
		}
	}
	s = near ? mem_format("there is no option \"%s\"; did you mean \"%s\"?",
		       shown.s, near)
		 : mem_format("there is no option \"%s\"; --help lists them",
		       shown.s);
	safe_free(&shown);
	return s;
}

static char *
option_refused(const struct option_row *row, const char *value, int err)
{
	struct safe shown = safe_make(SAFE_LINE, value, strlen(value));
	char *s;

	if (err == ERR_RANGE)
		s = mem_format("%s: \"%s\" is out of range; give a value in %s",
		    row->name, shown.s, row->choices);
	else
		s = mem_format("%s: \"%s\" will not do; give %s", row->name,
		    shown.s, option_form(row));
	safe_free(&shown);
	return s;
}

int
options_set(struct options *o, const char *name, const char *value, char **why)
{
	const struct option_row *row = option_find(o, name);
	char **slot;
	int err;

	if (why)
		*why = NULL;
	if (!row)
		return option_fail(why, ERR_NONE, option_unknown(o, name));
	err = option_judge(row, value);
	if (err)
		return option_fail(why, err, option_refused(row, value, err));
	slot = &o->value[row - o->rows];
	value = mem_string(value); /* it may be the old value itself */
	free(*slot);
	*slot = (char *)(uintptr_t)value;
	return 0;
}

const char *
options_string(const struct options *o, const char *name)
{
	const struct option_row *row = option_find(o, name);

	assert(row);
	return o->value[row - o->rows];
}

int64_t
options_int(const struct options *o, const char *name)
{
	const struct option_row *row = option_find(o, name);
	const char *s;
	int64_t v = 0;
	bool known;

	assert(row && row->type != OPT_STRING && row->type != OPT_CHOICE);
	if (row->type == OPT_BOOL)
		return options_bool(o, name);
	s = o->value[row - o->rows];
	known = option_number(row->type, s, strlen(s), &v);
	assert(known); /* options_set judged it */
	(void)known;
	return v;
}

bool
options_bool(const struct options *o, const char *name)
{
	const struct option_row *row = option_find(o, name);
	bool v = false, known;

	assert(row && row->type == OPT_BOOL);
	known = option_truth(o->value[row - o->rows], &v);
	assert(known);
	(void)known;
	return v;
}

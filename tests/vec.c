/* SPDX-License-Identifier: ISC */
/*
 * Test vectors for tests; vec.h has the contract. gzip(1) unpacks and jansson
 * parses; neither serves a program. Nothing here is fit for bytes from a peer:
 * what is malformed ends the test.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "vec.h"

static _Noreturn void PRINTF(1, 2)
vec_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("vec: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputs("\n", stderr);
	va_end(ap);
	exit(1);
}

/* Tests may be started in the root, in build/ or in build/X. */
static char *
vec_find(const char *folder, const char *name)
{
	static const char *const up[] = { "", "../", "../../", "../../../" };
	char *path;
	size_t i;

	for (i = 0; i < COUNT(up); i++) {
		path = mem_format("%s%s/%s", up[i], folder, name);
		if (access(path, R_OK) == 0)
			return path;
		free(path);
	}
	return mem_format("%s/%s", folder, name);
}

static char *
vec_path(const char *name)
{
	const char *env = getenv("TACET_VECTORS");

	if (env != NULL && *env != '\0')
		return mem_format("%s/%s", env, name);
	return vec_find("../shared/vectors", name);
}

static bool
vec_is_gz(const char *path)
{
	size_t n = strlen(path);

	return n > 3 && strcmp(path + n - 3, ".gz") == 0;
}

static FILE *
vec_gunzip(const char *path)
{
	char *command;
	FILE *f;

	if (strchr(path, '\'') != NULL)
		vec_die("%s: no quotes in paths, please", path);
	command = mem_format("gzip -dc -- '%s'", path);
	f = popen(command, "r");
	free(command);
	if (f == NULL)
		vec_die("%s: gzip does not start", path);
	return f;
}

static bool
vec_slurp(struct vec *v)
{
	uint8_t part[16384];
	bool gz = vec_is_gz(v->path);
	FILE *f;
	size_t n;

	if (access(v->path, R_OK) != 0)
		return false;
	f = gz ? vec_gunzip(v->path) : fopen(v->path, "r");
	if (f == NULL)
		vec_die("%s: can't be opened", v->path);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_put(&v->text, part, n);
	if (ferror(f) != 0 || (gz ? pclose(f) : fclose(f)) != 0)
		vec_die("%s: can't be read to its end", v->path);
	return true;
}

static bool
vec_begin(struct vec *v, char *path)
{
	memset(v, 0, sizeof(*v));
	v->path = path;
	return vec_slurp(v);
}

static bool
vec_parse(struct vec *v)
{
	json_error_t e;

	v->root = json_loadb((const char *)v->text.p, v->text.n, 0, &e);
	if (v->root == NULL)
		vec_die("%s:%d: %s", v->path, e.line, e.text);
	buf_free(&v->text);
	return true;
}

bool
vec_open(struct vec *v, const char *name)
{
	return vec_begin(v, vec_path(name)) && vec_parse(v);
}

bool
vec_open_text(struct vec *v, const char *name)
{
	return vec_begin(v, vec_path(name));
}

bool
vec_open_path(struct vec *v, const char *path)
{
	return vec_begin(v, mem_string(path)) && vec_parse(v);
}

void
vec_open_data(struct vec *v, const char *name)
{
	if (!vec_begin(v, vec_find("tests/data", name)))
		vec_die("%s is missing: start tests in the project's root",
		    v->path);
	(void)vec_parse(v);
}

const char *
vec_why(const struct vec *v)
{
	return v->path;
}

void
vec_forget(struct vec *v)
{
	size_t i;

	for (i = 0; i < v->n; i++)
		free(v->own[i]);
	free(v->own);
	v->own = NULL;
	v->n = 0;
}

void
vec_close(struct vec *v)
{
	vec_forget(v);
	json_decref(v->root);
	buf_free(&v->text);
	free(v->path);
	memset(v, 0, sizeof(*v));
}

static int
vec_nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

struct bytes
vec_hex_text(struct vec *v, const char *s, size_t len)
{
	uint8_t *p = mem_alloc(len / 2 + (len == 0));
	size_t i;
	int hi, lo;

	if ((v->n & (v->n + 1)) == 0)
		v->own = mem_grow(v->own, 2 * (v->n + 1), sizeof(*v->own));
	v->own[v->n++] = p;
	if (len % 2 != 0)
		vec_die("%s: hex of odd length", v->path);
	for (i = 0; i < len; i += 2) {
		hi = vec_nibble(s[i]);
		lo = vec_nibble(s[i + 1]);
		if (hi < 0 || lo < 0)
			vec_die("%s: not hex: %.20s", v->path, s);
		p[i / 2] = (uint8_t)(hi << 4 | lo);
	}
	return bytes_of(p, len / 2);
}

struct bytes
vec_hex_value(struct vec *v, const json_t *s)
{
	if (!json_is_string(s))
		vec_die("%s: a string is missing", v->path);
	return vec_hex_text(v, json_string_value(s), json_string_length(s));
}

bool
vec_has(const json_t *o, const char *field)
{
	const json_t *f = json_object_get(o, field);

	return f != NULL && !json_is_null(f);
}

json_t *
vec_field(const json_t *o, const char *field)
{
	json_t *f = json_object_get(o, field);

	if (f == NULL)
		vec_die("the field %s is missing", field);
	return f;
}

struct bytes
vec_try(struct vec *v, const json_t *o, const char *field)
{
	if (!vec_has(o, field))
		return bytes_of(NULL, 0);
	return vec_hex_value(v, json_object_get(o, field));
}

struct bytes
vec_hex(struct vec *v, const json_t *o, const char *field)
{
	return vec_hex_value(v, vec_field(o, field));
}

const uint8_t *
vec_hex_n(struct vec *v, const json_t *o, const char *field, size_t n)
{
	struct bytes b = vec_hex(v, o, field);

	if (b.n != n)
		vec_die("%s: %s has %zu bytes, not %zu", v->path, field, b.n,
		    n);
	return b.p;
}

const char *
vec_string(const json_t *o, const char *field)
{
	const char *s = json_string_value(json_object_get(o, field));

	return s == NULL ? "" : s;
}

int64_t
vec_int(const json_t *o, const char *field)
{
	const json_t *f = vec_field(o, field);

	if (!json_is_integer(f))
		vec_die("%s is no number", field);
	return json_integer_value(f);
}

bool
vec_bool(const json_t *o, const char *field)
{
	const json_t *f = vec_field(o, field);

	if (!json_is_boolean(f))
		vec_die("%s is neither true nor false", field);
	return json_is_true(f);
}

bool
vec_line(const struct vec *v, size_t *at, struct bytes *line)
{
	const uint8_t *p, *end;

	if (*at >= v->text.n)
		return false;
	p = v->text.p + *at;
	end = memchr(p, '\n', v->text.n - *at);
	if (end == NULL)
		end = v->text.p + v->text.n;
	*line = bytes_of(p, (size_t)(end - p));
	*at += line->n + 1;
	return true;
}

struct bytes
vec_named(struct vec *v, const char *name)
{
	size_t at = 0, n = strlen(name);
	struct bytes l;

	while (vec_line(v, &at, &l))
		if (l.n > n + 3 && memcmp(l.p, name, n) == 0 &&
		    memcmp(l.p + n, " = ", 3) == 0)
			return vec_hex_text(v, (const char *)l.p + n + 3,
			    l.n - n - 3);
	vec_die("%s: no line `%s = ...`", v->path, name);
}

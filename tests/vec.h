/* SPDX-License-Identifier: ISC */
/*
 * Test vectors for tests: loads other people's JSON and text files, plain or
 * .gz, from the vectors folder, and our own from tests/data. Hex fields become
 * bytes that live as long as the file. Never part of a program; knows nothing
 * of what the bytes mean. A malformed file ends the test with a sentence.
 *
 *	struct vec v;
 *	json_t *c;
 *	size_t i;
 *
 *	if (!vec_open(&v, "xwing/xwing-test-vectors.json"))
 *		skip(..., vec_why(&v));
 *	vec_each(v.root, i, c)
 *		use(vec_hex(&v, c, "seed"));
 *	vec_close(&v);
 */
#ifndef TACET_VEC_H
#define TACET_VEC_H

/* jansson's json_string() and base's json writer share a name; tests read JSON
 * with the one and write it with the other, so jansson's constructor goes. */
#define json_string jansson_string
#include <jansson.h>
#undef json_string

#include "base.h"

struct vec {
	json_t *root;           /* NULL for a text file */
	struct buf text;        /* the file's bytes */
	char *path;             /* where it was looked for */
	uint8_t **own;          /* what vec_hex gave out */
	size_t n;
};

/*
 * Opens NAME in $TACET_VECTORS, else in ../shared/vectors seen from the
 * project's root (the working folder or one of its next parents). False when
 * the file is absent; then vec_why() says what is missing, for `skipped`.
 */
bool vec_open(struct vec *, const char *name) MUST_CHECK;
bool vec_open_text(struct vec *, const char *name) MUST_CHECK;
/* Any path; absent is false as well. */
bool vec_open_path(struct vec *, const char *path) MUST_CHECK;
/* tests/data/NAME, which is committed: its absence ends the test. */
void vec_open_data(struct vec *, const char *name);
const char *vec_why(const struct vec *);
void vec_close(struct vec *);
/* Frees what vec_hex gave out so far: between cases of large files. */
void vec_forget(struct vec *);

#define vec_each(array, i, value) json_array_foreach(array, i, value)

/* Fields of an object. vec_hex ends the test if the field is absent or no hex;
 * vec_try gives p == NULL if it is absent or null. Upper case is fine. The
 * bytes are an allocation of their own, so that ASan sees a read past them. */
struct bytes vec_hex(struct vec *, const json_t *, const char *field);
struct bytes vec_try(struct vec *, const json_t *, const char *field);
struct bytes vec_hex_value(struct vec *, const json_t *string);
/* As vec_hex, and exactly n bytes. */
const uint8_t *vec_hex_n(struct vec *, const json_t *, const char *field,
    size_t n);
const char *vec_string(const json_t *, const char *field); /* "" if absent */
int64_t vec_int(const json_t *, const char *field);     /* ends if absent */
bool vec_bool(const json_t *, const char *field);       /* ends if absent */
json_t *vec_field(const json_t *, const char *field);   /* ends if absent */
bool vec_has(const json_t *, const char *field);        /* and not null */

/* Text files. vec_line walks the lines: *at starts at 0; the view has no
 * newline. vec_named finds `name = hex` at the start of a line. */
bool vec_line(const struct vec *, size_t *at, struct bytes *line);
struct bytes vec_named(struct vec *, const char *name);
struct bytes vec_hex_text(struct vec *, const char *s, size_t len);

#endif

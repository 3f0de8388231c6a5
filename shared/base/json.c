/* SPDX-License-Identifier: ISC */
/*
 * A writer for JSON lines (RFC 8259). Nothing is lost and nothing is raw: what
 * a terminal must not see goes out as \u escapes, ill-formed UTF-8 as U+FFFD.
 * It keeps commas and depth; the caller keeps keys apart and ends the line.
 */
#include "base.h"

struct json
json_to(struct buf *out)
{
	return (struct json){.out = out};
}

static void
json_char(struct buf *out, uint32_t cp)
{
	char s[4];

	if (cp == '"' || cp == '\\') {
		buf_u8(out, '\\');
		buf_u8(out, (uint8_t)cp);
	} else if (cp == '\n') {
		buf_string(out, "\\n");
	} else if (cp == '\t') {
		buf_string(out, "\\t");
	} else if (width_shown(cp)) {
		buf_put(out, s, utf8_put(s, cp));
	} else if (cp < 0x10000) {
		buf_format(out, "\\u%04x", (unsigned)cp);
	} else {
		cp -= 0x10000;
		buf_format(out, "\\u%04x\\u%04x",
		    0xd800 | (unsigned)(cp >> 10),
		    0xdc00 | (unsigned)(cp & 0x3ff));
	}
}

static void
json_quote(struct buf *out, struct bytes v)
{
	const char *s = (const char *)v.p;
	size_t used, left;

	buf_u8(out, '"');
	for (left = v.n; left > 0; s += used, left -= used)
		json_char(out, utf8_get(s, left, &used));
	buf_u8(out, '"');
}

/* What stands before every value: the comma and, in an object, the key. */
static void
json_begin(struct json *j, const char *key)
{
	if (j->comma[j->depth])
		buf_u8(j->out, ',');
	j->comma[j->depth] = true;
	if (key) {
		json_quote(j->out, bytes_of(key, strlen(key)));
		buf_u8(j->out, ':');
	}
}

void
json_open(struct json *j, const char *key, char bracket)
{
	assert(bracket == '{' || bracket == '[');
	assert(j->depth + 1 < COUNT(j->comma));
	json_begin(j, key);
	buf_u8(j->out, (uint8_t)bracket);
	j->comma[++j->depth] = false;
}

void
json_close(struct json *j, char bracket)
{
	assert(bracket == '}' || bracket == ']');
	assert(j->depth > 0);
	j->depth--;
	buf_u8(j->out, (uint8_t)bracket);
}

void
json_bytes(struct json *j, const char *key, struct bytes utf8)
{
	json_begin(j, key);
	json_quote(j->out, utf8);
}

void
json_string(struct json *j, const char *key, const char *s)
{
	if (s) {
		json_bytes(j, key, bytes_of(s, strlen(s)));
		return;
	}
	json_begin(j, key);
	buf_string(j->out, "null");
}

void
json_hex(struct json *j, const char *key, const void *p, size_t n)
{
	const uint8_t *from = p;
	char digits[3];
	size_t i;

	json_begin(j, key);
	buf_u8(j->out, '"');
	for (i = 0; i < n; i++) {
		hex_put(digits, from + i, 1);
		buf_put(j->out, digits, 2);
	}
	buf_u8(j->out, '"');
}

void
json_int(struct json *j, const char *key, int64_t v)
{
	json_begin(j, key);
	buf_format(j->out, "%lld", (long long)v);
}

void
json_bool(struct json *j, const char *key, bool v)
{
	json_begin(j, key);
	buf_string(j->out, v ? "true" : "false");
}

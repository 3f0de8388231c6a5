/* SPDX-License-Identifier: ISC */
/*
 * Names that are taken for one another: by shape (0 and o, 1 and l and i, rn
 * and m, vv and w, dashes, and letters of other alphabets that are drawn alike)
 * or because a single letter differs. Says so and where; judges nobody.
 */
#include "ident.h"

#define FOLD_MAX 128
#define ONE_FROM 3              /* letters: shorter names all differ in one */

static const struct {
	uint32_t from, to;      /* code points, both included */
	char as;                /* of the first; the next letter for the next */
	bool one;               /* the same letter for all of them */
} lookalike_row[] = {
	{0x0131, 0x0131, 'l', true}, {0x0237, 0x0237, 'j', true},
	{0x0251, 0x0251, 'a', true}, {0x0261, 0x0261, 'g', true},
	{0x0269, 0x0269, 'l', true}, {0x03b1, 0x03b1, 'a', true},
	{0x03b3, 0x03b3, 'y', true}, {0x03b5, 0x03b5, 'e', true},
	{0x03b9, 0x03b9, 'l', true}, {0x03ba, 0x03ba, 'k', true},
	{0x03bd, 0x03bd, 'v', true}, {0x03bf, 0x03bf, 'o', true},
	{0x03c1, 0x03c1, 'p', true}, {0x03c3, 0x03c3, 'o', true},
	{0x03c4, 0x03c4, 't', true}, {0x03c5, 0x03c5, 'u', true},
	{0x03f2, 0x03f2, 'c', true}, {0x03f3, 0x03f3, 'j', true},
	{0x0430, 0x0430, 'a', true}, {0x0432, 0x0432, 'b', true},
	{0x0433, 0x0433, 'r', true}, {0x0435, 0x0435, 'e', true},
	{0x043a, 0x043a, 'k', true}, {0x043c, 0x043c, 'm', true},
	{0x043d, 0x043d, 'h', true}, {0x043e, 0x043e, 'o', true},
	{0x0440, 0x0440, 'p', true}, {0x0441, 0x0441, 'c', true},
	{0x0442, 0x0442, 't', true}, {0x0443, 0x0443, 'y', true},
	{0x0445, 0x0445, 'x', true}, {0x0455, 0x0455, 's', true},
	{0x0456, 0x0456, 'l', true}, {0x0458, 0x0458, 'j', true},
	{0x04bb, 0x04bb, 'h', true}, {0x0501, 0x0501, 'd', true},
	{0x051b, 0x051b, 'q', true}, {0x051d, 0x051d, 'w', true},
	{0x0570, 0x0570, 'h', true}, {0x0578, 0x0578, 'n', true},
	{0x057d, 0x057d, 'u', true}, {0x0585, 0x0585, 'o', true},
	{0x2010, 0x2015, '-', true}, {0x2212, 0x2212, '-', true},
	{0x2170, 0x2170, 'l', true}, {0x217c, 0x217c, 'l', true},
	{0xff10, 0xff19, '0', false}, {0xff21, 0xff3a, 'a', false},
	{0xff41, 0xff5a, 'a', false},
};

/* What hides: it is there and can't be seen. */
static bool
hidden(uint32_t c)
{
	return c == 0xad || (c >= 0x300 && c <= 0x36f) || (c >= 0x200b &&
	    c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 &&
	    c <= 0x206f) || (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff;
}

/* The shape of an ASCII character: one for all that look like it. */
static char
shape(char c)
{
	if (c >= 'A' && c <= 'Z')
		c = c == 'I' ? 'l' : (char)(c - 'A' + 'a');
	switch (c) {
	case '0':
		return 'o';
	case '1':
	case 'i':
	case '|':
	case '!':
		return 'l';
	case '_':
	case '.':
	case ' ':
		return '-';
	default:
		return c;
	}
}

static char
letter(uint32_t c)
{
	if (c < 0x80)
		return shape((char)c);
	for (size_t i = 0; i < COUNT(lookalike_row); i++)
		if (c >= lookalike_row[i].from && c <= lookalike_row[i].to)
			return shape(lookalike_row[i].one ?
			    lookalike_row[i].as : (char)(lookalike_row[i].as +
			    (char)(c - lookalike_row[i].from)));
	return '?';
}

/* Two letters that look like one become it. */
static size_t
join(char *s, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		bool next = i + 1 < n;

		if (next && s[i] == 'r' && s[i + 1] == 'n')
			s[k++] = 'm', i++;
		else if (next && s[i] == 'v' && s[i + 1] == 'v')
			s[k++] = 'w', i++;
		else
			s[k++] = s[i];
	}
	return k;
}

static size_t
fold(const char *name, char out[static FOLD_MAX])
{
	size_t left = strlen(name), n = 0, used;
	uint32_t c;

	for (; left > 0 && n < FOLD_MAX; name += used, left -= used) {
		c = utf8_get(name, left, &used);
		if (!hidden(c))
			out[n++] = letter(c);
	}
	while (n > 0 && out[n - 1] == '-')
		n--;            /* blanks at the end */
	return join(out, n);
}

/* One letter more, less, other, or two that changed places */
static bool
one_apart(const char *a, const char *b)
{
	size_t i = 0, n = strlen(a), m = strlen(b);

	if ((n < m ? n : m) < ONE_FROM)
		return false;
	while (a[i] != '\0' && a[i] == b[i])
		i++;
	if (n == m)
		return strcmp(a + i + 1, b + i + 1) == 0 || (a[i] == b[i + 1] &&
		    a[i + 1] == b[i] && strcmp(a + i + 2, b + i + 2) == 0);
	return n + 1 == m ? strcmp(a + i, b + i + 1) == 0 :
	    m + 1 == n && strcmp(a + i + 1, b + i) == 0;
}

enum lookalike
lookalike_names(const char *a, const char *b)
{
	char x[FOLD_MAX], y[FOLD_MAX];
	size_t n, m;

	if (strcmp(a, b) == 0)
		return LOOKALIKE_NONE;
	n = fold(a, x);
	m = fold(b, y);
	if (n == m && n > 0 && memcmp(x, y, n) == 0 && memchr(x, '?', n) == NULL)
		return LOOKALIKE_SHAPE;
	return one_apart(a, b) ? LOOKALIKE_LETTER : LOOKALIKE_NONE;
}

static void
put_character(struct buf *out, const char *s)
{
	size_t used;
	uint32_t c;

	if (*s == '\0') {
		buf_string(out, "nothing");
		return;
	}
	c = utf8_get(s, strlen(s), &used);
	if (c >= '0' && c <= '9')
		buf_format(out, "the digit %c", (int)c);
	else if (c >= 'a' && c <= 'z')
		buf_format(out, "the letter %c", (int)c);
	else if (c > ' ' && c < 0x7f)
		buf_format(out, "\"%c\"", (int)c);
	else
		buf_format(out, "U+%04X", (unsigned)c);
}

void
lookalike_where(const char *a, const char *b, struct buf *out)
{
	size_t i = 0, at = 1, n;
	const char *x, *y;

	while (a[i] != '\0' && a[i] == b[i])
		i++;
	while (i > 0 && ((uint8_t)a[i] & 0xc0) == 0x80)
		i--;            /* the start of a character */
	for (n = 0; n < i; n++)
		at += ((uint8_t)a[n] & 0xc0) != 0x80;
	x = a + i;
	y = b + i;
	buf_format(out, "%s has ", a);
	put_character(out, x);
	buf_format(out, " at place %zu, %s has ", at, b);
	put_character(out, y);
}

bool
lookalike_keys(const uint8_t a[static ACCOUNT_ID],
    const uint8_t b[static ACCOUNT_ID])
{
	uint16_t x[SAFETY_KEY_WORDS], y[SAFETY_KEY_WORDS];

	if (memcmp(a, b, ACCOUNT_ID) == 0)
		return false;
	safety_key_words(a, x);
	safety_key_words(b, y);
	return x[0] == y[0] && x[1] == y[1];
}

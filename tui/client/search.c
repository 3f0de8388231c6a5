/* SPDX-License-Identifier: ISC */
/*
 * Search. Texts lie sealed in the store and nothing of them is indexed, so each
 * is opened, compared and wiped again: about a third of a second for 100,000.
 */
#include <locale.h>
#include <stdlib.h>
#include <wctype.h>

#include "inside.h"

#define SEARCH_WORDS 16

struct search {
	struct buf words;               /* folded, blanks between */
	struct bytes word[SEARCH_WORDS];
	size_t n;
	locale_t locale;                /* for its letters; 0: there is none */
	struct buf text;
	client_found *fn;
	void *arg;
	struct talk *talk;
	bool more;
};

/* Letters of any script lose their case; what is no character stays out. */
static void
fold(locale_t l, const char *s, size_t n, struct buf *out)
{
	size_t at = 0, used;
	uint32_t cp;
	char c[4];

	buf_clear(out);
	for (; at < n; at += used) {
		cp = utf8_get(s + at, n - at, &used);
		if (l != (locale_t)0)
			cp = (uint32_t)towlower_l((wint_t)cp, l);
		else if (cp >= 'A' && cp <= 'Z')
			cp += 'a' - 'A';
		buf_put(out, c, utf8_put(c, cp));
	}
}

static void
split(struct search *s)
{
	const uint8_t *p = s->words.p, *end = p + s->words.n, *from;

	while (p < end && s->n < SEARCH_WORDS) {
		while (p < end && (*p == ' ' || *p == '\n'))
			p++;
		for (from = p; p < end && *p != ' ' && *p != '\n';)
			p++;
		if (p > from)
			s->word[s->n++] = bytes_of(from, (size_t)(p - from));
	}
}

static bool
look(void *arg, const struct message *m)
{
	struct search *s = arg;

	fold(s->locale, m->text.s, m->text.n, &s->text);
	for (size_t i = 0; i < s->n; i++)
		if (memmem(s->text.p, s->text.n, s->word[i].p,
		    s->word[i].n) == NULL)
			return true;
	s->more = s->fn(s->arg, s->talk, m);
	return s->more;
}

int
client_search(struct client *c, const char *words, client_found *fn, void *arg)
{
	struct search s = {.words = {.secret = true}, .text = {.secret = true},
	    .fn = fn, .arg = arg, .more = true};
	size_t i, talks = client_talks(c);
	int err = 0;

	/* of its own: a test or a verb may not have set one */
	s.locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	fold(s.locale, words, strlen(words), &s.words);
	split(&s);
	for (i = 0; i < talks && s.n > 0 && s.more && err == 0; i++) {
		s.talk = client_talk_at(c, i);
		err = message_each(c, s.talk, look, &s);
	}
	if (s.locale != (locale_t)0)
		freelocale(s.locale);
	buf_free(&s.words);
	buf_free(&s.text);
	return err;
}

/* SPDX-License-Identifier: ISC */
/* See film_help.h. */
#include "film.h"
#include "film_help.h"

const uint8_t film_help_jpeg[4] = {0xff, 0xd8, 0xff, 0xd9};

void
film_help_say(struct pair *w, size_t i, const char *to, const char *name)
{
	struct client *c = w->who[i].c;
	struct film *f = film_add(c, pair_talk(w, i, to));

	f->name = safe_make(SAFE_NAME, name, strlen(name));
	f->length = FILM_HELP_MS;
	f->width = 640;
	f->height = 360;
	/* two rows: the index has 15 + 2 * (8 + 5 * 36) bytes, padded to 400,
	 * in a seal of 64 */
	f->at = 100000;
	f->size = 64 + 400;
	buf_put(&f->poster, film_help_jpeg, sizeof(film_help_jpeg));
	film_say(c, f);
}

const struct film *
film_help_named(struct client *c, const char *name)
{
	const struct film *f;

	for (size_t i = 0; (f = client_film_at(c, i)) != NULL; i++)
		if (strcmp(f->name.s, name) == 0)
			return f;
	return NULL;
}

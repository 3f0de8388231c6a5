/* SPDX-License-Identifier: ISC */
/*
 * A body with the card of a film: whatever is taken allocates no more than
 * came, and is written as it was read.
 * floor: client
 */
#include <stdlib.h>

#include "film.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct film f = {.row = 1};
	struct body b;
	struct body_film again;
	char *text;

	if (body_get(bytes_of(p, n), &b) != 0 || b.code != BODY_film ||
	    film_card_get(&b.film, &f) != 0)
		return 0;
	film_card_put(&f, &again);
	if (again.size != b.film.size || again.length != b.film.length ||
	    !bytes_same(again.poster, b.film.poster))
		abort();
	text = client_film_text(&f);
	if (strchr(text, '\n') != NULL || strchr(text, 033) != NULL)
		abort();
	free(text);
	film_wipe(&f);
	return 0;
}

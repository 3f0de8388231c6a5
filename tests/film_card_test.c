/* SPDX-License-Identifier: ISC */
/*
 * The card of a film: there and back, and refused where its numbers can't all
 * be true (T73), before anybody would allocate by them.
 * floor: client
 */
#include "film.h"
#include "tap.h"

static const uint8_t jpeg[] = {0xff, 0xd8, 0xff, 0xd9};

/* Ten seconds in two sizes: the index has 15 + 2 * (8 + 5 * 36) bytes, padded
 * to 400, in a seal of 64. */
static void
card(struct body_film *b)
{
	memset(b, 0, sizeof(*b));
	memset(b->film, 1, sizeof(b->film));
	memset(b->key, 2, sizeof(b->key));
	memset(b->read, 3, sizeof(b->read));
	memset(b->hash, 4, sizeof(b->hash));
	b->at = 100000;
	b->size = 64 + 400;
	b->length = 10000;
	b->width = 1280;
	b->height = 720;
	b->name = bytes_of("harbour", 7);
	b->poster = bytes_of(jpeg, sizeof(jpeg));
}

static int
judge(const struct body_film *b)
{
	struct film f = {.row = 0};
	int err = film_card_get(b, &f);

	film_wipe(&f);
	return err;
}

static void
test_back(void)
{
	struct film f = {.row = 7};
	struct body_film b, c;
	char *text;

	card(&b);
	is_int(film_card_get(&b, &f), 0, "a card is read");
	film_card_put(&f, &c);
	ok(memcmp(b.film, c.film, WIRE_ID) == 0 &&
	    memcmp(b.key, c.key, KEY_SIZE) == 0 &&
	    memcmp(b.read, c.read, KEY_SIZE) == 0 &&
	    memcmp(b.hash, c.hash, HASH32) == 0 && b.at == c.at &&
	    b.size == c.size && b.length == c.length && b.width == c.width &&
	    b.height == c.height && bytes_same(b.name, c.name) &&
	    bytes_same(b.poster, c.poster), "and written as it was");
	text = client_film_text(&f);
	is_str(text, "harbour 0:10 1280x720", "what one reads of it");
	free(text);
	f.length = 5530000;
	text = client_film_text(&f);
	is_str(text, "harbour 1:32:10 1280x720", "and of a long one");
	free(text);
	film_wipe(&f);
}

static void
test_names(void)
{
	static const char evil[] = "a\033[2Jb\nc\xe2\x80\xae" "d";
	struct film f = {.row = 1};
	struct body_film b;

	card(&b);
	b.name = bytes_of(evil, sizeof(evil) - 1);
	is_int(film_card_get(&b, &f), 0, "a name with controls is taken");
	ok(strchr(f.name.s, 033) == NULL && strchr(f.name.s, '\n') == NULL &&
	    strstr(f.name.s, "\xe2\x80\xae") == NULL, "without them (T71)");
	film_wipe(&f);
}

static void
test_lies(void)
{
	static uint8_t big[MEDIA_POSTER_MAX + 1] = {0xff, 0xd8};
	struct body_film b;

	card(&b), b.length = 0;
	is_int(judge(&b), ERR_RANGE, "no length (T73)");
	card(&b), b.length = UINT32_MAX;
	is_int(judge(&b), ERR_RANGE, "49 days (T73)");
	card(&b), b.size = UINT32_MAX;
	is_int(judge(&b), ERR_RANGE, "an index of 4 GiB (T73)");
	card(&b), b.size = 0;
	is_int(judge(&b), ERR_RANGE, "an index of nothing (T73)");
	card(&b), b.size++;
	is_int(judge(&b), ERR_RANGE, "one that such a film can't have (T73)");
	card(&b), b.length = 86400000;
	is_int(judge(&b), ERR_RANGE, "ten seconds called a day (T73)");
	card(&b), b.at = UINT64_MAX;
	is_int(judge(&b), ERR_RANGE, "an index behind all bytes (T73)");
	card(&b), b.at = 0;
	is_int(judge(&b), ERR_RANGE, "an index with nothing before (T73)");
	card(&b), b.width = 0;
	is_int(judge(&b), ERR_RANGE, "no width (T73)");
	card(&b), b.width = 1281;
	is_int(judge(&b), ERR_RANGE, "too wide (T73)");
	card(&b), b.height = 65535;
	is_int(judge(&b), ERR_RANGE, "too high (T73)");
	card(&b), b.poster = bytes_of(big, sizeof(big));
	is_int(judge(&b), ERR_BIG, "a picture too large (T73)");
	card(&b), b.poster = bytes_of("GIF89a", 6);
	is_int(judge(&b), ERR_FORMAT, "a picture that is none (T73)");
	card(&b), b.poster = bytes_of(NULL, 0);
	is_int(judge(&b), 0, "no picture is fine");
}

int
main(void)
{
	test_back();
	test_names();
	test_lies();
	return done();
}

/* SPDX-License-Identifier: ISC */
/*
 * The card of a film: name, size and length for people, key, capability, place
 * and hash of the index for the program, a small picture. Numbers that can't
 * all be true are refused here (T73), so that whoever plays it may allocate by
 * them. The picture stays bytes.
 */
#include <stdlib.h>

#include "film.h"
#include "sealed.h"

#define CARD_NAME 255           /* bytes of it on the wire */
#define CARD_AT_MAX (1ull << 44)
#define INDEX_HEAD 15           /* its length, and 11 bytes of its own */
#define INDEX_ROW 8
#define INDEX_PART 36
#define DAY_MAX (MEDIA_SEGMENTS_MAX * MEDIA_SEGMENT_MS)

void
film_card_put(const struct film *f, struct body_film *b)
{
	memcpy(b->film, f->id, sizeof(b->film));
	memcpy(b->key, f->key, sizeof(b->key));
	memcpy(b->read, f->read, sizeof(b->read));
	memcpy(b->hash, f->hash, sizeof(b->hash));
	b->at = f->at;
	b->size = f->size;
	b->length = f->length;
	b->width = f->width;
	b->height = f->height;
	b->name = bytes_of(f->name.s, f->name.n);
	b->poster = buf_view(&f->poster);
}

/* An index of so many segments has one of a few sizes. */
static bool
card_index_fits(uint32_t length, uint32_t size)
{
	size_t n = (length + MEDIA_SEGMENT_MS - 1) / MEDIA_SEGMENT_MS, rows;

	for (rows = 1; rows <= MEDIA_ROWS; rows++)
		if (size == FILM_MORE + padme(INDEX_HEAD +
		    rows * (INDEX_ROW + n * INDEX_PART)))
			return true;
	return false;
}

static int
card_judge(const struct body_film *b)
{
	if (b->poster.n > MEDIA_POSTER_MAX || b->name.n > CARD_NAME)
		return ERR_BIG;
	/* the shortest piece is a seal around a head */
	if (b->length == 0 || b->length > DAY_MAX || b->at > CARD_AT_MAX ||
	    b->at < FILM_MORE + 1)
		return ERR_RANGE;
	if (b->width == 0 || b->width > MEDIA_WIDTH_MAX || b->height == 0 ||
	    b->height > MEDIA_SIDE_MAX)
		return ERR_RANGE;
	if (!card_index_fits(b->length, b->size))
		return ERR_RANGE;
	if (b->poster.n > 0 && (b->poster.n < 4 || b->poster.p[0] != 0xff ||
	    b->poster.p[1] != 0xd8))
		return ERR_FORMAT;
	return 0;
}

int
film_card_get(const struct body_film *b, struct film *f)
{
	int err = card_judge(b);

	if (err != 0 && defence(card))
		return err;
	memcpy(f->id, b->film, sizeof(f->id));
	memcpy(f->key, b->key, sizeof(f->key));
	memcpy(f->read, b->read, sizeof(f->read));
	memcpy(f->hash, b->hash, sizeof(f->hash));
	f->at = b->at;
	f->size = b->size;
	f->length = b->length;
	f->width = b->width;
	f->height = b->height;
	safe_free(&f->name);
	f->name = safe_make(SAFE_NAME, b->name.p, b->name.n);
	buf_clear(&f->poster);
	buf_bytes(&f->poster, b->poster);
	return 0;
}

void
film_wipe(struct film *f)
{
	safe_wipe(&f->name);
	buf_free(&f->poster);
	mem_wipe(f, sizeof(*f));
}

char *
client_film_text(const struct film *f)
{
	unsigned s = f->length / 1000, h = s / 3600;
	char *time = h > 0 ? mem_format("%u:%02u:%02u", h, s / 60 % 60, s % 60) :
	    mem_format("%u:%02u", s / 60, s % 60);
	char *text = mem_format("%s %s %ux%u", f->name.s, time, f->width,
	    f->height);

	free(time);
	return text;
}

char *
film_amount(uint64_t bytes)
{
	static const char *const unit[] = {"kB", "MB", "GB", "TB"};
	uint64_t n = (bytes + 50) / 100;        /* tenths of 1000 */
	size_t i;

	for (i = 0; n >= 10000 && i + 1 < COUNT(unit); i++)
		n = (n + 500) / 1000;
	if (n >= 100)
		return mem_format("%llu %s", (unsigned long long)(n + 5) / 10,
		    unit[i]);
	return mem_format("%llu.%llu %s", (unsigned long long)n / 10,
	    (unsigned long long)n % 10, unit[i]);
}

char *
client_film_size(const struct film *f)
{
	return film_amount(f->at + f->size);
}

/* SPDX-License-Identifier: ISC */
/* See cinema.h. */
#include <stdio.h>
#include <stdlib.h>

#include "cinema.h"
#include "tap.h"

/* of a picture, as bytes: a large row, a middle one, a small one */
static const size_t cinema_size[CINEMA_ROWS] = {6000, 2000, 400};

static void
cinema_segment(struct cinema *k, uint32_t number, uint8_t row, struct buf *b)
{
	uint8_t *data = mem_alloc(cinema_size[row]);
	struct item it = {.kind = ITEM_PICTURE,
	    .data = bytes_of(data, cinema_size[row])};
	char text[17];

	(void)k;
	segment_begin(b, row, number, number * MEDIA_SEGMENT_MS,
	    MEDIA_SEGMENT_MS);
	for (uint16_t at = 0; at < MEDIA_SEGMENT_MS; at += CINEMA_EVERY) {
		(void)snprintf(text, sizeof(text), "%u %013u", row,
		    number * MEDIA_SEGMENT_MS + at);
		memcpy(data, text, 16);
		it.at = at;
		segment_item(b, &it);
	}
	segment_pad(b);
	free(data);
}

static void
cinema_seal(struct cinema *k, uint32_t number, uint8_t row)
{
	struct index_part *part = &k->index.part[number * CINEMA_ROWS + row];
	struct buf plain = {0};

	cinema_segment(k, number, row, &plain);
	part->offset = k->blob.n;
	if (film_seal(&k->film.key, &rng_system, row, number, buf_view(&plain),
	    &k->blob, part) != 0)
		bail("a segment can't be sealed");
	buf_free(&plain);
}

void
cinema_make(struct cinema *k, uint32_t segments)
{
	index_free(&k->index);
	safe_free(&k->film.title);
	buf_clear(&k->blob);
	rng_fill(&rng_system, &k->film.key, sizeof(k->film.key));
	rng_fill(&rng_system, k->film.read, KEY_SIZE);
	k->film.title = safe_of("a film");
	k->film.length = segments * MEDIA_SEGMENT_MS;
	k->index = (struct index){.rows = CINEMA_ROWS, .segments = segments,
	    .length = k->film.length, .sound = 1};
	k->index.part = mem_array((size_t)segments * CINEMA_ROWS,
	    sizeof(*k->index.part));
	for (uint8_t r = 0; r < CINEMA_ROWS; r++)
		k->index.row[r] = (struct index_row){
		    (uint16_t)(1280 >> r), (uint16_t)(720 >> r), 5000};
	for (uint32_t i = 0; i < segments; i++)
		for (uint8_t r = 0; r < CINEMA_ROWS; r++)
			cinema_seal(k, i, r);
	k->film.at = k->blob.n;
	if (film_index_seal(&k->film.key, &rng_system, &k->index, &k->blob,
	    k->film.hash) != 0)
		bail("the index can't be sealed");
	k->film.n = (uint32_t)(k->blob.n - k->film.at);
}

void
cinema_put(struct cinema *k)
{
	struct msg put = {.code = MSG_blob_put}, data = {.code = MSG_blob_data};
	struct bytes cap = bytes_of(k->film.read, KEY_SIZE);
	size_t n;

	dev_back(&k->dev);
	hash_label("blob", &cap, 1, put.blob_put.id);
	put.blob_put.size = k->blob.n;
	if (dev_ask(&k->dev, &put, NULL) != 0)
		bail("the relay takes no film");
	for (size_t at = 0; at < k->blob.n; at += n) {
		n = k->blob.n - at < WIRE_BLOB_PART ? k->blob.n - at :
		    WIRE_BLOB_PART;
		memcpy(data.blob_data.id, put.blob_put.id, KEY_SIZE);
		data.blob_data.offset = at;
		data.blob_data.data = bytes_of(k->blob.p + at, n);
		if (dev_ask(&k->dev, &data, NULL) != 0)
			bail("the relay takes no more of a film");
		dev_clear(&k->dev);
	}
}

uint8_t *
cinema_piece(struct cinema *k, uint32_t number, uint8_t row)
{
	return k->blob.p + index_part(&k->index, number, row)->offset;
}

void
cinema_open(struct cinema *k, uint32_t segments)
{
	char *actor;

	if (getenv("TACET_BIN") == NULL)
		bail("TACET_BIN is not set");
	actor = path_join(getenv("TACET_BIN"), "tool/actor");
	if (setenv("TACET_MEDIA", actor, 1) != 0)
		bail("no environment");
	free(actor);
	memset(k, 0, sizeof(*k));
	pair_open(&k->pair);
	k->me = pair_join(&k->pair, "alice");
	dev_join(&k->dev, &k->pair.desk, "cinema");
	cinema_make(k, segments);
	cinema_put(k);
}

void
cinema_close(struct cinema *k)
{
	dev_free(&k->dev);
	index_free(&k->index);
	safe_free(&k->film.title);
	buf_free(&k->blob);
	pair_close(&k->pair);
}

void
cinema_play(struct cinema *k)
{
	struct play_place place = {.sink = SINK_cells, .columns = 8,
	    .rows = 2};
	char *why = NULL;

	if (play_open(k->pair.who[k->me].c, &k->film, &place,
	    &why) != 0)
		bail("%s", why);
}

const struct play_view *
cinema_at(struct cinema *k)
{
	return client_play(k->pair.who[k->me].c);
}

bool
cinema_until(struct cinema *k, bool (*is)(const struct play_view *))
{
	int64_t end = clock_mono(&clock_system) + 60000;
	uint64_t drawn = 0;

	for (;;) {
		const struct play_view *v = cinema_at(k);

		if (v != NULL && is(v))
			return true;
		if (clock_mono(&clock_system) > end)
			return false;
		if (v != NULL && v->picture != drawn) {
			drawn = v->picture;
			client_play_drawn(k->pair.who[k->me].c);
		}
		pair_turn(&k->pair, 10);
	}
}

bool
cinema_picture(const struct play_view *v, unsigned *row, unsigned *ms)
{
	char text[17] = "";

	if (v->cells.n < 16)
		return false;
	memcpy(text, v->cells.p, 16);
	return sscanf(text, "%u %u", row, ms) == 2;
}

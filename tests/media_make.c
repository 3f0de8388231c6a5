/* SPDX-License-Identifier: ISC */
/*
 * Samples of packets, segments and indexes, the same at every run.
 */
#include "media_make.h"

static const uint8_t sample_bytes[] = "what stands in a field of bytes";

static const struct {
	struct packet packet;
	unsigned from, to;
} sample_row[] = {
#define U8(n) .n = 0x81,
#define U16(n) .n = 0x8182,
#define U32(n) .n = 0x81828384,
#define U64(n) .n = 0x8182838485868788,
#define DATA(n) .n = {sample_bytes, sizeof(sample_bytes)},
#define PACKET(num, name, from, to, fields) \
	{{.code = num, .name = {fields}}, MEDIA_##from, MEDIA_##to},
#include "packet.def"
#undef PACKET
#undef U8
#undef U16
#undef U32
#undef U64
#undef DATA
};

const struct packet *
packet_sample(size_t i, enum media_end *from, enum media_end *to)
{
	if (i >= COUNT(sample_row))
		return NULL;
	*from = (enum media_end)sample_row[i].from;
	*to = (enum media_end)sample_row[i].to;
	return &sample_row[i].packet;
}

void
segment_sample(struct buf *b, uint8_t row, uint32_t number, unsigned pictures,
    unsigned sounds)
{
	unsigned n = pictures > sounds ? pictures : sounds;
	struct item i = {.data = {sample_bytes, 20}};

	segment_begin(b, row, number, number * MEDIA_SEGMENT_MS,
	    MEDIA_SEGMENT_MS);
	for (unsigned k = 0; k < n; k++) {
		i.at = (uint16_t)(k * MEDIA_SEGMENT_MS / n);
		i.data.n = 1 + k % sizeof(sample_bytes);
		i.kind = ITEM_PICTURE;
		if (k < pictures)
			segment_item(b, &i);
		i.kind = ITEM_SOUND;
		if (k < sounds)
			segment_item(b, &i);
	}
	segment_pad(b);
}

struct index
index_sample(uint32_t segments, uint8_t rows)
{
	struct index x = {.rows = rows, .sound = 1, .segments = segments,
	    .length = segments * MEDIA_SEGMENT_MS - 7};
	size_t i, n = (size_t)segments * rows;
	uint64_t at = 0;

	for (i = 0; i < rows; i++)
		x.row[i] = (struct index_row){(uint16_t)(1280 >> i),
		    (uint16_t)(720 >> i), 900000 >> i};
	x.part = mem_array(n, sizeof(*x.part));
	for (i = 0; i < n; i++) {
		x.part[i].offset = at;
		x.part[i].length = (uint32_t)(1000 + i);
		memset(x.part[i].hash, (int)(i & 0xff), 32);
		at += x.part[i].length;
	}
	return x;
}

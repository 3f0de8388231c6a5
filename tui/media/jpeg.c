/* SPDX-License-Identifier: ISC */
/*
 * JPEG by libjpeg-turbo, which only this file knows. What we make is one kind:
 * baseline, 8 bits, 4:2:0, one scan, even sides; and only that kind is given to
 * the library, so that its rarer ways are never walked by bytes of a stranger.
 */
#include <stdlib.h>

#include <turbojpeg.h>

#include "codec.h"

struct jpeg {
	tjhandle in, out;
};

struct jpeg *
jpeg_new(void)
{
	struct jpeg *j = mem_alloc(sizeof(*j));

	j->in = tjInitDecompress();
	j->out = tjInitCompress();
	assert(j->in && j->out);        /* only memory could be missing */
	return j;
}

void
jpeg_free(struct jpeg *j)
{
	if (!j)
		return;
	(void)tjDestroy(j->in);
	(void)tjDestroy(j->out);
	free(j);
}

int
jpeg_put(struct jpeg *j, const struct canvas *c, int quality, struct buf *out)
{
	size_t room = tjBufSize(c->width, c->height, TJSAMP_420);
	const unsigned char *plane[3] = {c->plane[0], c->plane[1],
	    c->plane[2]};
	uint8_t *p = buf_room(out, room);
	unsigned long n = room;

	if (!p)
		return ERR_BIG;
	out->n -= room;
	if (tjCompressFromYUVPlanes(j->out, plane, c->width, c->stride,
	    c->height, TJSAMP_420, &p, &n, quality, TJFLAG_NOREALLOC) != 0)
		return ERR_FORMAT;
	out->n += n;
	return 0;
}

/* --- the head, read by ourselves --- */

enum marker {
	SOF0 = 0xc0, DHT = 0xc4, SOI = 0xd8, SOS = 0xda, DQT = 0xdb,
	DRI = 0xdd, APP0 = 0xe0,
};

/* 8 bits, three components, the first sampled twice each way */
static int
read_frame(struct rd *r, uint16_t *width, uint16_t *height)
{
	static const uint8_t sampling[] = {0x22, 0x11, 0x11};
	uint8_t bits = rd_u8(r);
	bool good;

	*height = rd_u16(r);
	*width = rd_u16(r);
	good = bits == 8 && rd_u8(r) == COUNT(sampling);
	for (size_t i = 0; i < COUNT(sampling); i++) {
		(void)rd_u8(r);         /* its name */
		good &= rd_u8(r) == sampling[i];
		(void)rd_u8(r);         /* its table */
	}
	if (rd_end(r) != 0 || !good)
		return ERR_FORMAT;
	if (*width == 0 || *height == 0 || *width % 2 || *height % 2)
		return ERR_FORMAT;
	if (defence(sides) &&
	    (*width > MEDIA_SIDE_MAX || *height > MEDIA_SIDE_MAX))
		return ERR_BIG;
	return 0;
}

int
jpeg_size(struct bytes in, uint16_t *width, uint16_t *height)
{
	struct rd r = rd_of(in), part;
	bool frame = false;
	uint16_t marker = rd_u16(&r), n;
	int err = 0;

	*width = *height = 0;
	if (marker != (0xff00 | SOI))
		return ERR_FORMAT;
	while (err == 0 && r.err == 0) {
		marker = rd_u16(&r);
		n = rd_u16(&r);
		part = rd_sub(&r, n < 2 ? 0 : n - 2u);
		if (n < 2 || marker >> 8 != 0xff)
			return ERR_FORMAT;
		switch (marker & 0xff) {
		case SOF0:
			err = frame ? ERR_FORMAT :
			    read_frame(&part, width, height);
			frame = true;
			break;
		case SOS:
			return r.err == 0 && frame && rd_u8(&part) == 3 ? 0 :
			    ERR_FORMAT;
		case DHT:
		case DQT:
		case DRI:
		case APP0:
			break;
		default:
			return ERR_FORMAT;
		}
	}
	return err != 0 ? err : ERR_FORMAT;
}

int
jpeg_get(struct jpeg *j, struct bytes in, uint16_t width, uint16_t height,
    uint8_t *planes)
{
	size_t luma = (size_t)width * height;
	unsigned char *plane[3] = {planes, planes + luma,
	    planes + luma + luma / 4};
	int stride[3] = {width, width / 2, width / 2};

	/* a warning is a picture with a broken part, and no error */
	if (tjDecompressToYUVPlanes(j->in, in.p, in.n, plane, width, stride,
	    height, TJFLAG_LIMITSCANS) == 0)
		return 0;
	return tjGetErrorCode(j->in) == TJERR_WARNING ? 0 : ERR_FORMAT;
}

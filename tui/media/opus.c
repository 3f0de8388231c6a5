/* SPDX-License-Identifier: ISC */
/*
 * Sound by libopus, which only this file knows: 48 kHz, stereo, 20 ms a packet,
 * both ways. Our names carry a direction, the library's don't.
 */
#include <stdlib.h>

#include <opus.h>

#include "codec.h"

#define OPUS_BITS 96000         /* a second: music is clear */
#define OPUS_EFFORT 5           /* of 10; twice as fast as 10 */

struct opus_in {
	OpusEncoder *coder;
};
struct opus_out {
	OpusDecoder *coder;
};

struct opus_in *
opus_in_new(void)
{
	struct opus_in *o = mem_alloc(sizeof(*o));
	int err;

	o->coder = opus_encoder_create(MEDIA_RATE, CHANNELS,
	    OPUS_APPLICATION_AUDIO, &err);
	assert(o->coder && err == OPUS_OK);
	err = opus_encoder_ctl(o->coder, OPUS_SET_BITRATE(OPUS_BITS));
	if (err == OPUS_OK)
		err = opus_encoder_ctl(o->coder,
		    OPUS_SET_COMPLEXITY(OPUS_EFFORT));
	assert(err == OPUS_OK);
	return o;
}

void
opus_in_free(struct opus_in *o)
{
	if (!o)
		return;
	opus_encoder_destroy(o->coder);
	free(o);
}

void
opus_in_reset(struct opus_in *o)
{
	int err = opus_encoder_ctl(o->coder, OPUS_RESET_STATE);

	assert(err == OPUS_OK);
}

unsigned
opus_in_delay(struct opus_in *o)
{
	opus_int32 n = 0;
	int err = opus_encoder_ctl(o->coder, OPUS_GET_LOOKAHEAD(&n));

	assert(err == OPUS_OK && n >= 0);
	return (unsigned)n;
}

int
opus_in_put(struct opus_in *o, const int16_t *pcm, struct buf *out)
{
	uint8_t *p = buf_room(out, OPUS_PACKET_MAX);
	opus_int32 n;

	if (!p)
		return ERR_BIG;
	out->n -= OPUS_PACKET_MAX;
	n = opus_encode(o->coder, pcm, SOUND_SAMPLES, p, OPUS_PACKET_MAX);
	if (n <= 0)
		return ERR_FORMAT;
	out->n += (size_t)n;
	return 0;
}

struct opus_out *
opus_out_new(void)
{
	struct opus_out *o = mem_alloc(sizeof(*o));
	int err;

	o->coder = opus_decoder_create(MEDIA_RATE, CHANNELS, &err);
	assert(o->coder && err == OPUS_OK);
	return o;
}

void
opus_out_free(struct opus_out *o)
{
	if (!o)
		return;
	opus_decoder_destroy(o->coder);
	free(o);
}

void
opus_out_reset(struct opus_out *o)
{
	int err = opus_decoder_ctl(o->coder, OPUS_RESET_STATE);

	assert(err == OPUS_OK);
}

/* A packet of another length is none of ours. */
int
opus_out_get(struct opus_out *o, struct bytes in, int16_t *pcm)
{
	if (in.n > OPUS_PACKET_MAX || opus_packet_get_nb_samples(in.p,
	    (opus_int32)in.n, MEDIA_RATE) != SOUND_SAMPLES)
		return ERR_FORMAT;
	return opus_decode(o->coder, in.p, (opus_int32)in.n, pcm,
	    SOUND_SAMPLES, 0) == SOUND_SAMPLES ? 0 : ERR_FORMAT;
}

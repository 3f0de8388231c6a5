/* SPDX-License-Identifier: ISC */
/*
 * Sound out, by PortAudio. It is written without waiting, so that no thread of
 * ours exists; how much is not heard yet follows from the room there is. The
 * libraries below speak on descriptor 2: never while they look for devices.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <portaudio.h>

#include "show.h"

#define BLOCK 480               /* frames, 10 ms */
#define LATENCY 0.08            /* seconds asked of the device */
#define STUCK_MS 1000           /* without taking anything */

struct speaker {
	PaStream *stream;
	unsigned size;          /* frames of its buffer: the most room seen */
	int64_t moved;          /* ms: when it took something last; 0: never */
	bool runs;
};

/* Descriptor 2 goes nowhere; returns the old one, or -1. */
static int
hush(void)
{
	int old = fcntl(2, F_DUPFD_CLOEXEC, 3), null;

	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (old >= 0 && null >= 0)
		(void)dup2(null, 2);
	if (null >= 0)
		(void)close(null);
	return old;
}

static void
speak(int old)
{
	if (old < 0)
		return;
	(void)dup2(old, 2);
	(void)close(old);
}

static PaError
open_stream(struct speaker *s)
{
	PaStreamParameters to = {.device = Pa_GetDefaultOutputDevice(),
	    .channelCount = SPEAKER_CHANNELS, .sampleFormat = paInt16,
	    .suggestedLatency = LATENCY};

	if (to.device == paNoDevice)
		return paDeviceUnavailable;
	return Pa_OpenStream(&s->stream, NULL, &to, MEDIA_RATE, BLOCK,
	    paNoFlag, NULL, NULL);
}

struct speaker *
speaker_open(void)
{
	struct speaker *s = mem_alloc(sizeof(*s));
	int old = hush();
	PaError err = Pa_Initialize();

	if (err == paNoError) {
		err = open_stream(s);
		if (err == paNoError)
			err = Pa_StartStream(s->stream);
		if (err != paNoError)
			(void)Pa_Terminate();
	}
	speak(old);
	if (err != paNoError) {
		free(s);
		return NULL;
	}
	s->runs = true;
	(void)speaker_room(s);
	return s;
}

void
speaker_close(struct speaker *s)
{
	int old;

	if (s == NULL)
		return;
	old = hush();
	(void)Pa_AbortStream(s->stream);
	(void)Pa_CloseStream(s->stream);
	(void)Pa_Terminate();
	speak(old);
	free(s);
}

unsigned
speaker_room(struct speaker *s)
{
	long n = Pa_GetStreamWriteAvailable(s->stream);

	if (n < 0)
		return 0;
	if ((unsigned long)n > s->size)
		s->size = (unsigned)n;
	return (unsigned)n;
}

unsigned
speaker_waits(struct speaker *s)
{
	unsigned room;

	if (!s->runs)
		return 0;
	room = speaker_room(s);
	return s->size > room ? s->size - room : 0;
}

int
speaker_write(struct speaker *s, const int16_t *pcm, unsigned frames,
    int64_t now)
{
	PaError err;

	if (!s->runs) {
		if (Pa_StartStream(s->stream) != paNoError)
			return ERR_IO;
		s->runs = true;
		s->moved = 0;
	}
	if (frames == 0)
		return s->moved != 0 && now - s->moved > STUCK_MS &&
		    speaker_room(s) == 0 ? ERR_IO : 0;
	s->moved = now;
	err = Pa_WriteStream(s->stream, pcm, frames);
	/* it had nothing to play meanwhile: that is ours to know */
	return err == paNoError || err == paOutputUnderflowed ? 0 : ERR_IO;
}

void
speaker_drop(struct speaker *s)
{
	if (s->runs)
		(void)Pa_AbortStream(s->stream);
	s->runs = false;
}

/* SPDX-License-Identifier: ISC */
/*
 * Our end of the media helper: processes that may crash, hang, flood and lie
 * without hurting us. Private to tui/client.
 */
#ifndef TACET_CLIENT_HELPER_H
#define TACET_CLIENT_HELPER_H

#include "base.h"
#include "link.h"
#include "media.h"

#define HELPER_HELD (1u << 20)          /* output, from which on it is full */
#define HELPER_MEMORY (1ull << 30)      /* addresses of the decoder, bytes */
#define HELPER_PACKETS 5000u            /* a second; more is a flood */
#define HELPER_EXIT_MS 1000     /* whose pipe has ended is gone by then */

struct helper;
/* Handlers run inside loop_hear; each may put, and stop the helper. */
struct helper_events {
	/* its views live until the handler returns */
	void (*packet)(void *, enum media_end from, const struct packet *);
	void (*drained)(void *, enum media_end to);     /* may be NULL */
	/* It has ended by itself, or had to be ended; why is a sentence. The
	 * last call; the helper is freed when it returns. */
	void (*ended)(void *, const char *why);
};
struct helper_setup {
	struct loop *loop;
	struct log *log;
	unsigned ends;          /* MEDIA_DECODE, MEDIA_SHOW, or both joined */
	/* What decode alone reads, or the folder that show may fill; -1:
	 * nothing. Stays ours */
	int source;
	struct helper_events on;
	void *arg;
};
/* NULL: *why is a sentence with the next step */
struct helper *helper_start(const struct helper_setup *, char **why);
void helper_put(struct helper *, enum media_end to, const struct packet *);
bool helper_full(const struct helper *, enum media_end to);
/* Any packet from there is awaited within ms, or the helper hangs and is
 * ended; 0: nothing is awaited. */
void helper_expect(struct helper *, enum media_end from, int64_t ms);
void helper_stop(struct helper *);      /* at once; nothing is told */
pid_t helper_pid(const struct helper *, enum media_end);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * What the files about playing a film share: play.c (its states), play_fetch.c
 * (bytes from the relay), play_piece.c (segments), play_row.c (which size fits
 * the link), play_show.c (what the helper says), play_seen.c (where one was). Private to tui/client and its tests.
 */
#ifndef TACET_PLAY_H
#define TACET_PLAY_H

#include "inside.h"
#include "client_play.h"
#include "play_film.h"
#include "helper.h"

/* play_row.c: a size for the link. Pure; time is monotonic ms. */

#define ROW_SAMPLE_MS 200
struct row_rate {
	uint64_t rate;          /* bytes a second; 0: not measured yet */
	uint64_t bytes;         /* of the sample under way */
	int64_t since;          /* when it began; 0: nothing is under way */
	uint64_t all;           /* since something is on its way, */
	int64_t busy;           /* and that is since then */
};
void row_begin(struct row_rate *, int64_t now); /* something is asked for */
void row_bytes(struct row_rate *, size_t n);    /* came */
/* Once a turn: several answers may come in one record, all at once, and count
 * together. */
void row_look(struct row_rate *, int64_t now);
void row_rest(struct row_rate *, int64_t now);  /* nothing is on its way */
/* Bytes a second of a row from a segment on, over some segments */
uint64_t row_need(const struct index *, uint8_t row, uint32_t number);
/* The row for segment `number' when `ahead' ms are here; was: the one before */
uint8_t row_choose(const struct index *, const struct row_rate *,
    uint32_t number, uint32_t ahead, uint8_t was);
/* The row that gives a first picture soonest */
uint8_t row_first(const struct index *, const struct row_rate *,
    uint32_t number);

/* play_fetch.c: pieces, asked for in ranges and in order */

#define FETCH_PIECES 12         /* on their way or here, at once */
#define FETCH_ASKS 8            /* ranges on their way at once */
#define FETCH_INDEX UINT32_MAX  /* as a piece's number */
struct fetch_piece {
	uint32_t number;
	uint8_t row;
	uint64_t offset;                /* in the blob */
	uint32_t n, asked, got;
	uint8_t *data;                  /* n bytes */
};
struct fetch_ask {
	int64_t serial;
	uint32_t number;
	uint32_t offset, n;             /* in the piece */
	uint64_t generation;            /* of the link it went out on; 0: not */
};
struct fetching {
	struct fetch_piece piece[FETCH_PIECES]; /* by number, no gaps */
	size_t pieces;
	struct fetch_ask ask[FETCH_ASKS];
	size_t asks;
	int64_t serial, not_before;
	unsigned tries;
	uint64_t records;               /* that the link had brought */
	int64_t heard;                  /* at this time; 0: nothing is owed */
	struct row_rate rate;
};
void fetching_add(struct fetching *, uint32_t number, uint8_t row,
    uint64_t offset, uint32_t n);
void fetching_drop(struct fetching *, size_t i);        /* one piece */
void fetching_clear(struct fetching *);
void fetching_drive(struct client *, struct fetching *,
    const uint8_t read[static KEY_SIZE]);
/* The answer to an ask: 0, or why nothing more can come */
int fetching_got(struct client *, struct fetching *, int64_t serial,
    const struct answer *) MUST_CHECK;
/* How long what is missing of a piece takes, ms; UINT32_MAX: not known */
uint32_t fetching_left(const struct fetching *, const struct fetch_piece *);

/* play.c */

#define PLAY_FEED 2             /* segments that the decoder holds */
#define PLAY_SHOW_MS 5000       /* the one that shows speaks more often */
#define PLAY_DECODE_MS 10000    /* a segment is decoded in less */
#define PLAY_GOOD_MS 30000      /* after so long a helper is given a new chance */
#define PLAY_REST_MS 6000       /* of room, until more is fetched */
#define PLAY_TITLE 120
#define PLAY_KEYS 8
#define PLAY_KEY 24
#define PLAY_FAR (PLAY_AHEAD_MS / MEDIA_SEGMENT_MS)
struct play {
	struct play_view view;
	struct play_film film;
	struct helper *helper;
	int folder;                     /* for the sink file; -1: none */
	bool started;                   /* the helper knows where and what */
	unsigned places;                /* told, and not answered yet */
	bool want_decode;               /* its answer is awaited */
	unsigned restarts;
	int64_t restarted, opened;
	int64_t waits;                  /* since when; 0: it does not */
	struct index index;
	bool indexed;
	struct fetching fetch;
	uint32_t gen;
	uint32_t next;                  /* the next to be asked for, */
	uint32_t feed;                  /* to be given to the decoder, */
	uint32_t used;                  /* and that it was done with */
	bool over, paused;
	bool full;                      /* as much is here as may be */
	bool seen;                      /* a picture of this gen was shown */
	char key[PLAY_KEYS][PLAY_KEY];  /* pressed in its window */
	size_t keys;
	char given[PLAY_KEY];
	int64_t kept;                   /* when the position was, mono */
	uint32_t kept_at;
};
void play_stop(struct client *, const char *fmt, ...) PRINTF(2, 3);
void play_wrong(struct client *, enum film_fault);      /* stops it */
void play_drive(struct client *);
bool play_waits(const struct client *);         /* for the relay, in vain */
void play_got(struct client *, int64_t serial, const struct answer *);
void play_free(struct client *);
void play_begin(struct client *, uint32_t at);  /* anew, from there */

/* play_piece.c */

uint32_t play_ahead(const struct play *);
void play_step(struct client *);

/* play_show.c */

int play_helper(struct client *, char **why);   /* starts it */
void play_tell_place(struct play *);
void play_tell_volume(struct play *);
void play_tell_start(struct play *, uint32_t from);
void play_watch(struct client *);               /* that it answers */

/* play_seen.c: where one was, in the store */

uint32_t play_seen(struct client *, const struct play_film *);
void play_seen_keep(struct client *, struct play *, bool now);

#endif

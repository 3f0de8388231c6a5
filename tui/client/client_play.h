/* SPDX-License-Identifier: ISC */
/*
 * The part of client.h about watching films: one plays at a time. What is
 * shown of it is a view of state, picture and words; who draws it says how
 * large its place is and when it has drawn.
 */
#ifndef TACET_CLIENT_PLAY_H
#define TACET_CLIENT_PLAY_H

#include "base.h"
#include "media.h"

struct client;

enum play_state {
	PLAY_OPENING,           /* its index is on the way */
	PLAY_BUFFERING,         /* nothing to show yet; it goes on by itself */
	PLAY_RUNNING,
	PLAY_PAUSED,
	PLAY_ENDED,
	PLAY_STOPPED,           /* it can't go on; why says so: an error tile */
};
const char *play_state_name(enum play_state);   /* "opening", "buffering" */

#define PLAY_AHEAD_MS 20000     /* held in memory at most */
#define PLAY_STEP_MS 10000      /* of an arrow */
#define PLAY_LEAP_MS 60000
#define PLAY_VOLUME_STEP 10

struct play_place {             /* where and how large it is shown */
	enum media_sink sink;
	uint16_t columns, rows; /* cells; pixels for a window */
	uint16_t cell_w, cell_h, colours;       /* of the terminal */
	const char *folder;     /* for the sink file, when it opens; or NULL */
	bool chosen;            /* the sink, for this film: it stays, whatever
				   an option says */
};
struct play_view {
	enum play_state state;
	int64_t film;           /* row of its card */
	struct safe title;
	uint32_t at, length;    /* ms */
	uint8_t row;            /* which size it is played in, */
	uint16_t width, height; /* and that; 0: not known yet */
	uint32_t ahead;         /* ms that are here already */
	uint32_t rate;          /* bytes a second that come; 0: not measured */
	uint8_t volume;         /* percent */
	bool muted, sound;      /* sound: there is a device for it */
	struct play_place place;
	bool fallback;          /* shown elsewhere than was asked for */
	char *why;              /* STOPPED, or its helper ended: a sentence */
	unsigned ends;          /* times that one did, and it went on */
	uint32_t shown, dropped, broken;
	uint16_t skew;          /* ms between sound and picture */
	unsigned stalls;        /* times it had to wait in the middle, */
	uint32_t waited;        /* and ms of the longest of these */
	int64_t first;          /* ms from opening to the first picture; 0: none */
	/* for the terminal: a picture that was not drawn yet, or the last one */
	struct buf cells;       /* MEDIA_CELL bytes a cell of `place' */
	struct buf image;       /* sixel or kitty: unchecked */
	uint64_t picture;       /* grows with each */
	bool full;              /* takes the whole screen */
	bool keys;              /* the keys are its own, not the input line's */
	uint8_t size;           /* of its pane, 1 .. PLAY_SIZES */
};
#define PLAY_SIZES 4
struct watched {                /* how far a film was watched */
	int64_t row, when;
	uint8_t film[16];
	uint32_t at, length;    /* ms; the same: to its end; at 0: begun */
	bool told;              /* our other devices know, or are being told */
};
bool client_watched(struct client *, const uint8_t film[static 16],
    struct watched *);

/* NULL: nothing plays */
const struct play_view *client_play(const struct client *);
/* The film of a card, by its row; what played ends. */
int client_play_card(struct client *, int64_t film, const struct play_place *,
    char **why);
void client_play_close(struct client *);
void client_play_pause(struct client *);        /* or goes on */
void client_play_to(struct client *, int64_t ms);       /* clamped */
void client_play_volume(struct client *, unsigned percent);
void client_play_mute(struct client *);
void client_play_pane(struct client *, bool full, uint8_t size);
void client_play_keys(struct client *, bool);
void client_play_place(struct client *, const struct play_place *);
void client_play_drawn(struct client *);        /* the terminal has taken it */
/* A key pressed in its window, by its name in key.def; NULL: none. It lives
 * until the next call. */
const char *client_play_key(struct client *);

#endif

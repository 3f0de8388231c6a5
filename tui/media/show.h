/* SPDX-License-Identifier: ISC */
/*
 * The role show, among its own files: when a picture is due, how it becomes
 * what a sink can take, and the sinks. Pictures are planes of I420 without
 * padding, all levels used, as in a JPEG.
 */
#ifndef TACET_SHOW_H
#define TACET_SHOW_H

#include "role.h"

struct picture {
	uint32_t time;
	uint16_t w, h;
	struct buf planes;
};
/* Bytes of the planes; 0: sizes that no picture has. */
size_t picture_size(unsigned w, unsigned h);

/* scale.c: pictures smaller, larger, as pixels and as cells */

/* w times h pixels of 24 bits, `stride` bytes from row to row; each is the
 * mean of the pixels that it covers. work: kept from call to call. */
void scale_rgb(const struct picture *, uint8_t *to, unsigned w, unsigned h,
    size_t stride, struct buf *work);
/* How large a picture is in a room of pixels, as large as it can be, where a
 * pixel of the room is pw wide and ph high: at least 1, at most the room. */
struct fit {
	unsigned x, y, w, h;
};
struct fit scale_fit(unsigned w, unsigned h, unsigned room_w, unsigned room_h,
    unsigned pw, unsigned ph);
/* MEDIA_CELL bytes a cell, black beside the picture; cell_w, cell_h: pixels of
 * a cell, 0: it is twice as high as wide. */
void scale_cells(const struct picture *, uint8_t *cells, unsigned columns,
    unsigned rows, unsigned cell_w, unsigned cell_h, struct buf *work);

/*
 * speaker.c: PortAudio. What is written comes out later; how much later is
 * what speaker_waits() knows.
 */
#define SPEAKER_CHANNELS 2
struct speaker;
/* NULL: there is no device, or it does not take our format. Says nothing on
 * any descriptor. */
struct speaker *speaker_open(void);
void speaker_close(struct speaker *);
unsigned speaker_room(struct speaker *);        /* frames it would take */
/* ERR_IO: it is gone, or has not moved for too long */
int speaker_write(struct speaker *, const int16_t *, unsigned frames,
    int64_t now);
unsigned speaker_waits(struct speaker *);       /* frames not heard yet */
void speaker_drop(struct speaker *);            /* what is not heard yet */

/*
 * track.c: the sound of a film on its own time, in frames of MEDIA_RATE. Gaps
 * are silence; what comes twice or too early is left out.
 */
#define TRACK_MAX (2 * MEDIA_RATE)      /* frames kept ahead */
struct track {
	int16_t *ring;          /* TRACK_MAX frames, by position */
	int64_t from, to;       /* what is kept: [from, to) */
	unsigned volume;        /* percent */
};
void track_init(struct track *);
void track_free(struct track *);
void track_begin(struct track *, int64_t at);
/* pcm: s16, 1 or 2 channels, from `at` on. ERR_RANGE: it makes no sense */
int track_put(struct track *, int64_t at, unsigned channels, struct bytes pcm)
    MUST_CHECK;
void track_silence(struct track *, int64_t to); /* known to be silent so far */
void track_drop(struct track *, int64_t before);
/* Frames from `at` on, which may be silence; at most n, and none from `to` on. */
unsigned track_get(const struct track *, int64_t at, int16_t *, unsigned n);
bool track_full(const struct track *);

/*
 * pace.c: where the film is. One clock: what has been heard, or, without a
 * device, the monotonic one, which never runs ahead of what is known.
 */
#define PACE_PICTURES 8         /* waiting at most */
#define PACE_AHEAD_MS 20        /* shown so much too early at most */
#define PACE_LATE_MS 40         /* later than that, and another one due: dropped */
struct pace {
	struct track track;
	struct speaker *speaker;        /* NULL: silence */
	struct picture *queue;          /* PACE_PICTURES, the first `waiting` */
	unsigned waiting;
	uint32_t gen, from;
	enum media_state state;
	bool done, sound;       /* nothing more follows; it has sound */
	bool shown;             /* the first picture since the start is out */
	int64_t at;             /* frames: where it was, at `then` */
	int64_t then;           /* ms, monotonic */
	int64_t next;           /* the first frame that the speaker has not */
	int64_t heard, heard_at;        /* frames, ms: its last step */
	int64_t last;           /* ms of the film: of the latest picture */
	int64_t primed;         /* ms: since when there is a first picture */
	uint32_t count_shown, count_dropped;
	uint16_t skew;          /* ms, the worst since it was asked */
};
void pace_init(struct pace *);
void pace_free(struct pace *);
/* From now on by this one, or, NULL, by the other clock. */
void pace_speaker(struct pace *, struct speaker *, int64_t now);
void pace_start(struct pace *, uint32_t gen, uint32_t from, bool paused,
    int64_t now);
void pace_pause(struct pace *, bool, int64_t now);
/* Takes the planes. ERR_RANGE: it makes no sense. Others than of this gen are
 * left out. */
int pace_picture(struct pace *, const struct packet_picture *) MUST_CHECK;
int pace_sound(struct pace *, const struct packet_sound *) MUST_CHECK;
void pace_done(struct pace *, uint32_t gen);
bool pace_full(const struct pace *);    /* nothing more may be read */
/* Goes on: feeds the speaker, changes the state. ERR_IO: the speaker is gone,
 * and from now on it is silent. */
int pace_turn(struct pace *, int64_t now);
uint32_t pace_at(const struct pace *, int64_t now);     /* ms of the film */
/* The picture that is due, or false; those that are too late are dropped. Its
 * planes are handed over. */
bool pace_due(struct pace *, int64_t now, struct picture *);
/* ms until something is due; -1: only what comes can change anything */
int pace_wait(const struct pace *, int64_t now);

/* fence.c: gives up what no sink needs; before anything is open */

int fence_close(void) MUST_CHECK;

/* the sinks: SINK(NAME) of sink.def is sink_NAME of NAME's file */

struct sink_events {
	void (*key)(void *, const char *name);
	void (*closed)(void *, enum media_fail);
	void *arg;
};
struct sink_place {             /* the packet sink */
	unsigned kind, columns, rows, cell_w, cell_h, colours;
	char title[128];
};
struct sink;
struct sink_ops {
	/* NULL: *why says it */
	struct sink *(*open)(const struct sink_place *,
	    const struct sink_events *, enum media_fail *why);
	void (*close)(struct sink *);
	/* another size, another title; the same kind */
	void (*place)(struct sink *, const struct sink_place *);
	/* Shows it, and may append one packet for the terminal. */
	void (*show)(struct sink *, const struct picture *, uint32_t gen,
	    struct port *);
	void (*turn)(struct sink *);    /* what the display has to say */
	int wait;               /* ms between turns; -1: never */
	bool terminal;          /* the next only after it was drawn */
	/* what is to be heard, as it comes; NULL: sound is not its own */
	void (*sound)(struct sink *, const struct packet_sound *);
};
extern const struct sink_ops sink_none, sink_window, sink_cells, sink_sixel,
    sink_kitty, sink_file;

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Publishing a film: what the files about it share. publish.c (the queue and
 * its steps), publish_file.c (the file), publish_make.c (the helper's part),
 * publish_send.c (the relay's), publish_keep.c (the store). Private to this
 * folder and its tests.
 */
#ifndef TACET_CLIENT_PUBLISH_H
#define TACET_CLIENT_PUBLISH_H

#include "film.h"
#include "helper.h"
#include "inside.h"

/* publish_file.c: a regular file, and whether it is still the same (T74) */

#define MARK_BYTES 65536        /* at its beginning and end, hashed */
struct publish_mark {
	uint64_t size;
	int64_t changed;        /* ns */
	uint8_t ends[HASH32];
};
/* ERR_NONE, ERR_DENIED, ERR_INPUT (a folder, a device, empty), ERR_IO; *why is
 * a sentence. */
int publish_open(const char *path, int *fd, struct publish_mark *, char **why)
    MUST_CHECK;
/* The name of a test pattern, "pattern:20", which the helper draws; its length
 * in ms. 0: it is the path of a file. */
uint32_t publish_pattern(const char *path);
bool publish_changed(int fd, const struct publish_mark *);      /* cheap */
bool publish_same(const struct publish_mark *, const struct publish_mark *);

/* what is made and not yet acknowledged: bounded in pieces and bytes */

#define PUBLISH_SETS 3          /* segments in all sizes, at once */
#define PUBLISH_HELD (6u << 20) /* bytes, from which on no more is made */
#define PUBLISH_FLIGHT 16       /* parts that wait for their answer */
#define PUBLISH_CRASHES 3       /* of the helper, at one place */
#define PUBLISH_QUALITY 80
struct publish_set {
	uint32_t number;
	bool whole, last;
	uint8_t rows;                   /* bits: which have come */
	struct buf row[MEDIA_ROWS];     /* sealed */
	struct index_part part[MEDIA_ROWS];
	uint64_t at, size;              /* in the blob, once it is whole */
	uint32_t until;                 /* ms where its time ends */
};

enum publish_step {
	PUBLISH_QUEUED,
	PUBLISH_LOOK,           /* the helper looks what it is */
	PUBLISH_MAKE,           /* segment after segment */
	PUBLISH_INDEX,          /* all are there: now the index */
	PUBLISH_END,
};
struct publish {
	int64_t row, talk, film;        /* film 0: it is not known what it is */
	enum publish_step step;
	char *path;
	bool stopped;                   /* since a restart: nobody asked for it */
	struct publish_mark mark;
	struct index index;             /* segments 0: the end is not known */
	uint32_t cut, room;             /* numbers that are acknowledged */
	uint64_t offset;                /* and bytes */
	uint32_t length;                /* ms, as the file says */
	/* the helper's */
	int fd;                         /* -1: not open */
	struct helper *helper;
	unsigned crashes;
	uint32_t crashed_at, wanted;    /* wanted: the next to be asked for */
	uint8_t described;              /* bits: rows that it has told of */
	bool broken;                    /* a part of it can't be read, */
	uint32_t broken_at;             /* the first of them here, ms */
	struct publish_set set[PUBLISH_SETS];
	size_t sets;
	struct buf tail;                /* the index, sealed */
	/* the relay's */
	uint64_t generation;            /* of the link that it goes over */
	bool begun, clean;              /* clean: what is there is ours */
	bool asked;                     /* put, cut or end is under way */
	bool again;                     /* go on from `have' */
	uint64_t have, sent;
	unsigned flying, tries;
	int64_t not_before;
	/* how it goes */
	int64_t since, told;            /* mono */
	uint32_t since_cut;
	uint64_t since_have;
};
/* publish.c */

void publishing_drive(struct client *);
void publishing_free(struct client *);
/* It was refused for good: nothing of it stays. */
void publish_fail(struct client *, struct publish *, int err, const char *fmt,
    ...) PRINTF(4, 5);
void publish_done(struct client *, struct publish *);
struct publish *publish_now(const struct client *);     /* at work, or NULL */
struct publish *publish_row(const struct client *, int64_t row);
void publish_free(struct publish *);

/* publish_make.c */

void publish_make(struct client *, struct publish *);
void publish_unmake(struct publish *);  /* helper and sets go */
void publish_unset(struct publish *, size_t i);

/* publish_send.c */

void publish_send(struct client *, struct publish *);
void publish_got(struct client *, enum want, int64_t row,
    const struct answer *);
uint64_t publish_held(const struct publish *);  /* bytes made */

/* publish_keep.c */

void publish_keep(struct client *, const struct publish *);
/* The first set is on the relay: it counts from now on. */
void publish_keep_set(struct client *, struct publish *);
/* The relay has fewer bytes than that: back to what it has. */
void publish_back(struct client *, struct publish *, uint64_t have);
void publish_forget(struct client *, struct publish *);
int publishing_load(struct client *) MUST_CHECK;

#endif

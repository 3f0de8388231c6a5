/* SPDX-License-Identifier: ISC */
/*
 * The part of client.h about stored films: the cards that one has, what is
 * being published, and how it goes. Watching one is client_play.h.
 */
#ifndef TACET_CLIENT_FILM_H
#define TACET_CLIENT_FILM_H

#include "base.h"
#include "crypto.h"
#include "wire.h"

struct client;
struct talk;

enum film_state {
	FILM_MAKING,            /* ours, on its way to the relay */
	FILM_THERE,             /* its card was said, or came */
	FILM_LEAVING,           /* ours; the relay is told to delete it */
	FILM_GONE,              /* withdrawn by who had published it */
};
struct film {                   /* a card; what it carries, and whose it is */
	int64_t row;            /* its number: /play 3 */
	int64_t talk;
	int64_t person;         /* who published it; 0: we */
	enum film_state state;
	bool withdraw;          /* we may: this device published it */
	uint8_t message[WIRE_ID];
	int64_t time;           /* when it was published, ms */
	struct safe name;
	uint32_t length;        /* ms */
	uint16_t width, height; /* of its largest size */
	struct buf poster;      /* a JPEG, unchecked: for the helper's eyes */
	/* how its pieces are found, opened and checked */
	uint8_t id[WIRE_ID], key[KEY_SIZE], read[KEY_SIZE], hash[HASH32];
	uint64_t at;            /* where in its blob the index stands, */
	uint32_t size;          /* and how long that is, sealed */
	uint8_t delete[KEY_SIZE];
};
size_t client_films(const struct client *);     /* oldest first */
const struct film *client_film_at(const struct client *, size_t i);
const struct film *client_film(const struct client *, int64_t row);
const struct film *client_film_of(const struct client *,
    const uint8_t message[static WIRE_ID]);     /* NULL: none */
/* "NAME 1:32:10 1280x720" (malloc'ed) */
char *client_film_text(const struct film *) MUST_CHECK;
/* "3.4 MB", all sizes of it together (malloc'ed) */
char *client_film_size(const struct film *) MUST_CHECK;
/* By who has published it: the relay deletes it, everybody is told. */
int client_film_withdraw(struct client *, int64_t row, char **why);

/* poster.c: the small picture of a card, as cells of a terminal. The helper
 * paints them one after another; when one is there the client is dirty, and
 * whoever draws asks again. */
enum poster_state {
	POSTER_NONE,            /* the card has none, or it is no picture */
	POSTER_WAITS,
	POSTER_THERE,
};
struct poster_size {
	uint16_t columns, rows;
	uint16_t cell_w, cell_h;        /* pixels of a cell; 0: not known */
};
enum poster_state client_poster(struct client *, int64_t film,
    const struct poster_size *, struct bytes *cells);
void client_posters_end(struct client *);       /* nobody looks any more */

/* publish.c: one film after another. A file or a folder of them is queued for
 * a conversation; what was begun before a restart goes on. */
struct publish_view {
	const char *path;
	const struct film *film;        /* NULL: it is still being looked at */
	bool waiting;           /* for the relay to be there */
	unsigned percent;
	uint64_t sent;          /* bytes that the relay has */
	uint64_t rate;          /* bytes a second, lately */
	unsigned tenths;        /* of the speed at which it will be watched */
	int64_t left;           /* ms, -1: not known yet */
	size_t queued;          /* files after this one */
};
/* False: nothing is being published. */
bool client_publishing(const struct client *, struct publish_view *);
int client_publish(struct client *, struct talk *, const char *path,
    char **why);
void client_publish_stop(struct client *);      /* this one, and those queued */
/* Goes on with what a restart has interrupted, if its file is still there. */
void client_publish_resume(struct client *);
/* What became of the files of this session, in order: film is 0 when it was
 * not published, and why is a sentence; of one that was, why is NULL or says
 * what can't be read in it. NULL: not so many are done. */
struct publish_result {
	char *path, *why;
	int64_t film;
};
const struct publish_result *client_published(const struct client *, size_t i);

#endif

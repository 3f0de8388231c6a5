/* SPDX-License-Identifier: ISC */
/*
 * Stored films: how their pieces are sealed and checked. Private to this
 * folder and its tests. Pictures and sound are never looked into here; that is
 * the media helper's.
 */
#ifndef TACET_FILM_H
#define TACET_FILM_H

#include "base.h"
#include "crypto.h"
#include "media.h"
#include "client_film.h"
#include "wire.h"

/* film_seal.c: a piece of a film is nonce || AEGIS-256 of a segment, bound to
 * film, row and number; the index the same, as row FILM_INDEX_ROW. */

#define FILM_ID 16
#define FILM_NONCE 32
#define FILM_MORE 64            /* a sealed piece is longer by nonce and tag */
#define FILM_INDEX_ROW 0xff
#define FILM_INDEX_MAX (8u << 20)       /* bytes of an index, sealed */

struct film_key {
	uint8_t id[FILM_ID], key[KEY_SIZE];
};
enum film_fault {
	FILM_GOOD,
#define FILM_FAULT(name, text) FILM_##name,
#include "film_fault.def"
#undef FILM_FAULT
};
const char *film_fault_text(enum film_fault);   /* a clause */

/* Seals a segment under a fresh nonce, behind what is in *out. ERR_FORMAT when
 * it is none, ERR_RANGE when it says that it is another one: the helper that
 * made it is not trusted. *part gets length and hash, not the offset. */
int film_seal(const struct film_key *, const struct rng *, uint8_t row,
    uint32_t number, struct bytes segment, struct buf *out,
    struct index_part *part) MUST_CHECK;
/* Checks what came for a place of the index, and opens it: *plain gets the
 * segment, of which *s is the view. Nothing of it is believed before. */
enum film_fault film_open(const struct film_key *, const struct index *,
    uint8_t row, uint32_t number, struct bytes sealed, struct buf *plain,
    struct segment *s) MUST_CHECK;
/* hash is what the card carries */
int film_index_seal(const struct film_key *, const struct rng *,
    const struct index *, struct buf *out, uint8_t hash[static HASH32])
    MUST_CHECK;
/* `at`: where in the blob the index stands; the pieces end there. */
enum film_fault film_index_open(const struct film_key *,
    const uint8_t hash[static HASH32], uint64_t at, struct bytes sealed,
    struct index *) MUST_CHECK;

/* film_card.c: the card as a body, both ways. What comes is checked before
 * anything of it is believed: ERR_RANGE, ERR_FORMAT, ERR_BIG. */
void film_card_put(const struct film *, struct body_film *);
int film_card_get(const struct body_film *, struct film *) MUST_CHECK;
void film_wipe(struct film *);          /* what it owns is freed */
char *film_amount(uint64_t bytes);      /* "3.4 MB" (malloc'ed) */

/* films.c: the cards in the store */

struct talk;
struct person;
struct answer;
int films_load(struct client *) MUST_CHECK;
void films_free(struct client *);
void films_drive(struct client *);      /* those that leave */
void films_deleted(struct client *, int64_t row, const struct answer *);
struct film *film_add(struct client *, struct talk *);  /* MAKING, a new row */
struct film *film_row(const struct client *, int64_t row);
void film_keep(struct client *, const struct film *);
void film_drop(struct client *, int64_t row);
/* Deletes what the relay has of it; then it is dropped. */
void film_leave(struct client *, struct film *);
/* Its card is written into its talk and goes out. */
void film_say(struct client *, struct film *);
/* A body of somebody's, or (p NULL) of another device of ours. False: it is
 * none of ours. */
bool film_body(struct client *, struct talk *, struct person *,
    const struct body *);
struct publish;
struct publishing {
	struct publish **queue;         /* the first is at work */
	size_t queued;
	struct publish_result *result;
	size_t results;
};
void posters_free(struct client *);             /* poster.c */
/* How far films were watched: play_seen.c */
struct watched;
struct watching {
	struct watched *film;
	size_t n;
	int64_t told_at, day;   /* mono: the last box to other devices */
	unsigned boxes;         /* that day */
};
struct box;
struct body;
void seen_drive(struct client *);               /* seen.c */
int seen_box(struct client *, const struct box *, const struct body *)
    MUST_CHECK;
/* A card from another device of ours, into that conversation (or NULL); who:
 * NULL if we have published it. Takes over what it owns. */
void film_handed(struct client *, struct film *, struct talk *,
    const struct person *who);
struct message;
/* The text of a line about a film, with its number here; false: there is no
 * card */
bool film_words(struct client *, struct message *);
/* As it is kept, for the store and for a backup */
void film_bytes(const struct film *, struct buf *);
int watched_load(struct client *) MUST_CHECK;
void watched_free(struct client *);
void watched_set(struct client *, const uint8_t film[static FILM_ID],
    uint32_t at, uint32_t length, int64_t when);
/* The same, as another device of ours has said it */
void watched_heard(struct client *, const uint8_t film[static FILM_ID],
    uint32_t at, uint32_t length, int64_t when);
void watched_told(struct client *, struct watched *);
/* The card of a message that has to go out again; false: it is gone */
bool film_again(struct client *, const uint8_t message[static WIRE_ID],
    struct body *);

#endif

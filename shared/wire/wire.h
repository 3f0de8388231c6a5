/* SPDX-License-Identifier: ISC */
/*
 * Floor 1: the shapes of what travels. Messages (client and relay) and bodies
 * (person to person) are rows of msg.def and body.def; everything here is
 * generated from them. Knows nothing of keys, sockets or what a message means.
 */
#ifndef TACET_WIRE_H
#define TACET_WIRE_H

#include "base.h"

#define WIRE_VERSION 2          /* of the transport's `versions` list */
#define WIRE_ID 16
#define WIRE_KEY 32
#define WIRE_HEAD 4             /* u16 code, u16 length */
#define WIRE_FRAME_MAX 65000    /* head and fields; fits a record */
#define WIRE_ENTRY_MAX 49152    /* a log entry over 48 KiB is a blob */
#define WIRE_BLOB_PART 49152    /* bytes of a blob in one message */

/* flags of log_append and entry */
enum {
	ENTRY_COMMIT = 1,       /* advances the epoch, brings its access key */
	ENTRY_CUT = 2,          /* a commit that removes somebody */
	ENTRY_BLOB = 4,         /* the entry is read cap, hash and size of a blob */
	ENTRY_FLAGS = 7,
};

/* greet.mode */
enum { MODE_OPEN, MODE_INVITE, MODE_CLOSED };

#define U8(n) uint8_t n;
#define U16(n) uint16_t n;
#define U32(n) uint32_t n;
#define U64(n) uint64_t n;
#define ID(n) uint8_t n[WIRE_ID];
#define KEY(n) uint8_t n[WIRE_KEY];
#define TEXT(n) struct bytes n;
#define DATA(n) struct bytes n;
#define LONG(n) struct bytes n;
#define MSG(code, name, from, state, cost, fields) struct msg_##name { fields };
#include "msg.def"
#undef MSG
#define BODY(code, name, where, fields) struct body_##name { fields };
#include "body.def"
#undef BODY
#include "field_end.h"

enum msg_code {
#define MSG(code, name, from, state, cost, fields) MSG_##name = code,
#include "msg.def"
#undef MSG
};

enum body_code {
#define BODY(code, name, where, fields) BODY_##name = code,
#include "body.def"
#undef BODY
};

enum msg_from { FROM_CLIENT = 1, FROM_RELAY = 2, FROM_BOTH = 3 };
enum msg_state { STATE_ANY, STATE_KNOWN };

struct msg_row {
	uint16_t code;
	const char *name;
	enum msg_from from;
	enum msg_state state;
	unsigned cost;
	size_t min;             /* bytes of the fixed parts */
};
extern const struct msg_row msg_row[];
extern const size_t msg_rows;

/* A decoded message; its views point into the frame it was read from. */
struct msg {
	uint16_t code;
	union {
#define MSG(code, name, from, state, cost, fields) struct msg_##name name;
#include "msg.def"
#undef MSG
	};
};

/* msg.c */

int msg_index(uint16_t code);           /* row number, or ERR_SUITE */
/* Takes one frame off the reader; ERR_* ends the connection. */
int msg_get(struct rd *, struct msg *) MUST_CHECK;
/* Appends one frame; ERR_BIG over WIRE_FRAME_MAX, ERR_FORMAT for a TEXT that is
 * no UTF-8, and then nothing is appended. */
int msg_put(struct buf *, const struct msg *) MUST_CHECK;
/* May `from` send this code in this state? 0, ERR_DENIED or ERR_STATE. */
int msg_gate(uint16_t code, enum msg_from, enum msg_state) MUST_CHECK;
/* One line for a log: name and the lengths and numbers, no content. */
void msg_dump(struct buf *, const struct msg *);
/* The number that the asker gave its question; 0 where the row has none. */
uint32_t msg_req(const struct msg *);
/* Tests: a valid message of row i with fields drawn from the rng; DATA and TEXT
 * live in *store. */
void msg_sample(size_t i, const struct rng *, struct buf *store, struct msg *);

/* body.c */

enum body_where { WHERE_LOG = 1, WHERE_BOX = 2 };

struct body_row {
	uint16_t code;
	const char *name;
	enum body_where where;
};
extern const struct body_row body_row[];
extern const size_t body_rows;

struct body {
	uint16_t code;
	uint8_t id[WIRE_ID];    /* of the message: repeats are dropped by it */
	uint64_t number;        /* per sender and conversation, from 1: gaps show;
	                           0 in a box */
	uint64_t time;          /* ms since 1970, the sender's clock */
	union {
#define BODY(code, name, where, fields) struct body_##name name;
#include "body.def"
#undef BODY
	};
};
int body_index(uint16_t code);
/* The whole of the input is one body. An unknown code fills the head only and
 * gives ERR_SUITE. */
int body_get(struct bytes, struct body *) MUST_CHECK;
int body_put(struct buf *, const struct body *) MUST_CHECK; /* as msg_put */
void body_dump(struct buf *, const struct body *);
void body_sample(size_t i, const struct rng *, struct buf *store, struct body *);
/* The padded size for n bytes of body: 1, 2, 4, ... 64 KiB (DESIGN 5). */
size_t body_bucket(size_t n);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Blobs, as those who read and those who fill them share them. relay.h includes
 * this for everybody.
 */
#ifndef TACET_BLOBS_H
#define TACET_BLOBS_H

#define BLOB_UNDONE_KEEP 86400000ll     /* from its last part: to be whole */
#define BLOB_STEP (256u << 10)  /* an open one is charged in such steps */
#define BLOB_LEAST 4096u        /* what each takes of the disk at least */
#define BLOB_GLUT_MS 250        /* who asked for too much waits so long */
#define BLOB_READS_MS 10000     /* who has asked within is a reader */

struct blob {                           /* a value of TABLE_blob */
	uint8_t owner[ACCOUNT_ID], delete_hash[HASH32];
	uint64_t size;          /* charged; of one that is whole: its size */
	uint64_t have, keep, until;
	bool open;              /* its size is not known yet */
};
struct blobs {
	bool counted;           /* what there is, and nothing changed since */
	uint64_t n, bytes, undone;
	struct buf part;        /* what is read: one, whoever asks */
};

/* --- blobs.c: rows, reading, deleting, expiry --- */

/* ERR_NONE, with what is there, when its time is over */
int blob_get(struct relay *, const uint8_t id[static WIRE_KEY], struct blob *)
    MUST_CHECK;
int blob_put(struct relay *, const uint8_t id[static WIRE_KEY],
    const struct blob *) MUST_CHECK;
/* Sets its end, and has the sweep look at it then. */
int blob_until(struct relay *, const uint8_t id[static WIRE_KEY], struct blob *,
    int64_t until) MUST_CHECK;
/* An entry holds this blob until then. ERR_NONE unless it is complete. */
int blobs_hold(struct relay *, const uint8_t read_cap[static KEY_SIZE],
    int64_t until) MUST_CHECK;
int blobs_expire(struct relay *, struct bytes key) MUST_CHECK;
/* Of a row: how many bytes count; INT64_MAX if it is not well formed */
int64_t blob_have(struct bytes value);
const struct blobs *blobs_count(struct relay *);
size_t blobs_readers(struct relay *);   /* connections that read one now */

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Floor 2: who somebody is. Account records, inbox keys, sealed boxes, relay
 * addresses and invites, epoch proofs, safety numbers, the log of the directory
 * with its proofs, signed heads and evidence. Stands on crypto and
 * wire; knows nothing of MLS, stores or sockets. Every object from outside is
 * checked whole (shape, keys, signature) by its _get function or refused.
 */
#ifndef TACET_IDENT_H
#define TACET_IDENT_H

#include "base.h"
#include "crypto.h"
#include "wire.h"

#define ACCOUNT_ID 32
#define DEVICE_ID 16
#define NAME_LEN 32             /* [a-z0-9][a-z0-9._-]{0,31} */
#define DEVICES_MAX 16
#define REVOKED_MAX 64
#define RECORD_MAX 8192

/* record.c: the account record, a signed hash chain (DESIGN 4) */

struct device {
	uint8_t id[DEVICE_ID];          /* of its signature key, see device_id */
	uint8_t sign[SIGN_PUBLIC];      /* the MLS leaf key */
	uint8_t transport[DH_SIZE];     /* static key towards this relay */
};
struct record {
	uint8_t account_key[SIGN_PUBLIC];
	uint8_t account[ACCOUNT_ID];    /* derived: account_id(account_key) */
	char name[NAME_LEN + 1];
	uint64_t version;               /* from 1 */
	uint8_t prev[HASH32];           /* hash of version - 1; zeros for 1 */
	uint64_t expires;               /* ms since 1970 */
	size_t devices, revoked;
	struct device device[DEVICES_MAX];
	uint8_t gone[REVOKED_MAX][DEVICE_ID];
	uint8_t hash[HASH32];           /* of the whole encoded record */
};
bool name_ok(struct bytes);
void account_id(const uint8_t key[static SIGN_PUBLIC],
    uint8_t id[static ACCOUNT_ID]);
void device_id(const uint8_t sign[static SIGN_PUBLIC],
    uint8_t id[static DEVICE_ID]);
/* Fills account, device ids and hash; appends the encoding with signature.
 * ERR_FORMAT: the shape; ERR_KEY: a bad key, or not this secret's. */
int record_put(struct record *, const uint8_t account_secret[static SIGN_SECRET],
    struct buf *) MUST_CHECK;
/* On an error the record is all zeros. Whether it has expired is not judged:
 * the caller has the clock. */
int record_get(struct bytes, struct record *) MUST_CHECK;
/* One that record_get has taken before and that was kept since where others
 * can't write: its shape alone is looked at, no key and no signature. */
int record_get_kept(struct bytes, struct record *) MUST_CHECK;
/* Is `next` allowed after `last`? 0 (also when they are the same), ERR_CHANGED:
 * another account key; ERR_REPLAY: a lower version; ERR_RULE: a fork. Versions
 * in between may be unseen: then only the numbers and the key are compared. */
int record_follows(const struct record *last, const struct record *next);
const struct device *record_device(const struct record *,
    const uint8_t id[static DEVICE_ID]);        /* NULL: not there or revoked */
/* In an MLS leaf: which logged version of the record it is judged against. */
#define LEAF_EXT_TYPE 0xf8a1
#define LEAF_EXT_SIZE 40
void leaf_ext_put(uint8_t out[static LEAF_EXT_SIZE], uint64_t version,
    const uint8_t hash[static HASH32]);
int leaf_ext_get(struct bytes, uint64_t *version, uint8_t hash[static HASH32])
    MUST_CHECK;
/* The MLS basic credential: account_id || device_id */
#define CREDENTIAL_SIZE (ACCOUNT_ID + DEVICE_ID)

/* room.c: what the members of a room agree on, in its GroupContext */

#define ROOM_EXT_TYPE 0xf8a2
#define ROOM_NAME_MAX 64        /* bytes of UTF-8, no controls */
#define ROOM_ADMINS_MAX 16
struct room {
	char name[ROOM_NAME_MAX + 1];
	size_t admins;
	uint8_t admin[ROOM_ADMINS_MAX][ACCOUNT_ID];
};
int room_put(const struct room *, struct buf *) MUST_CHECK;
int room_get(struct bytes, struct room *) MUST_CHECK;   /* zeros on an error */
bool room_admin(const struct room *, const uint8_t account[static ACCOUNT_ID]);

/* inbox_key.c: X-Wing, signed by the device key */

#define INBOX_KEY_LIFE (365ll * 86400 * 1000)
#define INBOX_KEY_ROTATE (7ll * 86400 * 1000)
#define INBOX_KEY_KEEP (35ll * 86400 * 1000)
struct inbox_key {
	uint8_t account[ACCOUNT_ID];
	uint8_t device[DEVICE_ID];
	uint8_t key[XWING_PUBLIC];
	uint64_t from, until;           /* ms since 1970 */
};
int inbox_key_put(const struct inbox_key *,
    const uint8_t device_secret[static SIGN_SECRET], struct buf *) MUST_CHECK;
/* now in ms; allows CLOCK_SKEW; ERR_EXPIRED, ERR_SIGN, ERR_KEY ... The account
 * inside is the device's claim: compare it with the record that lists it. */
#define CLOCK_SKEW (10ll * 60 * 1000)
int inbox_key_get(struct bytes, const uint8_t device_sign[static SIGN_PUBLIC],
    int64_t now, struct inbox_key *) MUST_CHECK;

/* box.c: a sealed box from one device to one device (DESIGN 4) */

struct box {
	uint8_t account[ACCOUNT_ID];    /* the sender */
	uint8_t device[DEVICE_ID];
	uint64_t version;               /* of the sender's record */
	struct bytes body;              /* points into the opened plaintext */
	uint8_t signature[SIGN_SIZE];
	uint8_t bound[HASH32];          /* what the signature covers */
};
/* Pads by Padme, seals, signs. */
int box_seal(const struct rng *, const struct inbox_key *to,
    const uint8_t from_account[static ACCOUNT_ID],
    const uint8_t from_device[static DEVICE_ID], uint64_t version,
    const uint8_t device_secret[static SIGN_SECRET], struct bytes body,
    struct buf *out) MUST_CHECK;
/* Opens with the private half; *plain owns what box.body points into. The
 * sender is only a claim until box_check with that device's record key. */
int box_open(const uint8_t inbox_secret[static XWING_SECRET],
    const uint8_t inbox_public[static XWING_PUBLIC],
    const uint8_t to_account[static ACCOUNT_ID],
    const uint8_t to_device[static DEVICE_ID], struct bytes in,
    struct buf *plain, struct box *) MUST_CHECK;
int box_check(const struct box *, const uint8_t device_sign[static SIGN_PUBLIC])
    MUST_CHECK;

/* address.c: tacet://host[:port]/<base32 of pin>[?invite=<base32>] */

#define PORT_DEFAULT 8223
#define HOST_LEN 253
#define PIN_SIZE 48             /* transport key (32) || head key hash (16) */
#define INVITE_SIZE 16
#define ADDRESS_TEXT 512
struct address {
	char host[HOST_LEN + 1];        /* name, IPv4, or IPv6 without brackets */
	uint16_t port;
	bool pinned, invited;
	uint8_t pin[PIN_SIZE];
	uint8_t invite[INVITE_SIZE];
};
/* *why: a sentence of our own about what is wrong, or NULL. The scheme may be
 * missing; on an error the address is all zeros. */
int address_get(const char *, struct address *, const char **why) MUST_CHECK;
/* with_invite only when there is one */
void address_put(const struct address *, bool with_invite,
    char out[static ADDRESS_TEXT]);
void pin_make(const uint8_t transport[static DH_SIZE],
    const uint8_t head[static SIGN_PUBLIC], uint8_t pin[static PIN_SIZE]);

/* merkle.c: RFC 9162 2.1 over SHA-256. Leaves are numbered from 0; a node of
 * level l and number i is the whole subtree of leaves i * 2^l and on. */

#define MERKLE_SIZE_MAX (1ull << 62)
#define MERKLE_DEPTH 63
#define MERKLE_PROOF_MAX (64 * HASH32)  /* a proof: hashes one after another */
void merkle_leaf(struct bytes leaf, uint8_t hash[static HASH32]);
/* All that the root of the first `size` leaves needs. Zeroed: no leaf. */
struct merkle_range {
	uint64_t size;
	size_t peaks;                   /* the largest subtree first */
	uint8_t peak[MERKLE_DEPTH + 1][HASH32];
};
/* Told of each subtree above the leaves that becomes whole. */
typedef int merkle_made(void *, unsigned level, uint64_t number,
    const uint8_t hash[static HASH32]);
int merkle_add(struct merkle_range *, const uint8_t leaf_hash[static HASH32],
    merkle_made *, void *);             /* made may be NULL; its first error */
void merkle_root(const struct merkle_range *, uint8_t root[static HASH32]);
/* Who keeps the nodes of whole subtrees, level 0 among them. */
struct merkle_nodes {
	int (*node)(void *, unsigned level, uint64_t number,
	    uint8_t hash[static HASH32]);
	void *arg;
};
int merkle_range_at(const struct merkle_nodes *, uint64_t size,
    struct merkle_range *) MUST_CHECK;
/* Append a proof: leaf `number` is in the tree of `size`; the tree of `to`
 * begins with the one of `from` (none is needed for 0 and for the same).
 * ERR_RANGE, or what node() said. */
int merkle_prove(const struct merkle_nodes *, uint64_t number, uint64_t size,
    struct buf *) MUST_CHECK;
int merkle_prove_extends(const struct merkle_nodes *, uint64_t from,
    uint64_t to, struct buf *) MUST_CHECK;
/* 0, or ERR_RULE for whatever is wrong */
int merkle_check(uint64_t number, uint64_t size,
    const uint8_t leaf_hash[static HASH32], struct bytes proof,
    const uint8_t root[static HASH32]) MUST_CHECK;
int merkle_check_extends(uint64_t from, uint64_t to,
    const uint8_t root_from[static HASH32],
    const uint8_t root_to[static HASH32], struct bytes proof) MUST_CHECK;
/* The same for a run of leaves anywhere, if it can be proven at once. */
bool merkle_part(uint64_t start, uint64_t end);
int merkle_check_part(uint64_t start, uint64_t end, uint64_t size,
    const uint8_t part[static HASH32], const uint8_t root[static HASH32],
    struct bytes proof) MUST_CHECK;

/* leaf.c: what the directory's log says of one version of one record */

#define LEAF_SIZE 113
struct leaf {
	uint8_t index[HASH32];          /* of the name, see leaf_index */
	uint8_t account[ACCOUNT_ID];
	uint64_t version;
	uint8_t record[HASH32];         /* record.hash */
	uint64_t prev;                  /* 0: the name's first leaf; else the
	                                   number of the last one, and 1 */
};
void leaf_index(const uint8_t head_key[static SIGN_PUBLIC], struct bytes name,
    uint8_t index[static HASH32]);
void leaf_make(const uint8_t head_key[static SIGN_PUBLIC], const struct record *,
    uint64_t prev, struct leaf *);
void leaf_put(const struct leaf *, uint8_t out[static LEAF_SIZE]);
int leaf_get(struct bytes, struct leaf *) MUST_CHECK;   /* the shape alone */
void leaf_hash(const struct leaf *, uint8_t hash[static HASH32]);

/* head.c: the signed head of that log */

#define HEAD_SIZE 145
#define HEAD_AGE (24ll * 3600 * 1000)   /* older ones are refused */
struct head {
	uint8_t key[SIGN_PUBLIC];       /* the relay's head key */
	uint64_t size;
	uint8_t root[HASH32];
	uint64_t time;                  /* ms since 1970 */
	uint8_t signature[SIGN_SIZE];
};
void head_sign(struct head *, const uint8_t secret[static SIGN_SECRET]);
void head_put(const struct head *, struct buf *);
/* The shape and the signature of the key that it names; whose key that is,
 * head_pinned says. On an error it is all zeros. */
int head_get(struct bytes, struct head *) MUST_CHECK;
bool head_pinned(const struct head *, const uint8_t pin[static PIN_SIZE]);
/* ERR_EXPIRED: older than HEAD_AGE; ERR_CLOCK: from the future. Allows
 * CLOCK_SKEW; now in ms. */
int head_fresh(const struct head *, int64_t now) MUST_CHECK;
/* Is this very record leaf `number` of the head's tree? prev as in the leaf.
 * ERR_RULE: no, or not proven. */
int head_holds(const struct head *, const struct record *, uint64_t number,
    uint64_t prev, struct bytes proof) MUST_CHECK;
/* ERR_KEY: of two relays; ERR_RULE: not proven */
int head_extends(const struct head *from, const struct head *to,
    struct bytes proof) MUST_CHECK;

/* evidence.c: two heads that one relay signed and that can't both be true */

#define EVIDENCE_MAX (17 + 2 * HEAD_SIZE + HASH32 + 2 + MERKLE_PROOF_MAX)
struct evidence {
	struct head first, later;       /* first.size <= later.size */
	uint8_t other[HASH32];          /* where sizes differ: the root of the
	                                   later tree at first.size, */
	struct bytes proof;             /* and the proof from that to later */
};
/* 0: the relay of first.key signed two histories. ERR_RULE: this proves
 * nothing; ERR_KEY: heads of two relays; ERR_SIGN, ERR_FORMAT ... The proof
 * points into the input. evidence_put writes only what proves something. */
int evidence_check(struct bytes, struct evidence *) MUST_CHECK;
int evidence_put(const struct evidence *, struct buf *) MUST_CHECK;

/* proof.c: this connection may use this log's epoch (DESIGN 5) */

void epoch_proof(const uint8_t access[static KEY_SIZE],
    const uint8_t handshake[static HASH64], const uint8_t log[static WIRE_ID],
    uint64_t epoch, uint8_t proof[static HASH32]);

/* words.c: numbers as words, 11 bits each (words.def) */

#define WORDS 2048
#define WORD_LEN 7
#define WORD_BITS 11
const char *words_at(unsigned i);       /* its word, i < WORDS */
/* The number of a word in any case, or of its first four letters; ERR_NONE */
int words_find(const char *, size_t n);
void words_take(const uint8_t *bits, size_t n, uint16_t *word); /* the first */
void words_put(const uint16_t *word, size_t n, struct buf *);   /* "a b c" */
/* At most max words as somebody typed them, *n of them. ERR_NONE: *wrong is no
 * word, and *n came before it; ERR_BIG: there are more. */
int words_get(const char *, size_t max, uint16_t *word, size_t *n,
    struct bytes *wrong) MUST_CHECK;

/* safety.c: both account ids, the same from both sides */

#define SAFETY_DIGITS 60
#define SAFETY_WORDS 19
#define SAFETY_KEY_WORDS 9      /* the first half, the smaller id's */
#define SAFETY_LINE 64          /* of a QR code, with its NUL */
void safety_number(const uint8_t a[static ACCOUNT_ID],
    const uint8_t b[static ACCOUNT_ID], char digits[static SAFETY_DIGITS + 1]);
void safety_words(const uint8_t a[static ACCOUNT_ID],
    const uint8_t b[static ACCOUNT_ID], uint16_t word[static SAFETY_WORDS]);
/* Of one account alone: as its half of a safety number begins */
void safety_key_words(const uint8_t id[static ACCOUNT_ID],
    uint16_t word[static SAFETY_KEY_WORDS]);
void safety_line(const uint8_t a[static ACCOUNT_ID],
    const uint8_t b[static ACCOUNT_ID], char line[static SAFETY_LINE]);
/* Is what somebody typed (60 digits, 19 words, or the line) this number? 0;
 * ERR_DENIED: another one; ERR_INPUT: not such a thing. *why, malloc'ed or
 * NULL, is half a sentence about the first thing that is wrong. */
int safety_check(const char *typed, const uint8_t a[static ACCOUNT_ID],
    const uint8_t b[static ACCOUNT_ID], char **why) MUST_CHECK;

/* lookalike.c: names and keys that are taken for one another */

enum lookalike {
	LOOKALIKE_NONE,
	LOOKALIKE_SHAPE,                /* drawn alike */
	LOOKALIKE_LETTER,               /* a single letter differs */
};
enum lookalike lookalike_names(const char *a, const char *b);   /* UTF-8 */
/* "al1ce has the digit 1 at place 3, alice has the letter i" */
void lookalike_where(const char *a, const char *b, struct buf *);
/* Two keys whose words begin with the same two */
bool lookalike_keys(const uint8_t a[static ACCOUNT_ID],
    const uint8_t b[static ACCOUNT_ID]);

/* spoken.c: seven words for two who are there at once; commit, then reveal */

#define SPOKEN_WORDS 7
struct spoken {                 /* what the words stand for */
	uint8_t first[SIGN_PUBLIC], second[SIGN_PUBLIC];        /* account keys:
	                                   who begins, who joins */
	uint8_t log[WIRE_ID], session[WIRE_ID];
};
void spoken_commit(const struct spoken *, const uint8_t number[static KEY_SIZE],
    uint8_t commit[static HASH32]);
void spoken_words(const struct spoken *, const uint8_t first[static KEY_SIZE],
    const uint8_t second[static KEY_SIZE], uint16_t word[static SPOKEN_WORDS]);

/* pairing.c: a new device of an account and an old one, who compare seven words.
 * Commit, then reveal: account key, device keys, transport key and the key of
 * the sealed part are bound by what both see. */

#define PAIRING_WORDS 7
#define PAIRING_CODE 4          /* words of a place to meet at */
#define PAIRING_PLAIN 32768
struct pairing {
	bool old;                       /* our end */
	uint8_t want;                   /* the kind of message that is next */
	const struct rng *rng;
	uint8_t place[WIRE_ID];
	uint8_t account_key[SIGN_PUBLIC], old_sign[SIGN_PUBLIC];
	uint8_t new_sign[SIGN_PUBLIC], transport[DH_SIZE], kem[XWING_PUBLIC];
	uint8_t number[2][KEY_SIZE], commit[HASH32];
	uint8_t secret[XWING_SECRET];   /* of kem, at the new end */
	uint8_t bound[HASH32];          /* all of it, hashed */
	uint8_t key[2][KEY_SIZE];       /* to the new one, to the old one */
	uint64_t count[2];              /* sealed, opened */
};
void pairing_place(const uint16_t word[static PAIRING_CODE],
    uint8_t place[static WIRE_ID]);
/* The old device speaks first: *out is what goes to the new one. */
void pairing_old(struct pairing *, const struct rng *,
    const uint8_t place[static WIRE_ID],
    const uint8_t account_key[static SIGN_PUBLIC],
    const uint8_t sign[static SIGN_PUBLIC], struct buf *out);
int pairing_new(struct pairing *, const struct rng *,
    const uint8_t place[static WIRE_ID], const uint8_t sign[static SIGN_PUBLIC],
    const uint8_t transport[static DH_SIZE]) MUST_CHECK;
/* One message of the other end; what is to be answered is appended to *out.
 * secret: of our signature key. Any error is final: ERR_STATE, ERR_FORMAT,
 * ERR_VERSION, ERR_KEY, ERR_SIGN, ERR_AUTH (another number than was committed
 * to). */
int pairing_hear(struct pairing *, struct bytes,
    const uint8_t secret[static SIGN_SECRET], struct buf *out) MUST_CHECK;
bool pairing_ready(const struct pairing *);     /* the words can be compared */
void pairing_words(const struct pairing *,
    uint16_t word[static PAIRING_WORDS]);
/* At most PAIRING_PLAIN bytes, in order; appends. */
int pairing_seal(struct pairing *, struct bytes plain, struct buf *) MUST_CHECK;
int pairing_open(struct pairing *, struct bytes, struct buf *plain) MUST_CHECK;
void pairing_wipe(struct pairing *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Who we are and who signs for it: our keys, our record and the ones before
 * it, the wrapped account key, and changes of the record. Private to this
 * folder and its tests.
 */
#ifndef TACET_CLIENT_SELF_H
#define TACET_CLIENT_SELF_H

#include "client.h"

struct answer;
struct job;

/* past.c: versions of a record before the one in force; a leaf is judged by
 * the version that it names */

#define PAST_MAX 8
struct past {
	struct past_row {
		int64_t row;
		struct record record;
	} *at;                  /* the oldest first */
	size_t n;
};
/* owner: a person's row, 0: our own */
void past_add(struct client *, struct past *, int64_t owner,
    const struct record *, struct bytes raw);
const struct record *past_find(const struct past *, uint64_t version);
void past_drop(struct client *, struct past *);  /* the oldest */
void past_free(struct past *);
int past_load(struct client *) MUST_CHECK;      /* after the people */

/* account.c: the account key. It lies in the store wrapped under Argon2id of a
 * passphrase of its own, which is the store's unless the user wants another,
 * and is in memory only from account_open to account_close. */

#define ACCOUNT_HOLD_MS 30000   /* for a change that another device may beat */
struct account_box {
	struct buf wrapped;
	bool apart;             /* under a passphrase of its own */
};
struct account_key {
	uint8_t secret[SIGN_SECRET];
};
/* apart: not the store's passphrase; beside: both open it until the next */
int account_wrap(struct client *, const struct account_key *,
    struct bytes pass, bool apart, bool beside) MUST_CHECK;
/* ERR_PASS counts as a wrong passphrase, ERR_RATE: too many of them */
int account_open(struct client *, struct bytes pass, struct account_key **,
    char **why) MUST_CHECK;
void account_close(struct account_key **);
void account_hold(struct client *, struct account_key *); /* for a while */
int account_load(struct client *) MUST_CHECK;
/* The store was opened with this: what waited for it is done. */
void account_unlocked(struct client *, struct bytes pass);
int unlock_wait(struct client *);       /* unlock.c: ERR_RATE while it lasts */
void unlock_wrong(struct client *);
unsigned unlock_chars(struct bytes pass);

/* change.c: the next version of our record, signed, kept, published */

#define RECORD_LIFE (2 * 365 * DAY_MS)
#define RECORD_RENEW (RECORD_LIFE / 4)  /* before it ends */
void change_drive(struct client *, struct job *);
void change_sent(struct client *, struct job *, const struct answer *);
void change_looked(struct client *, struct job *, const struct answer *);
void change_due(struct client *);       /* each turn: renewal, time is up */
/* Signs what waits for a signature, and a renewal that is due. */
int change_sign(struct client *, const struct account_key *, char **why)
    MUST_CHECK;
/* As account_change with an open key, which is taken over on success. */
int change_signed(struct client *, const struct record_change *,
    struct account_key **, char **why) MUST_CHECK;
bool change_pending(const struct client *);     /* one is on its way */
bool change_waits(const struct client *);       /* for the passphrase */
void change_forget(struct client *);    /* the account key leaves memory */

/* amend.c: the record that follows `last`, with one more device or one less
 * and a fresh end: ERR_EXISTS, ERR_DENIED (revoked before), ERR_NONE,
 * ERR_QUOTA */

int amend_next(const struct client *, const struct record *last,
    const struct record_change *, struct record *next) MUST_CHECK;
/* Does it say already what the change wants? */
bool amend_said(const struct client *, const struct record *,
    const struct record_change *);

/* watch.c: our own entry in the directory, once per connection */

void watch_drive(struct client *);
void watch_looked(struct client *, const struct answer *);

/* self.c: who we are; secrets in locked memory */

struct self_secret {
	uint8_t sign[SIGN_SECRET], transport[DH_SIZE];
};
struct self {
	bool have, registered;
	struct self_secret *secret;
	uint8_t sign[SIGN_PUBLIC], transport[DH_SIZE], device[DEVICE_ID];
	uint8_t account[ACCOUNT_ID];
	char name[NAME_LEN + 1];
	uint16_t suite;
	struct address address;
	uint8_t incarnation[WIRE_ID];
	bool greeted;           /* incarnation is set */
	struct record record;
	struct buf record_raw;
	struct past past;       /* the versions before it */
	struct account_box box; /* the account key, wrapped */
	bool gone;              /* the record lists this device no more */
	struct account_key *held;       /* while a change may need it again */
	int64_t held_until;             /* mono */
	uint64_t watched;       /* the connection that it was looked up on */
	int64_t watch_at;       /* mono; not before */
	bool differs, told;     /* said in a notice already */
	struct restart restart;         /* of the relay, the last one */
};
/* Fresh keys, and a first record under `name`; the account key is wrapped under
 * the passphrase at once and stays nowhere else. */
int self_make(struct client *, const char *name, struct bytes pass) MUST_CHECK;
/* This device, new, and a record that follows `last`, which lists it and (not
 * NULL) no longer the lost one. */
int self_restore(struct client *, const struct record *last,
    struct bytes raw, const uint8_t *lost, const struct account_key *)
    MUST_CHECK;
/* The same for another `last`, with the keys we have */
int self_follow(struct client *, const struct record *last, struct bytes raw,
    const uint8_t *lost, const struct account_key *) MUST_CHECK;
int self_rename(struct client *, const char *name, struct bytes pass)
    MUST_CHECK;                         /* before enrol */
void self_keep(struct client *);
int self_load(struct client *) MUST_CHECK;      /* ERR_NONE, ERR_AUTH */
void self_free(struct self *);
/* A version of our own record that follows the one we hold, from the relay or
 * signed here: 0, or what is wrong with it. */
int self_record(struct client *, const struct record *, struct bytes raw)
    MUST_CHECK;
bool self_revoked(const struct self *);  /* our record says so */
/* The new device of an account: its keys (taken over), and what the old one has
 * handed over. It is registered when the relay knows it. */
int self_linked(struct client *, struct self_secret *, const struct record *,
    struct bytes raw, const struct address *, uint16_t suite) MUST_CHECK;
/* unlock.c: a fresh profile may become this; and its store */
int init_judge(const struct client *, const char *name, struct bytes pass,
    const struct address *, char **why) MUST_CHECK;
int init_store(struct client *, struct bytes pass, char **why) MUST_CHECK;

/* restart.c: the relay has another incarnation than before */

void restart_begin(struct client *);
void restart_put(const struct restart *, struct buf *);
void restart_get(struct rd *, struct restart *);

/* linkup.c, olddev.c: see linkup.h */

void linkup_free(struct client *);
void linkup_drive(struct client *);
void linkup_say(struct client *);
void olddev_opened(struct client *, const struct answer *);
void olddev_answer(struct client *, const struct answer *);
void olddev_heard(struct client *, const uint8_t place[static WIRE_ID],
    struct bytes data);
void olddev_ended(struct client *, const uint8_t place[static WIRE_ID]);

/* ours.c: our own devices in our groups */

void ours_drive(struct client *);
size_t ours_talks(const struct client *);       /* that are open */

/* How we stand in an MLS group; *ext owns the extensions. */
void self_look(const struct client *, uint8_t identity[static CREDENTIAL_SIZE],
    struct buf *ext, struct mls_self *);

#endif

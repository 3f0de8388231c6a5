/* SPDX-License-Identifier: ISC */
/*
 * Linking a device, as linkup.c, newdev.c, olddev.c and handover.c share it:
 * two devices meet, compare words, and one hands the account to the other.
 * Private to this folder and its tests.
 */
#ifndef TACET_CLIENT_LINKUP_H
#define TACET_CLIENT_LINKUP_H

#include "inside.h"
#include "client_play.h"

#define LINK_HEAD "TACET:LINK/"         /* of a line for cameras */
#define LINKUP_MS (10 * 60 * 1000)      /* the relay forgets a meeting then */
#define HAND_BATCH 16384        /* bytes of items in one message */
#define LINKUP_TICK_MS 50               /* while the account goes over */

/* What goes over, sealed: items of u8 kind, u32 length, body */
enum hand {
	HAND_YES = 1,           /* both: the words are the same */
	HAND_NO,
	HAND_ACCOUNT,           /* u16 suite, u8 has, secret, record */
	HAND_PERSON,            /* u8 state, u8 way, u64 since, record */
	HAND_SETTING,           /* u16 length, name; value */
	HAND_END,               /* u32 conversations that it can join */
	HAND_KEPT,              /* the new one has it on its disk */
	HAND_MESSAGE,           /* see history.c */
	HAND_FILM,              /* see film_hand.c */
	HAND_WATCHED,           /* film, u32 at, u32 length, u64 when */
};
struct hand_person {
	enum person_state state;
	enum way way;           /* in which it was verified */
	int64_t since;
	struct record record;
	struct buf raw;
};
struct hand_setting {
	char *name, *value;
};
struct hand_message {
	uint8_t account[ACCOUNT_ID];    /* the other side's */
	struct message m;
};
struct hand_film {
	bool direct;            /* in a conversation between two, with */
	uint8_t with[ACCOUNT_ID], who[ACCOUNT_ID];
	struct film film;
};
struct handed {                 /* at the new one, until it is kept */
	bool account, whole;
	uint16_t suite;
	bool has_key;
	struct account_key *key;
	struct record record;
	struct buf raw;
	struct hand_person *person;
	size_t people;
	uint32_t talks;
	struct hand_setting *setting;
	size_t settings;
	struct hand_message *message;
	size_t messages, bytes;
	struct hand_film *film;
	size_t films;
	struct watched *watched;
	size_t watcheds;
};
struct linkup {
	struct linkup_view view;
	struct timer *timer;
	int64_t until;                  /* mono */
	uint16_t code[PAIRING_CODE];
	struct pairing pairing;
	bool joined;                    /* the relay has us at the place */
	bool yes, their_yes;
	/* the new one */
	struct link *link;
	struct self_secret *secret;
	uint8_t sign[SIGN_PUBLIC], transport[DH_SIZE];
	struct address address;
	struct buf pass;
	uint32_t req;
	struct handed handed;
	uint64_t taken;                 /* the turn that keeps it */
	/* the old one */
	uint64_t generation;            /* of the session it meets on */
	struct account_key *key;        /* from the passphrase to the record */
	bool may_sign;                  /* the new one is given it */
	bool history;                   /* and what was said */
	size_t item;                    /* what goes over next */
	int64_t talk;                   /* of the history: this one is over */
	size_t said, bytes;
	size_t film, posters;           /* films, and bytes of their pictures */
};

/* linkup.c */
struct linkup *linkup_start(struct client *, bool old);
void linkup_step(struct client *, enum linkup_step);
void linkup_over(struct client *, const char *fmt, ...) PRINTF(2, 3);
/* To the other end, through the relay: 0 or ERR_* */
int linkup_put(struct client *, struct bytes) MUST_CHECK;
int linkup_seal(struct client *, struct bytes items) MUST_CHECK;
/* What the other end put; ends it when that is no good. */
void linkup_got(struct client *, struct bytes);
void linkup_yes(struct client *);       /* both may have said yes */

/* newdev.c: this device is the new one */
void newdev_drive(struct client *);
void newdev_item(struct client *, enum hand, struct rd *);
void newdev_say(struct client *, uint64_t kept);
void newdev_end(struct client *);       /* its connection */
int newdev_put(struct client *, struct bytes) MUST_CHECK;

/* olddev.c: this device has the account */
void olddev_drive(struct client *);
void olddev_item(struct client *, enum hand, struct rd *);
int olddev_put(struct client *, struct bytes) MUST_CHECK;

/* handover.c: what goes over */
void hand_item(struct buf *, enum hand, struct bytes body);
void hand_account(const struct client *, const struct account_key *,
    struct buf *);
/* Items from number `at` on, as many as fit well */
void hand_more(const struct client *, size_t *at, struct buf *);
size_t hand_total(const struct client *);
void hand_end(const struct client *, struct buf *);
int handed_item(struct handed *, enum hand, struct rd *) MUST_CHECK;
void handed_free(struct handed *);
/* history.c: what was said with one person */
#define HISTORY_EACH 200        /* messages of a conversation, the newest */
#define HISTORY_BYTES (2u << 20)        /* of all; a meeting is bounded */
void history_load(struct client *);     /* into memory, as many as go over */
size_t history_total(const struct client *);
/* As many as fit well; false: no more are left */
bool history_more(struct client *, struct linkup *, struct buf *);
int history_item(struct handed *, struct rd *) MUST_CHECK;
void history_take(struct client *, struct handed *);
void history_free(struct handed *);
/* A conversation that waits, without a group, for the device to be let in */
struct talk *history_into(struct client *,
    const uint8_t account[static ACCOUNT_ID]);

/* film_hand.c: films, and how far they were watched */
size_t film_hand_total(const struct client *);
bool film_hand_more(struct client *, struct linkup *, struct buf *);
int film_hand_item(struct handed *, struct rd *) MUST_CHECK;
void film_hand_take(struct client *, struct handed *);
void film_hand_free(struct handed *);
void film_hand_watched(const struct watched *, struct buf *);
int film_hand_watched_item(struct handed *, struct rd *) MUST_CHECK;

/* Into an open store: people and settings. */
void handed_take(struct client *, struct handed *);

#endif

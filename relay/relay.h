/* SPDX-License-Identifier: ISC */
/*
 * Floor 4: the relay. It orders, keeps and hands on what it cannot read, and
 * knows no member list: who proves a log's epoch may use it. Everything lives
 * in struct relay, so that several run in one process. What is said about a
 * change leaves only when the store reports the change kept.
 */
#ifndef TACET_RELAY_H
#define TACET_RELAY_H

#include "base.h"
#include "crypto.h"
#include "wire.h"
#include "ident.h"
#include "link.h"

struct relay;
struct peer;

/* --- limits that are not options --- */

#define RELAY_SUBS_MAX 4096             /* logs one connection follows */
#define RELAY_FEED_TURN 256             /* entries to one reader in a turn */
#define RELAY_SWEEP_TURN 200            /* expiries in a turn */
#define RELAY_SWEEP_MS 30000
#define RELAY_KNOCKS_MS 10000           /* between lines about the door */
#define RELAY_HEAL_MS 2000              /* between tries of a sick store */
#define RELAY_ORDER_MS 30000            /* the next append waits for one refused */
#define RELAY_ANGRY 500                 /* refusals in a row that end it */
#define PACKAGES_MAX 200                /* one-time, per device and suite */
#define PACKAGES_SUITES 4               /* of which one device leaves some */
#define PACKAGE_MAX 16384
#define PACKAGE_LIFE (91ll * 86400000)
#define PACKAGE_LAST_LIFE (366ll * 86400000)
#define TAKE_BURST 10                   /* by one account from one device */
#define TAKE_EVERY 60000                /* ms until the next */
#define INBOX_KEY_MAX 2048
#define BOX_MAX 60000
#define BOX_KEEP (30ll * 86400000)
#define BOX_BURST 50                    /* by one account to one device */
#define BOX_EVERY 10000
#define COMMIT_BURST 10                 /* by one account in one log */
#define COMMIT_EVERY 5000
#define WHISPER_MAX 2048
#define RECORD_BURST 10                 /* new versions of one account */
#define RECORD_EVERY 60000
#define MEETS_MAX 1000                  /* meetings at once */
#define MEETS_ADDRESS 10                /* begun from one address */
#define MEETS_PEER 2                    /* on one connection */
#define MEET_LIFE 600000
#define MEET_BYTES (4u << 20)           /* through one meeting, both ways */
#define CLOCK_PACE 4                    /* see due.c */

/* --- hashmap.c: keys of one size to pointers --- */

struct hashmap_slot {
	uint64_t hash;
	void *value;            /* NULL: free */
	uint8_t *key;
};
struct hashmap {
	size_t key_size, n, cap;
	uint64_t seed[2];       /* peers choose keys: the order is our secret */
	struct hashmap_slot *slot;
};
void hashmap_init(struct hashmap *, const struct rng *, size_t key_size);
void hashmap_free(struct hashmap *);
void *hashmap_get(const struct hashmap *, const void *key);     /* or NULL */
void hashmap_put(struct hashmap *, const void *key, void *value);
void *hashmap_remove(struct hashmap *, const void *key);        /* the value */
/* All values from slot *i on, then NULL; nothing is removed meanwhile. */
void *hashmap_next(const struct hashmap *, size_t *i);

/* --- bucket.c: token buckets, forgotten once they are full again --- */

#define BUCKETS_MAX 200000
struct bucket {
	uint8_t key[HASH32];
	int64_t micro, burst;   /* micro-tokens */
	int64_t pace;           /* micro-tokens per millisecond */
	int64_t at;
};
struct buckets {
	struct hashmap map;
	const struct clock *clock;
};
void buckets_init(struct buckets *, const struct rng *, const struct clock *);
void buckets_free(struct buckets *);
/* Takes `cost` tokens: 0, or the milliseconds after which they will be there
 * (nothing is taken then). The bucket's name is kind, a and b. */
int64_t buckets_take(struct buckets *, const char *kind, struct bytes a,
    struct bytes b, int64_t cost, int64_t per_s_milli, int64_t burst);
/* The same in two steps, for who takes often: the name is a hash. */
void buckets_name(const char *kind, struct bytes a, struct bytes b,
    uint8_t name[static HASH32]);
int64_t buckets_take_from(struct buckets *, const uint8_t name[static HASH32],
    int64_t cost, int64_t per_s_milli, int64_t burst);
void buckets_sweep(struct buckets *);

#include "store.h"
#include "signer.h"
#include "ledger.h"
#include "blobs.h"

/* key.c: a key of a table, piece by piece */

struct key {
	uint8_t p[128];
	size_t n;
};
struct key key_of(const void *, size_t);        /* a first piece */
void key_put(struct key *, const void *, size_t);
void key_u64(struct key *, uint64_t);
void key_u16(struct key *, uint16_t);
void key_u8(struct key *, uint8_t);
/* The first key that does not begin with this one. */
struct key key_after(const struct key *);
static inline struct bytes
key_view(const struct key *k)
{
	return bytes_of(k->p, k->n);
}

/* --- relay.c --- */

struct limits {                         /* options, read once per reload */
	uint8_t mode;                   /* MODE_* */
	int64_t rate, burst, address_rate, address_burst;
	uint64_t log_quota, account_quota, account_logs;
	uint64_t inbox_boxes, inbox_bytes, blob_quota, blob_size;
	int64_t blob_keep, message_keep, commit_keep, invite_life;
	int64_t handshake;
	size_t held_soft, held_hard;
	struct listen_limits listen;
};

enum metric {
#define METRIC(name, type, help) METRIC_##name,
#include "metric.def"
#undef METRIC
	METRICS
};
#define MSGS_MAX 64                     /* rows of msg.def, checked at start */
#define ERRORS_MAX 64
struct counts {
	uint64_t metric[METRICS];       /* *_seconds_*: microseconds */
	uint64_t heard[MSGS_MAX], said[MSGS_MAX];
	uint64_t refused[ERRORS_MAX];
};

struct sub;
struct channel;
struct meet;
struct door {           /* what a link's events come with */
	struct relay *relay;
	struct peer *peer;      /* NULL before `open` */
};
struct peer {                           /* first what a delivery touches */
	struct link *link;
	uint64_t put;                   /* the last turn that said something */
	bool known, greeted, closing, paused;
	bool dirty;                     /* in relay.dirty: output is waiting */
	bool hungry;                    /* in relay.hungry: look at it each turn */
	struct door door;
	struct peer *next, *prev;
	struct peer *twin;      /* another connection of the same device */
	uint8_t account[ACCOUNT_ID], device[DEVICE_ID];
	char name[NAME_LEN + 1];
	/* its buckets: the account's once known, a stranger's, the address's */
	uint8_t pays[HASH32], pays_stranger[HASH32], pays_address[HASH32];
	unsigned refusals;              /* in a row */
	/* set by a handler beside its ERR_*: for `fail` */
	const char *why;
	uint64_t number;
	uint64_t box_next;              /* the next box to push */
	bool boxes;                     /* there may be some */
	struct sub *subs;
	size_t subs_n;
	unsigned meets;                 /* it has a place in */
	int64_t reads_at;               /* a blob, until then; mono */
};

struct crowd {                          /* peers to come back to */
	struct peer **peer;
	size_t n, cap;
};
struct keys;                            /* relay_keys.c */
struct reply;                           /* control.c */
struct relay {
	struct door door;               /* of links that have no peer yet */
	struct loop *loop;
	const struct clock *clock;
	const struct rng *rng;
	struct log *log, silent;
	struct limits limits;
	char *data;
	struct store *store;
	struct keys *keys;
	struct blobs blobs;
	struct ledger ledger;           /* the log of the directory */
	struct heads heads;
	struct signing signing;         /* who signs them */
	const char *ended;              /* why it can't go on, or NULL */
	struct address address;         /* what it prints */
	uint8_t incarnation[WIRE_ID];
	struct listener *listener;
	struct local_listener *control, *metrics;
	struct timer *sweep, *heal;
	uint64_t turn;                  /* being collected */
	uint64_t kept;                  /* all output up to here may leave */
	uint64_t writes;                /* of the store, when last kept */
	bool spoke;                     /* this turn has output */
	bool again;                     /* work is left for the next turn */
	bool sweeping;
	bool unread;                    /* something of the store was not: later */
	struct peer *peers;
	size_t peers_n;
	struct crowd dirty, hungry;
	struct {                        /* see knocks.c: what was told of */
		struct timer *timer;
		uint64_t refused, failed;
		int64_t next;
	} knocks;
	struct reply *replies;          /* of the control socket, see there */
	struct hashmap devices;         /* account device -> peers */
	struct hashmap channels;        /* log -> who follows it */
	struct meet *meets;             /* meets.c */
	size_t meets_n;
	struct buckets buckets;
	int64_t due_wall, due_mono, due_kept;   /* see due.c */
	bool due_warned;
	struct counts count;
	int64_t began;                  /* of this turn's work; 0: none yet */
	int lock;                       /* the data folder is ours */
	const struct options *options;
#ifdef TACET_TEST
	/* a malicious relay: may change what peer_put says; false drops it */
	bool (*evil)(void *, struct relay *, struct peer *, struct msg *);
	/* and may keep what a client says from its handler */
	bool (*evil_hear)(void *, struct relay *, struct peer *,
	    const struct msg *);
	/* and may not come back from a point between the beats of a turn */
	void (*evil_point)(void *, const char *point);
	void *evil_arg;
#endif
};

/* unread.c: a stream could not be read; unread_again looks, not before */
void unread_note(struct relay *);
void unread_again(struct relay *);

/* knocks.c: who did not get in; at most a few lines in RELAY_KNOCKS_MS */
void knocks_tell(struct relay *, bool now);
void knocks_late(void *relay);

/* relay_option.c */
extern const struct option_row relay_option[];
extern const size_t relay_options;
void relay_limits(struct limits *, const struct options *, bool first);

#ifdef TACET_TEST       /* ends here at the turn that the environment names */
void relay_crash(const char *point, uint64_t turn);
#else
#define relay_crash(point, turn) ((void)0)
#endif
struct relay_setup {
	struct loop *loop;
	const struct options *options;  /* read again by relay_reload */
	struct log *log;                /* NULL: nowhere */
	const char *data;               /* folder; made when absent */
	enum signer_way signer;
};
/* *why is a sentence (malloc'ed). */
int relay_new(struct relay **, const struct relay_setup *, char **why)
    MUST_CHECK;
void relay_free(struct relay *);
int relay_listen(struct relay *, char **why) MUST_CHECK;
uint16_t relay_port(const struct relay *);
struct link *relay_over(struct relay *, int fd);  /* a connection that exists */
void relay_reload(struct relay *);
/* One turn: hear (at most max_ms), think, keep, say, show. */
void relay_turn(struct relay *, int max_ms);
/* Hands the turn over to the store, if there is something in it. */
void relay_keep(struct relay *);
/* It can't go on: the loop above it ends, with this sentence. */
void relay_end(struct relay *, const char *why);
bool relay_durable(const struct relay *);
int64_t relay_now(const struct relay *);        /* ms since 1970 */
void relay_begin(struct relay *);       /* an event: the turn has work */
void relay_stop(struct relay *);        /* no new connections, all told */
/* For relay_turn: 0 when work is left over, else -1. */
int relay_wait(const struct relay *);

/* --- peer.c: one connection --- */

struct link_setup peer_setup(struct relay *);
void peer_put(struct relay *, struct peer *, const struct msg *);
void peer_put_raw(struct relay *, struct peer *, const struct msg *);
/* What stands on nothing that is not kept leaves at once, if nothing waits
 * before it: many answers of a turn need no memory then. */
void peer_tell(struct relay *, struct peer *, const struct msg *);
void peer_done(struct relay *, struct peer *, uint32_t req, uint64_t number);
void peer_close(struct relay *, struct peer *, int err, const char *why);
void peer_hungry(struct relay *, struct peer *);
void peers_feed(struct relay *);        /* think: streams go on */
void peers_room(struct relay *);        /* said: who has room again? */
void peers_say(struct relay *);         /* say: what is kept may leave */
void peers_lost(struct relay *, uint64_t turn);
struct peer *peers_of(struct relay *, const uint8_t account[static ACCOUNT_ID],
    const uint8_t device[static DEVICE_ID]);    /* linked by twin */
void peers_free(struct relay *);
/* Looks the transport key up; sets account, device and name. */
void peer_recognise(struct relay *, struct peer *);
/* after this record changed; NULL: any may have */
void peers_recognise(struct relay *, const struct record *);
int peer_refuse(struct peer *, int err, const char *why);
int peer_refuse_at(struct peer *, int err, uint64_t number, const char *why);

/* --- dispatch.c: the gate, and one handler for each message of a client --- */

void dispatch(struct relay *, struct peer *, const struct msg *);
#define HANDLER_CLIENT(name) \
	int on_##name(struct relay *, struct peer *, const struct msg_##name *);
#define HANDLER_RELAY(name)
#define HANDLER_BOTH(name)
#define MSG(code, name, from, state, cost, fields) HANDLER_##from(name)
#include "msg.def"
#undef MSG
#undef HANDLER_CLIENT
#undef HANDLER_RELAY
#undef HANDLER_BOTH

/* --- directory.c, packages.c --- */

/* The newest record of an account; *raw owns the encoding. */
int directory_record(struct relay *, const uint8_t account[static ACCOUNT_ID],
    struct record *, struct buf *raw) MUST_CHECK;
/* Is this a device of the account's newest record? 0 or ERR_NONE. */
int directory_device(struct relay *, const uint8_t account[static ACCOUNT_ID],
    const uint8_t device[static DEVICE_ID]) MUST_CHECK;
int packages_drop(struct relay *, const uint8_t account[static ACCOUNT_ID],
    const uint8_t device[static DEVICE_ID]) MUST_CHECK;
int packages_expire(struct relay *, struct bytes key) MUST_CHECK;

/* --- boxes.c: inboxes --- */

bool boxes_feed(struct relay *, struct peer *);  /* true: more is waiting */
int boxes_drop(struct relay *, const uint8_t account[static ACCOUNT_ID],
    const uint8_t device[static DEVICE_ID]) MUST_CHECK;
int boxes_expire(struct relay *, struct bytes key) MUST_CHECK;

/* --- logs.c, append.c: conversations --- */

struct log_state {                      /* a value of TABLE_log */
	uint8_t creator[ACCOUNT_ID];
	uint64_t epoch, last, bytes;
};
struct entry_state {                    /* a value of TABLE_entry */
	uint64_t epoch, time;
	uint8_t flags, id[WIRE_ID];
	struct bytes data;
};
struct sub {                            /* at the epoch that it proved */
	struct sub *peer_next;          /* of its channel */
	struct peer *peer;
	uint64_t epoch, pos;            /* the next number it has not seen */
	uint64_t stop;                  /* the last number that it may see */
	bool end;                       /* log_end is still to be said */
	bool behind;                    /* entries at pos wait in the store */
	struct sub *next, *prev;        /* of its peer */
	struct channel *channel;
	int64_t waits_until;            /* ms, mono: an append comes first ... */
	uint8_t waits_for[WIRE_ID];     /* ... that was refused; 0: none */
};
struct channel {
	uint8_t log[WIRE_ID];
	struct sub *subs;
	size_t n;
};
int logs_get(struct relay *, const uint8_t log[static WIRE_ID],
    struct log_state *) MUST_CHECK;
int logs_put(struct relay *, const uint8_t log[static WIRE_ID],
    const struct log_state *) MUST_CHECK;
struct sub *logs_sub(struct relay *, struct peer *,
    const uint8_t log[static WIRE_ID]);         /* or NULL */
void logs_leave(struct relay *, struct peer *); /* all of its subscriptions */
bool logs_feed(struct relay *, struct peer *);
void logs_live(struct relay *, const uint8_t log[static WIRE_ID],
    uint64_t number, const struct entry_state *);
void entry_put(struct buf *, const struct entry_state *);
int entry_get(struct bytes, struct entry_state *) MUST_CHECK;
/* What was sent behind it must not overtake it. */
void append_refused(struct relay *, struct peer *,
    const struct msg_log_append *, int err);
int append_expire(struct relay *, struct bytes key) MUST_CHECK;

/* --- meets.c: two connections that know the same place --- */

void meets_leave(struct relay *, struct peer *);        /* it has gone */
void meets_sweep(struct relay *);       /* those whose time is over */
void meets_free(struct relay *);

/* --- usage.c: what an account holds, against its quota --- */

enum usage { USAGE_LOG_BYTES, USAGE_LOGS, USAGE_BLOB_BYTES, USAGE_BLOBS };
uint64_t usage_get(struct relay *, enum usage,
    const uint8_t account[static ACCOUNT_ID]);
int usage_add(struct relay *, enum usage,
    const uint8_t account[static ACCOUNT_ID], int64_t) MUST_CHECK;

/* --- due.c: what ends at a time --- */

enum due { DUE_PACKAGE = 1, DUE_BOX, DUE_ENTRY, DUE_BLOB, DUE_INVITE };
int due_put(struct relay *, int64_t when, enum due, struct bytes key)
    MUST_CHECK;
/* What was to end then does so at another time. */
int due_drop(struct relay *, int64_t when, enum due, struct bytes key)
    MUST_CHECK;
int due_start(struct relay *) MUST_CHECK;
int64_t due_now(const struct relay *);  /* what is older than this is over */
int64_t due_after(const struct relay *, int64_t ms);    /* so long from now */
void due_sweep(struct relay *);

/* --- invites.c --- */

int invites_new(struct relay *, int64_t life, uint8_t code[static INVITE_SIZE])
    MUST_CHECK;
int invites_redeem(struct relay *, struct bytes code) MUST_CHECK;
int invites_revoke(struct relay *, const uint8_t code[static INVITE_SIZE])
    MUST_CHECK;
uint64_t invites_count(struct relay *);
/* Nobody is registered, and nobody holds an invite: there is no way in. */
bool invites_wanted(struct relay *);

/* --- relay_keys.c: the relay's own keys and name --- */

int keys_load(struct relay *, char **why) MUST_CHECK;
void keys_free(struct keys *);
const uint8_t *keys_transport(const struct keys *);     /* secret */
const uint8_t *keys_head(const struct keys *);          /* public */
int keys_incarnation(struct relay *) MUST_CHECK;
int keys_reincarnate(struct relay *) MUST_CHECK;
/* Another head key, the same transport key. Nobody may have the signer. */
int keys_renew(struct relay *) MUST_CHECK;

/* --- renew.c: the directory begins anew; of a relay that doesn't serve --- */

int renew_directory(struct relay *) MUST_CHECK;

/* --- control.c: the words of the control socket, also used without one --- */

/* One line in, lines out, the last "ok ..." or "error ..."; kept by the turn */
void control_line(struct relay *, const char *line, struct buf *out);
int control_listen(struct relay *, char **why) MUST_CHECK;
void control_say(struct relay *);       /* answers of turns that are kept */
void control_lost(struct relay *, uint64_t turn);
void control_free(struct relay *);

/* --- relay_verb.c: the other end of it --- */

/* The exit code after the running relay's answer; ERR_*: none runs here. */
int verb_ask(struct loop *, const char *data, const char *line);
int verb_show(struct bytes lines);

/* --- relay_jail.c --- */

/* Once all is open. `config`: the file that a reload reads, or NULL. */
int relay_jail(struct relay *, const char *config, char **why) MUST_CHECK;

/* --- metrics.c --- */

void metrics_text(struct relay *, struct buf *);
int metrics_listen(struct relay *, char **why) MUST_CHECK;

#endif

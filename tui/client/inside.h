/* SPDX-License-Identifier: ISC */
/*
 * What the files of tui/client share with each other and their tests, sectioned
 * by file. cmd and face never include it: they see client.h, and of a client
 * only what its functions give.
 */
#ifndef TACET_CLIENT_INSIDE_H
#define TACET_CLIENT_INSIDE_H

#include "client.h"
#include "sealed.h"
#include "self.h"
#include "job.h"
#include "audit.h"
#include "archive.h"
#include "film.h"

enum want {
	WANT_ENROL, WANT_LOOKUP_JOB, WANT_LOOKUP_PERSON, WANT_SEEK, WANT_PACKAGE,
	WANT_INBOX_KEY, WANT_BOX_PUT, WANT_BOX_ACK, WANT_LOG_CREATE,
	WANT_LOG_COMMIT, WANT_LOG_OPEN, WANT_APPEND, WANT_PACKAGE_PUT,
	WANT_PACKAGE_COUNT, WANT_INBOX_PUT, WANT_BLOB_PUT, WANT_BLOB_DATA,
	WANT_BLOB_GET, WANT_MEET_OPEN, WANT_MEET_PUT, WANT_MEET_CLOSE,
	WANT_RECORD_PUT, WANT_RECORD_JOB, WANT_SELF, WANT_HEAD,
	WANT_LEAVES, WANT_TRIAL, WANT_EXTENDS, WANT_FILM_DELETE, WANT_PLAY,
	WANT_FILM_PUT, WANT_FILM_CUT, WANT_FILM_DATA, WANT_FILM_END, WANT_COUNT
};
struct answer;
struct out;
struct fetch;

#define DAY_MS (86400ll * 1000)
#define PAGE_MESSAGES 60        /* loaded at a time */
#define WINDOW_MAX 4000         /* messages of one talk in memory */
#define ERASE_MS 5000           /* used message keys in the WAL, at most */
#define PASS_CHARS_MIN 8
#define PASS_MEM_KIB (64u * 1024)
#define PASS_OPS 3

/* stock.c: our KeyPackages, on the relay for others to take */

#define PACKAGES_WANTED 20
#define PACKAGES_LOW 10
#define PACKAGE_LIFE (90 * DAY_MS)
#define PACKAGE_LAST_LIFE (365 * DAY_MS)
#define PACKAGE_LAST_RENEW (90 * DAY_MS)        /* before it ends */
struct package {
	int64_t row;
	bool last, put;         /* put: the relay has said so */
	uint16_t suite;
	int64_t until;
	uint64_t flight;
	int64_t not_before;
	unsigned tries;
	struct buf public, private;     /* public: of the last-resort one only,
	                                   which may have to be put again */
	uint8_t ref[MLS_NH_MAX];
	size_t ref_n;
};
int stock_load(struct client *) MUST_CHECK;
void stock_free(struct client *);
void stock_drive(struct client *);
struct package *stock_for(struct client *, struct bytes welcome);
void stock_counted(struct client *, const struct answer *);
void stock_put(struct client *, int64_t row, const struct answer *);
void stock_spent(struct client *, struct package *);

/* inboxes.c: our inbox keys, and boxes that arrive */

struct inbox {
	int64_t row;
	uint8_t secret[XWING_SECRET];   /* lies in locked memory */
	struct inbox_key key;
	struct buf raw;                 /* signed, as the relay has it */
	bool put;
	int64_t replaced;               /* ms, 0: the current one */
	uint64_t flight;
	int64_t not_before;
};
struct seen_box {
	int64_t row, until;
};
int inboxes_load(struct client *) MUST_CHECK;
void inboxes_free(struct client *);
void inboxes_drive(struct client *);
void inboxes_box(struct client *, const struct msg_box *);
/* False: this was here before; a hash of it is remembered for 35 days */
bool inboxes_remember(struct client *, const char *what, struct bytes);
void inboxes_put(struct client *, int64_t row, const struct answer *);

/* person.c */

struct past *person_past(struct person *);      /* never NULL */
struct person *person_add(struct client *, const struct record *,
    struct bytes raw, enum person_state);
struct person *person_of(struct client *, const uint8_t account[static ACCOUNT_ID]);
void person_keep(struct client *, struct person *);
void person_set(struct client *, struct person *, enum person_state);
int people_load(struct client *) MUST_CHECK;
void people_free(struct client *);
/* What the directory says now; 0, or ERR_CHANGED: sending has stopped */
int person_record(struct client *, struct person *, const struct record *,
    struct bytes raw);
void people_drive(struct client *);     /* looks each up once per connection */
void people_looked(struct client *, int64_t row, const struct answer *);
/* The AS of MLS: may this leaf stand for the person it names? */
int person_judge(void *client, const struct mls_leaf *, const struct mls_leaf *);
struct person *person_of_leaf(struct client *, const struct mls_leaf *);
void client_env(struct client *, struct mls_env *);

/* talk.c and talk_group.c */

enum talk_start {               /* the log on the relay, when we made it */
	START_DONE, START_CREATE, START_COMMIT,
};
struct talk_heard {
	uint8_t device[DEVICE_ID];
	uint64_t number;
};
struct due {
	int64_t row;
	uint8_t id[WIRE_ID];
};
#define KNOWN_MAX 64
struct talk_secret {
	int64_t take;           /* number of its group: answers belong to one */
	struct mls_group *group;        /* NULL before one has joined */
	struct mls_stage *stage;        /* our commit that is under way */
	bool dirty, epoch_dirty, ratchet_dirty;
	uint64_t next;                  /* the log is read up to before it */
	uint64_t sent;                  /* number of the last body sealed */
	struct talk_heard *heard;       /* numbers of others' bodies */
	size_t heards;
	char *draft;                    /* as it was last kept */
	/* the log is to be made on the relay */
	enum talk_start start;
	uint8_t access[2][KEY_SIZE];    /* of epochs 0 and 1 */
	uint8_t commit_id[WIRE_ID];
	struct buf commit;
	/* a request that waits for our answer */
	struct buf welcome;
	/* healing */
	bool heal;
	int64_t heal_at;                /* mono; not before */
	int64_t healed;                 /* the last Update of ours, ms */
	bool gone;                      /* a revoked device is in it */
	bool leaving;                   /* until a commit takes us out */
	bool rejoin;                    /* until somebody lets us in again */
	struct mls_group *old;          /* branch.c: all agreed on it */
	int64_t old_until;              /* ms; 0: until it is followed again */
	bool midway;                    /* we came when others had written */
	uint8_t rejoin_id[WIRE_ID];     /* of what we ask, however often */
	unsigned rejoin_tries, served, judge_tries;     /* of a commit */
	int64_t rejoin_at, served_since;        /* mono */
	bool cloned;                    /* said already */
	uint8_t known[KNOWN_MAX][WIRE_ID];      /* ids opened lately */
	size_t knowns;
	uint64_t since;                 /* bodies sealed since */
	/* what is to go out, in order; and receipts that are due */
	struct out **out;
	size_t outs;
	struct due *due;
	size_t dues;
	int64_t receipt_at;             /* mono; not before */
	/* of this connection: equal to session.generation when true */
	uint64_t create_flight, open_flight, opened, synced;
	uint64_t opened_epoch;          /* what the last log_open proved */
	int64_t open_not_before, create_not_before;
	bool again;                     /* reads what it has read before */
	unsigned open_tries;
	struct fetch *fetch;            /* a blob that stands in the way */
};
struct talk *talk_new(struct client *, int64_t row);
struct talk *talk_add(struct client *, struct person *, enum talk_state);
struct talk *talk_of(struct client *, const uint8_t log[static WIRE_ID]);
struct talk *talk_taken(struct client *, int64_t take);
struct talk *talk_of_person(struct client *, int64_t person);
void talk_set(struct client *, struct talk *, enum talk_state);
void talk_dirty(struct talk *);
void talk_forget(struct client *, struct talk *);       /* its group */
int talks_load(struct client *) MUST_CHECK;
void talks_free(struct client *);
void talks_flush(struct client *);      /* puts what is dirty, before keep */
void talks_sort(struct client *);
bool talk_can_send(const struct talk *);
/* Somebody in it whose account key has changed, or NULL */
const struct person *talk_changed(struct client *, const struct talk *);
/* Takes a group over (made or joined), under its id as the log's name. */
void talk_take(struct client *, struct talk *, struct mls_group *);
int talk_access(const struct mls_group *, uint8_t key[static KEY_SIZE])
    MUST_CHECK;
void talk_stop(struct client *, struct talk *, const char *why);
void talk_unheard(struct talk *, const uint8_t device[static DEVICE_ID]);
uint64_t talk_gap(struct talk *, const uint8_t device[static DEVICE_ID],
    uint64_t number);
int groups_load(struct client *) MUST_CHECK;
void group_flush(struct client *, struct talk *);
int group_advance(struct talk *, struct mls_stage *) MUST_CHECK;
void stage_keep(struct client *, struct talk *);
void stage_drop(struct client *, struct talk *);

/* message.c */

struct message *message_add(struct client *, struct talk *,
    const struct message *);            /* takes over m->text */
/* As message_keep wrote it elsewhere */
void message_restore(struct client *, int64_t talk, int64_t row, struct bytes);
void message_keep(struct client *, struct talk *, const struct message *);
struct message *message_row(struct talk *, int64_t row);
struct message *message_id(struct client *, struct talk *,
    const uint8_t id[static WIRE_ID]);  /* loads it when it must */
bool message_seen(struct client *, const struct talk *,
    const uint8_t id[static WIRE_ID]);
void message_step(struct client *, struct talk *, struct message *,
    enum ladder, int err);
void message_system(struct client *, struct talk *, const char *fmt, ...)
    PRINTF(3, 4);
void message_free(struct message *);
int message_each(struct client *, const struct talk *,
    bool (*fn)(void *, const struct message *), void *);
/* All of ours in a talk that no device has confirmed, oldest first */
void messages_unheard(struct client *, struct talk *,
    void (*)(struct client *, struct talk *, struct message *));

/* send.c */

/* May something be said there now? */
int send_judge(struct client *, const struct talk *, const char *text, size_t n,
    char **why);

/* outbox.c, deliver.c */

enum out_kind { OUT_TEXT, OUT_RECEIPT, OUT_JOINED, OUT_COMMIT, OUT_LEAVE,
	OUT_GOSSIP, OUT_SAYING, OUT_MOMENT };   /* SAYING outlives its group */
enum out_blob { BLOB_NONE, BLOB_PUT, BLOB_DATA, BLOB_DONE };
struct out {
	int64_t row;
	enum out_kind kind;
	int64_t message;        /* row, 0 none */
	uint8_t id[WIRE_ID];
	bool sealed;
	uint64_t epoch;
	uint64_t number;        /* of the body, once it is sealed */
	struct buf body;        /* encoded, its number 0; COMMIT, LEAVE:
	                           empty */
	struct buf entry;       /* the MLS message */
	bool cut;               /* COMMIT: it removes somebody */
	uint8_t access[KEY_SIZE];       /* COMMIT: of the epoch that follows */
	uint8_t read[KEY_SIZE], delete[KEY_SIZE];       /* of its blob */
	/* of this connection */
	uint64_t flight;
	int64_t not_before;
	unsigned tries;
	bool refused;           /* for its epoch, which was refused_epoch */
	uint64_t refused_epoch;
	enum out_blob blob;
	uint64_t offset;
};
struct out *out_add(struct client *, struct talk *, enum out_kind,
    int64_t message, const uint8_t id[static WIRE_ID], const struct body *);
/* The entry was made by its caller, in this epoch. */
void out_ready(struct client *, struct talk *, struct out *);
void out_keep(struct client *, const struct talk *, const struct out *);
void out_done(struct client *, struct talk *, struct out *, uint64_t number);
void out_drop(struct client *, struct talk *, struct out *);
void out_free(struct out *);
struct out *out_find(struct talk *, const uint8_t id[static WIRE_ID]);
struct out *out_row(struct client *, int64_t row, struct talk **);
int outs_load(struct client *) MUST_CHECK;
void outs_free(struct talk *);
void outs_drive(struct client *);       /* seals, and appends what it can */
void outs_sort(struct talk *);
void heal_drive(struct client *, struct talk *);        /* heal.c */
void out_reseal(struct client *, struct talk *, struct out *);
void deliver_drive(struct client *, struct talk *);
void deliver_done(struct client *, int64_t row, const struct answer *);
void outs_leave(struct client *, struct talk *, int err);
void outs_fail(struct client *, struct talk *, int err);        /* all of them */

/* receipt.c */

#define RECEIPT_EVERY_MS 1000
#define RECEIPT_IDS 1000
#define RECEIPT_ACCOUNTS 16     /* in larger rooms nobody confirms */
void receipt_due(struct client *, struct talk *, const uint8_t id[static WIRE_ID]);
void receipt_spare(struct client *, struct talk *, struct bytes ids);
int receipts_load(struct client *) MUST_CHECK;
void receipts_drive(struct client *);
void receipts_repeat(struct client *);
void receipts_review(struct client *, struct talk *);   /* who is in it */
void receipt_got(struct client *, struct talk *, struct person *, struct bytes);

/* follow.c, reading.c, parcel.c, fetch.c: the log of a talk */

struct fetch {                  /* an entry that is a blob */
	uint64_t number, epoch, time;
	uint8_t flags, id[WIRE_ID];
	uint8_t read[KEY_SIZE], hash[HASH32];
	uint64_t size;
	struct buf data;
	uint64_t flight;
	int64_t not_before;
};
void follow_drive(struct client *);
void follow_entry(struct client *, const struct msg_entry *);
void follow_end(struct client *, const struct msg_log_end *);
void follow_created(struct client *, int64_t take, const struct answer *);
void follow_committed(struct client *, int64_t take, const struct answer *);
void follow_opened(struct client *, int64_t take, const struct answer *);
bool follow_synced(const struct client *);
void follow_again(struct client *);
void follow_close(struct client *, struct talk *);
void reading_message(struct client *, struct talk *, const struct msg_entry *,
    struct bytes);
void reading_entry(struct client *, struct talk *, const struct msg_entry *);
void reading_body(struct client *, struct talk *, struct person *,
    const uint8_t device[static DEVICE_ID], struct bytes);
int parcel_make(const struct out *, struct buf *entry) MUST_CHECK;
int parcel_get(struct bytes, struct fetch *) MUST_CHECK;
void parcel_id(const uint8_t cap[static KEY_SIZE], uint8_t id[static KEY_SIZE]);
void parcel_hash(struct bytes, uint8_t hash[static HASH32]);
void fetch_start(struct client *, struct talk *, const struct msg_entry *);
/* True once the blob is whole on the relay and its entry may be appended */
bool parcel_drive(struct client *, struct out *);
void parcel_answer(struct client *, enum want, int64_t row,
    const struct answer *);
void fetch_free(struct fetch *);
void fetch_drive(struct client *, struct talk *);
void fetch_part(struct client *, int64_t take, const struct answer *);

#include "group.h"

/* request.c: questions to the relay that wait for an answer */

struct request {
	uint32_t req;
	enum want want;
	int64_t row;
};
struct answer {
	int err;                /* 0, or what the relay refused with */
	uint64_t number;        /* of done and fail; of a leaf */
	uint8_t last;
	uint64_t size, offset;
	struct bytes data;      /* record, package, key, part of a blob */
	uint64_t prev;          /* of a record, with number */
	struct bytes proof, head;
	struct bytes text;      /* the relay's words about a refusal */
};
/* How long to wait before another try: the relay's figure or a back-off */
int64_t answer_wait(struct client *, const struct answer *, unsigned tries);
/* Sends the message with a fresh number. False: not now (no link, or full). */
bool request_ask(struct client *, enum want, int64_t row, struct msg *);
void request_answer(struct client *, uint32_t req, const struct answer *);
void requests_forget(struct client *);
void request_got(struct client *, const struct request *,
    const struct answer *);             /* answers.c: by the kind */
void answers_give(struct client *, const struct request *,
    const struct answer *);             /* once it is believed */

/* session.c and first.c */
struct session {
	enum online online;
	bool off;               /* on purpose */
	struct link *link;
	bool greeted, stranger;  /* the relay doesn't know this device */
	unsigned strangers;     /* times in a row */
	uint64_t generation;    /* grows with each connection */
	unsigned failures;
	unsigned pins;          /* handshakes without the pinned key, in a row */
	int64_t retry_at, opened_at, dialed_at;
	char *why, *failed;     /* failed: how the last try ended, or NULL */
	struct request *request;
	size_t requests;
	uint32_t req;
	uint64_t flight_first;  /* enrol is under way */
	int64_t looked;         /* row of the last person looked up */
	bool looking;
	int64_t look_at;
	int64_t count_at;       /* mono: ask how many packages are left */
	int64_t last_at;        /* mono: make no last-resort one before */
	int64_t slow_until;     /* after ERR_RATE: one append at a time */
	int64_t skew;           /* the relay's clock less ours */
	bool skew_told;
	unsigned boxes_dropped;
	int64_t relay_now, greet_by;
};
bool session_up(const struct client *);         /* greeted */
bool session_clock_ok(const struct client *);
bool session_known(const struct client *);      /* there, as a device */
bool session_registered(const struct client *); /* and known there */
void session_drive(struct client *);
void session_stop(struct client *, enum online, const char *fmt, ...)
    PRINTF(3, 4);
void session_stranger(struct client *, bool shown);
void session_end(struct client *);      /* at once; for lock and close */
void session_say(struct client *, struct msg *);        /* no answer asked */
void heard_fail(struct client *, const struct msg_fail *);       /* heard.c */
void heard_known(struct client *, const struct msg *);
void first_enrolled(struct client *, const struct answer *);
void first_drive(struct client *);

/* notice.c */
struct notice *notice_add(struct client *, enum notice_kind, int64_t person,
    bool open, const char *fmt, ...) PRINTF(5, 6);
void notice_answered(struct client *, int64_t person, enum notice_kind);
int notices_load(struct client *) MUST_CHECK;
void notices_free(struct client *);

/* setting.c */

void settings_free(struct client *);
int settings_load(struct client *) MUST_CHECK;

/* view.c */

void screen_init(struct screen *);
void screen_wipe(struct screen *);

/* client.c */

struct event_note {
	enum event_kind kind;
	int64_t talk, message, person, notice;
};
struct setting {
	int64_t row;
	char *name, *value;
};
struct client {
	struct client_setup setup;
	char *folder;
	struct loop *loop;
	const struct clock *clock;
	const struct rng *rng;
	struct log *log;
	struct timer *timer;
	int64_t wake;           /* mono; think again then; 0: no need */
	int lock_fd;
	bool exists, open;      /* the header is there; unlocked */
	int init_state;
	char *init_why;
	unsigned wrong;         /* passphrases, in a row */
	int64_t wrong_until;
	struct vault *vault;
	struct keep keep;
	struct self self;
	struct linkup *linkup;  /* a device is being linked, or NULL */
	bool look;              /* are all devices of ours in our groups? */
	struct person **person;
	size_t people;
	struct talk **talk;     /* sorted for the list */
	size_t talks;
	bool unsorted;
	int64_t takes;
	struct notice **notice;
	size_t notices;
	struct job **job;
	size_t jobs;
	struct seek *seek;
	size_t seeks;
	struct package **package;
	size_t packages;
	struct inbox **inbox;
	size_t inboxes;
	struct seen_box *seen;
	size_t seens;
	struct setting **setting;
	size_t settings;
	struct screen screen;
	struct compare compare;
	struct session session;
	struct audit audit;
	struct backup *backup;  /* the last one, or NULL */
	struct film **film;     /* cards, by row */
	size_t films;
	uint64_t films_flight;  /* one is being deleted on this connection */
	int64_t films_at;       /* mono; not before */
	struct play *play;      /* the film that plays, or NULL */
	struct watching watching;
	struct posters *posters;        /* NULL: nobody looked yet */
	struct publishing publishing;
	struct event_note *event;
	size_t events;
	uint64_t turn, kept;
	int64_t erase_at;       /* mono: truncate the WAL; 0: no need */
	bool dirty, keep_failed;
};
int64_t client_now(const struct client *);      /* wall, ms */
int64_t client_mono(const struct client *);
void client_wake(struct client *, int64_t mono);
void client_show(struct client *);              /* something changed */
void client_event(struct client *, enum event_kind, const struct talk *,
    const struct message *, const struct person *, const struct notice *);
void client_id(struct client *, uint8_t id[static WIRE_ID]);    /* a fresh one */
void client_tell_all(struct client *);
int client_load(struct client *) MUST_CHECK;
void client_unload(struct client *);

#endif

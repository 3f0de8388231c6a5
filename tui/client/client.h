/* SPDX-License-Identifier: ISC */
/*
 * Floor 4: the whole client without a screen. A profile on disk (sealed), one
 * relay, people, talks (conversations), messages with their delivery ladder,
 * notices, and the view state that cmd changes and face draws.
 *
 * Handlers only think: they change the model here and mark it dirty. The
 * program's turn keeps (one transaction), says, shows. Nothing here draws or
 * reads a key. Texts from others are struct safe from the moment they are
 * loaded or opened.
 */
#ifndef TACET_CLIENT_H
#define TACET_CLIENT_H

#include "base.h"
#include "wire.h"
#include "crypto.h"
#include "db.h"
#include "mls.h"
#include "ident.h"
#include "link.h"

#define TEXT_MAX 60000          /* bytes of one message's text */
#define DRAFT_MAX 65000
#define HISTORY_MAX 200         /* lines of the input history */

struct client;                  /* client.c */

/* ---- the model -------------------------------------------------------- */

enum ladder {           /* the steps of a message of ours, in order */
	LADDER_WAITING,         /* written down; not sealed yet (no group, no
	                           relay, or a question is open) */
	LADDER_SEALED,          /* sealed and kept; not yet on the relay */
	LADDER_RELAY,           /* the relay has acknowledged it */
	LADDER_DEVICE,          /* a receipt sealed by a device of theirs */
	LADDER_FAILED,          /* refused for good; why says so */
};
const char *ladder_name(enum ladder);   /* "waiting", "sealed", "on relay",
                                           "at device", "failed" */

enum person_state {
	PERSON_KNOWN,           /* looked up, nothing between us */
	PERSON_ASKED,           /* we sent a contact request */
	PERSON_ASKING,          /* their request waits for our answer */
	PERSON_CONTACT,
	PERSON_DECLINED,        /* by them */
	PERSON_BLOCKED,         /* by us */
};
const char *person_state_name(enum person_state);

struct past;
#include "client_trust.h"       /* the parts of this header about keys, */
#include "client_device.h"      /* devices, */
#include "client_film.h"        /* films */
#include "client_play.h"        /* and watching them */

struct person {
	int64_t row;
	uint8_t account[ACCOUNT_ID];
	uint8_t account_key[SIGN_PUBLIC];
	struct safe name;               /* the directory name */
	enum person_state state;
	bool verified;                  /* keys compared by the user */
	bool changed;                   /* the directory shows another account
	                                   key: sending is stopped */
	uint8_t changed_to[ACCOUNT_ID]; /* then: the account it shows */
	int64_t since;                  /* first seen, ms */
	int64_t last_heard;             /* last sealed sign of life, ms, 0 never */
	struct record record;           /* the last one accepted */
	struct buf record_raw;
	struct past *past;      /* the ones before it, or NULL */
	bool expired;           /* it has, and that was said */
	bool unproven;          /* the last answer about them was refused */
	bool again;             /* has to be looked up once more */
	char safety[SAFETY_DIGITS + 1]; /* with us */
	struct trust trust;
};

enum message_kind {
	MESSAGE_TEXT,
	MESSAGE_SYSTEM,         /* ours: "bob accepted", "3 messages missing" */
	MESSAGE_UNKNOWN,        /* a body of a code we don't know */
	MESSAGE_FILM,           /* a card: client_film_of() */
};

struct message {
	int64_t row;            /* grows with arrival; the order on the screen */
	uint8_t id[WIRE_ID];
	enum message_kind kind;
	bool mine;
	int64_t person;         /* row of the sender; 0: we */
	int64_t sent;           /* the sender's clock, ms */
	int64_t heard;          /* our clock when it was written down */
	enum ladder ladder;
	int64_t step[5];        /* when each step of the ladder was reached */
	int err;                /* LADDER_FAILED, or why it waits: ERR_* */
	uint64_t number;        /* in the log, 0 before */
	uint64_t ours;          /* of ours: its body's number in this group */
	int64_t *by;            /* of ours in a room: who has confirmed it */
	size_t bys;
	struct safe text;
};

enum talk_state {
	TALK_ASKED,             /* we asked; may write, they read on accepting */
	TALK_ASKING,            /* they asked; read-only until answered */
	TALK_OPEN,
	TALK_STOPPED,           /* a changed key, or the group can't go on */
	TALK_CLOSED,            /* declined, blocked */
};

/* This device can't follow a conversation any more, and has asked the others to
 * let it in again: rejoin.c, branch.c */
struct halt {
	int64_t since;          /* ms; 0: it follows */
	char *why;              /* "a change of the group does not verify" */
	int64_t asked;          /* ms; the last time; 0: not yet */
	unsigned times;
	int64_t *stuck;         /* rows of the people who can't follow either */
	size_t stucks;
};

struct talk {
	int64_t row;
	uint8_t log[WIRE_ID];
	enum talk_state state;
	int64_t person;         /* direct: the other side's row; 0: a room */
	int64_t *member;        /* rows of the people in it, without us */
	size_t members;
	struct safe title;
	struct message *message;        /* the loaded window, oldest first */
	size_t messages;
	bool more;              /* older ones are in the store: talk_older() */
	unsigned unread;
	int64_t read_row;       /* the read marker stands after this message */
	int64_t last;           /* time of the newest, for the list's order */
	char *draft;            /* what stood in the input line, or NULL */
	unsigned waiting;       /* ours that are not yet on the relay */
	uint64_t epoch;
	struct halt halt;
	struct talk_secret *secret;     /* group, queues: talk's own affair */
};

enum notice_kind {
	NOTICE_REQUEST,         /* somebody wants to talk: accept/decline/block */
	NOTICE_ACCEPTED,
	NOTICE_DECLINED,
	NOTICE_CHANGED,         /* a key has changed */
	NOTICE_ERROR,
	NOTICE_INFO,
	NOTICE_RENEW,           /* a record waits for the passphrase */
	NOTICE_ALARM,           /* the relay's directory is not as it must be */
	NOTICE_COMPARE,         /* they want to compare live: join */
	NOTICE_VOUCH,           /* they ask about somebody's key: tell or not */
	NOTICE_ALIKE,           /* somebody is easily taken for another */
	NOTICE_HALT,            /* a conversation can't be followed */
	NOTICE_BRANCH,          /* a room that others can't follow either */
	NOTICE_RESTORED,        /* the relay, from a backup */
};
struct notice {
	int64_t row;
	enum notice_kind kind;
	int64_t time;
	int64_t person;         /* row or 0 */
	int64_t talk;           /* row of the conversation it is about, or 0 */
	bool open;              /* waits for an answer */
	bool seen;
	struct safe text;
};

enum online {
	ONLINE_OFF,             /* on purpose (`/offline`) */
	ONLINE_WAIT,            /* back-off; retry_at says until when */
	ONLINE_DIAL,            /* resolving, connecting, shaking hands */
	ONLINE_SYNC,            /* greeted, reading what was missed */
	ONLINE_ON,
	ONLINE_STOP,            /* a changed pin, a version, an unknown key: only
	                           the user can go on; online_why says what */
};
const char *online_name(enum online);   /* "offline", "waiting", "connecting",
                                           "syncing", "online", "stopped" */

/* audit.c: the directory's log, as far as this client has checked it */
enum directory_state {
	DIRECTORY_UNKNOWN,      /* nothing of it was seen yet */
	DIRECTORY_READING,      /* its leaves are being read */
	DIRECTORY_GOOD,
	DIRECTORY_SILENT,       /* it does not answer */
	DIRECTORY_OLD,          /* it shows a head that is too old */
	DIRECTORY_UNPROVEN,     /* what it shows it does not prove */
	DIRECTORY_FORKED,       /* it has shown two: nothing goes on */
};
struct directory {
	enum directory_state state;
	uint64_t size;          /* leaves of the last head that was believed */
	int64_t time;           /* of that head, ms; 0: none */
	uint64_t at, to;        /* READING: progress, in leaves */
	bool copied;            /* all leaves are read, not just ours */
};
const char *directory_name(enum directory_state);       /* "reading" */
/* ---- view state: changed by cmd, drawn by face ------------------------- */

enum view {
#define VIEW(name, title, help) VIEW_##name,
#include "view.def"
#undef VIEW
	VIEW_COUNT
};
struct view_row {
	const char *name, *title, *help;
};
extern const struct view_row view_row[VIEW_COUNT];

/* edit.c: the input line. Text of the user's own; may hold newlines. */
struct edit {
	char *s;                /* UTF-8, NUL-terminated, never NULL */
	size_t n, at;           /* at: cursor, a cluster boundary */
	char *history[HISTORY_MAX];     /* oldest first */
	size_t histories, browsing;     /* browsing == histories: the fresh line */
	char *fresh, *cut;      /* kept while browsing; last killed text */
};
enum edit_move { EDIT_LEFT, EDIT_RIGHT, EDIT_WORD_LEFT, EDIT_WORD_RIGHT,
	EDIT_START, EDIT_END, EDIT_UP, EDIT_DOWN };
void edit_init(struct edit *);
void edit_free(struct edit *);
void edit_set(struct edit *, const char *);
int edit_insert(struct edit *, const char *utf8, size_t n); /* refuses C0 but \n;
                                        ERR_BIG over DRAFT_MAX */
void edit_move(struct edit *, enum edit_move);
void edit_erase(struct edit *, enum edit_move);         /* from here to there */
void edit_yank(struct edit *);
void edit_push(struct edit *);          /* into the history, and clears */
void edit_older(struct edit *);
void edit_newer(struct edit *);
void edit_wipe(struct edit *);          /* text and history leave memory */

/* logbook.c: the last lines of the log, for the log view */
#define LOGBOOK_MAX 500
struct logbook {
	struct safe line[LOGBOOK_MAX];
	enum log_level level[LOGBOOK_MAX];
	size_t first, n;        /* a ring: line[(first + i) % LOGBOOK_MAX] */
};
/* As a log's tap; arg is the struct logbook. */
void logbook_tap(void *, enum log_level, const struct safe *);
const struct safe *logbook_at(const struct logbook *, size_t i,
    enum log_level *);
void logbook_free(struct logbook *);

enum ask {                      /* a question on the input line */
	ASK_NONE,
	ASK_PASTE,              /* "3 lines: send, edit, drop?" */
	ASK_SLASH,              /* a line that starts with blank and slash */
	ASK_QUIT,               /* with messages that still wait */
	ASK_PASS,               /* passphrase: typed unseen */
	ASK_OLD, ASK_NEW, ASK_NEW_AGAIN,        /* for a command, unseen */
	ASK_FIRST_NAME, ASK_FIRST_ADDRESS, ASK_FIRST_PASS, ASK_FIRST_AGAIN,
};

#define MARKER_NONE (-1)
struct screen {
	enum view view, back;   /* back: where `q`/Escape returns to */
	int64_t talk;           /* row of the current talk, 0 none */
	int64_t marker;         /* "new below" stands after this message of it;
	                           MARKER_NONE: nowhere */
	char awaiting[NAME_LEN + 1];    /* whose conversation is shown as soon
	                                   as the directory has answered */
	int64_t person;         /* of the person screen and those about keys */
	size_t person_at;       /* its first line shown */
	int64_t halted;         /* the conversation of rejoin and branch */
	bool digits;            /* safety numbers as digits */
	int64_t notice;         /* selected in the pane */
	bool pane;              /* the notifications pane is open beside */
	int list_at;            /* selected row of the list, */
	size_t video_at;        /* and of the films, */
	size_t video_first;     /* whose list begins with that one */
	int64_t card;           /* the film selected in its conversation, */
	bool card_moved;        /* and is to be brought into view */
	size_t scroll;          /* lines above the end in the conversation */
	int64_t bottom;         /* the newest message when it was last drawn */
	size_t help_at, log_at; /* first line shown */
	struct safe help;       /* text of the help view, */
	const char *answered;   /* and the command whose answer it is */
	struct logbook logbook;
	struct edit edit;
	enum ask ask;
	char *ask_text;         /* the pasted lines, or what is asked about */
	struct safe hint;       /* one line below the conversation: the last
	                           answer or refusal; cleared by the next key */
	bool hint_bad;
	char *completion;       /* shown candidates, ours, or NULL */
	int w, h;               /* the terminal's size in cells */
};

/* ---- the client -------------------------------------------------------- */

struct event {
	enum event_kind {
#define EVENT(name, when) EVENT_##name,
#include "event.def"
#undef EVENT
		EVENT_COUNT
	} kind;
	const struct talk *talk;        /* as the kind has them, else NULL */
	const struct message *message;
	const struct person *person;
	const struct notice *notice;
};

struct client_setup {
	struct loop *loop;
	const char *profile;            /* folder; made when missing */
	struct log *log;
	void (*event)(void *, const struct event *);    /* may be NULL */
	void *arg;
	uint16_t suite;                 /* 0: the default, 0x0054 */
	uint32_t pass_mem_kib, pass_ops;        /* 0: defaults (64 MiB, 3) */
#ifdef TACET_TEST
	uint64_t replay_max;    /* a larger directory is not copied; 0: default */
	/* in place of link_dial, so that a test can be the network; or NULL */
	struct link *(*dial)(void *, const struct link_setup *,
	    const char *host, uint16_t port, const uint8_t *peer);
	void *dial_arg;
#endif
};

/* Opens the folder: 0, ERR_BUSY (another process has it; client_holder() then
 * names its pid), ERR_DENIED (not private), ERR_VERSION, ERR_FORMAT. The client
 * is locked or fresh after this. *why is a sentence with the next step. */
int client_open(struct client **, const struct client_setup *, char **why);
void client_close(struct client *);     /* keeps, wipes, frees */
long client_holder(const char *profile);
bool client_fresh(const struct client *);       /* no account here yet */
bool client_locked(const struct client *);

/* First run: makes keys, seals the store, and registers when the relay answers.
 * Progress and refusals (name taken, invite spent) come as events and notices;
 * after a refusal client_init may be called again. */
int client_init(struct client *, const char *name, struct bytes pass,
    const struct address *, char **why);
/* What waits for init's answer: 0 none, 1 under way, ERR_* refused. */
int client_init_state(const struct client *, char **why);
/* passwd.c: another one, for the store or (account) for the account key alone */
int client_passwd(struct client *, struct bytes old, struct bytes new,
    bool account, char **why);
int client_unlock(struct client *, struct bytes pass);  /* ERR_PASS; after a
                                    few wrong ones ERR_RATE for a while */
void client_lock(struct client *);      /* secrets and texts leave memory; the
                                           session ends */
void client_passphrase_min(unsigned *chars);

/* The turn: call after loop_hear. Think what timers left, keep, say. */
void client_think(struct client *);
int client_keep(struct client *);       /* ERR_IO: nothing is said, try again */
void client_say(struct client *);
bool client_dirty(struct client *);     /* something to show; clears the mark */

/* Reading the model */
struct screen *client_screen(struct client *);
const char *client_name(const struct client *);
const uint8_t *client_account(const struct client *);
const struct record *client_record(const struct client *);
bool client_device_own(const struct client *, const uint8_t id[DEVICE_ID]);
const struct address *client_address(const struct client *);
enum online client_online(const struct client *);
const char *client_online_why(const struct client *);   /* a sentence of ours */
bool client_clock_off(const struct client *, int64_t *ms); /* the relay's less
                                           ours; false: not greeted yet */
struct fork {                   /* the relay has shown two directories */
	bool is;
	int64_t time;                   /* when that was noticed */
	int64_t person;                 /* whose word brought it up; 0: ours */
	char *file;                     /* the evidence; anybody may have it */
	struct head first, later;
};
const struct fork *client_fork(const struct client *);
struct restart {                /* the relay was restored from a backup */
	int64_t time;                   /* when that was noticed; 0: never */
	unsigned times;
	unsigned keys;                  /* of our inbox, put there again */
	unsigned talks;                 /* read again */
	unsigned messages;              /* unconfirmed, sent again */
};
const struct restart *client_restart(const struct client *);
int64_t client_retry_at(const struct client *);         /* mono ms, 0 none */
void client_directory(const struct client *, struct directory *);
/* A sentence about it, with the next step where there is one (malloc'ed) */
char *client_directory_why(const struct client *) MUST_CHECK;
/* Where somebody's record stands in the directory: the number of its leaf, and
 * the size of the log that this is about. False: not known yet. */
bool client_position(const struct client *, const struct person *,
    uint64_t *number, uint64_t *size);
struct loop *client_loop(struct client *);
struct log *client_log(struct client *);
size_t client_people(const struct client *);
struct person *client_person_at(struct client *, size_t i);
struct person *client_person(struct client *, int64_t row);
struct person *client_person_named(struct client *, const char *name);
size_t client_talks(const struct client *);             /* list order: unread
                                            and newest first */
struct talk *client_talk_at(struct client *, size_t i);
struct talk *client_talk(struct client *, int64_t row);
struct talk *client_talk_with(struct client *, const char *name);
size_t client_notices(const struct client *);           /* newest last */
struct notice *client_notice_at(struct client *, size_t i);
unsigned client_unread(const struct client *);
unsigned client_open_notices(const struct client *);
/* Message N of a talk, counted from the newest, which is 1: /why N, /url N */
struct message *talk_message(struct talk *, unsigned n);
int talk_older(struct client *, struct talk *); /* how many more, or ERR_* */

/* search.c: every message that has all the words, whatever their case, the
 * newest first, in one conversation after another of the list; also what is
 * not loaded. Until fn says false. */
typedef bool client_found(void *, struct talk *, const struct message *);
int client_search(struct client *, const char *words, client_found *, void *);

/* Doing. Each answers at once with 0 or a refusal (*why: a sentence that names
 * the next command); what takes time goes on by itself and shows as events. */
int client_add(struct client *, const char *name, const char *note, char **why);
int client_accept(struct client *, struct person *, char **why);
int client_decline(struct client *, struct person *, char **why);
int client_block(struct client *, struct person *, char **why);
int client_unblock(struct client *, struct person *, char **why);
int client_send(struct client *, struct talk *, const char *text, size_t n,
    uint8_t id[static WIRE_ID], char **why);
/* Conversations of several people. Whoever makes one decides who is in it;
 * the others are contacts of theirs, and join by themselves. Members come and
 * go by commits: the talk's `member' follows when the relay has taken them. */
#define ROOM_PEOPLE_MAX 1000
int client_room(struct client *, const char *title, const char *const *name,
    size_t n, struct talk **, char **why);
int client_room_add(struct client *, struct talk *, const char *name,
    char **why);
int client_room_remove(struct client *, struct talk *, const char *name,
    char **why);
int client_room_leave(struct client *, struct talk *, char **why);
/* rejoin.c: when the others are asked again to let this device in, ms; 0: it is
 * not known, or they are asked as soon as it is online */
int64_t client_halt_next(struct client *, const struct talk *);
/* branch.c: a room that neither we nor somebody else in it can follow goes on in
 * a new group, with all who were in it at the last point that all agreed on */
int client_branch_may(struct client *, const struct talk *, char **why);
int client_branch(struct client *, struct talk *, char **why);
static inline bool
talk_is_room(const struct talk *t)
{
	return t->person == 0;
}
void client_read(struct client *, struct talk *);       /* the marker moves */
void client_seen(struct client *, struct notice *);
void client_connect(struct client *);   /* now, without waiting */
void client_disconnect(struct client *);        /* ONLINE_OFF */
void client_draft(struct client *);     /* the input line's text is kept */
int client_invite_address(const struct client *, char out[static ADDRESS_TEXT]);
/* move.c: another address of the same relay, with another head key perhaps */
int client_move(struct client *, const struct address *, char **why);
/* /why N: plain words, several lines */
void client_why(struct client *, const struct talk *, const struct message *,
    struct buf *out);
/* All messages of ours are on the relay (at the device), and no request, answer
 * or decline of ours is still on its way there: for quit and the shell's verbs. */
bool client_settled(const struct client *, bool at_device);
/* And of what is said by itself (receipts, that we accepted) nothing is left
 * that could go out now: then a verb of the shell may end. */
bool client_quiet(const struct client *);
/* Settings that live sealed in the store (theme, bindings, last view ...) */
char *client_setting(struct client *, const char *key);  /* NULL: none */
int client_set(struct client *, const char *key, const char *value);
/* A line for the log view and the hint; text from the relay passes safe_make */
void client_hint(struct client *, bool bad, const char *fmt, ...) PRINTF(3, 4);

#endif

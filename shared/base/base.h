/* SPDX-License-Identifier: ISC */
/*
 * Floor 0: what every floor stands on. Memory, bounded bytes, text from
 * strangers, clock, randomness, log, options, grid of cells, jail.
 * Knows nothing of the network, of keys, or of curses.
 */
#ifndef TACET_BASE_H
#define TACET_BASE_H

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))
#define UNUSED __attribute__((unused))
#define MUST_CHECK __attribute__((warn_unused_result))

/* err.c: functions return 0 or a negative ERR_*, unless they say otherwise. */

enum err {
	ERR_OK = 0,
#define ERR(code, name, text) ERR_##name = -(code),
#include "error.def"
#undef ERR
};

const char *err_text(int err); /* one clause, lower case, no full stop */
const char *err_name(int err); /* "EPOCH"; "?" for an unknown number */
bool err_known(int err);

/*
 * defence.c: each defence that a test attacks can be switched off in a test
 * build, by its name in $TACET_TEST_BREAK, to see that the test goes red.
 *
 *	if (defence(repeat) && message_seen(c, t, id))
 */
#ifdef TACET_TEST
enum defence {
#define DEFENCE(name, what) DEFENCE_##name,
#include "defence.def"
#undef DEFENCE
};
bool defence_on(enum defence);
#define defence(name) defence_on(DEFENCE_##name)
#else
#define defence(name) true
#endif

/* mem.c: allocation failure ends the process (with a sentence on fd 2). */

void *mem_alloc(size_t n) MUST_CHECK;           /* zeroed */
void *mem_array(size_t n, size_t size) MUST_CHECK; /* zeroed; overflow dies */
void *mem_grow(void *p, size_t n, size_t size) MUST_CHECK; /* realloc */
void *mem_copy(const void *p, size_t n) MUST_CHECK; /* n may be 0 */
char *mem_string(const char *s) MUST_CHECK;     /* NULL stays NULL */
char *mem_format(const char *fmt, ...) PRINTF(1, 2) MUST_CHECK;
char *mem_vformat(const char *fmt, va_list) PRINTF(1, 0) MUST_CHECK;
void mem_wipe(void *p, size_t n);               /* never optimised away */
/*
 * Secrets: whole locked pages, out of core dumps, wiped by the free; a forked
 * child does not have them and faults if it looks. A failed mlock is counted,
 * not fatal: mem_secret_unlocked() says how many bytes, SIZE_MAX if it can't.
 */
void *mem_secret(size_t n) MUST_CHECK;
void mem_secret_free(void *p);
size_t mem_secret_unlocked(void);
/* What is no secret though it was made with one: a public key, a ciphertext,
 * whether something opened; and what is one again. tests/secret_walk_test.sh
 * follows secrets through the code, and here they are let go of: each use says
 * why. Nothing in a release. */
#ifdef TACET_TEST
void mem_tell(const void *, size_t);
void mem_hide(const void *, size_t);
#else
#define mem_tell(p, n) ((void)0)
#define mem_hide(p, n) ((void)0)
#endif

/* bytes: a view that owns nothing */

struct bytes {
	const uint8_t *p;
	size_t n;
};
static inline struct bytes
bytes_of(const void *p, size_t n)
{
	return (struct bytes){p, n};
}
bool bytes_same(struct bytes a, struct bytes b); /* public data only */

/*
 * buf.c: a growing buffer. `max` (0: none) bounds it; the first write past it
 * sets err to ERR_BIG and later writes do nothing. A zeroed struct is valid.
 * Integers are big endian. Growth wipes the old copy when `secret` is set.
 */
struct buf {
	uint8_t *p;
	size_t n, cap, max;
	int err;
	bool secret;
};
void buf_free(struct buf *);     /* wipes when secret; the struct is zeroed */
void buf_clear(struct buf *);            /* keeps memory, clears err */
void buf_put(struct buf *, const void *, size_t);
void buf_bytes(struct buf *, struct bytes);
void buf_u8(struct buf *, uint8_t);
void buf_u16(struct buf *, uint16_t);
void buf_u32(struct buf *, uint32_t);
void buf_u64(struct buf *, uint64_t);
void buf_zero(struct buf *, size_t);
void buf_string(struct buf *, const char *);     /* without the NUL */
void buf_format(struct buf *, const char *, ...) PRINTF(2, 3);
uint8_t *buf_room(struct buf *, size_t);  /* appends n bytes to be filled, or
                                             NULL once err is set */
void buf_drop(struct buf *, size_t);      /* removes n bytes from the front */
static inline struct bytes
buf_view(const struct buf *b)
{
	return (struct bytes){b->p, b->n};
}

size_t padme(size_t n);         /* what a length is padded to: 12 % at most */

/*
 * rd.c: the bounded reader; nobody else touches bytes from outside. The first
 * error sticks; after it every read gives zero or an empty view.
 */
struct rd {
	const uint8_t *p, *end;
	int err;
};
struct rd rd_of(struct bytes);
uint8_t rd_u8(struct rd *);
uint16_t rd_u16(struct rd *);
uint32_t rd_u32(struct rd *);
uint64_t rd_u64(struct rd *);
struct bytes rd_view(struct rd *, size_t n);     /* ERR_SHORT */
void rd_copy(struct rd *, void *dst, size_t n);  /* zeroes dst on error */
struct rd rd_sub(struct rd *, size_t n);         /* a reader over n bytes */
struct bytes rd_rest(struct rd *);
size_t rd_left(const struct rd *);
void rd_fail(struct rd *, int err);              /* first one wins */
int rd_end(struct rd *);          /* 0, the sticky error, or ERR_TRAIL */

/* code.c: hex and base32 (RFC 4648 alphabet, lower case, no padding) */

#define BASE32_SIZE(n) (((n) * 8 + 4) / 5)
void hex_put(char *dst, const void *p, size_t n);       /* 2n + 1 bytes */
int hex_get(const char *s, size_t len, void *dst, size_t n); /* exactly n */
void base32_put(char *dst, const void *p, size_t n);    /* BASE32_SIZE + 1 */
int base32_get(const char *s, size_t len, void *dst, size_t n); /* exactly n;
                                      any case; unused bits must be zero */

/* utf8.c */

#define UTF8_BAD 0xfffdu
/* Decodes one code point of at most n bytes; *used >= 1. Ill-formed input gives
 * UTF8_BAD and consumes the maximal subpart (Unicode 3.9). n >= 1. */
uint32_t utf8_get(const char *s, size_t n, size_t *used);
size_t utf8_put(char dst[static 4], uint32_t cp);       /* bytes written */
bool utf8_valid(const char *s, size_t n);

/*
 * width.c: our own table, not the C library's. A class says how a code point
 * joins its neighbours (UAX 29), how many columns it takes and whether a
 * terminal may get it.
 */
enum width_class {
	WIDTH_NARROW,
	WIDTH_WIDE,     /* CJK and the like: 2 columns */
	WIDTH_CTRL,     /* control, format, separators: never shown */
	WIDTH_NONE,     /* unassigned, private, blank letters: never shown */
	WIDTH_MARK,     /* combining, 0 columns */
	WIDTH_TAIL,     /* combining, 1 column */
	WIDTH_TONE,     /* combining, 2 columns: skin tones, Hangul tones */
	WIDTH_HIDE,     /* combining, invisible: selectors, ZWNJ, tags */
	WIDTH_SIDE,     /* spacing mark: joins the one before, 1 column */
	WIDTH_PRE,      /* prepended: joins the one after */
	WIDTH_PIC0,     /* pictographic: not assigned yet, 1 and 2 columns */
	WIDTH_PIC1,
	WIDTH_PIC2,
	WIDTH_FLAG,     /* regional indicator: two make a flag */
	WIDTH_ZWJ,
	WIDTH_JL,       /* Hangul: leading, vowel, trailing, whole syllable */
	WIDTH_JV,
	WIDTH_JT,
	WIDTH_SYL,
};
enum width_class width_class(uint32_t cp);
int width_cp(uint32_t cp);      /* 0, 1 or 2 columns */
/* False: control, format, unassigned, private, blank without being a space.
 * The joiners and selectors that some clusters need count as shown. */
bool width_shown(uint32_t cp);
/* One code point after another. width_step is true where cp opens a cluster;
 * cols is that of the cluster so far. A zeroed struct is the start of text. */
struct width_walk {
	uint32_t prev;
	uint8_t class;
	uint8_t cols;
	bool open, wide, pict, joined, odd, lv;
};
bool width_step(struct width_walk *, uint32_t cp);
/* The next user-perceived character: its bytes; *cols is 0, 1 or 2. */
size_t width_cluster(const char *s, size_t n, int *cols);
size_t width_text(const char *s, size_t n);    /* columns of the whole */
/* The longest prefix of whole clusters in at most `cols` columns, in bytes. */
size_t width_fit(const char *s, size_t n, size_t cols);

/*
 * safe.c: text from others. A struct safe can be made here only; log and grid
 * take nothing else of foreign origin. Valid UTF-8; no C0, C1, DEL, bidi
 * controls, zero-width, tags, unassigned or private-use code points reach it:
 * they become U+FFFD. A joiner stays inside an emoji, and in text (not names)
 * where its script needs it. Marks per cluster are capped at SAFE_MARKS, and a
 * cluster fits a cell. A name that is empty becomes "(no name)".
 */
#define SAFE_MARKS 8
enum safe_kind {
	SAFE_LINE,      /* newline and tab become a space */
	SAFE_TEXT,      /* newline is kept, tab becomes a space */
	SAFE_NAME,      /* as SAFE_LINE, trimmed, and at most 64 columns */
};
struct safe {
	char *s;        /* NUL-terminated, never NULL after safe_make */
	size_t n;
};
struct safe safe_make(enum safe_kind, const void *p, size_t n) MUST_CHECK;
struct safe safe_of(const char *ours) MUST_CHECK;       /* text of our own */
struct safe safe_copy(const struct safe *) MUST_CHECK;
void safe_free(struct safe *);

/* clock.c and rng.c: behind one pointer each, so that tests can turn them */

struct clock {
	int64_t (*wall)(void *);        /* ms since 1970, may jump */
	int64_t (*mono)(void *);        /* ms, never goes back: for timers */
	void *arg;
};
extern const struct clock clock_system;
int64_t clock_wall(const struct clock *);
int64_t clock_mono(const struct clock *);

struct rng {
	void (*fill)(void *, void *, size_t);
	void *arg;
};
extern const struct rng rng_system;     /* getrandom; failure aborts */
void rng_fill(const struct rng *, void *, size_t);
uint32_t rng_below(const struct rng *, uint32_t bound);  /* unbiased */
/* A deterministic stream for tests and simulation; not for secrets. */
struct rng_seeded {
	uint64_t s[4];
};
struct rng rng_seed(struct rng_seeded *, uint64_t seed);

/*
 * log.c: one line per event, `time level area: text`. Values are escaped, so
 * that a line stays a line. No keys, no content, no full ids: log_id() gives
 * the first 4 bytes as hex.
 */
enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
struct log {
	int fd;                 /* -1: nowhere */
	enum log_level level;
	const struct clock *clock;
	/* tui shows its own log view: called with each line, may be NULL */
	void (*tap)(void *, enum log_level, const struct safe *);
	void *arg;
	uint64_t count[4];      /* lines per level */
};
void log_say(struct log *, enum log_level, const char *area,
    const char *fmt, ...) PRINTF(4, 5);
struct log_id {
	char s[12];
};
struct log_id log_id(const void *id, size_t n);

/* path.c: private files and folders */

int path_private_dir(const char *);      /* makes it (and parents) 0700; refuses
                          others' or group/world-accessible ones: ERR_DENIED */
/* fd or ERR_*: 0600, no symlink, owner and mode checked, O_CLOEXEC */
int path_open_private(const char *, int flags);
char *path_join(const char *, const char *) MUST_CHECK;
char *path_xdg(const char *env, const char *fallback, const char *rest)
    MUST_CHECK;           /* $XDG_DATA_HOME or $HOME/fallback, then /rest */
int path_read(const char *, size_t max, struct buf *);
/* Whole or not at all: temporary, fsync, rename, fsync. */
int path_write(const char *, struct bytes);

/*
 * option.c: an option is a row in the program's option.def; values come from
 * default, file, then flag. The same rows give usage, manual check, completion.
 */
enum option_type {
	OPT_BOOL, OPT_INT, OPT_SIZE, OPT_TIME, OPT_STRING, OPT_CHOICE
};
struct option_row {
	const char *name;       /* "idle-timeout": --idle-timeout, in the file
	                           `idle-timeout 5m` */
	enum option_type type;
	const char *initial;
	const char *choices;    /* "open|invite|closed" or a range "1..65535" */
	const char *help;       /* one line, lower case */
	bool reload;            /* SIGHUP takes it */
};
struct options {
	const struct option_row *rows;
	size_t n;
	char **value;           /* text as given, one per row */
	uint64_t flags;         /* bits: rows that options_args has set */
	/* Lines of a file that are no option (`bind C-t unread`): set after
	 * options_init, or NULL; returns 0, or an error and a sentence. */
	int (*other)(void *, const char *name, const char *value, char **why);
	void *arg;
};
void options_init(struct options *, const struct option_row *, size_t n);
void options_free(struct options *);
/* On error *why is a sentence with the file's line or the flag (malloc'ed). */
int options_set(struct options *, const char *name, const char *value,
    char **why);
/* ERR_NONE if it is absent, with a sentence as well. */
int options_file(struct options *, const char *path, char **why);
/* Takes --name value, --name=value, --flag, --no-flag from argv[*i] on and
 * stops at the first word that is none; ERR_INPUT with a sentence. */
int options_args(struct options *, int argc, char **argv, int *i, char **why);
/* By a flag, whatever the file says, and be it the default */
bool options_given(const struct options *, const char *name);
const char *options_string(const struct options *, const char *name);
/* INT, SIZE in bytes (k, m, g), TIME in ms (ms, s, m, h, d), BOOL */
int64_t options_int(const struct options *, const char *name);
bool options_bool(const struct options *, const char *name);
const struct option_row *option_find(const struct options *, const char *name);
const char *option_form(const struct option_row *); /* "a size such as 500k" */
/* Hands a sentence over (frees it where nobody asked) and returns err. */
int option_fail(char **why, int err, char *sentence);

/* json.c: a writer for JSON lines; strings are escaped, never raw. */

struct json {
	struct buf *out;
	unsigned depth;
	bool comma[16];
};
struct json json_to(struct buf *);
void json_open(struct json *, const char *key, char bracket);  /* '{' or '[' */
void json_close(struct json *, char bracket);                  /* '}' or ']' */
/* NULL becomes null */
void json_string(struct json *, const char *key, const char *s);
void json_bytes(struct json *, const char *key, struct bytes utf8);
void json_hex(struct json *, const char *key, const void *, size_t);
void json_int(struct json *, const char *key, int64_t);
void json_bool(struct json *, const char *key, bool);

/*
 * grid.c: a screen of cells without a terminal. Views draw here; face copies
 * what changed to curses. Wide clusters own two cells, the second has cols 0.
 * Drawing clips at the edges; a wide cluster that would be cut becomes a space.
 */
enum grid_attr {
	GRID_BOLD = 1, GRID_DIM = 2, GRID_REVERSE = 4, GRID_UNDERLINE = 8,
	GRID_ITALIC = 16,
};
struct cell {
	char s[40];             /* one cluster, UTF-8, NUL-terminated */
	uint8_t cols;           /* 1, 2; 0: right half of the one before */
	uint8_t attr;
	uint8_t style;          /* row of the theme (tui/face/theme.def) */
};
struct grid {
	int w, h;
	struct cell *cell;      /* w * h, row by row */
	int cx, cy;             /* where the cursor stands; cx < 0: hidden */
};
void grid_init(struct grid *, int w, int h);
void grid_resize(struct grid *, int w, int h);  /* clears */
void grid_free(struct grid *);
void grid_clear(struct grid *);
struct cell *grid_at(struct grid *, int x, int y);      /* NULL outside */
/* Draws text within [x, limit) of row y; returns the column after it. */
int grid_safe(struct grid *, int x, int y, int limit, unsigned style,
    unsigned attr, const struct safe *);
int grid_text(struct grid *, int x, int y, int limit, unsigned style,
    unsigned attr, const char *ours);   /* text of our own tables only */
int grid_slice(struct grid *, int x, int y, int limit, unsigned style,
    unsigned attr, const struct safe *, size_t from, size_t n);
void grid_fill(struct grid *, int x, int y, int w, int h, unsigned style,
    unsigned attr);
/* The grid as text, one line per row, trailing spaces cut: for tests. */
void grid_dump(const struct grid *, struct buf *);

/* jail.c: for the whole process; nothing of it is ever given back */

int jail_no_dumps(void);  /* no core file, not dumpable, no new privileges */
int jail_memory(size_t bytes) MUST_CHECK;       /* at most so much more of it */
/*
 * When everything is open: of the file system only these places stay (what is
 * not there is passed over), no port is bound or connected to, and a call of
 * the kernel without a row in syscall.def (syscall_signer.def, syscall_decode.def)
 * ends the process. The two that show pictures and sound are the other way round:
 * what is in syscall_show.def fails, and _FAR may open connections.
 * Needs jail_no_dumps() first. Returns the parts that hold: an old kernel has fewer,
 * a sanitizer's build none.
 */
enum jail_of {
	JAIL_OF_RELAY, JAIL_OF_SIGNER, JAIL_OF_DECODE, JAIL_OF_SHOW,
	JAIL_OF_SHOW_FAR,
};
enum jail_right {
	JAIL_READ,
	JAIL_WRITE,             /* and make, truncate, remove files */
	JAIL_NAMES,             /* list, make, remove files, not what is in them */
	JAIL_DEVICE,            /* JAIL_WRITE, and what else devices do */
};
struct jail_place {
	const char *path;       /* a folder with all that is in it, or a file */
	enum jail_right right;
};
enum { JAIL_FILES = 1, JAIL_PORTS = 2, JAIL_CALLS = 4, JAIL_WHOLE = 7 };
int jail_close(enum jail_of, const struct jail_place *, size_t n) MUST_CHECK;

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Floor 3: the loop, connections, listeners, local sockets, child processes and
 * packets to them.
 * The one user of libevent. It carries whole wire messages over Noise records
 * and knows nothing of what they mean.
 *
 * A program turns like this (DESIGN 9): loop_hear() waits and runs handlers,
 * which only note what came; then the program thinks, keeps, and says:
 * link_say() lets go of what was put in turns that are kept.
 */
#ifndef TACET_LINK_H
#define TACET_LINK_H

#include <sys/types.h>

#include "base.h"
#include "crypto.h"
#include "wire.h"
#include "ident.h"

/* loop.c */

struct loop;
struct timer;
struct watch;

struct loop *loop_new(const struct clock *, const struct rng *);
void loop_free(struct loop *);  /* links, timers, watches: all gone by then */
/* Waits for events (at most max_ms; -1: no bound) and runs their handlers.
 * Everything that is ready is handled before it returns. */
int loop_hear(struct loop *, int max_ms);
/* No link is left, also none that is only closing: loop_free may follow. */
bool loop_idle(const struct loop *);
const struct clock *loop_clock(struct loop *);
const struct rng *loop_rng(struct loop *);

/* One-shot; timer_set again from inside the handler to repeat. */
struct timer *timer_new(struct loop *, void (*)(void *), void *);
void timer_set(struct timer *, int64_t ms);
void timer_stop(struct timer *);
void timer_free(struct timer *);

enum { WATCH_READ = 1, WATCH_WRITE = 2 };
struct watch *watch_fd(struct loop *, int fd, int what,
    void (*)(void *, int what), void *);
int watch_set(struct watch *, int what);        /* 0: rests */
struct watch *watch_signal(struct loop *, int signo, void (*)(void *, int),
    void *);
void watch_free(struct watch *);        /* does not close the fd */

/* link.c: one connection. Handlers run inside loop_hear. */

#define LINK_HANDSHAKE_MS 5000
#define LINK_PING_MS 45000
#define LINK_DEAD_MS 90000
#define LINK_HELD_SOFT (1u << 20)       /* link_full() says so: stop filling */
#define LINK_HELD_HARD (4u << 20)       /* cut: ERR_QUOTA */
#define LINK_BACKLOG 128

struct link;
struct link_events {
	/* the handshake is done; nothing has been allocated for it before the
	 * first transport record opened (listening side; the initiator sends
	 * an empty one by itself) */
	void (*open)(void *, struct link *);
	/* one message; its views live until the handler returns */
	void (*heard)(void *, struct link *, const struct msg *);
	/* the last call for this link, which is freed when it returns; err is 0
	 * for an orderly end, ERR_TIMEOUT, ERR_VERSION, ERR_NET (also: dropped
	 * in the handshake, too busy) ... In the handshake ERR_PIN: the other
	 * side went away on hearing us, or answered without the pinned key;
	 * ERR_FORMAT: it is something else altogether. Later ERR_AUTH: a record
	 * does not open, so somebody on the way has altered it. A listener's
	 * links that never opened are not told. */
	void (*closed)(void *, struct link *, int err, const char *why);
};
struct link_limits {                    /* zero means the constant above */
	int64_t handshake_ms, ping_ms, dead_ms;
	size_t held_soft, held_hard;
};
struct link_setup {
	struct loop *loop;
	struct link_events on;
	void *arg;                      /* link_arg; may be set per link */
	const uint8_t *secret;          /* own static X25519 secret, 32 bytes;
	                                   must outlive the link */
	struct link_limits limits;
	enum noise_cipher cipher;       /* initiator; 0: AEGIS256 where fast */
	const uint8_t *versions;        /* offered, or spoken by a listener; NULL: WIRE_VERSION only */
	size_t versions_n;
};
/* Resolves without blocking (IPv4 and IPv6, tries each), connects, handshakes
 * with the pinned transport key. Always answers by open or closed. */
struct link *link_dial(const struct link_setup *, const char *host,
    uint16_t port, const uint8_t peer[static DH_SIZE]);
/* The same over a connected descriptor (socketpair in tests); it owns fd. */
struct link *link_over(const struct link_setup *, int fd, bool initiator,
    const uint8_t *peer);
/* Queues a message under the turn it belongs to. ERR_BIG, ERR_DENIED (ours is
 * not the side that sends it), or ERR_STATE once the link is closing. */
int link_put(struct link *, uint64_t turn, const struct msg *) MUST_CHECK;
/* Lets go of everything put under turns up to `kept`: one record per call as
 * far as it fits, written as far as the socket takes it. */
void link_say(struct link *, uint64_t kept);
size_t link_held(const struct link *);  /* bytes put or not yet written */
bool link_full(const struct link *);
/* Stops and resumes reading; what the present record holds is still heard. */
void link_pause(struct link *, bool);
/* err 0: closes after what was put before is said and written, and nothing
 * more is heard; else at once. `closed` is called from a later loop_hear, never
 * from inside this. */
void link_close(struct link *, int err, const char *why);
const uint8_t *link_peer(const struct link *);  /* its static key, 32 bytes */
const uint8_t *link_hash(const struct link *);  /* handshake hash, 64 bytes */
unsigned link_version(const struct link *);
void *link_arg(const struct link *);
void link_set_arg(struct link *, void *);
/* Where it comes from: "192.0.2.1" or "2001:db8::/64" form for limits. */
void link_from(const struct link *, char *out, size_t n);
struct link_count {
	uint64_t bytes_in, bytes_out, records_in, records_out, frames_in,
	    frames_out;
};
struct link_count link_count(const struct link *);

/* listen.c */

struct listener;
struct listen_limits {
	unsigned per_address;           /* connections at once; 0: no bound */
	unsigned total;
	unsigned rate_per_address;      /* new connections per 10 s */
};
/* host NULL: all addresses, IPv6 and IPv4; port 0 takes a free one. */
int listen_open(struct listener **, const struct link_setup *, const char *host,
    uint16_t port, struct listen_limits) MUST_CHECK;
uint16_t listen_port(const struct listener *);
/* Open links stay; handshakes under way end, and nothing is told of them. */
void listen_close(struct listener *);
/* refused: over a limit; failed: handshakes that did not end well */
void listen_count(const struct listener *, uint64_t *refused, uint64_t *failed,
    unsigned *pending, unsigned *open);

/* local.c: lines over a Unix socket or loopback TCP, for the control socket of
 * a profile and for metrics. Lines end with \n (a \r before it is
 * cut too) and are at most LOCAL_LINE; `line` gets them without, NUL-terminated.
 * Over a socket a last line without \n is dropped, from a file it counts. */

#define LOCAL_LINE 131072
struct local;
struct local_events {
	void (*open)(void *, struct local *);
	void (*line)(void *, struct local *, char *line, size_t n);
	void (*closed)(void *, struct local *, int err);
	/* the other side says no more but may still listen: answer, then
	 * local_close; NULL closes after what was put is written */
	void (*ended)(void *, struct local *);
};
struct local_listener;
int local_listen(struct local_listener **, struct loop *, const char *path,
    const struct local_events *, void *) MUST_CHECK;    /* 0600, own uid only */
int local_listen_tcp(struct local_listener **, struct loop *, const char *host,
    uint16_t port, const struct local_events *, void *) MUST_CHECK;
uint16_t local_port(const struct local_listener *);
void local_stop(struct local_listener *);       /* unlinks the path */
int local_dial(struct local **, struct loop *, const char *path,
    const struct local_events *, void *) MUST_CHECK;
/* Reads an existing descriptor (standard input) as lines; fd is not closed. */
int local_over(struct local **, struct loop *, int fd_in, int fd_out,
    const struct local_events *, void *) MUST_CHECK;
void local_put(struct local *, struct bytes);   /* written as it can be */
size_t local_held(const struct local *);
void local_close(struct local *);       /* after what was put is written */
void *local_arg(const struct local *);
void local_set_arg(struct local *, void *);

/* child.c: programs by argument vector, never a shell */

struct child;
/* stdin gets `input` (may be empty), output goes to /dev/null; done is called
 * with the exit status (127: it could not be started) or 128 + signal; killed,
 * with what it started, after limit_ms. NULL: no process to be had. */
struct child *child_run(struct loop *, char *const argv[], struct bytes input,
    int64_t limit_ms, void (*done)(void *, int status), void *);
/* A helper of ours: argv[0] is a path; it gets the named descriptors (in rising
 * order of `as', from 3 on; ours stay ours to close) and /dev/null, no other,
 * and is killed when we die. It has no time limit but what child_kill sets. */
#define CHILD_FDS 4
struct child_setup {
	char *const *argv;
	struct child_fd {
		int fd, as;
	} fd[CHILD_FDS];
	size_t fds;
	uint64_t memory;                /* of its addresses, bytes; 0: as ours */
};
struct child *child_spawn(struct loop *, const struct child_setup *,
    void (*done)(void *, int status), void *);
void child_kill(struct child *, int64_t after_ms);      /* done follows */
void child_forget(struct child *);      /* kills now; nothing is told */
pid_t child_pid(const struct child *);

/* pipe.c: packets of `u32 length, bytes' over a socket pair. Handlers run
 * inside loop_hear. */

struct pipe;
struct pipe_events {
	/* one whole packet, its length in front; the view lives until the
	 * handler returns, which may put, pause and close */
	void (*packet)(void *, struct bytes);
	void (*drained)(void *);        /* pipe_full is over; may be NULL */
	/* the last call, the pipe is freed when it returns. 0: the other side
	 * has closed; ERR_SHORT: in the middle of a packet, or it died; ERR_BIG,
	 * ERR_FORMAT: a length that can't be; ERR_QUOTA: it does not read */
	void (*closed)(void *, int err);
};
/* It owns fd. max: of a packet, without its length; soft: held output, from
 * which on pipe_full says stop. Two packets more are taken, then it ends. */
struct pipe *pipe_over(struct loop *, int fd, size_t max, size_t soft,
    const struct pipe_events *, void *);
void pipe_put(struct pipe *, struct bytes);     /* with its length */
size_t pipe_held(const struct pipe *);
bool pipe_full(const struct pipe *);
void pipe_pause(struct pipe *, bool);   /* nothing is read, nothing handed out */
void pipe_close(struct pipe *);         /* at once; nothing is told */

/* What the files of this floor share with each other, and with nobody else */
#ifdef LINK_INSIDE

#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/types.h>

/* loop.c */

#define LINK_SCRATCH 131072     /* at most this is read per wake-up and link */

struct evdns_base;
struct timers;
struct soon {
	TAILQ_ENTRY(soon) entry;
	void (*fn)(void *);
	void *arg;
	bool queued;
};
void soon_add(struct loop *, struct soon *);
void soon_remove(struct loop *, struct soon *);
int64_t loop_now(struct loop *);
void loop_hold(struct loop *);          /* one link more, and one less */
void loop_let(struct loop *);
uint8_t *loop_scratch(struct loop *);
uint8_t *loop_record(struct loop *);    /* room for one, sealed */
struct timers *loop_timers(struct loop *);
struct evdns_base *loop_dns(struct loop *);     /* NULL: none to be had */

/* sock.c */

struct sock_addr {
	struct sockaddr_storage sa;
	socklen_t n;
};
int sock_err(int e);                            /* errno as ERR_* */
int sock_literal(const char *host, uint16_t port, struct sock_addr *);
void sock_name(const struct sock_addr *, char *out, size_t n);
void sock_no_delay(int fd);
void sock_reset(int fd);
int sock_nonblock(int fd);
int sock_listen(const char *host, uint16_t port, int *fd);
uint16_t sock_port(int fd);
void sock_place(const struct sockaddr_storage *, uint8_t out[static 16]);
void sock_place_text(const uint8_t place[static 16], char *out, size_t n);

/* link.c */

#define LINK_VERSIONS 16        /* offered at most */
#define LINK_LINGER_MS 1000     /* the other side may take this to hear our end */
#define LINK_DRAIN_MS 10000     /* and this to take our last bytes */
#define LINK_RECORD_HEAD 2

enum link_state {
	LINK_DIAL,              /* resolving or connecting */
	LINK_OPENING,           /* listening side: the opening bytes come next */
	LINK_FIRST,             /* handshake message 1 comes next */
	LINK_SECOND,            /* initiator: message 2 comes next */
	LINK_CONFIRM,           /* listening side: the first record comes next */
	LINK_OPEN,
	LINK_CLOSING,           /* what was put leaves; nothing is read */
	LINK_LINGER,            /* our end is said, theirs is awaited */
	LINK_ENDED,             /* `closed` is due */
};
#define LINK_NEAR 2             /* turns whose output waits, mostly */
struct link_mark {
	uint64_t turn;
	size_t end;             /* in `held` */
};
struct shake;
struct dial;
/* What a delivery touches stands together: with a thousand readers each line of
 * the cache is missed a thousand times. */
struct link {
	struct loop *loop;
	int fd;
	enum link_state state;
	bool initiator, opened, paused, pinged, mute;
	uint8_t version;
	uint8_t watched;                /* what `watch` waits for */
	struct watch *watch;
	struct buf held;                /* frames put and not yet said */
	struct buf out;                 /* records said and not yet written */
	size_t out_at;
	uint64_t kept;
	struct link_limits limits;
	struct link_mark *mark;         /* `near` as long as that is enough */
	size_t marks, marks_cap;
	struct link_mark near[LINK_NEAR];
	struct noise_key send;
	struct link_count count;
	struct soon soon;
	struct link_events on;
	void *arg;
	struct timer *timer;
	struct shake *shake;            /* until the handshake is done */
	struct dial *dial;              /* until connected */
	struct listener *listener;      /* that accepted it, or NULL */
	TAILQ_ENTRY(link) pending;      /* in the listener's list until open */
	char *why;
	int err;
	struct buf in;                  /* the beginning of a unit */
	int64_t heard_at;
	uint64_t taken;                 /* link_taken() when it was last looked */
	struct noise_key recv;
	uint8_t peer[DH_SIZE], hash[HASH64], place[16];
};
struct link *link_new(const struct link_setup *, bool initiator);
void link_start(struct link *, int fd);         /* a connected descriptor */
struct link *link_accepted(const struct link_setup *, int fd,
    struct listener *, const uint8_t place[static 16]);
/* The first end counts; `closed` follows from the next loop_hear. */
void link_end(struct link *, int err, const char *fmt, ...) PRINTF(3, 4);
void link_opened(struct link *);
bool link_reads(const struct link *);
void link_watch(struct link *);                 /* what is waited for now */
void link_drained(struct link *);               /* nothing is left to write */

/* link_read.c */

void link_read(struct link *);
void link_read_rest(struct link *);     /* what came before a pause */

/* link_write.c */

void link_write(struct link *);
void link_write_msg(struct link *, const struct msg *); /* now, by itself */
void link_write_nothing(struct link *);         /* a record without frames */
void link_write_said(struct link *);
void link_write_forget(struct link *);          /* the marks */

/* shake.c */

struct shake *shake_new(const struct link_setup *, bool initiator);
void shake_free(struct shake *);
void shake_name(struct shake *, const char *);  /* for sentences */
const char *shake_whom(const struct shake *);
void shake_begin(struct link *);
/* Bytes of the next unit, of which n are at p; 0: the link has ended. */
size_t shake_need(struct link *, const uint8_t *p, size_t n);
void shake_take(struct link *, struct bytes);

/* dial.c */

void dial_start(struct link *, const char *host, uint16_t port);
void dial_late(struct link *);
void dial_free(struct dial *);

/* listen.c */

void listen_opened(struct listener *, struct link *);
void listen_gone(struct listener *, struct link *);

/* place.c: how many come from where */

struct places;
struct places *places_new(const struct rng *);
void places_free(struct places *);
/* ERR_RATE over a limit, and then nothing is counted */
int places_add(struct places *, const uint8_t place[static 16], int64_t now,
    const struct listen_limits *);
void places_remove(struct places *, const uint8_t place[static 16]);

/* local.c */

struct local *local_accepted(struct loop *, int fd, const struct local_events *,
    void *, struct local_listener *from, int64_t idle_ms);
void local_gone(struct local_listener *);

/* timer.c */

struct timers *timers_new(void);
void timers_free(struct timers *);
int64_t timers_next(const struct timers *, int64_t now); /* ms; -1: none */
void timers_run(struct timers *, struct loop *);

#endif

#endif

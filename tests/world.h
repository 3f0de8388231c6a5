/* SPDX-License-Identifier: ISC */
/*
 * A simulated world: people with real clients and real relays in one process,
 * each on a loop, a clock and a randomness of its own, joined by a network
 * that delays, dribbles, stalls and cuts. All that happens follows from one
 * seed; what must hold whatever happens is looked at while it runs and, once
 * everything is mended, at the end. Includes neither the relay's header nor
 * the client's inside: world_relay.c and world_inside.c know one each.
 */
#ifndef TACET_WORLD_H
#define TACET_WORLD_H

#include "client.h"

#define WORLD_PEOPLE 5          /* unless told otherwise */
#define WORLD_RELAYS 2
#define WORLD_PIPES 64          /* or two for each party of a large world */
#define WORLD_CIRCLE 3          /* a large world's people know so many a side */
#define WORLD_PASS "correct horse"
#define WORLD_NOTE "it is me"   /* beside a request */
#define WORLD_FAULTS 12         /* sentences kept of what went wrong */

struct relay;
struct world;

/* world_tap.c: what was sealed, and whether a pair was used twice. What a party
 * seals counts from its next keep on: before that nothing leaves. */
struct tap_set {
	struct seal_tap *seal;
	size_t n, cap;
};
void tap_open(struct world *);
void tap_close(struct world *);
struct party;
void tap_hear(struct world *, struct party *);  /* its own, since the last */
void tap_keep(struct world *, struct party *);
void tap_forget(struct party *);

enum world_mood {               /* what goes wrong most, besides all the rest */
	MOOD_ANY,
	MOOD_LINE,              /* many write much, to relays that slow them */
	MOOD_RELAY,             /* relays crash, at any beat */
	MOOD_SENDER,            /* whoever has written something crashes */
	MOOD_READER,            /* whoever is written to crashes */
	MOOD_CLOCK,             /* clocks jump, the relays' too */
	MOODS
};
enum party_beat {               /* where a crash strikes */
	BEAT_NONE, BEAT_HEARD, BEAT_THOUGHT, BEAT_KEPT, BEAT_SAID,
};
struct party {
	struct world *world;
	size_t index;           /* in world.party: relays first */
	char name[32], *dir;
	struct loop *loop;
	struct clock clock;
	struct rng rng;
	struct rng_seeded seed;
	struct log log;
	int64_t boot;           /* its monotonic clock began then */
	int64_t skew;           /* its wall clock less the true one */
	int64_t skew_until;     /* somebody sets it right then; 0: it is */
	int64_t up_at;          /* who is down comes back then */
	bool off;               /* offline as its person wished */
	enum party_beat crash;  /* strikes in its next turn ... */
	int64_t crash_at;       /* ... from then on */
	struct tap_set sealed;  /* not kept yet */
	unsigned *fresh;        /* serials of what it wrote and has not kept */
	size_t freshes;
	/* one of these, NULL while it is down */
	struct client *client;
	struct relay *relay;
	struct options options;
	struct party *home;     /* a client's relay */
};

struct said {                   /* a message that client_send took */
	uint8_t id[WIRE_ID];
	struct party *from, *to;
	unsigned serial;        /* its place here, and its text */
	bool kept, gone;        /* gone: a crash took it before it was kept */
	enum ladder ladder;     /* the highest that was kept */
	uint64_t number;        /* while that is `on relay' or more ... */
	uint8_t log[WIRE_ID];   /* ... in this log */
};

struct pipe;                    /* world_net.c */
struct net {
	struct pipe **pipe;
	size_t pipes;
	bool calm;              /* nothing goes wrong any more */
	unsigned dials, cuts, stalls, refused;
	uint64_t bytes;
};

struct world {
	uint64_t seed_number;
	enum world_mood mood;
	bool loud;
	struct rng_seeded seed;
	struct rng rng;
	int64_t now;            /* ms since the world began */
	char *dir;
	struct party *party;    /* relays first */
	size_t people, parties;
	size_t audited;         /* a large world is looked at in turns */
	struct net net;
	struct said *said;
	size_t saids;
	bool *declined;         /* a square: world_declined() */
	int tap_fd;
	int64_t tap_at;
	struct tap_set uses;    /* a table by `use', all that was kept */
	struct tap_set keys;    /* the same by `key', ChaCha only */
	unsigned step, turns, crashes, restarts, jumps;
	unsigned faults;        /* invariants that did not hold */
	char *fault[WORLD_FAULTS];
};

/* world.c */
void world_open(struct world *, enum world_mood, uint64_t seed, size_t people,
    bool loud);
void world_close(struct world *);
void world_turn(struct world *, int64_t ms);    /* the clock, then everybody */
void world_pass(struct world *, int64_t ms, unsigned turns);
/* Mends and opens everything, and turns until nothing is left to do. */
void world_settle(struct world *);
void world_fault(struct world *, const char *fmt, ...) PRINTF(2, 3);
void world_note(struct world *, const char *fmt, ...) PRINTF(2, 3);
uint32_t world_below(struct world *, uint32_t);
bool world_chance(struct world *, uint32_t one_in);
static inline bool *
world_declined(struct world *w, const struct party *p, const struct party *q)
{
	return &w->declined[p->index * w->parties + q->index];
}
static inline bool
world_large(const struct world *w)
{
	return w->people > WORLD_PEOPLE;
}
static inline bool
party_is_relay(const struct party *p)
{
	return p->index < WORLD_RELAYS;
}
static inline bool
party_up(const struct party *p)
{
	return party_is_relay(p) ? p->relay != NULL : p->client != NULL;
}
void party_start(struct party *);
void party_register(struct party *);    /* makes an account, if its relay is up */
void party_stop(struct party *);        /* as the program ends */
void party_crash(struct party *);       /* as the power does */
void party_kept(struct party *);        /* what it has now is on disk */

/* world_disk.c: folders, as a crash leaves them */
void disk_copy(const char *from, const char *to);
void disk_back(const char *copy, const char *dir);
void disk_remove(const char *dir);

/* world_net.c */
struct link *net_dial(void *party, const struct link_setup *, const char *host,
    uint16_t port, const uint8_t *peer);
void net_pump(struct world *);
void net_cut(struct party *, bool drop);        /* all of its connections */
void net_close(struct world *);

/* world_do.c */
void world_step(struct world *);
uint32_t world_deeds(const struct world *);
void world_befriend(struct party *, struct party *to);
void world_greet(struct world *, struct party *);       /* in all its talks */

/* world_audit.c */
void audit_step(struct world *);        /* what must hold at any time */
void audit_end(struct world *);         /* what must hold once it is settled */

/* world_relay.c */
void relay_party_init(struct party *);
void relay_party_start(struct party *);
void relay_party_stop(struct party *);
void relay_party_free(struct party *);
bool relay_party_turn(struct party *);  /* false: a crash has struck */
void relay_party_address(struct party *, struct address *);
bool relay_party_over(struct party *, int fd);

/* world_inside.c */
struct message *inside_message(struct client *, struct talk *,
    const uint8_t id[static WIRE_ID]);
size_t inside_outs(const struct talk *);
bool inside_registered(const struct client *);
const char *inside_rest(const struct client *); /* why it isn't settled */

#endif

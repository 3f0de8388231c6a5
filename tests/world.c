/* SPDX-License-Identifier: ISC */
/*
 * The world: its clock, its parties, their turns, lives and deaths; see
 * world.h. A crash copies the folder as it is, lets go of the memory in
 * whatever way, and puts back what was copied.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tap.h"
#include "world.h"

#define WORLD_BEGAN 1800000000000       /* ms since 1970 */
#define SETTLE_TURNS 6000

uint32_t
world_below(struct world *w, uint32_t n)
{
	return rng_below(&w->rng, n);
}

bool
world_chance(struct world *w, uint32_t one_in)
{
	return world_below(w, one_in) == 0;
}

void
world_note(struct world *w, const char *fmt, ...)
{
	va_list ap;

	if (!w->loud)
		return;
	printf("# %u/%lld.%03lld ", w->step, (long long)(w->now / 1000),
	    (long long)(w->now % 1000));
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

void
world_fault(struct world *w, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = mem_vformat(fmt, ap);
	va_end(ap);
	world_note(w, "FAULT %s", s);
	if (w->faults < WORLD_FAULTS)
		w->fault[w->faults] = mem_format("step %u: %s", w->step, s);
	free(s);
	w->faults++;
}

/* ---- clocks ------------------------------------------------------------ */

static int64_t
party_wall(void *arg)
{
	struct party *p = arg;

	return WORLD_BEGAN + p->world->now + p->skew;
}

static int64_t
party_mono(void *arg)
{
	struct party *p = arg;

	return 1 + p->world->now - p->boot;
}

/* ---- a party's life ----------------------------------------------------- */

static void
party_line(void *arg, enum log_level level, const struct safe *line)
{
	struct party *p = arg;

	(void)level;
	world_note(p->world, "  %s| %s", p->name, line->s);
}

static void
party_init(struct world *w, size_t i)
{
	struct party *p = &w->party[i];

	p->world = w;
	p->index = i;
	snprintf(p->name, sizeof(p->name), "%s%zu",
	    party_is_relay(p) ? "relay" : "p", i);
	p->dir = path_join(w->dir, p->name);
	p->clock = (struct clock){party_wall, party_mono, p};
	p->rng = rng_seed(&p->seed, w->seed_number * 64 + i + 1);
	p->log = (struct log){.fd = -1, .level = LOG_DEBUG, .clock = &p->clock,
	    .tap = w->loud ? party_line : NULL, .arg = p};
	if (party_is_relay(p))
		relay_party_init(p);
	else    /* more than half of the people are on the first relay */
		p->home = &w->party[(i - WORLD_RELAYS) * 5 < w->people * 3 ?
		    0 : 1];
}

void
party_register(struct party *p)
{
	struct address a;
	char *why = NULL;

	if (p->home->relay == NULL)
		return;
	relay_party_address(p->home, &a);
	if (client_init(p->client, p->name, bytes_of(WORLD_PASS,
	    strlen(WORLD_PASS)), &a, &why) != 0)
		world_fault(p->world, "%s can't begin: %s", p->name,
		    why != NULL ? why : "?");
	free(why);
}

static void
party_start_client(struct party *p)
{
	struct client_setup s = {
		.loop = p->loop, .profile = p->dir, .log = &p->log,
		.pass_mem_kib = 64, .pass_ops = 1, .dial = net_dial,
		.dial_arg = p,
		.suite = p->world->seed_number % 3 == 0 ? MLS_SUITE_X25519 : 0,
	};
	char *why = NULL;
	int err;

	if (client_open(&p->client, &s, &why) != 0)
		bail("%s: %s", p->name, why != NULL ? why : "?");
	if (client_locked(p->client)) {
		err = client_unlock(p->client, bytes_of(WORLD_PASS,
		    strlen(WORLD_PASS)));
		if (err != 0) {
			world_fault(p->world, "%s does not unlock: %s", p->name,
			    err_text(err));
			return;
		}
	}
	if (p->off)
		client_disconnect(p->client);
	if (client_fresh(p->client))
		party_register(p);
}

/* A machine that starts anew counts its milliseconds from the beginning. */
void
party_start(struct party *p)
{
	assert(p->loop == NULL);
	if (world_chance(p->world, 2))
		p->boot = p->world->now;
	p->up_at = 0;
	p->loop = loop_new(&p->clock, &p->rng);
	world_note(p->world, "%s starts", p->name);
	if (party_is_relay(p))
		relay_party_start(p);
	else
		party_start_client(p);
	tap_keep(p->world, p);
}

/* Links that have ended are freed by the loop's next turns; a relay's in the
 * handshake must end while it still lives. */
static void
party_drain(struct party *p, bool drop)
{
	int i;

	net_cut(p, drop);
	for (i = 0; i < 8; i++)
		(void)loop_hear(p->loop, 0);
	/* what lingers for its peer is over once that much time has passed */
	p->boot -= loop_idle(p->loop) ? 0 : LINK_DEAD_MS;
	for (i = 0; i < 8 && !loop_idle(p->loop); i++)
		(void)loop_hear(p->loop, 0);
}

static void
party_end(struct party *p, bool told)
{
	bool drop = !told && world_chance(p->world, 2);

	if (party_is_relay(p)) {
		if (told)
			relay_party_stop(p);
		party_drain(p, drop);
		relay_party_free(p);
	} else {
		client_close(p->client);
		p->client = NULL;
	}
	p->crash = BEAT_NONE;
	party_drain(p, drop);
	loop_free(p->loop);
	p->loop = NULL;
}

void
party_stop(struct party *p)
{
	world_note(p->world, "%s stops", p->name);
	party_end(p, true);
	party_kept(p);
}

void
party_crash(struct party *p)
{
	struct world *w = p->world;
	char *copy = mem_format("%s.crash", p->dir);
	size_t i;

	world_note(w, "%s CRASHES", p->name);
	w->crashes++;
	tap_forget(p);
	disk_copy(p->dir, copy);
	party_end(p, false);
	tap_forget(p);
	disk_back(copy, p->dir);
	disk_remove(copy);
	free(copy);
	for (i = 0; i < p->freshes; i++)
		w->said[p->fresh[i]].gone = true;
	p->freshes = 0;
}

void
party_kept(struct party *p)
{
	struct world *w = p->world;
	size_t i;

	tap_keep(w, p);
	for (i = 0; i < p->freshes; i++)
		w->said[p->fresh[i]].kept = true;
	p->freshes = 0;
}

/* ---- a turn ------------------------------------------------------------ */

static bool
party_struck(struct party *p, enum party_beat beat)
{
	if (p->crash != beat || p->world->now < p->crash_at)
		return false;
	p->crash = BEAT_NONE;
	party_crash(p);
	return true;
}

static void
party_turn_client(struct party *p)
{
	(void)loop_hear(p->loop, 0);
	if (party_struck(p, BEAT_HEARD))
		return;
	client_think(p->client);
	if (party_struck(p, BEAT_THOUGHT))
		return;
	if (client_keep(p->client) != 0) {
		world_fault(p->world, "%s can't keep", p->name);
		return;
	}
	party_kept(p);
	if (party_struck(p, BEAT_KEPT))
		return;
	client_say(p->client);
	if (party_struck(p, BEAT_SAID))
		return;
	tap_keep(p->world, p);
}

static void
party_turn(struct party *p)
{
	struct world *w = p->world;

	if (p->skew_until != 0 && w->now >= p->skew_until) {
		world_note(w, "%s sets its clock right", p->name);
		p->skew = p->skew_until = 0;
	}
	if (!party_up(p)) {
		if (p->up_at != 0 && w->now >= p->up_at)
			party_start(p);
		return;
	}
	if (party_is_relay(p)) {
		if (!relay_party_turn(p)) {
			party_crash(p);
			return;
		}
		tap_keep(w, p);
		(void)party_struck(p, BEAT_SAID);
	} else {
		party_turn_client(p);
	}
}

void
world_turn(struct world *w, int64_t ms)
{
	size_t i, k = world_below(w, (uint32_t)w->parties);

	w->now += ms;
	w->turns++;
	for (i = 0; i < w->parties; i++, k = (k + 1) % w->parties)
		party_turn(&w->party[k]);
	net_pump(w);
}

void
world_pass(struct world *w, int64_t ms, unsigned turns)
{
	while (turns-- > 0)
		world_turn(w, ms);
}

/* ---- the end ------------------------------------------------------------ */

static void
settle_party(struct party *p)
{
	struct client *c;

	p->skew = p->skew_until = 0;
	p->crash = BEAT_NONE;
	p->off = false;
	if (!party_up(p))
		party_start(p);
	if ((c = p->client) == NULL)
		return;
	if (client_locked(c) && client_unlock(c, bytes_of(WORLD_PASS,
	    strlen(WORLD_PASS))) != 0)
		world_fault(p->world, "%s does not unlock", p->name);
	if (client_fresh(c))
		party_register(p);
	client_connect(c);
}

/* What somebody still has to do, or NULL. */
static const char *
settle_rest(struct client *c)
{
	size_t k;

	if (client_online(c) != ONLINE_ON)
		return client_online_why(c);
	for (k = 0; k < client_talks(c); k++) {
		if (client_talk_at(c, k)->waiting > 0)
			return "a message waits";
		if (inside_outs(client_talk_at(c, k)) > 0)
			return "something has to go out";
	}
	return client_settled(c, false) ? NULL : inside_rest(c);
}

static bool
settle_done(struct world *w, bool say)
{
	const char *rest;
	size_t i;

	for (i = WORLD_RELAYS; i < w->parties; i++) {
		rest = settle_rest(w->party[i].client);
		if (rest != NULL && say)
			world_fault(w, "%s does not come to rest: %s",
			    w->party[i].name, rest);
		if (rest != NULL)
			return false;
	}
	return true;
}

/* What their persons would do: requests that wait are accepted, and one that
 * ended with "/add NAME tries again" (a key that had expired by one of the
 * clocks) is made again; that is refused while it is still under way. */
static void
settle_people(struct world *w, struct party *p)
{
	struct client *c = p->client;
	struct person *who;
	struct talk *t;
	char *why = NULL;
	size_t i;

	for (i = 0; i < client_people(c); i++) {
		who = client_person_at(c, i);
		t = client_talk_with(c, who->name.s);
		if (who->state == PERSON_ASKING &&
		    client_accept(c, who, &why) != 0)
			world_fault(w, "%s can't accept %s: %s", p->name,
			    who->name.s, why != NULL ? why : "?");
		else if (who->state == PERSON_KNOWN && t != NULL &&
		    t->waiting > 0)
			(void)client_add(c, who->name.s, NULL, &why);
		free(why);
		why = NULL;
	}
}

void
world_settle(struct world *w)
{
	unsigned i, quiet = 0;
	size_t k;

	world_note(w, "all is mended");
	w->net.calm = true;
	for (k = 0; k < w->net.pipes; k++)
		if (w->net.pipe[k] != NULL && world_chance(w, 2))
			net_cut(&w->party[world_below(w, (uint32_t)w->parties)], true);
	for (k = 0; k < w->parties; k++)
		settle_party(&w->party[k]);
	for (i = 0; i < SETTLE_TURNS && quiet < 60; i++) {
		world_turn(w, i % 40 == 39 ? 5000 : 20);
		if (i % 40 == 0)
			for (k = WORLD_RELAYS; k < w->parties; k++)
				settle_people(w, &w->party[k]);
		quiet = settle_done(w, false) ? quiet + 1 : 0;
	}
	if (quiet < 60)
		(void)settle_done(w, true);
}

/* ---- the beginning ------------------------------------------------------ */

void
world_open(struct world *w, enum world_mood mood, uint64_t seed, size_t people,
    bool loud)
{
	/* a crash here is a copy of the folder: no disk need be waited for */
	const char *tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" :
	    getenv("TMPDIR");
	size_t i;

	memset(w, 0, sizeof(*w));
	if (seal_start() != 0)
		bail("libsodium");
	w->seed_number = seed;
	w->mood = mood;
	w->loud = loud;
	w->rng = rng_seed(&w->seed, seed);
	w->dir = mem_format("%s/world.XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(w->dir) == NULL)
		bail("no folder");
	tap_open(w);
	w->people = people;
	w->parties = people + WORLD_RELAYS;
	w->party = mem_array(w->parties, sizeof(*w->party));
	w->declined = mem_array(w->parties * w->parties, sizeof(bool));
	w->net.pipes = 2 * w->parties > WORLD_PIPES ? 2 * w->parties :
	    WORLD_PIPES;
	w->net.pipe = mem_array(w->net.pipes, sizeof(struct pipe *));
	for (i = 0; i < w->parties; i++)
		party_init(w, i);
	for (i = 0; i < w->parties; i++)
		party_start(&w->party[i]);
}

void
world_close(struct world *w)
{
	size_t i;

	for (i = 0; i < w->parties; i++) {
		struct party *p = &w->party[i];

		if (party_up(p))
			party_end(p, true);
		if (party_is_relay(p))
			options_free(&p->options);
		free(p->sealed.seal);
		free(p->fresh);
		free(p->dir);
	}
	net_close(w);
	tap_close(w);
	for (i = 0; i < w->faults && i < WORLD_FAULTS; i++)
		free(w->fault[i]);
	disk_remove(w->dir);
	free(w->said);
	free(w->net.pipe);
	free(w->declined);
	free(w->party);
	free(w->dir);
}

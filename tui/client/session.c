/* SPDX-License-Identifier: ISC */
/*
 * The connection to the relay: dialed when it is wanted, said hello on, given
 * up and tried again with exponential back-off and full jitter. What only the
 * user can solve (another key, another version, a relay that doesn't know us)
 * stops it with a sentence. Carries messages to those who know them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "play.h"

#define BACKOFF_MIN_MS 1000
#define BACKOFF_MAX_MS 60000
#define BACKOFF_FILM_MS 4000    /* while somebody sits and waits for one */
#define STEADY_MS 30000         /* a connection that counts as a success */
#define UNLISTED_MS 2000        /* a linked device looks again */
#define STRANGER_TRIES 3        /* in a row, while the record lists us */
#define GREET_MS 15000          /* after the handshake */
#define PIN_TRIES 6             /* handshakes in a row without the pinned key */
#define PIN_TRIES_FIRST 3       /* on a relay that we never met */
#define RELAY_TIME_MAX ((uint64_t)1 << 52)        /* ms: year 142,000 */

const char *
online_name(enum online o)
{
	static const char *const name[] = {"offline", "waiting", "connecting",
		"syncing", "online", "stopped"};

	return (unsigned)o < COUNT(name) ? name[o] : "?";
}

bool
session_up(const struct client *c)
{
	return c->session.link != NULL && c->session.greeted;
}

bool
session_known(const struct client *c)
{
	return session_up(c) && c->self.registered && !c->session.stranger;
}

bool
session_registered(const struct client *c)
{
	return session_known(c) && !c->self.gone;
}

static void
session_state(struct client *c, enum online o, const char *fmt, va_list ap)
{
	struct session *s = &c->session;
	char *why = mem_vformat(fmt, ap);

	if (s->online != o || s->why == NULL || strcmp(s->why, why) != 0) {
		log_say(c->log, LOG_INFO, "session", "%s: %s", online_name(o),
		    why);
		client_event(c, EVENT_link, NULL, NULL, NULL, NULL);
		client_show(c);
	}
	s->online = o;
	free(s->why);
	s->why = why;
}

static void PRINTF(3, 4)
session_set(struct client *c, enum online o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	session_state(c, o, fmt, ap);
	va_end(ap);
}

/* The link is freed by its `closed`, which must not find us any more. */
void
session_end(struct client *c)
{
	struct session *s = &c->session;

	if (s->link != NULL) {
		link_set_arg(s->link, NULL);
		link_close(s->link, 0, "the client ends the session");
	}
	s->link = NULL;
	s->greeted = false;
	requests_forget(c);
}

void
session_stop(struct client *c, enum online o, const char *fmt, ...)
{
	va_list ap;

	session_end(c);
	c->session.retry_at = 0;
	va_start(ap, fmt);
	session_state(c, o, fmt, ap);
	va_end(ap);
	if (o == ONLINE_STOP)
		client_hint(c, true, "%s", c->session.why);
}

void
session_say(struct client *c, struct msg *m)
{
	/* a link that is closing takes no more: then it is said after the
	 * next greeting, or need not be said */
	if (c->session.link != NULL &&
	    link_put(c->session.link, c->turn, m) != 0)
		log_say(c->log, LOG_DEBUG, "session", "%s not said",
		    msg_row[msg_index(m->code)].name);
}

static void
session_open(void *arg, struct link *l)
{
	static const char agent[] = "tacet";
	struct msg m = {.code = MSG_hello};
	struct client *c = arg;

	(void)l;
	if (c == NULL)
		return;
	c->session.pins = 0;
	c->session.greet_by = client_mono(c) + GREET_MS;
	m.hello.agent = bytes_of(agent, sizeof(agent) - 1);
	session_say(c, &m);
}

static void
session_retry(struct client *c, const char *what)
{
	struct session *s = &c->session;
	int64_t cap = BACKOFF_MIN_MS, ms;
	unsigned n = s->failures++;

	while (n-- > 0 && cap < BACKOFF_MAX_MS)
		cap *= 2;
	if (cap > BACKOFF_MAX_MS)
		cap = BACKOFF_MAX_MS;
	if (play_waits(c) && cap > BACKOFF_FILM_MS)
		cap = BACKOFF_FILM_MS;
	ms = 1 + rng_below(c->rng, (uint32_t)cap);
	s->retry_at = client_mono(c) + ms;
	client_wake(c, s->retry_at);
	timer_set(c->timer, ms);
	session_set(c, ONLINE_WAIT, "%s; trying again by itself, /connect does "
	    "it now", what);
	free(s->failed);
	s->failed = mem_string(what);
}

/* A relay that goes away on hearing us has another key; or the line was cut
 * just then, it is being restarted, or the line is so slow that it gave up.
 * Nothing but the handshake has left, so whom we know is asked a few times. */
static bool
session_pin(struct client *c, int err)
{
	struct session *s = &c->session;

	if (!defence(pin) || (err != ERR_PIN && err != ERR_KEY) ||
	    client_mono(c) - s->dialed_at > LINK_HANDSHAKE_MS / 2 ||
	    ++s->pins < (c->self.greeted ? PIN_TRIES : PIN_TRIES_FIRST))
		return false;
	s->pins = 0;
	return true;
}

static void
session_closed(void *arg, struct link *l, int err, const char *why)
{
	struct client *c = arg;
	struct session *s;
	struct safe text;

	(void)l;
	if (c == NULL)
		return;
	s = &c->session;
	s->link = NULL;
	s->greeted = false;
	requests_forget(c);
	if (s->opened_at != 0 && client_mono(c) - s->opened_at > STEADY_MS)
		s->failures = 0;
	s->opened_at = 0;
	if (session_pin(c, err)) {
		session_stop(c, ONLINE_STOP, "the relay at %s does not have "
		    "the key that is pinned: nothing was sent. Ask its "
		    "operator; a new relay key needs a new address and a new "
		    "profile", c->self.address.host);
		return;
	}
	if (err == ERR_VERSION) {
		session_stop(c, ONLINE_STOP, "the relay at %s speaks another "
		    "version of the protocol: install a tacet that fits "
		    "tacetd there (tacet --version)", c->self.address.host);
		return;
	}
	text = safe_make(SAFE_LINE, why, strlen(why));
	session_retry(c, text.s);
	safe_free(&text);
}

static void
session_clock(struct client *c, uint64_t now)
{
	struct session *s = &c->session;
	int64_t off;

	/* differences of it must stay numbers, whatever the relay says */
	if (now > RELAY_TIME_MAX)
		now = RELAY_TIME_MAX;
	s->relay_now = (int64_t)now;
	s->skew = (int64_t)now - client_now(c);
	off = s->skew < 0 ? -s->skew : s->skew;
	if (off <= CLOCK_SKEW || s->skew_told)
		return;
	s->skew_told = true;
	notice_add(c, NOTICE_ERROR, 0, false, "this computer's clock is %lld "
	    "minutes %s the relay's: keys made now look %s to others, and "
	    "contact requests may fail. Set it right (timedatectl set-ntp "
	    "true), then /connect", (long long)(off / 60000),
	    s->skew > 0 ? "behind" : "ahead of",
	    s->skew > 0 ? "expired" : "not yet valid");
	client_hint(c, true, "the clock is %lld minutes off",
	    (long long)(off / 60000));
}

bool
client_clock_off(const struct client *c, int64_t *ms)
{
	*ms = c->session.skew;
	return c->session.relay_now != 0;
}

/* Nothing is given up for its age on the word of one clock: ours and the
 * relay's must agree, now as at the greeting (T48). */
bool
session_clock_ok(const struct client *c)
{
	const struct session *s = &c->session;
	int64_t now = s->relay_now + client_mono(c) - s->opened_at;
	int64_t off = now - client_now(c);

	return session_up(c) && off <= CLOCK_SKEW && off >= -CLOCK_SKEW;
}

static void
session_incarnation(struct client *c, const uint8_t now[static WIRE_ID])
{
	struct self *s = &c->self;

	if (s->greeted && memcmp(s->incarnation, now, WIRE_ID) == 0)
		return;
	if (s->greeted)
		restart_begin(c);
	s->greeted = true;
	memcpy(s->incarnation, now, WIRE_ID);
	self_keep(c);
}

/*
 * The relay doesn't know the device. That alone proves nothing: our own record
 * is asked for (watch.c), and what it says is signed with the account key. A
 * device that was linked may be waiting to be added, one that was revoked
 * finds that in it, and otherwise the relay has forgotten us.
 */
void
session_stranger(struct client *c, bool shown)
{
	struct self *s = &c->self;

	if (shown && self_revoked(s)) {
		session_stop(c, ONLINE_STOP, "this device was revoked from "
		    "another one of yours: it hears nothing more. What is here "
		    "can be read; remove %s to make a new profile", c->folder);
		c->screen.view = VIEW_device;
	} else if (s->gone) {
		session_stop(c, ONLINE_WAIT, "waiting for your other device, "
		    "which has to add this one. If it says that linking was "
		    "ended, remove %s and link again", c->folder);
		c->session.retry_at = client_mono(c) + UNLISTED_MS;
		timer_set(c->timer, UNLISTED_MS);
	} else if (shown && c->session.strangers++ < STRANGER_TRIES) {
		/* added between its greeting and its answer */
		session_stop(c, ONLINE_WAIT, "the relay has just been told of "
		    "this device");
		c->session.retry_at = client_mono(c) + UNLISTED_MS;
		timer_set(c->timer, UNLISTED_MS);
	} else {
		session_stop(c, ONLINE_STOP, "the relay at %s does not know "
		    "%s any more: ask its operator; nothing you wrote is lost",
		    s->address.host, s->name);
	}
}

static void
session_greet(struct client *c, const struct msg_greet *g)
{
	struct session *s = &c->session;
	struct bytes name = bytes_of(c->self.name, strlen(c->self.name));

	if (s->greeted)
		return;
	s->greeted = true;
	free(s->failed);
	s->failed = NULL;
	s->opened_at = client_mono(c);
	session_clock(c, g->now);
	session_incarnation(c, g->incarnation);
	s->stranger = g->name.n == 0 && (c->self.registered || c->self.gone);
	if (s->stranger) {
		session_set(c, ONLINE_SYNC, "asking what became of this "
		    "device");
		return;
	}
	s->strangers = 0;
	if (g->name.n > 0 && !bytes_same(g->name, name)) {
		session_stop(c, ONLINE_STOP, "the relay at %s takes this "
		    "device for somebody else than %s", c->self.address.host,
		    c->self.name);
		return;
	}
	if (g->name.n > 0 && !c->self.registered)
		first_enrolled(c, &(struct answer){0});
	session_set(c, ONLINE_SYNC, c->self.registered ?
	    "reading what was missed" : "registering");
}

static void
session_heard(void *arg, struct link *l, const struct msg *m)
{
	struct client *c = arg;

	if (c == NULL || c->session.link != l)
		return;
	if (m->code == MSG_greet)
		session_greet(c, &m->greet);
	else if (m->code == MSG_fail)
		heard_fail(c, &m->fail);
	else if (c->session.greeted)
		heard_known(c, m);
}

static void
session_dial(struct client *c)
{
	struct session *s = &c->session;
	struct link_setup setup = {
		.loop = c->loop,
		.on = {session_open, session_heard, session_closed},
		.arg = c,
		.secret = c->self.secret->transport,
	};

	s->generation++;
	s->retry_at = s->opened_at = s->greet_by = 0;
	s->dialed_at = client_mono(c);
	s->boxes_dropped = 0;
	s->greeted = false;
	s->looked = 0;
	s->count_at = 0;
	s->looking = false;
	/* somebody who asks just now wants to know what is wrong */
	if (s->failed != NULL)
		session_set(c, ONLINE_DIAL, "%s; trying again now", s->failed);
	else
		session_set(c, ONLINE_DIAL, "connecting to %s port %u",
		    c->self.address.host, c->self.address.port);
#ifdef TACET_TEST
	if (c->setup.dial != NULL) {
		s->link = c->setup.dial(c->setup.dial_arg, &setup,
		    c->self.address.host, c->self.address.port,
		    c->self.address.pin);
		return;
	}
#endif
	s->link = link_dial(&setup, c->self.address.host, c->self.address.port,
	    c->self.address.pin);
}

void
session_drive(struct client *c)
{
	struct session *s = &c->session;

	if (witness_over(c) && s->online != ONLINE_STOP && !s->off) {
		session_stop(c, ONLINE_STOP, "the relay at %s has shown two "
		    "directories: nothing is sent there any more; /view fork "
		    "tells what was kept and what to do",
		    c->self.address.host);
		return;
	}
	if (s->link == NULL && !s->off && s->online != ONLINE_STOP &&
	    c->self.have && (c->self.registered || c->init_state == 1)) {
		if (client_mono(c) >= s->retry_at)
			session_dial(c);
		else
			client_wake(c, s->retry_at);
	}
	if (s->link != NULL && !s->greeted && s->greet_by != 0) {
		client_wake(c, s->greet_by);
		if (client_mono(c) >= s->greet_by) {
			s->greet_by = 0;
			link_close(s->link, ERR_TIMEOUT, "the relay does not "
			    "answer");
		}
	}
	if (s->online == ONLINE_SYNC && session_registered(c) &&
	    follow_synced(c))
		session_set(c, ONLINE_ON, "connected to %s",
		    c->self.address.host);
}

void
client_connect(struct client *c)
{
	struct session *s = &c->session;

	s->off = false;
	if (!c->open || s->link != NULL)
		return;
	s->retry_at = 0;
	s->failures = 0;
	session_set(c, ONLINE_WAIT, "connecting");
	timer_set(c->timer, 1);
}

void
client_disconnect(struct client *c)
{
	c->session.off = true;
	session_stop(c, ONLINE_OFF, "offline as you wished: /connect goes "
	    "online");
}

enum online
client_online(const struct client *c)
{
	return c->session.online;
}

const char *
client_online_why(const struct client *c)
{
	return c->session.why != NULL ? c->session.why : "not connected yet";
}

int64_t
client_retry_at(const struct client *c)
{
	return c->session.online == ONLINE_WAIT ? c->session.retry_at : 0;
}

/* SPDX-License-Identifier: ISC */
/* See pair.h. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tap.h"
#include "pair.h"

#define PAIR_MS 20000

static void
pair_event(void *arg, const struct event *e)
{
	struct person_test *p = arg;

	p->events[e->kind]++;
}

void
pair_open(struct pair *w)
{
	char port[16], *why = NULL;

	memset(w, 0, sizeof(*w));
	desk_open(&w->desk, "sqlite", NULL);
	if (relay_listen(w->desk.relay, &why) != 0)
		bail("%s", why);
	/* it comes back under the same one */
	snprintf(port, sizeof(port), "%u", relay_port(w->desk.relay));
	if (options_set(&w->desk.options, "port", port, &why) != 0)
		bail("%s", why);
}

void
pair_relay(struct pair *w, bool up)
{
	char *why = NULL;

	if (up == !w->down)
		return;
	w->down = !up;
	if (!up) {
		desk_stop(&w->desk);
		return;
	}
	desk_start(&w->desk);
	if (relay_listen(w->desk.relay, &why) != 0)
		bail("%s", why);
}

static void
pair_client(struct pair *w, size_t i)
{
	struct person_test *p = &w->who[i];
	struct client_setup setup = {
		.loop = w->desk.loop, .profile = p->dir, .log = &p->log,
		.event = pair_event, .arg = p, .pass_mem_kib = 64,
		.pass_ops = 1,
	};
	const char *suite = getenv("PAIR_SUITE");
	char *why = NULL;

	setup.replay_max = w->replay_max;
	setup.suite = suite != NULL ? (uint16_t)atoi(suite) : 0;
	p->log = (struct log){.fd = getenv("PAIR_LOG") ? 2 : -1,
	    .level = LOG_DEBUG, .clock = &w->desk.clock};
	if (client_open(&p->c, &setup, &why) != 0)
		bail("%s: %s", p->name, why != NULL ? why : "?");
}

size_t
pair_new(struct pair *w, const char *name)
{
	struct person_test *p = &w->who[w->n];

	assert(w->n < PAIR_MAX);
	p->pair = w;
	p->name = mem_string(name);
	p->dir = mem_format("%s/%s-%zu", w->desk.dir, name, w->n);
	pair_client(w, w->n);
	return w->n++;
}

struct address
pair_address(const struct pair *w)
{
	struct address a = w->far != NULL ? *w->far : w->desk.relay->address;

	snprintf(a.host, sizeof(a.host), "127.0.0.1");
	if (w->far == NULL)
		a.port = relay_port(w->desk.relay);
	return a;
}

int
pair_init(struct pair *w, size_t i, const char *name, char **why)
{
	struct address a = pair_address(w);

	return client_init(w->who[i].c, name, PAIR_PASS_BYTES, &a, why);
}

static bool
pair_is_online(void *arg)
{
	struct client *c = arg;

	return client_online(c) == ONLINE_ON;
}

size_t
pair_join(struct pair *w, const char *name)
{
	size_t i = pair_new(w, name);
	char *why = NULL;

	if (pair_init(w, i, name, &why) != 0)
		bail("%s: %s", name, why);
	if (!pair_until(w, pair_is_online, w->who[i].c))
		bail("%s: %s", name, client_online_why(w->who[i].c));
	return i;
}

void
pair_stop(struct pair *w, size_t i)
{
	client_close(w->who[i].c);
	w->who[i].c = NULL;
}

/* Nothing more is kept or said: the model is dropped as it is. A copy of the
 * folder is what a killed process leaves. */
void
pair_kill(struct pair *w, size_t i)
{
	struct person_test *p = &w->who[i];
	char *cmd, *copy = mem_format("%s.killed", p->dir);

	cmd = mem_format("cp -a %s %s", p->dir, copy);
	if (system(cmd) != 0)
		bail("%s", cmd);
	free(cmd);
	pair_stop(w, i);
	cmd = mem_format("rm -rf %s && mv %s %s", p->dir, copy, p->dir);
	if (system(cmd) != 0)
		bail("%s", cmd);
	free(cmd);
	free(copy);
}

void
pair_again(struct pair *w, size_t i)
{
	pair_client(w, i);
	if (!client_fresh(w->who[i].c) && client_unlock(w->who[i].c,
	    PAIR_PASS_BYTES) != 0)
		bail("%s does not unlock", w->who[i].name);
}

void
pair_start(struct pair *w, size_t i)
{
	int err;

	pair_client(w, i);
	err = client_unlock(w->who[i].c, PAIR_PASS_BYTES);
	if (err != 0)
		bail("%s does not unlock: %s", w->who[i].name, err_text(err));
}

void
pair_shell(struct pair *w, const char *fmt)
{
	const char *dir = w->desk.dir;
	char *cmd = mem_format(fmt, dir, dir, dir, dir);

	if (system(cmd) != 0)
		bail("%s", cmd);
	free(cmd);
}

void
pair_save(struct pair *w)
{
	pair_relay(w, false);
	pair_shell(w, "rm -rf %s.copy && mkdir %s.copy && "
	    "cp -a %s/*.db* %s.copy/");
	pair_relay(w, true);
	w->saved = true;
}

void
pair_restore(struct pair *w)
{
	pair_relay(w, false);
	pair_shell(w, "rm -f %s/*.db* && cp -a %s.copy/* %s/");
	pair_relay(w, true);
	if (keys_reincarnate(w->desk.relay) != 0)
		bail("incarnation");
}

void
pair_turn(struct pair *w, int ms)
{
	size_t i;

	if (w->down)
		(void)loop_hear(w->desk.loop, ms);
	else
		relay_turn(w->desk.relay, relay_wait(w->desk.relay) == 0 ? 0 :
		    ms);
	for (i = 0; i < w->n; i++) {
		if (w->who[i].c == NULL)
			continue;
		client_think(w->who[i].c);
		if (client_keep(w->who[i].c) == 0)
			client_say(w->who[i].c);
	}
}

void
pair_quiet(struct pair *w)
{
	int64_t end = clock_mono(&clock_system) + 300;

	while (clock_mono(&clock_system) < end)
		pair_turn(w, 10);
}

bool
pair_until(struct pair *w, bool (*is)(void *), void *arg)
{
	int64_t end = clock_mono(&clock_system) + PAIR_MS;

	while (!is(arg)) {
		if (clock_mono(&clock_system) > end)
			return false;
		pair_turn(w, 20);
	}
	return true;
}

struct talk *
pair_talk(struct pair *w, size_t i, const char *with)
{
	return w->who[i].c != NULL ?
	    client_talk_with(w->who[i].c, with) : NULL;
}

struct person *
pair_named(struct pair *w, size_t i, const char *name)
{
	return client_person_named(w->who[i].c, name);
}

struct message *
pair_message(struct pair *w, size_t i, const char *with, const char *text)
{
	struct talk *t = pair_talk(w, i, with);
	size_t k;

	for (k = 0; t != NULL && k < t->messages; k++)
		if (strcmp(t->message[k].text.s, text) == 0)
			return &t->message[k];
	return NULL;
}

unsigned
pair_copies(struct pair *w, size_t i, const char *with, const char *text)
{
	struct talk *t = pair_talk(w, i, with);
	unsigned n = 0;
	size_t k;

	for (k = 0; t != NULL && k < t->messages; k++)
		n += strcmp(t->message[k].text.s, text) == 0;
	return n;
}

void
pair_send(struct pair *w, size_t i, const char *to, const char *text)
{
	struct talk *t = pair_talk(w, i, to);
	uint8_t id[WIRE_ID];
	char *why = NULL;

	if (t == NULL)
		bail("%s has no talk with %s", w->who[i].name, to);
	if (client_send(w->who[i].c, t, text, strlen(text), id, &why) != 0)
		bail("%s to %s: %s", w->who[i].name, to, why);
}

struct wait {
	struct pair *w;
	size_t i;
	const char *with, *text;
	int want;
};

static bool
wait_ladder(void *arg)
{
	struct wait *a = arg;
	struct message *m = pair_message(a->w, a->i, a->with, a->text);

	return m != NULL && (int)m->ladder == a->want;
}

static bool
wait_state(void *arg)
{
	struct wait *a = arg;
	struct talk *t = pair_talk(a->w, a->i, a->with);

	return t != NULL && (int)t->state == a->want;
}

static bool
wait_person(void *arg)
{
	struct wait *a = arg;
	struct person *p = client_person_named(a->w->who[a->i].c, a->with);

	return p != NULL && (int)p->state == a->want;
}

static bool
wait_online(void *arg)
{
	struct wait *a = arg;

	return (int)client_online(a->w->who[a->i].c) == a->want;
}

static bool
wait_step(void *arg)
{
	struct wait *a = arg;

	return (int)client_compare(a->w->who[a->i].c)->step == a->want;
}

static bool
wait_shows(void *arg)
{
	struct wait *a = arg;

	return pair_message(a->w, a->i, a->with, a->text) != NULL;
}

static bool
wait_notice(void *arg)
{
	struct wait *a = arg;
	struct client *c = a->w->who[a->i].c;
	struct notice *n;
	size_t k;

	for (k = 0; k < client_notices(c); k++) {
		n = client_notice_at(c, k);
		if ((int)n->kind == a->want && strstr(n->text.s, a->text))
			return true;
	}
	return false;
}

bool
pair_ladder(struct pair *w, size_t i, const char *with, const char *text,
    enum ladder l)
{
	struct wait a = {w, i, with, text, (int)l};

	return pair_until(w, wait_ladder, &a);
}

bool
pair_state(struct pair *w, size_t i, const char *with, enum talk_state s)
{
	struct wait a = {w, i, with, NULL, (int)s};

	return pair_until(w, wait_state, &a);
}

bool
pair_person(struct pair *w, size_t i, const char *with, enum person_state s)
{
	struct wait a = {w, i, with, NULL, (int)s};

	return pair_until(w, wait_person, &a);
}

bool
pair_online(struct pair *w, size_t i, enum online o)
{
	struct wait a = {w, i, NULL, NULL, (int)o};

	return pair_until(w, wait_online, &a);
}

bool
pair_step(struct pair *w, size_t i, enum compare_step s)
{
	struct wait a = {w, i, NULL, NULL, (int)s};

	return pair_until(w, wait_step, &a);
}

bool
pair_shows(struct pair *w, size_t i, const char *with, const char *text)
{
	struct wait a = {w, i, with, text, 0};

	return pair_until(w, wait_shows, &a);
}

bool
pair_notice(struct pair *w, size_t i, enum notice_kind kind, const char *words)
{
	struct wait a = {w, i, NULL, words, (int)kind};

	return pair_until(w, wait_notice, &a);
}

void
pair_friends(struct pair *w, size_t a, size_t b)
{
	const char *an = w->who[a].name, *bn = w->who[b].name;
	char *why = NULL;

	if (client_add(w->who[a].c, bn, NULL, &why) != 0)
		bail("%s", why);
	if (!pair_person(w, b, an, PERSON_ASKING))
		bail("no request came");
	if (client_accept(w->who[b].c, client_person_named(w->who[b].c, an),
	    &why) != 0)
		bail("%s", why);
	if (!pair_state(w, a, bn, TALK_OPEN) || !pair_state(w, b, an, TALK_OPEN))
		bail("no conversation opened");
}

void
pair_two(struct pair *w, size_t *alice, size_t *bob)
{
	pair_open(w);
	*alice = pair_join(w, "alice");
	*bob = pair_join(w, "bob");
	pair_friends(w, *alice, *bob);
}

void
pair_close(struct pair *w)
{
	size_t i;

	for (i = 0; i < w->n; i++) {
		client_close(w->who[i].c);
		free(w->who[i].name);
		free(w->who[i].dir);
	}
	if (w->saved)
		pair_shell(w, "rm -rf %s.copy");
	pair_relay(w, true);
	desk_close(&w->desk);
}

/* SPDX-License-Identifier: ISC */
/*
 * What somebody at the terminal waits for: the first screen, a key's cell, a
 * message's line; quiet, and while a thousand messages a second come in
 * another conversation. Characters that stand nowhere else tell when they are
 * there. The way of a message is measured whole, from the sender's command on,
 * so it is an upper bound of the time from its arrival to its line.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bench.h"

#define SCREEN_KEYS 20          /* in one reading */
#define SCREEN_LINES 5
#define SCREEN_LOAD 1000        /* messages a second */

struct screen {
	struct server server;
	struct person me, bob, carol;
	unsigned token;
	struct series prompt, first, rss, pss, key, line, key_load, line_load,
	    load;
};

static void
screen_await(const struct person *p, const char *text)
{
	double end = bench_now() + 20;

	while (!person_said(p, text)) {
		if (bench_now() > end)
			bench_die("%s never said %s", p->name, text);
		(void)usleep(20000);
	}
}

/* bob and carol are contacts of `me` and stay there as co-processes. */
static void
screen_people(struct screen *s)
{
	struct person *p[] = {&s->me, &s->bob, &s->carol};
	static const char *const name[] = {"me", "bob", "carol"};
	char verb[64];
	size_t i;

	for (i = 0; i < COUNT(p); i++) {
		p[i]->relay = &s->server;
		p[i]->name = name[i];
		(void)snprintf(verb, sizeof(verb), "init %s", name[i]);
		person_verb(p[i], verb);
	}
	for (i = 1; i < COUNT(p); i++) {
		(void)snprintf(verb, sizeof(verb), "add %s", name[i]);
		person_verb(&s->me, verb);
		person_run(p[i]);
		screen_await(p[i], "\"notice\":\"request\"");
		person_type(p[i], "accept me\n");
	}
}

static void
screen_starts(struct screen *s, unsigned rounds)
{
	unsigned r;
	double t;

	for (r = 0; r < rounds; r++) {
		t = bench_now();
		person_screen(&s->me, false);
		(void)person_shows(&s->me, "passphrase");
		series_put(&s->prompt, (bench_now() - t) * 1e3);
		person_end(&s->me);
		t = bench_now();
		person_screen(&s->me, true);
		(void)person_shows(&s->me, "bob");
		series_put(&s->first, (bench_now() - t) * 1e3);
		if (r + 1 < rounds)
			person_end(&s->me);
	}
}

/* Greek letters: nothing else on the screen is one. */
static double
screen_key(struct screen *s)
{
	char key[3] = {(char)0xce, 0, 0};
	double sum = 0;
	unsigned i;

	for (i = 0; i < SCREEN_KEYS; i++) {
		key[1] = (char)(0xb1 + i % 15);
		person_type(&s->me, key);
		sum += person_shows(&s->me, key);
	}
	person_type(&s->me, "\x15");    /* C-u: an empty line again */
	(void)usleep(20000);
	return sum * 1e3 / SCREEN_KEYS;
}

static double
screen_line(struct screen *s)
{
	char word[32], command[64];
	double sum = 0;
	unsigned i;

	for (i = 0; i < SCREEN_LINES; i++) {
		(void)snprintf(word, sizeof(word), "\xcf\x88%u\xcf\x88",
		    s->token++);
		(void)snprintf(command, sizeof(command), "send me %s\n",
		    word);
		person_type(&s->bob, command);
		sum += person_shows(&s->me, word);
	}
	return sum * 1e3 / SCREEN_LINES;
}

/* In a child: carol is told to say something a thousand times a second. */
static void
screen_flood(void *arg)
{
	struct person *p = arg;
	double from = bench_now();
	uint64_t sent = 0;

	bench_pin(1);
	for (;;) {
		while ((double)sent < (bench_now() - from) * SCREEN_LOAD) {
			person_type(p, "send me one of a thousand\n");
			sent++;
		}
		(void)usleep(1000);
	}
}

static void
screen_loaded(struct screen *s)
{
	pid_t pid = server_fork(screen_flood, &s->carol);
	double n, t;

	(void)usleep(300000);
	n = server_metric(&s->server, "entries_total");
	t = bench_now();
	series_put(&s->key_load, screen_key(s));
	series_put(&s->line_load, screen_line(s));
	n = server_metric(&s->server, "entries_total") - n;
	series_put(&s->load, n / (bench_now() - t));
	(void)kill(pid, SIGKILL);
	server_kill(pid);
}

static void
screen_rows(const struct screen *s)
{
	row_put("client: start to the passphrase prompt", "ms", &s->prompt);
	row_put("client: start to the conversation, Argon2id in it", "ms",
	    &s->first);
	row_put("client: idle memory, resident", "KiB", &s->rss);
	row_put("client: idle memory, its share (PSS)", "KiB", &s->pss);
	row_put("client: key to its cell", "ms", &s->key);
	row_put("client: sender's command to the line", "ms", &s->line);
	row_put("client under load: messages in the relay", "per s",
	    &s->load);
	row_put("client under load: key to its cell", "ms", &s->key_load);
	row_put("client under load: sender's command to the line", "ms",
	    &s->line_load);
}

int
main(void)
{
	static struct screen s;
	unsigned r, rounds = bench_rounds();

	server_open(&s.server);
	screen_people(&s);
	screen_starts(&s, rounds);
	(void)person_shows(&s.me, "\x1b");
	(void)usleep(500000);
	(void)screen_line(&s);          /* everything is settled then */
	for (r = 0; r < rounds; r++) {
		series_put(&s.rss, bench_memory(s.me.pid, "Rss"));
		series_put(&s.pss, bench_memory(s.me.pid, "Pss"));
		series_put(&s.key, screen_key(&s));
		series_put(&s.line, screen_line(&s));
	}
	for (r = 0; r < rounds; r++)
		screen_loaded(&s);
	screen_rows(&s);
	person_end(&s.me);
	person_end(&s.bob);
	person_end(&s.carol);
	server_close(&s.server);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * What somebody at the terminal waits for: the first screen, a key's cell, a
 * message's line; quiet, and while a thousand messages a second come in
 * another conversation. Characters that stand nowhere else tell when they are
 * there, and somebody between the client and the relay when a record came.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bench.h"
#include "crypto.h"

#define SCREEN_KEYS 60          /* in a round */
#define SCREEN_LINES 30
#define SCREEN_LARGE 260        /* letters of four bytes: more than 1 KiB */
#define SCREEN_ANSWERS 8        /* in one record, at most */
#define SCREEN_LOAD 1000        /* messages a second */

struct screen {
	struct server server;
	struct person me, bob, carol;
	struct between between;         /* me and the relay */
	unsigned token, cycle;
	unsigned small;                 /* an entry of most messages */
	unsigned large;                 /* a record with one of bob's */
	struct series prompt, first, rss, pss, load;
	struct spread key, line, arrival, key_load, line_load, arrival_load;
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
static void
screen_key(struct screen *s, struct spread *to)
{
	char key[3] = {(char)0xce, 0, 0};
	unsigned i;

	for (i = 0; i < SCREEN_KEYS; i++) {
		if (i % 15 == 0) {
			person_type(&s->me, "\x15");    /* C-u: empty again */
			(void)usleep(20000);
			s->cycle++;
		}
		/* never the letter that its cell had before it was emptied */
		key[1] = (char)(0xb1 + (i + s->cycle) % 15);
		person_forget(&s->me);
		person_type(&s->me, key);
		spread_put(to, person_shows(&s->me, key) * 1e3);
	}
	person_type(&s->me, "\x15");
	(void)usleep(20000);
}

/*
 * bob's messages are longer than all others that come to `me', so a record
 * with one has a length that no other has: n small entries, a few answers of
 * 16 bytes, and it.
 */
static bool
screen_is(const struct screen *s, unsigned size)
{
	unsigned rest = size - s->large;

	return size >= s->large && rest % s->small <= SCREEN_ANSWERS * 16 &&
	    rest % s->small % 16 == 0;
}

/* Sends one to `me` and waits for its line; returns seconds from the command,
 * *at: records before it. */
static double
screen_send(struct screen *s, struct person *from, uint64_t *at)
{
	struct buf b = {0};
	char word[32];
	unsigned i;
	double t;

	(void)snprintf(word, sizeof(word), "\xcf\x88%u\xcf\x88", s->token++);
	buf_put(&b, "send me ", 8);
	for (i = 0; i < SCREEN_LARGE; i++)
		buf_put(&b, "\xf0\x9d\x93\x90", 4);
	buf_put(&b, " ", 1);
	buf_put(&b, word, strlen(word));
	buf_put(&b, "\n", 2);
	*at = between_count(&s->between);
	person_type(from, (char *)b.p);
	t = person_shows(&s->me, word);
	buf_free(&b);
	return t;
}

static void
screen_line(struct screen *s, struct spread *whole, struct spread *arrival)
{
	uint64_t at, i;
	unsigned k, size;
	double t, now, came;

	for (k = 0; k < SCREEN_LINES; k++) {
		t = screen_send(s, &s->bob, &at);
		now = bench_now();
		spread_put(whole, t * 1e3);
		for (i = between_count(&s->between); i-- > at;) {
			came = between_record(&s->between, i, &size);
			if (came <= now && screen_is(s, size)) {
				spread_put(arrival, (now - came) * 1e3);
				break;
			}
		}
	}
}

/* A record with one of bob's and nothing else; all others are of the bucket
 * below, which has 1 KiB less. */
static void
screen_lengths(struct screen *s)
{
	size_t tag = aead_row[aead_fast(AEAD_AEGIS256) ? AEAD_AEGIS256 :
	    AEAD_CHACHA].tag;
	unsigned size, most, i;
	uint64_t at, n;

	s->large = UINT32_MAX;
	for (i = 0; i < 16; i++) {
		(void)usleep(100000);   /* some come beside an answer */
		(void)screen_send(s, &s->bob, &at);
		most = 0;
		for (n = between_count(&s->between); at < n; at++) {
			(void)between_record(&s->between, at, &size);
			most = size > most ? size : most;
		}
		s->large = most < s->large ? most : s->large;
	}
	if (s->large < 2048)
		bench_die("a long message came in %u bytes", s->large);
	s->small = s->large - 1024 - (unsigned)tag;
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
	screen_key(s, &s->key_load);
	screen_line(s, &s->line_load, &s->arrival_load);
	n = server_metric(&s->server, "entries_total") - n;
	series_put(&s->load, n / (bench_now() - t));
	(void)kill(pid, SIGKILL);
	server_kill(pid);
}

static void
screen_rows(struct screen *s)
{
	row_put("client: start to the passphrase prompt", "ms", &s->prompt);
	row_put("client: start to the conversation, Argon2id in it", "ms",
	    &s->first);
	row_put("client: idle memory, resident", "KiB", &s->rss);
	row_put("client: idle memory, its share (PSS)", "KiB", &s->pss);
	spread_rows("client: key to its cell", "ms", &s->key);
	spread_rows("client: envelope to its line", "ms", &s->arrival);
	spread_rows("client: sender's command to the line", "ms", &s->line);
	row_bar("client under load: messages in another talk", "per s",
	    &s->load, true, SCREEN_LOAD * 0.98);
	spread_rows("client under load: key to its cell", "ms", &s->key_load);
	spread_rows("client under load: envelope to its line", "ms",
	    &s->arrival_load);
	spread_rows("client under load: sender's command to the line", "ms",
	    &s->line_load);
}

int
main(void)
{
	static struct screen s;
	unsigned r, rounds = bench_rounds();

	if (seal_start() != 0)
		bench_die("libsodium");
	server_open(&s.server);
	between_open(&s.between, s.server.address.port);
	s.me.port = s.between.port;
	screen_people(&s);
	screen_starts(&s, rounds);
	(void)person_shows(&s.me, "\x1b");
	(void)usleep(500000);
	screen_lengths(&s);             /* and everything is settled then */
	for (r = 0; r < rounds; r++) {
		series_put(&s.rss, bench_memory(s.me.pid, "Rss"));
		series_put(&s.pss, bench_memory(s.me.pid, "Pss"));
		screen_key(&s, &s.key);
		screen_line(&s, &s.line, &s.arrival);
	}
	for (r = 0; r < rounds; r++)
		screen_loaded(&s);
	screen_rows(&s);
	person_end(&s.me);
	person_end(&s.bob);
	person_end(&s.carol);
	between_close(&s.between);
	server_close(&s.server);
	return 0;
}

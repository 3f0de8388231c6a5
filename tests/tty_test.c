/* SPDX-License-Identifier: ISC */
/*
 * The real client on a terminal, and bob, who means harm (floor: all). All that
 * it writes is looked at: text from others adds no control sequence to what its
 * harmless look-alike needs, the terminal is asked nothing, lines stay in their
 * frames, sizes and signals do no harm, and the terminal is given back.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mean.h"
#include "pair.h"
#include "tty.h"
#include "vec.h"
#include "tap.h"

#define BATCH 12
#define WAIT_MS 20000

struct show {
	struct pair w;
	struct tty p;
	size_t alice, bob;
	unsigned round;
	bool elsewhere;                 /* alice does not look at it */
	char data[512], config[512], out[512];
	struct seqs seen;
};

static void
turn(struct show *s, int ms)
{
	pair_turn(&s->w, ms);
	tty_hear(&s->p, 0);
}

static bool
await(struct show *s, const char *text)
{
	int64_t end = clock_mono(&clock_system) + WAIT_MS;

	while (!tty_shows(&s->p, text)) {
		if (clock_mono(&clock_system) > end || !tty_runs(&s->p))
			return false;
		turn(s, 5);
	}
	return true;
}

static bool
gone(struct show *s)
{
	int64_t end = clock_mono(&clock_system) + WAIT_MS;

	while (tty_runs(&s->p) && clock_mono(&clock_system) < end)
		turn(s, 5);
	tty_hear(&s->p, 20);
	return !tty_runs(&s->p);
}

static void
launch(struct show *s, const char *term)
{
	char *program = path_join(getenv("TACET_BIN"), "tacet");
	const char *argv[] = {program, "--profile", "alice", NULL};
	char *setting = mem_format("TERM=%s", term);
	/* leaks: curses never frees the tables that it reads */
	const char *env[] = {setting, s->data, s->config, "LC_ALL=C.UTF-8",
	    "TMUX=", "ASAN_OPTIONS=detect_leaks=0", NULL};

	buf_clear(&s->p.raw);
	tty_run(&s->p, argv, env);
	free(program);
	free(setting);
}

static void
enter(struct show *s)
{
	launch(s, "xterm-256color");
	if (!await(s, "passphrase:"))
		bail("no passphrase is asked for");
	tty_type(&s->p, PAIR_PASS "\r");
	if (!await(s, "online"))
		bail("alice is not online");
	tty_type(&s->p, "/talk bob\r");
	if (!await(s, "bob>"))
		bail("no conversation");
}

/* alice's profile moves to where the program looks for it. */
static void
begin(struct show *s)
{
	const char *dir;
	char *cmd, *to;

	memset(s, 0, sizeof(*s));
	pair_open(&s->w);
	s->alice = pair_join(&s->w, "alice");
	s->bob = pair_join(&s->w, "bob");
	pair_friends(&s->w, s->alice, s->bob);
	pair_quiet(&s->w);
	pair_stop(&s->w, s->alice);
	dir = s->w.desk.dir;
	snprintf(s->data, sizeof(s->data), "XDG_DATA_HOME=%s/share", dir);
	snprintf(s->config, sizeof(s->config), "XDG_CONFIG_HOME=%s/etc", dir);
	snprintf(s->out, sizeof(s->out), "%s/told", dir);
	to = mem_format("%s/share/tacet/alice", dir);
	cmd = mem_format("umask 077; mkdir -p %s/share/tacet %s/etc/tacet && "
	    "mv %s %s && printf '#!/bin/sh\\necho $# >>%s.n; cat >>%s\\n' "
	    ">%s/tell && chmod 700 %s/tell && printf 'notify full\\nbell both\\n"
	    "notify-command %s/tell\\n' >%s/etc/tacet/tacet.conf", dir, dir,
	    s->w.who[s->alice].dir, to, s->out, s->out, dir, dir, dir, dir);
	if (system(cmd) != 0)
		bail("%s", cmd);
	free(cmd);
	free(s->w.who[s->alice].dir);
	s->w.who[s->alice].dir = to;
	tty_open(&s->p, 80, 24);
}

static bool
say(struct show *s, const void *text, size_t n)
{
	struct talk *t = pair_talk(&s->w, s->bob, "alice");
	uint8_t id[WIRE_ID];
	char *why = NULL;
	int err;

	if (t == NULL)
		bail("bob has no talk");
	err = client_send(s->w.who[s->bob].c, t, text, n, id, &why);
	free(why);
	return err == 0;
}

/* Everything bob said stands on the screen, or stood there. */
static void
settle(struct show *s)
{
	char mark[32];
	int64_t end;

	snprintf(mark, sizeof(mark), "mark %u", ++s->round);
	(void)say(s, mark, strlen(mark));
	end = clock_mono(&clock_system) + WAIT_MS;
	if (!s->elsewhere && !await(s, mark))
		bail("%s never showed", mark);
	while (s->elsewhere && (s->p.raw.n == 0 || !memmem(s->p.raw.p,
	    s->p.raw.n, mark, strlen(mark)))) {
		if (clock_mono(&clock_system) > end || !tty_runs(&s->p))
			bail("%s was never told", mark);
		turn(s, 5);
	}
}

/* Each string of the list; of the harmless ones what safe.c makes of it. The
 * others go out as no client of ours would send them. Returns how many. */
static unsigned
recite(struct show *s, struct vec *v, bool harmless, struct seqs *q)
{
	struct talk *talk = pair_talk(&s->w, s->bob, "alice");
	unsigned sent = 0;
	struct safe t;
	json_t *c;
	size_t i;

	buf_clear(&s->p.raw);
	vec_each(v->root, i, c) {
		struct bytes in = vec_hex(v, c, "hex");

		t = safe_make(SAFE_TEXT, in.p, in.n < 20000 ? in.n : 20000);
		mean_say(s->w.who[s->bob].c, talk,
		    harmless ? bytes_of(t.s, t.n) : in);
		sent++;
		safe_free(&t);
		if (i % BATCH == BATCH - 1)
			settle(s);
	}
	settle(s);
	note("%u %s strings, %zu bytes for the terminal", sent,
	    harmless ? "harmless" : "hostile", s->p.raw.n);
	seqs_add(q, buf_view(&s->p.raw));
	return sent;
}

static void
judge(struct show *s, const struct seqs *good, const struct seqs *bad,
    const char *where)
{
	unsigned more = 0, forbidden = 0;
	size_t i;

	for (i = 0; i < bad->n; i++) {
		forbidden += bad->s[i][0] == 'U';
		if (!seqs_have(good, bad->s[i])) {
			more++;
			note("only with hostile text: %s", bad->s[i]);
		}
	}
	is_int(more, 0, "hostile text adds none, %s (T60)", where);
	is_int(forbidden, 0, "nothing hidden, nothing that turns about, %s "
	    "(T62)", where);
	is_int(s->p.answers, 0, "the terminal was asked nothing, %s (T61)",
	    where);
	ok(!seqs_have(bad, "OSC 8"), "no links are made for it, %s (T68)",
	    where);
}

static void
test_hostile(struct show *s)
{
	struct seqs good = {.n = 0}, bad = {.n = 0};
	struct vec v;
	unsigned sent;
	char *off;

	if (!vec_open(&v, "terminal/hostile-strings.json")) {
		skip("%s", vec_why(&v));
		vec_close(&v);
		return;
	}
	/* what is off is off in the program; we here say what is no UTF-8 */
	off = getenv("TACET_TEST_BREAK");
	off = off != NULL ? mem_string(off) : NULL;
	(void)setenv("TACET_TEST_BREAK", "letters", 1);
	(void)recite(s, &v, true, &good);
	s->p.answers = 0;
	sent = recite(s, &v, false, &bad);
	is_int(sent, (long long)json_array_size(v.root),
	    "all strings were said (T60)");
	ok(good.n > 5, "%zu kinds of sequences are curses' own", good.n);
	judge(s, &good, &bad, "in the conversation");
	/* who looks elsewhere is told by the terminal, past curses */
	tty_type(&s->p, "/help\r");
	memset(&good, 0, sizeof(good));
	memset(&bad, 0, sizeof(bad));
	s->elsewhere = true;
	(void)recite(s, &v, true, &good);
	s->p.answers = 0;
	(void)recite(s, &v, false, &bad);
	s->elsewhere = false;
	(void)(off != NULL ? setenv("TACET_TEST_BREAK", off, 1) :
	    unsetenv("TACET_TEST_BREAK"));
	free(off);
	ok(seqs_have(&good, "OSC 9"), "it is told by OSC 9");
	judge(s, &good, &bad, "as news");
	tty_type(&s->p, "/talk bob\r");
	settle(s);
	vec_close(&v);
}

static void
test_frame(struct show *s)
{
	static const char *const spoof[] = {"* bob left", "x\r* bob left",
	    "x\n* bob left\nalice> /quit", "\x1b[1G* bob left",
	    "x\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b* bob left"};
	unsigned lines = 0, loose = 0;
	struct buf row = {0};
	const uint8_t *at;
	size_t i;
	int y;

	for (i = 0; i < COUNT(spoof); i++)
		(void)say(s, spoof[i], strlen(spoof[i]));
	settle(s);
	for (y = 0; y < s->p.h; y++) {
		tty_row(&s->p, y, &row);
		at = memmem(row.p, row.n, "* bob left", 10);
		if (at == NULL)
			continue;
		lines++;
		loose += !memmem(row.p, (size_t)(at - row.p), "\u2502", 3);
	}
	ok(lines >= 4, "%u lines say that bob left", lines);
	is_int(loose, 0, "each of them in bob's frame (T65)");
	buf_free(&row);
}

static void
test_notify(struct show *s)
{
	char line[1024], *trap = path_join(s->w.desk.dir, "trap");
	struct buf got = {0};
	int64_t end = clock_mono(&clock_system) + WAIT_MS;

	snprintf(line, sizeof(line), "call $(touch %s) `touch %s`;touch %s\x1b[m",
	    trap, trap, trap);
	/* who looks at the conversation is told nothing: go elsewhere */
	tty_type(&s->p, "/help\r");
	while (tty_shows(&s->p, "bob>") && clock_mono(&clock_system) < end)
		turn(s, 5);
	(void)say(s, line, strlen(line));
	while (clock_mono(&clock_system) < end) {
		buf_clear(&got);
		if (path_read(s->out, 1 << 20, &got) == 0 && got.n > 0 &&
		    memmem(got.p, got.n, "call $(", 7))
			break;
		turn(s, 10);
	}
	ok(got.n > 0 && memmem(got.p, got.n, "call $(touch", 12),
	    "the program told of it has the text on its input");
	ok(!memchr(got.p, 0x1b, got.n), "sanitised (T70)");
	ok(access(trap, F_OK) != 0, "no shell has seen it (T70)");
	strcpy(line, s->out);
	strcat(line, ".n");
	buf_clear(&got);
	ok(path_read(line, 1 << 20, &got) == 0 && got.n > 0 &&
	    got.p[0] == '0' && memchr(got.p, '1', got.n) == NULL,
	    "and none of it came as an argument");
	tty_type(&s->p, "/talk bob\r");
	settle(s);
	buf_free(&got);
	free(trap);
}

static void
test_sizes(struct show *s)
{
	static const int size[][2] = {{1, 1}, {500, 2}, {2, 60}, {300, 100},
	    {20, 5}, {1, 24}, {80, 1}};
	size_t i;

	for (i = 0; i < COUNT(size); i++) {
		tty_size(&s->p, size[i][0], size[i][1]);
		turn(s, 20);
		tty_type(&s->p, "x");
		turn(s, 20);
	}
	for (i = 0; i < 100; i++) {
		tty_size(&s->p, 10 + (int)(i * 7 % 100), 3 + (int)(i * 5 % 40));
		(void)kill(s->p.pid, SIGWINCH);
		if (i % 10 == 0)
			turn(s, 5);
	}
	tty_size(&s->p, 80, 24);
	tty_type(&s->p, "\x15");
	settle(s);
	ok(tty_runs(&s->p) && await(s, "bob>"),
	    "all sizes, a hundred at once: it is still there (T67)");
}

/* Escape and a paste in one burst, torn at every byte of both marks. */
static void
test_paste(struct show *s)
{
	static const char burst[] = "\033\033[200~one\r/quit\r/lock\r\033[201~";
	size_t i, asked = 0, tears = 0;
	char part[sizeof(burst)];
	int64_t end;

	for (i = 1; i < strlen(burst); i++) {
		if (i > 7 && i < strlen(burst) - 6)
			continue;
		tears++;
		(void)snprintf(part, sizeof(part), "%.*s", (int)i, burst);
		tty_type(&s->p, part);
		end = clock_mono(&clock_system) + 40;   /* over ESCDELAY */
		while (clock_mono(&clock_system) < end)
			turn(s, 5);
		tty_type(&s->p, burst + i);
		if (!await(s, "3 lines"))
			break;
		asked++;
		tty_type(&s->p, "\003");
		if (!await(s, "dropped"))
			break;
		tty_type(&s->p, "/talk bob\r");
		if (!await(s, "bob>"))
			break;
	}
	ok(tears == 13 && asked == tears && tty_runs(&s->p),
	    "%zu of %zu torn pastes are no keys (T66)", asked, tears);
}

static void
test_leave(struct show *s)
{
	int i;

	tty_type(&s->p, "\x11");
	for (i = 0; i < 100 && tty_runs(&s->p); i++)
		turn(s, 5);
	if (tty_runs(&s->p))            /* it asks while something waits */
		tty_type(&s->p, "\x11");
	ok(gone(s) && WIFEXITED(s->p.status) && WEXITSTATUS(s->p.status) == 0,
	    "it leaves by a key");
	ok(tty_sane(&s->p), "echo, lines and signals are back (T69)");
	ok(memmem(s->p.raw.p, s->p.raw.n, "\033[?2004l", 8) != NULL &&
	    memmem(s->p.raw.p, s->p.raw.n, "\033[?1049l", 8) != NULL,
	    "paste mode and the other screen are off (T69)");
	ok(!tty_shows(&s->p, "mark"), "no message stays on the screen (T69)");
}

/* What a killed one leaves, the next one mends. */
static void
test_killed(struct show *s, int sig)
{
	enter(s);
	(void)kill(s->p.pid, sig);
	/* a sanitizer catches the signal, reports and exits */
	ok(gone(s) && s->p.status != 0, "ended by signal %d", sig);
	enter(s);
	tty_type(&s->p, "\x11");
	ok(gone(s) && tty_sane(&s->p),
	    "the next start and end give the terminal back (T69)");
}

static void
test_terms(struct show *s)
{
	static const char *const term[] = {"dumb", "no-such-terminal", ""};
	size_t i;

	for (i = 0; i < COUNT(term); i++) {
		launch(s, term[i]);
		ok(gone(s) && WIFEXITED(s->p.status) &&
		    WEXITSTATUS(s->p.status) != 0 &&
		    s->p.raw.n > 0 && memmem(s->p.raw.p, s->p.raw.n, "TERM", 4),
		    "TERM=%s is refused with a sentence (T67)", term[i]);
	}
	launch(s, "vt100");
	ok(await(s, "passphrase:"), "a vt100 will do (T67)");
	tty_type(&s->p, "\x11");
	ok(gone(s), "and is left");
}

int
main(void)
{
	static struct show s;

	if (getenv("TACET_BIN") == NULL)
		bail("TACET_BIN is not set");
	begin(&s);
	enter(&s);
	test_hostile(&s);
	test_frame(&s);
	test_notify(&s);
	test_sizes(&s);
	test_paste(&s);
	test_leave(&s);
	test_killed(&s, SIGKILL);
	test_killed(&s, SIGSEGV);
	test_terms(&s);
	tty_close(&s.p);
	pair_close(&s.w);
	return done();
}

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
#include <sys/wait.h>
#include <unistd.h>

#include "mean.h"
#include "booth.h"
#include "vec.h"
#include "tap.h"

#define BATCH 12

/* Each string of the list; of the harmless ones what safe.c makes of it. The
 * others go out as no client of ours would send them. Returns how many. */
static unsigned
recite(struct booth *s, struct vec *v, bool harmless, struct seqs *q)
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
			booth_settle(s);
	}
	booth_settle(s);
	note("%u %s strings, %zu bytes for the terminal", sent,
	    harmless ? "harmless" : "hostile", s->p.raw.n);
	seqs_add(q, buf_view(&s->p.raw));
	return sent;
}

static void
judge(struct booth *s, const struct seqs *good, const struct seqs *bad,
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
test_hostile(struct booth *s)
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
	booth_settle(s);
	vec_close(&v);
}

static void
test_frame(struct booth *s)
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
		(void)booth_say(s, spoof[i], strlen(spoof[i]));
	booth_settle(s);
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
test_sizes(struct booth *s)
{
	static const int size[][2] = {{1, 1}, {500, 2}, {2, 60}, {300, 100},
	    {20, 5}, {1, 24}, {80, 1}};
	size_t i;

	for (i = 0; i < COUNT(size); i++) {
		tty_size(&s->p, size[i][0], size[i][1]);
		booth_turn(s, 20);
		tty_type(&s->p, "x");
		booth_turn(s, 20);
	}
	for (i = 0; i < 100; i++) {
		tty_size(&s->p, 10 + (int)(i * 7 % 100), 3 + (int)(i * 5 % 40));
		(void)kill(s->p.pid, SIGWINCH);
		if (i % 10 == 0)
			booth_turn(s, 5);
	}
	tty_size(&s->p, 80, 24);
	tty_type(&s->p, "\x15");
	booth_settle(s);
	ok(tty_runs(&s->p) && booth_await(s, "bob>"),
	    "all sizes, a hundred at once: it is still there (T67)");
}

/* Escape and a paste in one burst, torn at every byte of both marks. */
static void
test_paste(struct booth *s)
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
			booth_turn(s, 5);
		tty_type(&s->p, burst + i);
		if (!booth_await(s, "3 lines"))
			break;
		asked++;
		tty_type(&s->p, "\003");
		if (!booth_await(s, "dropped"))
			break;
		tty_type(&s->p, "/talk bob\r");
		if (!booth_await(s, "bob>"))
			break;
	}
	ok(tears == 13 && asked == tears && tty_runs(&s->p),
	    "%zu of %zu torn pastes are no keys (T66)", asked, tears);
}

static void
test_leave(struct booth *s)
{
	int i;

	tty_type(&s->p, "\x11");
	for (i = 0; i < 100 && tty_runs(&s->p); i++)
		booth_turn(s, 5);
	if (tty_runs(&s->p))            /* it asks while something waits */
		tty_type(&s->p, "\x11");
	ok(booth_gone(s) && WIFEXITED(s->p.status) && WEXITSTATUS(s->p.status) == 0,
	    "it leaves by a key");
	ok(tty_sane(&s->p), "echo, lines and signals are back (T69)");
	ok(memmem(s->p.raw.p, s->p.raw.n, "\033[?2004l", 8) != NULL &&
	    memmem(s->p.raw.p, s->p.raw.n, "\033[?1049l", 8) != NULL,
	    "paste mode and the other screen are off (T69)");
	ok(!tty_shows(&s->p, "mark"), "no message stays on the screen (T69)");
}

/* What a killed one leaves, the next one mends. */
static void
test_killed(struct booth *s, int sig)
{
	booth_enter(s);
	(void)kill(s->p.pid, sig);
	/* a sanitizer catches the signal, reports and exits */
	ok(booth_gone(s) && s->p.status != 0, "ended by signal %d", sig);
	booth_enter(s);
	tty_type(&s->p, "\x11");
	ok(booth_gone(s) && tty_sane(&s->p),
	    "the next start and end give the terminal back (T69)");
}

/* ---- a terminal that nobody reads ---- */

#define DEAF_TEXTS 60           /* screens full: more than a terminal holds */
#define DEAF_MS 30000

/* bob's last text is at alice's device; her terminal is not read meanwhile. */
static bool
deaf_settles(struct booth *s)
{
	const struct talk *t = pair_talk(&s->w, s->bob, "alice");
	int64_t end = clock_mono(&clock_system) + DEAF_MS;

	do {
		pair_turn(&s->w, 5);
		if (t->message[t->messages - 1].ladder >= LADDER_DEVICE)
			return true;
	} while (clock_mono(&clock_system) < end && tty_runs(&s->p));
	return false;
}

static bool
deaf_ends(struct booth *s)
{
	int64_t end = clock_mono(&clock_system) + DEAF_MS;

	(void)kill(s->p.pid, SIGTERM);
	while (tty_runs(&s->p) && clock_mono(&clock_system) < end)
		pair_turn(&s->w, 5);
	return !tty_runs(&s->p);
}

static bool
deaf_hears(struct booth *s)
{
	char text[1200], mark[16];
	unsigned i;

	for (i = 0; i < DEAF_TEXTS; i++) {
		memset(text, 'a' + (int)(i % 26), sizeof(text));
		(void)snprintf(mark, sizeof(mark), " deaf %02u", i);
		memcpy(text + sizeof(text) - strlen(mark), mark, strlen(mark));
		(void)booth_say(s, text, sizeof(text));
		pair_turn(&s->w, 5);    /* each is drawn by itself */
	}
	return deaf_settles(s);
}

static void
test_deaf(struct booth *s)
{
	booth_enter(s);
	if (!ok(deaf_hears(s), "who does not read the terminal hears all the "
	    "same (T69)"))
		bail("the client waits for its terminal");
	ok(booth_await(s, "deaf 59") && booth_await(s, "bob>"),
	    "and sees it when reading goes on");
	(void)deaf_hears(s);
	ok(deaf_ends(s) && WIFEXITED(s->p.status),
	    "it ends where nobody reads what it writes (T69)");
	ok(tty_sane(&s->p), "and gives the terminal back");
	(void)booth_gone(s);    /* what it left is read, for the next one */
}

static void
test_stopped(struct booth *s)
{
	int status = 0;

	booth_enter(s);
	(void)kill(s->p.pid, SIGTSTP);
	if (waitpid(s->p.pid, &status, WUNTRACED) != s->p.pid)
		bail("nothing to wait for");
	ok(WIFSTOPPED(status) && tty_sane(&s->p), "stopped, it gives the "
	    "terminal back (T69)");
	tty_hear(&s->p, 20);
	ok(!tty_shows(&s->p, "bob>"), "and its own screen");
	(void)kill(s->p.pid, SIGCONT);
	ok(booth_await(s, "bob>"), "and draws it anew when it goes on");
	booth_settle(s);
	tty_type(&s->p, "\x11");
	ok(booth_gone(s) && tty_sane(&s->p), "and leaves");
}

static void
test_terms(struct booth *s)
{
	static const char *const term[] = {"dumb", "no-such-terminal", ""};
	size_t i;

	for (i = 0; i < COUNT(term); i++) {
		booth_run(s, term[i]);
		ok(booth_gone(s) && WIFEXITED(s->p.status) &&
		    WEXITSTATUS(s->p.status) != 0 &&
		    s->p.raw.n > 0 && memmem(s->p.raw.p, s->p.raw.n, "TERM", 4),
		    "TERM=%s is refused with a sentence (T67)", term[i]);
	}
	booth_run(s, "vt100");
	ok(booth_await(s, "passphrase:"), "a vt100 will do (T67)");
	tty_type(&s->p, "\x11");
	ok(booth_gone(s), "and is left");
}

int
main(void)
{
	static struct booth s;

	booth_begin(&s);
	booth_enter(&s);
	test_hostile(&s);
	test_frame(&s);
	test_sizes(&s);
	test_paste(&s);
	test_leave(&s);
	test_killed(&s, SIGKILL);
	test_killed(&s, SIGSEGV);
	test_deaf(&s);
	test_stopped(&s);
	test_terms(&s);
	booth_end(&s);
	return done();
}

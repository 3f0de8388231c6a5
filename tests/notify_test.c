/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 *
 * How the user is told of a message. What somebody else wrote reaches the
 * user's program on its input, sanitised, and no shell and no argument on the
 * way there: what is run is read from the kernel, by strace (T70).
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "booth.h"
#include "tap.h"

#define WAIT_MS 20000
#define TRACE "trace"
#define TRAP "trap"

/* True once the program has been told of it. */
static bool
told(struct booth *s, struct buf *got, const char *what)
{
	int64_t end = clock_mono(&clock_system) + WAIT_MS;

	while (clock_mono(&clock_system) < end) {
		buf_clear(got);
		if (path_read(s->out, 1 << 20, got) == 0 && got->n > 0 &&
		    memmem(got->p, got->n, what, strlen(what)) != NULL)
			return true;
		booth_turn(s, 10);
	}
	return false;
}

/* Who looks at the conversation is told nothing: alice goes elsewhere. */
static void
leave_talk(struct booth *s)
{
	int64_t end = clock_mono(&clock_system) + WAIT_MS;

	tty_type(&s->p, "/help\r");
	while (tty_shows(&s->p, "bob>") && clock_mono(&clock_system) < end)
		booth_turn(s, 5);
}

static void
test_told(struct booth *s)
{
	char line[1024], *trap = path_join(s->w.desk.dir, TRAP);
	struct buf got = {0};

	snprintf(line, sizeof(line), "call $(touch %s) `touch %s`;touch %s\x1b[m"
	    "|touch %s&", trap, trap, trap, trap);
	leave_talk(s);
	(void)booth_say(s, line, strlen(line));
	ok(told(s, &got, "call $(touch"),
	    "the program told of it has the text on its input");
	ok(!memchr(got.p, 0x1b, got.n), "sanitised (T70)");
	ok(access(trap, F_OK) != 0, "no shell has seen it (T70)");
	snprintf(line, sizeof(line), "%s.n", s->out);
	buf_clear(&got);
	ok(path_read(line, 1 << 20, &got) == 0 && got.n > 0 &&
	    got.p[0] == '0' && memchr(got.p, '1', got.n) == NULL,
	    "and none of it came as an argument");
	buf_free(&got);
	free(trap);
}

/* Each line of the trace that starts a program; some: it has a word of bob's.
 * A script's first line makes the kernel run its interpreter unseen. */
static void
judge(const char *path)
{
	unsigned runs = 0, tells = 0, others = 0, text = 0;
	FILE *f = fopen(path, "r");
	char line[8192];

	if (f == NULL)
		bail("no trace at %s", path);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strstr(line, "execve") == NULL)
			continue;
		runs++;
		if (strstr(line, "/tell\", [\"") != NULL &&
		    strstr(line, "/tell\"], ") != NULL)
			tells++;
		else if (strstr(line, "/tacet\", [") == NULL &&
		    strstr(line, "\"cat\"]") == NULL)
			others++;       /* cat is run by what is told */
		text += strstr(line, "touch") != NULL;
	}
	(void)fclose(f);
	note("%u programs were run", runs);
	ok(tells > 0, "the kernel ran the user's program, by its name alone, "
	    "%u times (T70)", tells);
	is_int(others, 0, "no shell and nothing else (T70)");
	is_int(text, 0, "and no word of the text on any command line (T70)");
}

static void
test_traced(struct booth *s)
{
	char *trace = path_join(s->w.desk.dir, TRACE);
	const char *const under[] = {"/usr/bin/strace", "-f", "-qq", "-s",
	    "4000", "-e", "trace=execve,execveat", "-o", trace, NULL};

	if (access(under[0], X_OK) != 0 || system("/usr/bin/strace -o "
	    "/dev/null true 2>/dev/null") != 0) {
		skip("strace can't look on here (T70)");
		free(trace);
		return;
	}
	booth_run_as(s, "xterm-256color", under);
	booth_talk(s);
	test_told(s);
	tty_type(&s->p, "\x11");
	ok(booth_gone(s), "it leaves");
	judge(trace);
	free(trace);
}

int
main(void)
{
	static struct booth s;

	booth_begin(&s);
	test_traced(&s);
	booth_enter(&s);
	test_told(&s);
	tty_type(&s.p, "\x11");
	ok(booth_gone(&s), "it leaves");
	booth_end(&s);
	return done();
}

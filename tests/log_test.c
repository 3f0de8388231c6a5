/* SPDX-License-Identifier: ISC */
/*
 * The log: one line per event whatever the values hold, levels, the tap, and
 * one write per line.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base.h"
#include "clean.h"
#include "tap.h"

static int64_t
test_time(UNUSED void *arg)
{
	return 1700000000123; /* 2023-11-14T22:13:20.123Z */
}

static const struct clock fake = {test_time, test_time, NULL};

/* What a line says, by a socket that keeps writes apart. */
static char *
said(int fd)
{
	static char line[8192];
	ssize_t n = recv(fd, line, sizeof line - 1, MSG_DONTWAIT);

	line[n > 0 ? n : 0] = '\0';
	return line;
}

static void
test_line(struct log *l, int fd)
{
	log_say(l, LOG_WARN, "relay", "%s is %d", "x", 7);
	is_str(said(fd), "2023-11-14T22:13:20.123Z warn relay: x is 7\n",
	    "time, level, area, text");
	log_say(l, LOG_DEBUG, "relay", "hush");
	is_str(said(fd), "", "what is below the level is not written");
	is_int(l->count[LOG_WARN], 1, "lines are counted");
	is_int(l->count[LOG_DEBUG], 0, "those that are not are not");
}

static void
test_hostile(struct log *l, int fd)
{
	static const char *const bad[] = {"a\nb error x: forged", "\x1b[2J",
					  "\xc2\x9b" "31m", "\x9b", "\r\x08",
					  "\xe2\x80\xae" "gpj.exe", "%n%s%x"};
	bool one = true, clean = true;
	const char *s;
	size_t i;

	for (i = 0; i < COUNT(bad); i++) {
		log_say(l, LOG_ERROR, "net", "name %s", bad[i]);
		s = said(fd);
		one = one && strchr(s, '\n') == s + strlen(s) - 1;
		clean = clean && !clean_why(SAFE_LINE, s, strlen(s) - 1);
	}
	ok(one, "a line stays a line (T90)");
	ok(clean, "and drives no terminal");
	log_say(l, LOG_ERROR, "net", "%s", "a\nb\\\x1b");
	ok(strstr(said(fd), "net: a\\nb\\\\\\x1b\n"), "controls are readable");
}

static void
test_long(struct log *l, int fd)
{
	char *s = mem_alloc(10001);

	memset(s, 'y', 10000);
	log_say(l, LOG_ERROR, "net", "%s", s);
	free(s);
	s = said(fd);
	ok(strlen(s) > 1000 && strlen(s) < 4096, "a long line is cut: %zu",
	    strlen(s));
	is_str(s + strlen(s) - 4, "...\n", "visibly");
}

struct heard {
	unsigned n;
	char last[128];
};

static void
hear(void *arg, UNUSED enum log_level level, const struct safe *line)
{
	struct heard *h = arg;

	h->n++;
	snprintf(h->last, sizeof h->last, "%s", line->s);
}

static void
test_tap(struct log *l, int fd)
{
	struct heard h = {0};

	l->tap = hear;
	l->arg = &h;
	log_say(l, LOG_INFO, "face", "one");
	ok(strstr(said(fd), "one") != NULL, "written with a tap as well");
	is_str(h.last, "2023-11-14T22:13:20.123Z info face: one",
	    "the tap has the line without its end");
	l->fd = -1;
	log_say(l, LOG_INFO, "face", "two");
	ok(h.n == 2 && strstr(h.last, "two"), "nowhere else is fine");
	l->fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	log_say(l, LOG_INFO, "face", "three");
	is_int(h.n, 3, "a full disk stops nothing");
	close(l->fd);
}

int
main(void)
{
	struct log l = {.level = LOG_INFO, .clock = &fake};
	struct log silent = {.fd = -1, .level = LOG_DEBUG};
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd) < 0)
		bail("no socket pair");
	l.fd = fd[0];
	test_line(&l, fd[1]);
	test_hostile(&l, fd[1]);
	test_long(&l, fd[1]);
	test_tap(&l, fd[1]);
	log_say(&silent, LOG_INFO, "x", "y");
	is_int(silent.count[LOG_INFO], 1, "a silent log counts");
	is_str(log_id("\x12\x34\x56\x78\x9a", 5).s, "12345678",
	    "an id is named by its first four bytes");
	is_str(log_id("\xff", 1).s, "ff", "or fewer");
	return done();
}

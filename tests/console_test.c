/* SPDX-License-Identifier: ISC */
/* floor: all */
/*
 * Consoles over the control socket: verbs and command lines of another
 * process reach the client that has the profile, each caller gets its own
 * answer, its own options hold, and nonsense or too many callers hurt nobody.
 * One caller is the real other end, in a process of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stage.h"
#include "tap.h"

struct hall {
	struct stage stage;
	struct consoles *all;
	const char *dir;
};

static void
hall_turn(struct hall *h)
{
	pair_turn(&h->stage.pair, 5);
	consoles_turn(h->all);
}

static void
hall_open(struct hall *h)
{
	stage_friends(&h->stage);
	h->dir = h->stage.pair.who[h->stage.me].dir;
	h->all = consoles_new(&h->stage.env);
	is_int(consoles_serve(h->all, h->dir), 0, "it serves");
}

static void
hall_close(struct hall *h)
{
	char *path = path_join(h->dir, CONTROL_NAME);
	struct stat st;

	consoles_free(h->all);
	ok(lstat(path, &st) != 0, "the socket is gone with it");
	free(path);
	stage_close(&h->stage);
}

static int
dial(struct hall *h)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/%s", h->dir,
	    CONTROL_NAME);
	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0)
		bail("the socket takes nobody");
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

/* Turns until `want` stands in what came, or it is over. */
static const char *
until(struct hall *h, int fd, const char *want)
{
	static struct buf got;
	int64_t end = clock_mono(&clock_system) + 20000;
	char part[4096];
	ssize_t n = -1;

	buf_clear(&got);
	do {
		hall_turn(h);
		while ((n = read(fd, part, sizeof(part))) > 0)
			buf_put(&got, part, (size_t)n);
		buf_u8(&got, 0);
		got.n--;
	} while (n != 0 && strstr((char *)got.p, want) == NULL &&
	    clock_mono(&clock_system) < end);
	return (const char *)got.p;
}

static void
say(int fd, const char *s)
{
	if (write(fd, s, strlen(s)) != (ssize_t)strlen(s))
		bail("the socket is full");
}

/* One call, its whole answer. */
static const char *
call(struct hall *h, const char *first)
{
	int fd = dial(h);
	const char *answer;

	say(fd, first);
	answer = until(h, fd, "\nx");
	(void)close(fd);
	return answer;
}

static void
test_socket(struct hall *h)
{
	char *path = path_join(h->dir, CONTROL_NAME);
	struct stat st;

	ok(lstat(path, &st) == 0 && S_ISSOCK(st.st_mode) &&
	    (st.st_mode & 0777) == 0600, "the socket is ours alone");
	free(path);
}

static void
test_verbs(struct hall *h)
{
	is_str(call(h, "Wtr9000\x1f" "people\n"),
	    "obob                  contact    not compared\nx0\n", "people");
	is_str(call(h, "Wtr9000\x1fsend\x1f" "bob\x1fhello\x1enthere\n"),
	    "oon relay\nx0\n", "send waits as its caller says");
	is_str(talk_message(pair_talk(&h->stage.pair, h->stage.me, "bob"),
	    1)->text.s, "hello\nthere", "lines stay lines");
	is_str(call(h, "Wtn9000\x1fsend\x1f" "bob\x1fhi\n"),
	    "osealed\nx0\n", "or does not wait");
	is_str(call(h, "Wtd9000\x1fsend\x1f" "bob\x1fyo\n"),
	    "oat device\nx0\n", "or for the device");
	is_str(call(h, "Wtr9000\x1ftalk\x1f" "bob\n"), "etalk works on the "
	    "screen: start tacet and type /talk WHO\nx2\n", "a refusal");
	is_str(call(h, "Wtr9000\x1f" "frob\n"), "ethere is no command frob; "
	    "tacet help lists them\nx2\n", "no such verb");
	is_str(call(h, "Wtr9000\x1fsend\x1f" "eve\x1fhi\n"), "ethere is no "
	    "conversation with eve: tacet add eve\nx1\n", "nobody such");
	ok(stage_screen(&h->stage)->view == VIEW_talk &&
	    stage_screen(&h->stage)->hint.s[0] == '\0',
	    "the screen of the running client is left alone");
}

/* A timeout is the caller's, and the message is kept all the same. */
static void
test_timeout(struct hall *h)
{
	struct pair *p = &h->stage.pair;
	int64_t before = clock_mono(&clock_system);
	const char *s;

	pair_relay(p, false);
	s = call(h, "Wtr300\x1fsend\x1f" "bob\x1flater\n");
	ok(strstr(s, "it is kept") != NULL && strstr(s, "\nx4\n") != NULL,
	    "out of time: %s", s);
	ok(clock_mono(&clock_system) - before < 4000, "in its own time");
	pair_relay(p, true);
	client_connect(stage_me(&h->stage));
	ok(pair_ladder(p, h->stage.me, "bob", "later", LADDER_DEVICE),
	    "and it arrives");
}

static void
test_nonsense(struct hall *h)
{
	static const char *const first[] = {"\n", "W\n", "Wt\n", "Wtr\n",
	    "Wtx5\x1fpeople\n", "Wtr5people\n", "GET / HTTP/1.1\n", "Qtr5\n",
	    "Wj\x1fpeople\n", "Wtr-5\x1fpeople\n"};
	const char *s;
	char *big;

	for (size_t i = 0; i < COUNT(first); i++) {
		s = call(h, first[i]);
		ok(s[0] == 'e' && strstr(s, "does not understand") != NULL &&
		    strstr(s, "\nx2\n") != NULL, "nonsense %zu", i);
	}
	s = call(h, "Wtr9000\x1f\n");
	ok(strstr(s, "name is missing") != NULL, "no word: %s", s);
	s = call(h, "Wtr9000\x1fsend\x1f" "bob\x1f" "1\x1f" "2\x1f" "3\x1f" "4"
	    "\x1f" "5\x1f" "6\x1f" "7\x1f" "8\x1f" "9\x1f" "10\x1f" "11\x1f"
	    "12\x1f" "13\x1f" "14\x1f" "15\x1f" "16\x1f" "17\x1f" "18\n");
	ok(strstr(s, "x0\n") != NULL, "more words than there is room for");
	big = mem_alloc(300001);
	memset(big, 'y', 300000);
	memcpy(big, "Wtr9000\x1f", 8);
	big[299999] = '\n';
	{
		int fd = dial(h);
		size_t at = 0;

		for (int i = 0; i < 1000 && at < 300000; i++) {
			ssize_t n = send(fd, big + at, 300000 - at,
			    MSG_NOSIGNAL);

			at += n > 0 ? (size_t)n : 0;
			if (n < 0 && errno != EAGAIN)
				break;
			hall_turn(h);
		}
		(void)close(fd);
	}
	free(big);
	is_str(call(h, "Wtr9000\x1fnotices\n"), "onothing waits for an "
	    "answer\nx0\n", "it still serves");
}

/* What the real other end prints, and its status */
static const char *
turned_away(int fd)
{
	static char said[200];
	ssize_t n = read(fd, said, sizeof(said) - 1);

	said[n > 0 ? n : 0] = '\0';
	return said;
}

static void
test_many(struct hall *h)
{
	int fd[40], open = 0;
	char c;

	for (size_t i = 0; i < COUNT(fd); i++) {
		fd[i] = dial(h);
		hall_turn(h);
	}
	for (int i = 0; i < 20; i++)
		hall_turn(h);
	is_str(turned_away(fd[COUNT(fd) - 1]), "e32 others are being served "
	    "by the running tacet: end one of them, or try again later\nx1\n",
	    "who comes then is told so");
	for (size_t i = 0; i < COUNT(fd); i++) {
		open += read(fd[i], &c, 1) < 0 && errno == EAGAIN;
		(void)close(fd[i]);
	}
	is_int(open, 32, "32 callers at once, no more");
	for (int i = 0; i < 20; i++)
		hall_turn(h);
	ok(strstr(call(h, "Wtr9000\x1f" "address\n"), "otacet://") != NULL,
	    "when they have gone, there is room again");
}

/* What to type next is said as it is typed there. */
static void
test_why(struct hall *h)
{
	struct pair *w = &h->stage.pair;
	const char *s;

	pair_send(w, h->stage.bob, "alice", "who am I?");
	ok(pair_shows(w, h->stage.me, "bob", "who am I?"), "bob writes");
	s = call(h, "Wtr9000\x1fwhy\x1f" "1\n");
	ok(strstr(s, "tacet person shows how") != NULL, "why names a verb of "
	    "the shell: %s", s);
}

static void
test_run(struct hall *h)
{
	int fd = dial(h);
	const char *s;

	say(fd, "Rjr9000\n");
	say(fd, "# a remark\n\n/set theme\nfrob\n");
	s = until(h, fd, "\"n\":2");
	ok(strstr(s, "o{\"event\":\"answer\",\"n\":1,\"ok\":true") != NULL &&
	    strstr(s, "colours") != NULL, "a command line is answered");
	ok(strstr(s, "\"n\":2,\"ok\":false,\"error\":\"INPUT\",\"why\":\"there "
	    "is no command frob; help lists them\"") != NULL,
	    "a refusal as well: %s", s);
	say(fd, "send bob from a program\n");
	s = until(h, fd, "\"n\":3");
	ok(strstr(s, "\"ok\":true,\"id\":\"") != NULL, "with the id to follow");
	say(fd, "quit\n");
	s = until(h, fd, "x0");
	ok(strstr(s, "x0\n") != NULL && !h->stage.env.quit,
	    "quit ends the console, not the client");
	(void)close(fd);
}

static void
test_events(struct hall *h)
{
	struct event e = {.kind = EVENT_message};
	struct talk *t = pair_talk(&h->stage.pair, h->stage.me, "bob");
	int fd = dial(h), other = dial(h);
	const char *s;

	stage_hear(&h->stage, "two\nlines");
	say(fd, "Wtr9000\x1fwatch\n");
	say(other, "Rjr9000\n");
	for (int i = 0; i < 20; i++)
		hall_turn(h);
	e.talk = t;
	e.message = talk_message(t, 1);
	consoles_event(h->all, &e);
	s = until(h, fd, "lines");
	is_str(s, "obob: two\no    lines\n", "watch prints what arrives");
	s = until(h, other, "lines");
	ok(strncmp(s, "o{\"event\":\"message\"", 19) == 0, "run as JSON");
	(void)close(fd);
	(void)close(other);
	hall_turn(h);
	consoles_event(h->all, &e);     /* to those who have just gone */
	for (int i = 0; i < 20; i++)
		hall_turn(h);
	ok(true, "who has gone is told nothing");
}

static void
test_locked(struct hall *h)
{
	is_int(stage_line(&h->stage, "lock"), 0, "locked");
	is_str(call(h, "Wtr9000\x1fpeople\n"), "ethe running tacet is locked: "
	    "unlock it there first\nx3\n", "a locked client says so");
	is_int(stage_type(&h->stage, PAIR_PASS), 0, "unlocked");
	is_str(call(h, "Wtr9000\x1fnotices\n"), "onothing waits for an "
	    "answer\nx0\n", "and serves again");
}

/* The real other end, as `tacet people` beside a running client. */
static void
other_end(struct hall *h, int out)
{
	char *argv[] = {"send", "bob", "by the\nother end", NULL};
	struct options options;
	struct loop *loop = loop_new(&clock_system, &rng_system);
	int status;

	options_init(&options, cmd_option, cmd_options);
	if (dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
		_exit(99);
	status = console_call(loop, h->dir, 3, argv, &options);
	_exit(status < 0 ? 98 : status);
}

static void
test_other_end(struct hall *h)
{
	int64_t end = clock_mono(&clock_system) + 60000;
	int fd[2], status = -1;
	char said[256] = "";
	pid_t pid;

	fflush(stdout);
	if (pipe(fd) != 0 || (pid = fork()) < 0)
		bail("no second process");
	if (pid == 0)
		other_end(h, fd[1]);
	(void)close(fd[1]);
	while (waitpid(pid, &status, WNOHANG) == 0 &&
	    clock_mono(&clock_system) < end)
		hall_turn(h);
	if (read(fd[0], said, sizeof(said) - 1) < 0)
		bail("no pipe");
	(void)close(fd[0]);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "another process");
	is_str(said, "on relay\n", "gets its answer");
	ok(pair_shows(&h->stage.pair, h->stage.bob, "alice",
	    "by the\nother end"), "and bob the text");
}

static void
test_nobody_serves(void)
{
	struct options options;
	struct loop *loop = loop_new(&clock_system, &rng_system);
	char *argv[] = {"people", NULL};

	options_init(&options, cmd_option, cmd_options);
	is_int(console_call(loop, "/nonexistent", 1, argv, &options),
	    ERR_NONE, "nobody has the profile");
	options_free(&options);
	loop_free(loop);
}

int
main(void)
{
	struct hall h = {0};

	hall_open(&h);
	test_socket(&h);
	test_verbs(&h);
	test_nonsense(&h);
	test_many(&h);
	test_why(&h);
	test_run(&h);
	test_events(&h);
	test_other_end(&h);
	test_locked(&h);
	test_timeout(&h);
	hall_close(&h);
	test_nobody_serves();
	return done();
}

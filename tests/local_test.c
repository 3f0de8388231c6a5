/* SPDX-License-Identifier: ISC */
/*
 * Lines over a Unix socket, loopback TCP, pipes and files: whole ones only, of
 * bounded length, from our own user, and the socket's mode, place and end.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "rig.h"
#include "tap.h"

/* What one side saw. */
struct side {
	struct local *local;
	unsigned opened, lines, closed, ended;
	int err;
	struct buf seen;                /* the lines, each with a \n */
	bool echo, quits, waits;
};

static void
side_open(void *arg, struct local *l)
{
	struct side *s = arg;

	s->opened++;
	s->local = l;
}

static void
side_line(void *arg, struct local *l, char *line, size_t n)
{
	struct side *s = arg;

	s->lines++;
	if (line[n] != '\0')
		bail("a line without its NUL");
	buf_put(&s->seen, line, n);
	buf_u8(&s->seen, '\n');
	if (s->echo) {
		line[n] = '\n';
		local_put(l, bytes_of(line, n + 1));
	}
	if (s->quits)
		local_close(l);
}

static void
side_closed(void *arg, struct local *l, int err)
{
	struct side *s = arg;

	(void)l;
	s->closed++;
	s->err = err;
	s->local = NULL;
}

static void
side_ended(void *arg, struct local *l)
{
	struct side *s = arg;

	s->ended++;
	if (!s->waits)
		local_close(l);
}

static const struct local_events events = {
	.open = side_open, .line = side_line, .closed = side_closed,
};
static const struct local_events patient = {
	.open = side_open, .line = side_line, .closed = side_closed,
	.ended = side_ended,
};

static void
side_free(struct side *s)
{
	buf_free(&s->seen);
	memset(s, 0, sizeof(*s));
}

static bool
saw(const struct side *s, const char *text)
{
	return bytes_same(buf_view(&s->seen), bytes_of(text, strlen(text)));
}

static void
put(struct side *s, const char *text)
{
	local_put(s->local, bytes_of(text, strlen(text)));
}

static bool
closed(void *arg)
{
	return ((struct side *)arg)->closed > 0;
}

static void
talk_test(struct rig *r, const char *path)
{
	struct side a = {0}, b = {0};
	struct local_listener *ll;
	struct stat st;

	is_int(local_listen(&ll, r->loop, path, &events, &b), 0, "listens");
	ok(stat(path, &st) == 0 && S_ISSOCK(st.st_mode) &&
	    (st.st_mode & 0777) == 0600, "the socket has mode 0600");
	is_int(local_dial(&a.local, r->loop, path, &events, &a), 0, "dials");
	b.echo = true;
	put(&a, "one\ntwo\r\n");
	put(&a, "thr");
	rig_run(r);
	ok(b.opened == 1 && saw(&b, "one\ntwo\n"), "whole lines only");
	put(&a, "ee\n\n");
	rig_run(r);
	ok(saw(&b, "one\ntwo\nthree\n\n"), "and an empty one");
	ok(saw(&a, "one\ntwo\nthree\n\n"), "both ways");
	put(&a, "half");
	local_close(a.local);
	rig_run(r);
	ok(a.closed == 1 && b.closed == 1 && a.err == 0 && b.err == 0,
	    "both are closed");
	is_int(b.lines, 4, "half a line of one who left is none");
	side_free(&a);
	side_free(&b);
	local_stop(ll);
	ok(stat(path, &st) != 0 && errno == ENOENT, "the path is gone");
	is_int(local_dial(&a.local, r->loop, path, &events, &a), ERR_NONE,
	    "and nobody answers");
}

/* What lies there already. */
static void
path_test(struct rig *r, const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct local_listener *ll, *again = NULL;
	struct side b = {0};
	struct stat st;
	char *folder;
	int fd;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	memcpy(sun.sun_path, path, strlen(path) + 1);
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0)
		bail("bind: %s", strerror(errno));
	close(fd);
	is_int(local_listen(&ll, r->loop, path, &events, &b), 0,
	    "a socket left by a crash is replaced");
	is_int(local_listen(&again, r->loop, path, &events, &b), ERR_BUSY,
	    "one that answers is not");
	ok(again == NULL && stat(path, &st) == 0, "it stays");
	(void)unlink(path);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	close(fd);
	local_stop(ll);
	ok(stat(path, &st) == 0, "a file of another is not removed");
	is_int(local_listen(&ll, r->loop, path, &events, &b), ERR_EXISTS,
	    "nor taken for a socket");
	(void)unlink(path);
	side_free(&b);
	folder = mem_string(path);
	*strrchr(folder, '/') = '\0';
	(void)chmod(folder, 0755);
	is_int(local_listen(&ll, r->loop, path, &events, &b), ERR_DENIED,
	    "a folder that others may enter");
	(void)chmod(folder, 0700);
	free(folder);
}

static void
long_path_test(struct rig *r, const char *dir)
{
	struct side a = {0}, b = {0};
	struct local_listener *ll;
	char name[120], *folder, *path;
	struct stat st;

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	folder = path_join(dir, name);
	path = path_join(folder, "control");
	is_int(local_listen(&ll, r->loop, path, &events, &b), 0,
	    "a path longer than sun_path");
	ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600, "is there");
	is_int(local_dial(&a.local, r->loop, path, &events, &a), 0, "answers");
	put(&a, "hi\n");
	rig_run(r);
	ok(saw(&b, "hi\n"), "and talks");
	local_stop(ll);
	put(&a, "still\n");
	rig_run(r);
	ok(saw(&b, "hi\nstill\n"), "who is in stays when the door closes");
	local_close(a.local);
	rig_run(r);
	is_int(b.closed, 1, "until it goes");
	side_free(&a);
	side_free(&b);
	(void)rmdir(folder);
	free(path);
	free(folder);
}

static int
connect_unix(const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(sun.sun_path, path, strlen(path) + 1);
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0)
		bail("connect: %s", strerror(errno));
	return fd;
}

static void
bounds_test(struct rig *r, const char *path)
{
	struct side a = {0}, b = {0};
	struct local_listener *ll;
	char *big = malloc(LOCAL_LINE + 2);
	size_t most = 0;
	int i, fd;

	memset(big, 'y', LOCAL_LINE + 2);
	if (local_listen(&ll, r->loop, path, &events, &b) != 0 ||
	    local_dial(&a.local, r->loop, path, &events, &a) != 0)
		bail("no connection");
	local_put(a.local, bytes_of(big, LOCAL_LINE));
	put(&a, "\n");
	rig_run(r);
	ok(b.lines == 1 && b.seen.n == LOCAL_LINE + 1, "the longest line");
	local_put(a.local, bytes_of(big, LOCAL_LINE + 1));
	rig_run(r);
	ok(b.closed == 1 && b.err == ERR_BIG, "one longer ends it");
	rig_run(r);
	side_free(&a);
	side_free(&b);
	fd = connect_unix(path);
	rig_run(r);
	for (i = 0; i < 200 && b.closed == 0; i++) {
		local_put(b.local, bytes_of(big, LOCAL_LINE));
		most = local_held(b.local) > most ? local_held(b.local) : most;
		rig_run(r);
	}
	ok(b.closed == 1 && b.err == ERR_QUOTA, "who never reads is cut");
	ok(most > 8u << 20 && most <= (16u << 20) + LOCAL_LINE,
	    "at 16 MiB: %zu bytes", most);
	close(fd);
	side_free(&b);
	local_stop(ll);
	free(big);
}

static void
close_test(struct rig *r, const char *path)
{
	struct side a = {0}, b = {0};
	struct local_listener *ll;

	if (local_listen(&ll, r->loop, path, &patient, &b) != 0 ||
	    local_dial(&a.local, r->loop, path, &events, &a) != 0)
		bail("no connection");
	b.echo = b.quits = true;
	put(&a, "1\n2\n3\n");
	rig_run(r);
	ok(saw(&b, "1\n"), "closed by its own handler, no more lines");
	ok(saw(&a, "1\n"), "what it put is written first");
	ok(a.closed == 1 && b.closed == 1, "both are closed");
	side_free(&a);
	side_free(&b);
	local_stop(ll);
}

/* Half closed: the answer comes after the question's end. */
static void
half_test(struct rig *r, const char *path)
{
	struct side b = {0};
	struct local_listener *ll;
	uint8_t in[64];
	int fd;

	b.waits = true;
	if (local_listen(&ll, r->loop, path, &patient, &b) != 0)
		bail("can't listen");
	fd = connect_unix(path);
	(void)!write(fd, "ask\n", 4);
	(void)shutdown(fd, SHUT_WR);
	rig_run(r);
	ok(b.ended == 1 && b.closed == 0 && saw(&b, "ask\n"), "it has ended");
	put(&b, "answer\n");
	local_close(b.local);
	rig_run(r);
	is_int(hand_read(fd, in, sizeof(in)), 7, "and gets its answer");
	ok(hand_eof(fd) && b.closed == 1, "then the end");
	close(fd);
	side_free(&b);
	local_stop(ll);
}

static int
connect_tcp(uint16_t port)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	sin.sin_port = htons(port);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) != 0)
		bail("connect: %s", strerror(errno));
	return fd;
}

static void
tcp_test(struct rig *r)
{
	struct side b = {0};
	struct local_listener *ll;
	uint8_t in[64];
	int fd, many[70], i, cut = 0;

	is_int(local_listen_tcp(&ll, r->loop, "127.0.0.1", 0, &events, &b), 0,
	    "loopback TCP");
	b.echo = true;
	fd = connect_tcp(local_port(ll));
	(void)!write(fd, "GET / HTTP/1.0\r\n", 16);
	for (i = 0; i < 20; i++)
		(void)loop_hear(r->loop, 2);
	ok(saw(&b, "GET / HTTP/1.0\n"), "a line without its \\r");
	ok(hand_read(fd, in, sizeof(in)) == 15, "and its answer");
	r->now += 60000;
	for (i = 0; i < 5; i++)
		(void)loop_hear(r->loop, 2);
	ok(b.closed == 1 && b.err == ERR_TIMEOUT, "an idle one is closed");
	close(fd);
	for (i = 0; i < 70; i++)
		many[i] = connect_tcp(local_port(ll));
	for (i = 0; i < 150; i++)
		(void)loop_hear(r->loop, 1);
	for (i = 0; i < 70; i++) {
		cut += hand_eof(many[i]);
		close(many[i]);
	}
	is_int(cut, 6, "64 at once");
	for (i = 0; i < 80; i++)
		(void)loop_hear(r->loop, 1);
	is_int(b.closed, 65, "all are closed");
	side_free(&b);
	local_stop(ll);
}

/* Standard input and output: a pipe, a file, a terminal of nobody. */
static void
over_test(struct rig *r, const char *dir)
{
	struct side a = {0};
	char *path = path_join(dir, "input");
	struct buf big = {0};
	int in[2], out[2], i, fd;
	char back[64];

	if (pipe(in) != 0 || pipe(out) != 0)
		bail("pipe");
	a.echo = true;
	is_int(local_over(&a.local, r->loop, in[0], out[1], &events, &a), 0,
	    "over two pipes");
	(void)!write(in[1], "x\nlast", 6);
	rig_run(r);
	ok(saw(&a, "x\n") && read(out[0], back, sizeof(back)) == 2, "a line");
	ok((fcntl(in[0], F_GETFL) & O_NONBLOCK) == 0 &&
	    (fcntl(out[1], F_GETFL) & O_NONBLOCK) == 0,
	    "their blocking is somebody else's");
	close(in[1]);
	rig_run(r);
	ok(saw(&a, "x\nlast\n"), "a last line without its end counts");
	ok(a.closed == 1 && fcntl(in[0], F_GETFD) >= 0, "closed, but not the fd");
	close(in[0]);
	close(out[0]);
	close(out[1]);
	side_free(&a);

	for (i = 0; i < 30000; i++)
		buf_format(&big, "line %d\n", i);
	if (path_write(path, buf_view(&big)) != 0)
		bail("can't write %s", path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	is_int(local_over(&a.local, r->loop, fd, -1, &events, &a), 0,
	    "over a file");
	ok(rig_until(r, closed, &a), "which ends");
	ok(bytes_same(buf_view(&a.seen), buf_view(&big)), "as it is");
	close(fd);
	side_free(&a);
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	is_int(local_over(&a.local, r->loop, fd, fd, &events, &a), 0,
	    "over /dev/null");
	put(&a, "nobody hears\n");
	rig_run(r);
	ok(a.closed == 1 && a.err == 0 && a.lines == 0, "which ends at once");
	close(fd);
	side_free(&a);
	buf_free(&big);
	(void)unlink(path);
	free(path);
}

int
main(void)
{
	struct rig r;
	char dir[] = "/tmp/local-test-XXXXXX", *path;

	rig_init(&r);
	if (mkdtemp(dir) == NULL)
		bail("mkdtemp");
	path = path_join(dir, "control");
	talk_test(&r, path);
	path_test(&r, path);
	long_path_test(&r, dir);
	bounds_test(&r, path);
	close_test(&r, path);
	half_test(&r, path);
	tcp_test(&r);
	over_test(&r, dir);
	rig_free(&r);
	ok(rmdir(dir) == 0, "nothing is left behind");
	free(path);
	return done();
}

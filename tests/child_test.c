/* SPDX-License-Identifier: ISC */
/*
 * Children: arguments as they are, standard input, statuses, the time limit, no
 * descriptor of ours, no zombie.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"
#include "tap.h"

struct kid {
	int done, status;
};

static void
kid_done(void *arg, int status)
{
	struct kid *k = arg;

	k->done++;
	k->status = status;
}

static bool
kid_is_done(void *arg)
{
	return ((struct kid *)arg)->done > 0;
}

/* Runs a shell line by hand; the status, or -1 when it never ended. */
static int
run(struct rig *r, const char *line, const char *arg, struct bytes input)
{
	char *argv[] = {"/bin/sh", "-c", (char *)line, "sh", (char *)arg,
	    NULL};
	struct kid k = {0};

	if (child_run(r->loop, argv, input, 60000, kid_done, &k) == NULL)
		bail("no child");
	return rig_until(r, kid_is_done, &k) ? k.status : -1;
}

static void
status_test(struct rig *r)
{
	char *none[] = {"/nowhere/nothing", NULL};
	struct bytes no = {NULL, 0};
	struct kid k = {0};

	is_int(run(r, "exit 0", "", no), 0, "exit 0");
	is_int(run(r, "exit 7", "", no), 7, "exit 7");
	is_int(run(r, "kill -TERM $$", "", no), 128 + SIGTERM, "by a signal");
	is_int(run(r, "test \"$1\" = '; echo `ls` $(ls)'",
	    "; echo `ls` $(ls)", no), 0, "an argument is an argument");
	if (child_run(r->loop, none, no, 1000, kid_done, &k) == NULL)
		bail("no child");
	ok(rig_until(r, kid_is_done, &k), "a program that isn't there");
	is_int(k.status, 127, "is 127");
	ok(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "no zombie");
}

static void
input_test(struct rig *r)
{
	size_t n = 300000;
	char *big = malloc(n);

	memset(big, 'a', n);
	is_int(run(r, "test \"$(cat)\" = hello", "", bytes_of("hello", 5)), 0,
	    "standard input");
	is_int(run(r, "test -z \"$(cat)\"", "", bytes_of(NULL, 0)), 0,
	    "an empty one ends");
	is_int(run(r, "test $(wc -c) = 300000", "", bytes_of(big, n)), 0,
	    "more than a pipe holds");
	is_int(run(r, "exec <&-; exit 3", "", bytes_of(big, n)), 3,
	    "one that doesn't read it");
	is_int(run(r, "echo out; echo err >&2", "", bytes_of(NULL, 0)), 0,
	    "what it prints goes nowhere");
	free(big);
}

static void
clean_test(struct rig *r)
{
	struct bytes no = {NULL, 0};
	int fd = open("/dev/null", O_RDONLY); /* not closed on exec */

	ok(fd > 2, "a descriptor of a careless caller");
	is_int(run(r, "for f in /proc/self/fd/*; do case ${f##*/} in "
	    "0|1|2) ;; *) [ ! -e $f ] || exit 1;; esac; done", "", no), 0,
	    "the child has 0, 1 and 2 only");
	close(fd);
	is_int(run(r, "kill -PIPE $$", "", no), 128 + SIGPIPE,
	    "SIGPIPE is as usual there");
	is_int(run(r, "test $(ps -o sid= -p $$) = $$", "", no), 0,
	    "it leads a session");
}

static void
limit_test(struct rig *r)
{
	char *argv[] = {"/bin/sh", "-c", "sleep 60 & sleep 60", NULL};
	struct kid k = {0};

	if (child_run(r->loop, argv, bytes_of(NULL, 0), 5000, kid_done, &k) ==
	    NULL)
		bail("no child");
	rig_turn(r, 4999);
	is_int(k.done, 0, "it may run for 5 s");
	rig_turn(r, 1);
	ok(rig_until(r, kid_is_done, &k), "and not longer");
	is_int(k.status, 128 + SIGKILL, "killed");
	ok(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "no zombie");
}

/* A shell as a helper: what it finds at its descriptors. */
static int
spawn(struct rig *r, const char *line, struct child_setup s)
{
	char *argv[] = {"/bin/sh", "-c", (char *)line, NULL};
	struct kid k = {0};

	s.argv = argv;
	if (child_spawn(r->loop, &s, kid_done, &k) == NULL)
		bail("no child");
	return rig_until(r, kid_is_done, &k) ? k.status : -1;
}

static void
spawn_test(struct rig *r)
{
	struct child_setup s = {.fds = 2};
	int a[2], b[2], fd = open("/dev/null", O_RDONLY);
	char got[16] = "";

	if (pipe2(a, O_CLOEXEC) != 0 || pipe2(b, O_CLOEXEC) != 0)
		bail("no pipes");
	/* crossed over, so that one stands where the other belongs */
	s.fd[0] = (struct child_fd){b[0], 3};
	s.fd[1] = (struct child_fd){a[1], 5};
	is_int(write(b[1], "word\n", 5), 5, "something to read");
	is_int(spawn(r, "read w <&3 && echo got $w >&5", s), 0,
	    "descriptors stand where they were named");
	is_int(read(a[0], got, sizeof(got) - 1), 9, "and work");
	is_str(got, "got word\n", "both ways");
	is_int(spawn(r, "for f in /proc/self/fd/*; do case ${f##*/} in "
	    "0|1|2|3|5) ;; *) [ ! -e $f ] || exit 1;; esac; done", s), 0,
	    "there is no other, also between them");
	is_int(spawn(r, "test $(ps -o sid= -p $$) = $$", s), 0,
	    "a helper leads a session");
	s.memory = 64u << 20;
	is_int(spawn(r, "test $(ulimit -v) = 65536", s), 0,
	    "its memory is bounded");
	close(a[0]);
	close(a[1]);
	close(b[0]);
	close(b[1]);
	close(fd);
}

static void
kill_test(struct rig *r)
{
	char *argv[] = {"/bin/sh", "-c", "sleep 60 & sleep 60", NULL};
	struct child_setup s = {.argv = argv};
	struct kid k = {0};
	struct child *c;

	if ((c = child_spawn(r->loop, &s, kid_done, &k)) == NULL)
		bail("no child");
	child_kill(c, 500);
	rig_turn(r, 499);
	is_int(k.done, 0, "a helper may take the time it was given");
	rig_turn(r, 1);
	ok(rig_until(r, kid_is_done, &k), "and is killed then");
	is_int(k.status, 128 + SIGKILL, "for sure");
	k.done = 0;
	child_forget(child_spawn(r->loop, &s, kid_done, &k));
	rig_turn(r, 1000);
	is_int(k.done, 0, "of one that is forgotten nothing is told");
	ok(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "no zombie");
}

/* A parent that is killed takes its helper along: it ends a pipe's writers. */
static void
parent_test(struct rig *r)
{
	char *argv[] = {"/bin/sh", "-c", "sleep 60", NULL};
	struct child_setup s = {.argv = argv, .fds = 1};
	int a[2], status;
	char c;
	pid_t pid;

	if (pipe2(a, O_CLOEXEC) != 0)
		bail("no pipe");
	s.fd[0] = (struct child_fd){a[1], 3};
	if ((pid = fork()) == 0) {
		if (child_spawn(r->loop, &s, NULL, NULL) == NULL)
			_exit(1);
		raise(SIGKILL);
	}
	close(a[1]);
	is_int(waitpid(pid, &status, 0), pid, "a parent that is killed");
	is_int(read(a[0], &c, 1), 0, "takes its helper along");
	close(a[0]);
}

int
main(void)
{
	struct rig r;

	rig_init(&r);
	status_test(&r);
	input_test(&r);
	clean_test(&r);
	limit_test(&r);
	spawn_test(&r);
	kill_test(&r);
	parent_test(&r);
	rig_free(&r);
	return done();
}

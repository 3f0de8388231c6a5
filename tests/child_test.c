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

int
main(void)
{
	struct rig r;

	rig_init(&r);
	status_test(&r);
	input_test(&r);
	clean_test(&r);
	limit_test(&r);
	rig_free(&r);
	return done();
}

/* SPDX-License-Identifier: ISC */
/*
 * Other people's programs (a notification command, a URL opener): by argument
 * vector, in a session of their own, with nothing of ours but standard input.
 * They are killed after their time and leave no zombie. Nobody here sees what
 * they print.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINK_INSIDE
#include "link.h"

#define CHILD_POLL_MS 50        /* where the kernel has no pidfd */

struct child {
	struct loop *loop;
	pid_t pid;
	int pidfd, in;                  /* in: its standard input; -1: closed */
	struct watch *exit, *write;
	struct timer *limit, *poll;
	struct buf input;
	size_t at;
	void (*done)(void *, int);
	void *arg;
};

/* After fork: only what is safe there, and never back into our code. */
static _Noreturn void
child_exec(char *const argv[], int in)
{
	struct sigaction sa = {.sa_handler = SIG_DFL};
	sigset_t none;
	int null = open("/dev/null", O_RDWR), s;

	(void)setsid();
	for (s = 1; s < NSIG; s++)
		(void)sigaction(s, &sa, NULL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (null < 0 || dup2(in, 0) < 0 || dup2(null, 1) < 0 ||
	    dup2(null, 2) < 0)
		_exit(127);
	(void)fcntl(0, F_SETFD, 0); /* if `in` was 0 itself */
	/* without the call only descriptors of a careless caller stay open */
	(void)close_range(3, ~0U, 0);
	execvp(argv[0], argv);
	_exit(127);
}

static void
child_free(struct child *c)
{
	watch_free(c->exit);
	watch_free(c->write);
	timer_free(c->limit);
	timer_free(c->poll);
	if (c->pidfd >= 0)
		close(c->pidfd);
	if (c->in >= 0)
		close(c->in);
	buf_free(&c->input);
	free(c);
}

static void
child_reap(struct child *c)
{
	int status, code;
	pid_t pid = waitpid(c->pid, &status, WNOHANG);

	if (pid == 0 || (pid < 0 && errno == EINTR)) {
		if (c->exit == NULL)
			timer_set(c->poll, CHILD_POLL_MS);
		return;
	}
	/* pid < 0: somebody ignores SIGCHLD, then the kernel keeps no status */
	code = pid < 0 ? 0 : WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status);
	if (c->done != NULL)
		c->done(c->arg, code);
	child_free(c);
}

static void
child_exited(void *arg, UNUSED int what)
{
	child_reap(arg);
}

static void
child_poll(void *arg)
{
	child_reap(arg);
}

/* It leads a session, so what it started goes with it. */
static void
child_kill(void *arg)
{
	struct child *c = arg;

	(void)kill(-c->pid, SIGKILL);
	(void)kill(c->pid, SIGKILL);
}

static void
child_shut(struct child *c)
{
	watch_free(c->write);
	c->write = NULL;
	if (c->in >= 0)
		close(c->in);
	c->in = -1;
	buf_free(&c->input);
}

static void
child_write(void *arg, UNUSED int what)
{
	struct child *c = arg;
	ssize_t n = 0;

	while (c->at < c->input.n) {
		n = write(c->in, c->input.p + c->at, c->input.n - c->at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		c->at += (size_t)n;
	}
	if (n < 0 && errno == EAGAIN)
		return;
	child_shut(c); /* all of it, or it doesn't want more */
}

static struct child *
child_start(struct loop *loop, char *const argv[], const int fd[static 2])
{
	struct child *c;
	pid_t pid = fork();

	if (pid < 0)
		return NULL;
	if (pid == 0)
		child_exec(argv, fd[0]);
	c = mem_alloc(sizeof(*c));
	c->loop = loop;
	c->pid = pid;
	c->in = fd[1];
	c->pidfd = pidfd_open(pid, 0);
	return c;
}

struct child *
child_run(struct loop *loop, char *const argv[], struct bytes input,
    int64_t limit_ms, void (*done)(void *, int), void *arg)
{
	struct child *c;
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) != 0)
		return NULL;
	if (sock_nonblock(fd[1]) != 0 ||
	    (c = child_start(loop, argv, fd)) == NULL) {
		close(fd[0]);
		close(fd[1]);
		return NULL;
	}
	close(fd[0]);
	c->done = done;
	c->arg = arg;
	c->limit = timer_new(loop, child_kill, c);
	c->poll = timer_new(loop, child_poll, c);
	timer_set(c->limit, limit_ms);
	if (c->pidfd >= 0)
		c->exit = watch_fd(loop, c->pidfd, WATCH_READ, child_exited, c);
	if (c->exit == NULL)
		timer_set(c->poll, CHILD_POLL_MS);
	buf_bytes(&c->input, input);
	c->write = watch_fd(loop, c->in, WATCH_WRITE, child_write, c);
	if (c->write == NULL)
		child_shut(c);
	return c;
}

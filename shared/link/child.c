/* SPDX-License-Identifier: ISC */
/*
 * Other people's programs (a notification command, a URL opener) and helpers of
 * ours: by argument vector, in a session of their own, with nothing of ours but
 * standard input, or the descriptors that were named. They are killed after
 * their time, helpers also when we die, and leave no zombie. Nobody here sees
 * what they print.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINK_INSIDE
#include "link.h"

#define CHILD_POLL_MS 50        /* where the kernel has no pidfd */
#define CHILD_DEATH_MS 1000     /* who was killed is gone by then */
#define CHILD_ABOVE 64          /* descriptors on their way stand above */

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
static void
child_alone(void)
{
	struct sigaction sa = {.sa_handler = SIG_DFL};
	sigset_t none;
	int s;

	(void)setsid();
	for (s = 1; s < NSIG; s++)
		(void)sigaction(s, &sa, NULL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void
child_exec(char *const argv[], int in)
{
	int null = open("/dev/null", O_RDWR);

	child_alone();
	if (null < 0 || dup2(in, 0) < 0 || dup2(null, 1) < 0 ||
	    dup2(null, 2) < 0)
		_exit(127);
	(void)fcntl(0, F_SETFD, 0); /* if `in` was 0 itself */
	/* without the call only descriptors of a careless caller stay open */
	(void)close_range(3, ~0U, 0);
	execvp(argv[0], argv);
	_exit(127);
}

/* Its descriptors: first out of each other's way, then where they belong. */
static bool
child_place(const struct child_setup *s)
{
	int null = open("/dev/null", O_RDWR), fd[CHILD_FDS], top = 2;

	if (null < 0)
		return false;
	for (size_t i = 0; i < s->fds; i++)
		if ((fd[i] = fcntl(s->fd[i].fd, F_DUPFD, CHILD_ABOVE)) < 0)
			return false;
	for (int i = 0; i <= 2; i++)
		if (dup2(null, i) < 0)
			return false;
	for (size_t i = 0; i < s->fds; i++) {
		/* what stands between them is shut too */
		if (s->fd[i].as > top + 1)
			(void)close_range((unsigned)top + 1,
			    (unsigned)s->fd[i].as - 1, 0);
		if (dup2(fd[i], s->fd[i].as) < 0)
			return false;
		top = s->fd[i].as;
	}
	return close_range((unsigned)top + 1, ~0U, 0) == 0;
}

static _Noreturn void
child_helper(const struct child_setup *s, pid_t parent)
{
	struct rlimit memory = {s->memory, s->memory};

	child_alone();
	/* if we have died since, the signal has been missed */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent ||
	    !child_place(s))
		_exit(127);
	if (s->memory != 0 && setrlimit(RLIMIT_AS, &memory) != 0)
		_exit(127);
	execv(s->argv[0], s->argv);
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
child_late(void *arg)
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
child_new(struct loop *loop, pid_t pid, int in, void (*done)(void *, int),
    void *arg)
{
	struct child *c = mem_alloc(sizeof(*c));

	c->loop = loop;
	c->pid = pid;
	c->in = in;
	c->pidfd = pidfd_open(pid, 0);
	c->done = done;
	c->arg = arg;
	c->limit = timer_new(loop, child_late, c);
	c->poll = timer_new(loop, child_poll, c);
	if (c->pidfd >= 0)
		c->exit = watch_fd(loop, c->pidfd, WATCH_READ, child_exited, c);
	if (c->exit == NULL)
		timer_set(c->poll, CHILD_POLL_MS);
	return c;
}

struct child *
child_run(struct loop *loop, char *const argv[], struct bytes input,
    int64_t limit_ms, void (*done)(void *, int), void *arg)
{
	struct child *c;
	int fd[2];
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) != 0)
		return NULL;
	if (sock_nonblock(fd[1]) != 0 || (pid = fork()) < 0) {
		close(fd[0]);
		close(fd[1]);
		return NULL;
	}
	if (pid == 0)
		child_exec(argv, fd[0]);
	close(fd[0]);
	c = child_new(loop, pid, fd[1], done, arg);
	timer_set(c->limit, limit_ms);
	buf_bytes(&c->input, input);
	c->write = watch_fd(loop, c->in, WATCH_WRITE, child_write, c);
	if (c->write == NULL)
		child_shut(c);
	return c;
}

struct child *
child_spawn(struct loop *loop, const struct child_setup *s,
    void (*done)(void *, int), void *arg)
{
	pid_t parent = getpid(), pid;

	assert(s->fds <= CHILD_FDS);
	for (size_t i = 0; i < s->fds; i++)
		assert(s->fd[i].as > (i > 0 ? s->fd[i - 1].as : 2) &&
		    s->fd[i].as < CHILD_ABOVE);
	if ((pid = fork()) < 0)
		return NULL;
	if (pid == 0)
		child_helper(s, parent);
	return child_new(loop, pid, -1, done, arg);
}

void
child_kill(struct child *c, int64_t after_ms)
{
	if (after_ms > 0)
		timer_set(c->limit, after_ms);
	else
		child_late(c);
}

void
child_forget(struct child *c)
{
	struct pollfd pf;

	if (c == NULL)
		return;
	child_late(c);
	pf = (struct pollfd){.fd = c->pidfd, .events = POLLIN};
	if (c->pidfd >= 0)
		(void)poll(&pf, 1, CHILD_DEATH_MS);
	(void)waitpid(c->pid, NULL, WNOHANG);
	child_free(c);
}

pid_t
child_pid(const struct child *c)
{
	return c->pid;
}

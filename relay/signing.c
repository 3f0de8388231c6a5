/* SPDX-License-Identifier: ISC */
/*
 * The relay's end of the signer: starts it, asks, and hears. The signer is
 * another process, or, in tests that hold several relays, a part of this one;
 * heads.c does not know which. Without its signer a relay has nothing new to
 * say about its directory, so it ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "relay.h"

#define SIGNING_WAIT_MS 20000   /* for the disk of a slow machine */
#define SIGNING_END_MS 2000

/* --- the process --- */

/* After fork: only what is safe there. It ends when its socket does. */
static _Noreturn void
signing_exec(char *const argv[], int fd)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t none;
	int null = open("/dev/null", O_RDWR);

	(void)sigaction(SIGINT, &ignore, NULL);
	(void)sigaction(SIGHUP, &ignore, NULL);
	(void)sigaction(SIGTERM, &ignore, NULL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (null < 0 || dup2(fd, 0) < 0 || dup2(null, 1) < 0)
		_exit(127);
	(void)close_range(3, ~0U, 0);
	(void)execv("/proc/self/exe", argv);
	_exit(127);
}

static int
signing_start(struct signing *s, const char *data, bool durable, bool jail)
{
	char words[3] = {durable ? 'd' : '-', jail ? 'j' : '-', '\0'};
	char name[] = "tacetd", role[] = "signer", *folder = mem_string(data);
	char *argv[] = {name, role, folder, words, NULL};
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		free(folder);
		return ERR_IO;
	}
	pid = fork();
	if (pid == 0)
		signing_exec(argv, pair[1]);
	(void)close(pair[1]);
	free(folder);
	if (pid < 0) {
		(void)close(pair[0]);
		return ERR_IO;
	}
	s->fd = pair[0];
	s->pid = pid;
	return 0;
}

/* --- questions --- */

static void
signing_broken(struct relay *r)
{
	watch_free(r->signing.watch);
	r->signing.watch = NULL;
	relay_end(r, "the head signer has ended: start tacetd again");
}

static int
signing_take(struct relay *r, struct buf *answer)
{
	uint8_t *p = buf_room(answer, SIGNER_MAX);
	ssize_t n;

	do {
		n = recv(r->signing.fd, p, SIGNER_MAX, 0);
	} while (n < 0 && errno == EINTR);
	answer->n = n > 0 ? (size_t)n : 0;
	return n > 0 ? 0 : ERR_IO;
}

static void
signing_heard(void *arg, int what)
{
	struct relay *r = arg;
	struct buf answer = {0};

	(void)what;
	relay_begin(r);
	if (signing_take(r, &answer) != 0) {
		signing_broken(r);
	} else if (r->signing.asked) {
		r->signing.asked = false;
		heads_answered(r, buf_view(&answer));
	}
	buf_free(&answer);
}

void
signing_ask(struct relay *r, struct bytes question)
{
	struct signing *s = &r->signing;
	struct buf answer = {0};

	if (s->here) {
		signer_answer(s->here, question, &answer);
		heads_answered(r, buf_view(&answer));
		buf_free(&answer);
		return;
	}
	relay_crash("heads-before", r->turn);
	s->asked = true;
	if (send(s->fd, question.p, question.n, MSG_NOSIGNAL) !=
	    (ssize_t)question.n)
		signing_broken(r);
	relay_crash("heads-asked", r->turn);
}

int
signing_wait(struct relay *r, struct buf *answer)
{
	struct pollfd p = {.fd = r->signing.fd, .events = POLLIN};
	int n;

	do {
		n = poll(&p, 1, SIGNING_WAIT_MS);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return ERR_TIMEOUT;
	r->signing.asked = false;
	return signing_take(r, answer);
}

/* --- the start and the end --- */

static int
signing_last(struct relay *r, struct bytes answer, char **why)
{
	struct signing *s = &r->signing;
	struct rd rd = rd_of(answer);
	uint8_t key[SIGN_PUBLIC];
	struct bytes text;
	int err = -(int)rd_u8(&rd);

	if (err) {
		text = rd_rest(&rd);
		*why = mem_format("%.*s", (int)text.n, (const char *)text.p);
		return err;
	}
	rd_copy(&rd, key, sizeof(key));
	s->size = rd_u64(&rd);
	rd_copy(&rd, s->root, HASH32);
	err = rd_end(&rd);
	if (!err && memcmp(key, keys_head(r->keys), SIGN_PUBLIC) != 0) {
		err = ERR_KEY;
		*why = mem_format("%s/signer/key belongs to another relay than "
		    "%s/keys: restore both from one backup", r->data, r->data);
	}
	return err;
}

int
signing_open(struct relay *r, enum signer_way way, char **why)
{
	static const uint8_t question[] = {SIGNER_NEW};
	struct bytes q = bytes_of(question, sizeof(question));
	struct signing *s = &r->signing;
	struct buf answer = {0};
	bool lasts = relay_durable(r);
	int err;

	if (way == SIGNER_HERE)
		err = signer_open(&s->here, r->data, lasts, r->clock, why);
	else
		err = signing_start(s, r->data, lasts,
		    options_bool(r->options, "jail"));
	if (!err && s->here)
		signer_answer(s->here, q, &answer);
	else if (!err && send(s->fd, q.p, q.n, MSG_NOSIGNAL) !=
	    (ssize_t)q.n)
		err = ERR_IO;
	else if (!err)
		err = signing_wait(r, &answer);
	if (!err)
		err = signing_last(r, buf_view(&answer), why);
	if (!err && s->fd >= 0) {
		s->watch = watch_fd(r->loop, s->fd, WATCH_READ, signing_heard,
		    r);
		err = s->watch ? 0 : ERR_IO;
	}
	buf_free(&answer);
	if (err && !*why)
		*why = mem_format("the head signer does not start (%s): try "
		    "again, and report it if it stays so", err_text(err));
	return err;
}

/* It is gone when its end of the socket is: nobody is left behind. */
void
signing_close(struct relay *r)
{
	struct signing *s = &r->signing;
	struct pollfd p = {.fd = s->fd, .events = POLLIN};
	struct buf rest = {0};
	bool gone = false;

	watch_free(s->watch);
	signer_close(s->here);
	s->watch = NULL;
	s->here = NULL;
	if (s->fd < 0)
		return;
	(void)shutdown(s->fd, SHUT_WR);
	while (!gone && poll(&p, 1, SIGNING_END_MS) > 0) {
		gone = signing_take(r, &rest) != 0;
		buf_clear(&rest);       /* an answer that comes too late */
	}
	if (gone)
		(void)waitpid(s->pid, NULL, 0);
	buf_free(&rest);
	(void)close(s->fd);
	s->fd = -1;
}

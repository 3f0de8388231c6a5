/* SPDX-License-Identifier: ISC */
/*
 * A real tacet under measurement: in a terminal of its own, where every byte
 * it writes is seen, or as a co-process. Profiles lie in the relay's folder and
 * go with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define TERM_WAIT 20            /* seconds */
#define TERM_PASS 5             /* the descriptor */
#define TERM_KEEP 65536         /* bytes of `seen` */

static void
term_environment(const struct person *p)
{
	char *data = path_join(p->relay->dir, "people");
	char *config = path_join(p->relay->dir, "config");

	(void)setenv("XDG_DATA_HOME", data, 1);
	(void)setenv("XDG_CONFIG_HOME", config, 1);
	(void)setenv("TERM", "xterm-256color", 1);
	(void)setenv("LC_ALL", "C.UTF-8", 1);
	free(data);
	free(config);
}

static char *
term_tacet(void)
{
	const char *dir = getenv("TACET_BIN");

	return path_join(dir ? dir : "build/rel", "tacet");
}

void
person_verb(const struct person *p, const char *words)
{
	char address[ADDRESS_TEXT], *bin = term_tacet(), *cmd;
	struct address at = p->relay->address;

	if (p->port)
		at.port = p->port;
	address_put(&at, false, address);
	term_environment(p);
	cmd = mem_format("printf 'four words for benches\\n' |"
	    " '%s' --profile %s --relay '%s' --passphrase-fd %d %s"
	    " %d<&0 </dev/null >/dev/null", bin, p->name, address, TERM_PASS,
	    words, TERM_PASS);
	if (system(cmd) != 0)
		bench_die("%s: %s failed", p->name, words);
	free(cmd);
	free(bin);
}

/* In the child: the passphrase waits in a pipe. */
static void
term_pass(void)
{
	static const char pass[] = "four words for benches\n";
	int fd[2];

	if (pipe(fd) != 0 ||
	    write(fd[1], pass, sizeof(pass) - 1) != sizeof(pass) - 1)
		_exit(127);
	(void)close(fd[1]);     /* it may be the one that is asked for */
	if (fd[0] != TERM_PASS && dup2(fd[0], TERM_PASS) < 0)
		_exit(127);
}

void
person_screen(struct person *p, bool pass)
{
	struct winsize size = {.ws_row = p->rows ? p->rows : 24,
	    .ws_col = p->columns ? p->columns : 80};
	char *bin = term_tacet();

	term_environment(p);
	p->pid = forkpty(&p->fd, NULL, NULL, &size);
	if (p->pid < 0)
		bench_die("no terminal: %s", strerror(errno));
	if (p->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		bench_pin(0);
		if (pass)
			term_pass();
		(void)execl(bin, "tacet", "--profile", p->name,
		    "--passphrase-fd", pass ? "5" : "-1", "--bell", "none",
		    "--start", "talk bob", "--sink", "cells",
		    "--colours", "24bit", (char *)NULL);
		_exit(127);
	}
	free(bin);
}

static char *
term_out(const struct person *p)
{
	return mem_format("%s/%s.json", p->relay->dir, p->name);
}

void
person_run(struct person *p)
{
	char *bin = term_tacet(), *out = term_out(p);
	int fd[2], to;

	if (pipe(fd) != 0)
		bench_die("pipe: %s", strerror(errno));
	term_environment(p);
	p->pid = fork();
	if (p->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		bench_pin(1);
		to = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		if (to < 0 || dup2(fd[0], STDIN_FILENO) < 0 ||
		    dup2(to, STDOUT_FILENO) < 0)
			_exit(127);
		(void)close(fd[1]);
		(void)close(to);
		term_pass();
		(void)execl(bin, "tacet", "--profile", p->name,
		    "--passphrase-fd", "5", "run", "--json", (char *)NULL);
		_exit(127);
	}
	(void)close(fd[0]);
	p->fd = fd[1];
	free(bin);
	free(out);
}

bool
person_said(const struct person *p, const char *text)
{
	char *out = term_out(p);
	struct buf b = {0};
	bool found;

	found = path_read(out, 64u << 20, &b) == 0;
	buf_u8(&b, 0);
	found = found && strstr((char *)b.p, text);
	buf_free(&b);
	free(out);
	return found;
}

void
person_type(struct person *p, const char *keys)
{
	size_t n = strlen(keys);

	if (write(p->fd, keys, n) != (ssize_t)n)
		bench_die("%s does not listen: %s", p->name, strerror(errno));
}

static bool
term_has(const struct buf *b, const char *bytes)
{
	return b->n > 0 && memmem(b->p, b->n, bytes, strlen(bytes)) != NULL;
}

void
person_forget(struct person *p)
{
	struct pollfd f = {.fd = p->fd, .events = POLLIN};
	char part[4096];

	while (poll(&f, 1, 0) > 0 && read(p->fd, part, sizeof(part)) > 0)
		;
	buf_clear(&p->seen);
}

double
person_shows(struct person *p, const char *bytes)
{
	struct pollfd f = {.fd = p->fd, .events = POLLIN};
	double t = bench_now();
	char part[4096];
	ssize_t n;

	while (!term_has(&p->seen, bytes)) {
		if (bench_now() - t > TERM_WAIT)
			bench_die("%s never showed \"%s\"", p->name, bytes);
		if (poll(&f, 1, 100) <= 0)
			continue;
		n = read(p->fd, part, sizeof(part));
		if (n <= 0)
			bench_die("%s ended", p->name);
		if (p->seen.n > TERM_KEEP)
			buf_drop(&p->seen, p->seen.n - 256);
		buf_put(&p->seen, part, (size_t)n);
	}
	buf_clear(&p->seen);
	return bench_now() - t;
}

/* It writes until its end, which would not come if nobody read that. */
void
person_end(struct person *p)
{
	char part[4096];

	(void)kill(p->pid, SIGTERM);
	while (read(p->fd, part, sizeof(part)) > 0)
		;
	server_kill(p->pid);
	(void)close(p->fd);
	buf_free(&p->seen);
	p->pid = 0;
}

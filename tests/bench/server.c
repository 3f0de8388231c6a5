/* SPDX-License-Identifier: ISC */
/*
 * Servers to measure: a real tacetd in a folder of its own, and children of
 * this process. They stand on the first core and end with the bench.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

static void
server_exec(const struct server *s, const char *bin)
{
	char metrics[32], port[8];

	(void)snprintf(metrics, sizeof(metrics), "127.0.0.1:%u", s->metrics);
	(void)snprintf(port, sizeof(port), "%u", s->address.port);
	(void)execl(bin, "tacetd", "--data", s->dir, "--listen", "127.0.0.1",
	    "--port", port, "--metrics", metrics, "--registration", "open",
	    "--connections", "19000", "--connections-per-address", "0",
	    "--connects-per-address", "0", "--rate", "1000000", "--burst",
	    "10000000", "--address-rate", "10000000", "--address-burst",
	    "100000000", "--log-quota", "1024g", "--account-quota", "1024g",
	    "--blob-quota", "1024g", "--log-level", "error", (char *)NULL);
	_exit(127);
}

/* The line "address tacet://..." says that it serves. */
static void
server_address(struct server *s, int fd)
{
	char line[ADDRESS_TEXT + 16], *end;
	const char *why;
	FILE *f = fdopen(fd, "r");

	if (!f || !fgets(line, sizeof(line), f) ||
	    strncmp(line, "address ", 8) != 0)
		bench_die("tacetd did not start");
	end = strchr(line, '\n');
	if (end)
		*end = '\0';
	if (address_get(line + 8, &s->address, &why) != 0)
		bench_die("tacetd's address: %s", why ? why : "?");
	(void)fclose(f);
}

void
server_start(struct server *s)
{
	const char *dir = getenv("TACET_BIN");
	char *bin = path_join(dir ? dir : "build/rel", "tacetd");
	int fd[2];

	s->metrics = bench_port();
	if (pipe(fd) != 0)
		bench_die("pipe: %s", strerror(errno));
	s->pid = fork();
	if (s->pid < 0)
		bench_die("fork: %s", strerror(errno));
	if (s->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		bench_pin(0);
		if (dup2(fd[1], STDOUT_FILENO) < 0)
			_exit(127);
		(void)close(fd[0]);
		(void)close(fd[1]);
		server_exec(s, bin);
	}
	(void)close(fd[1]);
	server_address(s, fd[0]);
	free(bin);
}

void
server_open(struct server *s)
{
	const char *tmp = getenv("TMPDIR");

	memset(s, 0, sizeof(*s));
	s->dir = mem_format("%s/bench.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(s->dir))
		bench_die("%s: %s", s->dir, strerror(errno));
	server_start(s);
}

void
server_kill(pid_t pid)
{
	(void)kill(pid, SIGTERM);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void
server_stop(struct server *s)
{
	server_kill(s->pid);
	s->pid = 0;
}

void
server_close(struct server *s)
{
	char *rm = mem_format("rm -rf '%s'", s->dir);

	if (s->pid)
		server_stop(s);
	if (system(rm) != 0)
		(void)fprintf(stderr, "bench: left behind: %s\n", s->dir);
	free(rm);
	free(s->dir);
}

pid_t
server_fork(void (*fn)(void *), void *arg)
{
	pid_t pid = fork();

	if (pid < 0)
		bench_die("fork: %s", strerror(errno));
	if (pid > 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	bench_pin(0);
	fn(arg);
	_exit(0);
}

/* One scrape of the metrics port. */
double
server_metric(const struct server *s, const char *name)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_port = htons(s->metrics),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	static const char ask[] = "GET /metrics HTTP/1.1\r\n\r\n";
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char *key = mem_format("\ntacetd_%s ", name), *at;
	struct buf b = {0};
	char part[4096];
	ssize_t n;
	double v;

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    write(fd, ask, sizeof(ask) - 1) < 0)
		bench_die("metrics: %s", strerror(errno));
	while ((n = read(fd, part, sizeof(part))) > 0)
		buf_put(&b, part, (size_t)n);
	buf_u8(&b, 0);
	(void)close(fd);
	at = strstr((char *)b.p, key);
	if (!at)
		bench_die("there is no metric %s", name);
	v = strtod(at + strlen(key), NULL);
	buf_free(&b);
	free(key);
	return v;
}

/* SPDX-License-Identifier: ISC */
/* See daemon.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon.h"
#include "tap.h"
#include "vacant.h"

#define ARGS_MAX 48

static int
daemon_tcp(uint32_t from, uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(from)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1, e;

	if (fd < 0)
		return -1;
	/* a port of its own is wanted per pair of ends only */
	(void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
	    sizeof(on));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0) {
		a.sin_port = htons(port);
		a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
			return fd;
	}
	e = errno;
	(void)close(fd);
	errno = e;
	return -1;
}

int
daemon_knock(const struct daemon *d, uint32_t from)
{
	return daemon_tcp(from, d->address.port);
}

static void
daemon_child(const struct daemon *d, int out, const char *const *more)
{
	char *program = path_join(getenv("TACET_BIN"), "tacetd");
	char *metrics = mem_format("127.0.0.1:%u", d->metrics);
	const char *argv[ARGS_MAX] = {"tacetd", "--data", d->dir, "--listen",
	    "127.0.0.1", "--port", "0", "--public", "127.0.0.1", "--metrics",
	    metrics, "--registration", "open"};
	size_t n = 13;
	int log = open(d->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	while (*more != NULL && n + 1 < ARGS_MAX)
		argv[n++] = *more++;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (log < 0 || dup2(log, STDERR_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0)
		_exit(126);
	(void)execv(program, (char *const *)(uintptr_t)argv);
	_exit(127);
}

/* The line "address tacet://..." says that it serves. */
static void
daemon_address(struct daemon *d, int fd)
{
	char line[ADDRESS_TEXT + 16], *end;
	const char *why = "?";
	FILE *f = fdopen(fd, "r");

	if (f == NULL || fgets(line, sizeof(line), f) == NULL ||
	    strncmp(line, "address ", 8) != 0)
		bail("tacetd did not start: see %s", d->log);
	end = strchr(line, '\n');
	if (end != NULL)
		*end = '\0';
	if (address_get(line + 8, &d->address, &why) != 0)
		bail("tacetd's address: %s", why);
	(void)fclose(f);
}

void
daemon_open(struct daemon *d, ...)
{
	const char *tmp = getenv("TMPDIR"), *more[ARGS_MAX] = {NULL};
	size_t n = 0;
	va_list ap;
	int fd[2];

	if (getenv("TACET_BIN") == NULL)
		bail("TACET_BIN is not set");
	memset(d, 0, sizeof(*d));
	va_start(ap, d);
	while (n + 1 < ARGS_MAX && (more[n] = va_arg(ap, const char *)) != NULL)
		n++;
	va_end(ap);
	d->dir = mem_format("%s/daemon.XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(d->dir) == NULL || pipe2(fd, O_CLOEXEC) != 0)
		bail("%s: %s", d->dir, strerror(errno));
	d->log = mem_format("%s.log", d->dir);
	d->metrics = vacant_port();
	if (d->metrics == 0)
		bail("no free port: %s", strerror(errno));
	fflush(stdout);
	d->pid = fork();
	if (d->pid < 0)
		bail("fork: %s", strerror(errno));
	if (d->pid == 0)
		daemon_child(d, fd[1], more);
	(void)close(fd[1]);
	daemon_address(d, fd[0]);
}

bool
daemon_close(struct daemon *d)
{
	char *rm = mem_format("rm -rf '%s' '%s'", d->dir, d->log);
	int status = -1;

	(void)kill(d->pid, SIGTERM);
	while (waitpid(d->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (system(rm) != 0)
		note("left behind: %s", d->dir);
	free(rm);
	free(d->dir);
	free(d->log);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

long
daemon_status(const struct daemon *d, const char *field)
{
	char path[64], line[256];
	size_t n = strlen(field);
	long kib = -1;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%ld/status", (long)d->pid);
	f = fopen(path, "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, field, n) == 0 && line[n] == ':')
			kib = strtol(line + n + 1, NULL, 10);
	if (f == NULL || kib < 0)
		bail("%s of %s is not there", field, path);
	(void)fclose(f);
	return kib;
}

double
daemon_metric(const struct daemon *d, const char *name)
{
	static const char ask[] = "GET /metrics HTTP/1.1\r\n\r\n";
	int fd = daemon_tcp(INADDR_LOOPBACK, d->metrics);
	char *key = mem_format("\ntacetd_%s ", name), *at, part[4096];
	struct buf b = {0};
	double v = -1;
	ssize_t n;

	if (fd < 0 || write(fd, ask, sizeof(ask) - 1) < 0)
		bail("metrics: %s", strerror(errno));
	while ((n = read(fd, part, sizeof(part))) > 0)
		buf_put(&b, part, (size_t)n);
	(void)close(fd);
	buf_u8(&b, 0);
	at = strstr((char *)b.p, key);
	if (at != NULL)
		v = strtod(at + strlen(key), NULL);
	buf_free(&b);
	free(key);
	return v;
}

bool
daemon_logged(const struct daemon *d, const char *words)
{
	struct buf b = {0};
	bool found;

	found = path_read(d->log, 16u << 20, &b) == 0 && b.n > 0 &&
	    memmem(b.p, b.n, words, strlen(words)) != NULL;
	buf_free(&b);
	return found;
}

void
daemon_desk(const struct daemon *d, struct desk *w)
{
	desk_open(w, "ram", NULL);
	desk_stop(w);
	w->far_port = d->address.port;
	memcpy(w->far_key, d->address.pin, DH_SIZE);
}

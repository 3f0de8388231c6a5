/* SPDX-License-Identifier: ISC */
/*
 * tacet-media in its role decode, driven packet by packet.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reel.h"
#include "tap.h"

/* In the child: descriptors where the helper looks for them, nothing else. */
static _Noreturn void
become(const char *program, const int fd[3], const char *hook)
{
	static const int at[3] = {MEDIA_FD_CLIENT, MEDIA_FD_SOURCE,
	    MEDIA_FD_PEER};
	int high[3];

	for (int i = 0; i < 3; i++)
		high[i] = fd[i] < 0 ? -1 : fcntl(fd[i], F_DUPFD, 20);
	for (int i = 0; i < 3; i++) {
		(void)close(at[i]);
		if (high[i] >= 0 && dup2(high[i], at[i]) != at[i])
			_exit(99);
	}
	for (int i = 6; i < 40; i++)
		(void)close(i);
	if (hook && setenv("TACET_TEST_HOOK", hook, 1) != 0)
		_exit(99);
	execl(program, program, "decode", (char *)NULL);
	_exit(99);
}

void
reel_open(struct reel *r, int source, const char *hook)
{
	char *program = path_join(getenv("TACET_BIN") ? getenv("TACET_BIN") :
	    "build/test", "tacet-media");
	int client[2], peer[2];

	memset(r, 0, sizeof(*r));
	if (access(program, X_OK) != 0)
		bail("%s can't be run: make it first", program);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, client) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, peer) < 0)
		bail("no sockets: %s", strerror(errno));
	fflush(stdout);
	r->pid = fork();
	if (r->pid == 0)
		become(program, (int[]){client[1], source, peer[1]}, hook);
	if (r->pid < 0)
		bail("no process: %s", strerror(errno));
	(void)close(client[1]);
	(void)close(peer[1]);
	r->fd = client[0];
	r->peer = peer[0];
	free(program);
}

int
reel_close(struct reel *r)
{
	int status = -1;

	if (r->fd >= 0)
		(void)close(r->fd);
	if (r->peer >= 0)
		(void)close(r->peer);
	r->fd = r->peer = -1;
	for (int i = 0; i < REEL_WAIT / 10; i++) {
		if (waitpid(r->pid, &status, WNOHANG) == r->pid)
			break;
		(void)poll(NULL, 0, 10);
		status = -1;
	}
	if (status == -1) {
		(void)kill(r->pid, SIGKILL);
		(void)waitpid(r->pid, NULL, 0);
	}
	buf_free(&r->in);
	buf_free(&r->pictures);
	return status;
}

void
reel_put(struct reel *r, const struct packet *m)
{
	struct buf b = {0};
	size_t at = 0;
	ssize_t n;

	packet_put(&b, m);
	while (at < b.n) {
		n = send(r->fd, b.p + at, b.n - at, MSG_NOSIGNAL);
		if (n <= 0)
			break;          /* it is gone; the reader will see */
		at += (size_t)n;
	}
	buf_free(&b);
}

static int
take(struct buf *b, size_t *taken, enum media_end to, struct packet *m)
{
	size_t used;
	int err;

	if (*taken == 0 && b->n == 0)
		return ERR_SHORT;
	err = packet_get(bytes_of(b->p + *taken, b->n - *taken), MEDIA_DECODE,
	    to, m, &used);
	*taken += used;
	return err;
}

static int
more(int fd, struct buf *b, size_t *taken)
{
	ssize_t n;

	buf_drop(b, *taken);
	*taken = 0;
	(void)buf_room(b, 1 << 18);
	b->n -= 1 << 18;
	n = read(fd, b->p + b->n, 1 << 18);
	if (n <= 0)
		return ERR_NET;
	b->n += (size_t)n;
	return 0;
}

static int
next(struct reel *r, struct packet *m, bool client, bool show, bool *shown)
{
	struct pollfd fd[2] = {
		{.fd = client ? r->fd : -1, .events = POLLIN},
		{.fd = show ? r->peer : -1, .events = POLLIN},
	};
	int err;

	for (;;) {
		*shown = false;
		err = client ? take(&r->in, &r->taken, MEDIA_CLIENT, m) :
		    ERR_SHORT;
		if (err == ERR_SHORT && show) {
			*shown = true;
			err = take(&r->pictures, &r->shown, MEDIA_SHOW, m);
		}
		if (err != ERR_SHORT)
			return err;
		if (poll(fd, 2, REEL_WAIT) <= 0)
			return ERR_TIMEOUT;
		if (fd[0].revents)
			err = more(r->fd, &r->in, &r->taken);
		else
			err = more(r->peer, &r->pictures, &r->shown);
		if (err != 0)
			return err;
	}
}

int
reel_next(struct reel *r, struct packet *m)
{
	bool shown;

	return next(r, m, true, false, &shown);
}

int
reel_show(struct reel *r, struct packet *m)
{
	bool shown;

	return next(r, m, false, true, &shown);
}

int
reel_any(struct reel *r, struct packet *m, bool *shown)
{
	return next(r, m, true, true, shown);
}

long
reel_peak(const struct reel *r)
{
	char *path = mem_format("/proc/%d/status", (int)r->pid);
	FILE *f = fopen(path, "r");
	char line[200];
	long peak = 0;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmHWM: %ld", &peak) == 1)
			break;
	if (f)
		(void)fclose(f);
	free(path);
	return peak;
}

void
reel_make(struct reel *r, uint8_t rows, uint8_t quality, uint32_t pattern)
{
	struct packet m = {.code = PACKET_make};

	m.make.rows = rows;
	m.make.quality = quality;
	m.make.pattern = pattern;
	reel_put(r, &m);
}

void
reel_want(struct reel *r, uint32_t number)
{
	struct packet m = {.code = PACKET_want};

	m.want.number = number;
	reel_put(r, &m);
}

void
reel_play(struct reel *r, uint32_t gen, const struct segment *s,
    struct bytes raw)
{
	struct packet m = {.code = PACKET_play};

	m.play.gen = gen;
	m.play.row = s->row;
	m.play.number = s->number;
	m.play.segment = raw;
	reel_put(r, &m);
}

/* The mean of the middle of a block of the strip. */
static unsigned
block(struct bytes planes, unsigned width, unsigned height, unsigned i)
{
	unsigned w = width / REEL_BITS, h = height / 9, sum = 0, n = 0;

	for (unsigned y = h / 3; y < h - h / 3; y++)
		for (unsigned x = i * width / REEL_BITS + w / 3;
		    x < i * width / REEL_BITS + w - w / 3; x++, n++)
			sum += planes.p[(size_t)y * width + x];
	return n > 0 ? sum / n : 128;
}

int
reel_code(const unsigned light[static REEL_BITS], unsigned dark,
    unsigned bright)
{
	uint32_t code = 0;
	unsigned ones = 0;

	for (unsigned i = 0; i < REEL_BITS; i++) {
		if (light[i] > dark && light[i] < bright)
			return -1;
		code = code << 1 | (light[i] > 128);
		ones += light[i] > 128;
	}
	if (!(code >> (REEL_BITS - 1)) || ones % 2 != 0)
		return -1;
	return (int)(code >> 1 & 0x3ffff);
}

int
reel_number(struct bytes planes, unsigned width, unsigned height)
{
	unsigned light[REEL_BITS];

	if (planes.n != (size_t)width * height * 3 / 2 || width < 80 ||
	    height < 36)
		return -1;
	for (unsigned i = 0; i < REEL_BITS; i++)
		light[i] = block(planes, width, height, i);
	return reel_code(light, 90, 165);
}

/* How much of one frequency is in it, of all: Goertzel's way. */
static double
share(const int16_t *pcm, size_t samples, double hz)
{
	double k = 2 * cos(2 * M_PI * hz / MEDIA_RATE), a = 0, b = 0, all = 0;

	for (size_t i = 0; i < samples; i++) {
		double v = pcm[2 * i], c = v + k * a - b;

		b = a;
		a = c;
		all += v * v;
	}
	if (all < (double)samples * 1000)
		return 0;
	return (a * a + b * b - k * a * b) * 2 / (double)samples / all;
}

int
reel_tone(const int16_t *pcm, size_t samples)
{
	double best = 0, one;
	int tone = 0;

	for (int hz = 400; hz <= 1350; hz += 50) {
		one = share(pcm, samples, hz);
		if (one > best) {
			best = one;
			tone = hz;
		}
	}
	return best > 0.5 ? tone : 0;
}

/* The file has lost its name when its descriptor is handed out. */
int
reel_ffmpeg(const char *suffix, const char *fmt, ...)
{
	char path[] = "/tmp/reel.XXXXXX";
	char command[2048], *file, *line;
	int fd = mkstemp(path), rc;
	va_list ap;

	if (fd < 0)
		bail("no temporary file: %s", strerror(errno));
	file = mem_format("%s.%s", path, suffix);
	va_start(ap, fmt);
	(void)vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	line = mem_format("ffmpeg -v error -nostdin -y -threads 1 %s %s",
	    command, file);
	rc = system(line);
	(void)close(fd);
	(void)unlink(path);
	fd = rc == 0 ? open(file, O_RDONLY | O_CLOEXEC) : -1;
	if (rc != 0)
		note("%s: %d", line, rc);
	(void)unlink(file);
	free(line);
	free(file);
	return fd;
}

/* One pixel of the strip: white when its bit of the number is set. */
#define STRIP "nullsrc=s=20x2:r=%s:d=%u,geq=cb=128:cr=128:" \
	"lum='if(eq(X\\,0)\\,235\\,if(lt(X\\,19)\\,16+219*mod(floor(N/" \
	"pow(2\\,18-X))\\,2)\\,16+219*mod(1+mod(floor(N/1)\\,2)%s\\,2)))'," \
	"scale=%s:flags=neighbor,setsar=1"

int
reel_film(unsigned seconds, const char *size, const char *rate,
    const char *how, const char *suffix)
{
	unsigned width = 0, height = 0;
	struct buf parity = {0}, strip = {0};
	char *to;
	int fd;

	if (sscanf(size, "%ux%u", &width, &height) != 2)
		bail("a size of %s", size);
	for (unsigned bit = 1; bit < 18; bit++)
		buf_format(&parity, "+mod(floor(N/%u)\\,2)", 1u << bit);
	buf_u8(&parity, 0);
	to = mem_format("%u:%u", width, height / 9);
	buf_format(&strip, STRIP, rate, seconds, (const char *)parity.p, to);
	buf_u8(&strip, 0);
	fd = reel_ffmpeg(suffix, "-f lavfi -i \"%s[a];testsrc2=s=%ux%u:r=%s:"
	    "d=%u[b];[a][b]vstack,format=yuv420p\" -f lavfi -i \"aevalsrc="
	    "'0.4*sin(2*PI*(400+50*mod(floor(t)\\,20))*t)':s=48000:d=%u\" %s",
	    (const char *)strip.p, width, height - height / 9, rate, seconds,
	    seconds, how);
	free(to);
	buf_free(&parity);
	buf_free(&strip);
	return fd;
}

/* SPDX-License-Identifier: ISC */
/* See showing.h. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "showing.h"
#include "tap.h"

const uint8_t showing_bar[8][3] = {
	{255, 255, 255}, {255, 255, 0}, {0, 255, 255}, {0, 255, 0},
	{255, 0, 255}, {255, 0, 0}, {0, 0, 255}, {0, 0, 0},
};

static _Noreturn void
child(int client, int decode, int folder, const char *const *env)
{
	const char *dir = getenv("TACET_BIN");
	char *bin = path_join(dir ? dir : "build/test", "tacet-media");

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (; env != NULL && *env != NULL; env++)
		if (putenv(mem_string(*env)) != 0)
			_exit(126);
	/* above the numbers that they are to have */
	folder = folder < 0 ? -1 : fcntl(folder, F_DUPFD, 20);
	client = fcntl(client, F_DUPFD, 20);
	decode = fcntl(decode, F_DUPFD, 20);
	if (dup2(client, MEDIA_FD_CLIENT) < 0 ||
	    dup2(decode, MEDIA_FD_PEER) < 0)
		_exit(126);
	if (folder < 0 ? close(MEDIA_FD_SOURCE) != 0 && errno != EBADF :
	    dup2(folder, MEDIA_FD_SOURCE) < 0)
		_exit(126);
	(void)close_range(MEDIA_FD_PEER + 1, ~0U, 0);
	(void)execl(bin, "tacet-media", "show", (char *)NULL);
	_exit(127);
}

void
showing_open(struct showing *s, const char *const *env)
{
	int a[2], b[2], folder = s->folder;

	(void)signal(SIGPIPE, SIG_IGN);
	memset(s, 0, sizeof(*s));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, a) != 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, b) != 0)
		bail("no socket pair");
	s->pid = fork();
	if (s->pid < 0)
		bail("no process");
	if (s->pid == 0)
		child(a[1], b[1], folder, env);
	(void)close(a[1]);
	(void)close(b[1]);
	if (folder >= 0)
		(void)close(folder);
	s->folder = -1;
	s->client = a[0];
	s->decode = b[0];
}

void
showing_close(struct showing *s)
{
	(void)close(s->client);
	(void)close(s->decode);
	for (int i = 0; i < 1000; i++) {
		if (waitpid(s->pid, &s->status, WNOHANG) == s->pid)
			break;
		if (i == 999) {
			(void)kill(s->pid, SIGKILL);
			(void)waitpid(s->pid, &s->status, 0);
		}
		(void)usleep(10000);
	}
	buf_free(&s->in);
	buf_free(&s->picture);
}

void
showing_put(int fd, const struct packet *m)
{
	struct buf b = {0};
	size_t at = 0;
	ssize_t n;

	packet_put(&b, m);
	while (at < b.n) {
		n = write(fd, b.p + at, b.n - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;          /* the test sees that it is gone */
		at += (size_t)n;
	}
	buf_free(&b);
}

void
showing_sink(struct showing *s, unsigned kind, unsigned columns,
    unsigned rows, unsigned cell_w, unsigned cell_h, const char *title)
{
	struct packet m = {.code = PACKET_sink, .sink = {
	    .kind = (uint8_t)kind, .columns = (uint16_t)columns,
	    .rows = (uint16_t)rows, .cell_w = (uint16_t)cell_w,
	    .cell_h = (uint16_t)cell_h,
	    .title = bytes_of(title, strlen(title))}};

	showing_put(s->client, &m);
}

void
showing_start(struct showing *s, uint32_t gen, uint32_t from, bool paused)
{
	struct packet m = {.code = PACKET_start, .start = {.gen = gen,
	    .from = from, .paused = paused}};

	showing_put(s->client, &m);
}

void
showing_pause(struct showing *s, bool on)
{
	struct packet m = {.code = PACKET_pause, .pause = {.on = on}};

	showing_put(s->client, &m);
}

void
showing_drawn(struct showing *s)
{
	struct packet m = {.code = PACKET_drawn, .drawn = {.gen = s->at.gen}};

	showing_put(s->client, &m);
}

/* ---- what a decoder makes ---- */

static uint8_t
mix(const uint8_t *c, double r, double g, double b, double add)
{
	return (uint8_t)lround(r * c[0] + g * c[1] + b * c[2] + add);
}

static void
plane(uint8_t *to, unsigned w, unsigned h, unsigned shift, const double k[4])
{
	for (unsigned y = 0; y < h; y++)
		for (unsigned x = 0; x < w; x++)
			*to++ = mix(showing_bar[(x + shift) % w * 8 / w],
			    k[0], k[1], k[2], k[3]);
}

void
showing_bars(struct showing *s, uint32_t gen, uint32_t time, unsigned w,
    unsigned h, unsigned shift)
{
	static const double luma[] = {0.299, 0.587, 0.114, 0},
	    cb[] = {-0.168736, -0.331264, 0.4999, 128},
	    cr[] = {0.4999, -0.418688, -0.081312, 128};
	unsigned cw = (w + 1) / 2, ch = (h + 1) / 2;
	struct packet m = {.code = PACKET_picture, .picture = {.gen = gen,
	    .time = time, .width = (uint16_t)w, .height = (uint16_t)h}};
	struct buf b = {0};

	plane(buf_room(&b, (size_t)w * h), w, h, shift, luma);
	plane(buf_room(&b, (size_t)cw * ch), cw, ch, shift / 2, cb);
	plane(buf_room(&b, (size_t)cw * ch), cw, ch, shift / 2, cr);
	m.picture.planes = buf_view(&b);
	showing_put(s->decode, &m);
	buf_free(&b);
}

void
showing_tone(struct showing *s, uint32_t gen, uint32_t time, unsigned ms,
    unsigned hz)
{
	struct packet m = {.code = PACKET_sound, .sound = {.gen = gen,
	    .time = time, .channels = 2}};
	struct buf b = {0};
	double at;
	int16_t v;

	for (unsigned i = 0; i < ms * (MEDIA_RATE / 1000); i++) {
		at = (double)time / 1000 + (double)i / MEDIA_RATE;
		v = (int16_t)(8000 * sin(2 * 3.14159265358979 * hz * at));
		buf_put(&b, &v, sizeof(v));
		buf_put(&b, &v, sizeof(v));
	}
	m.sound.pcm = buf_view(&b);
	showing_put(s->decode, &m);
	buf_free(&b);
}

void
showing_done(struct showing *s, uint32_t gen)
{
	struct packet m = {.code = PACKET_done, .done = {.gen = gen}};

	showing_put(s->decode, &m);
}

/* ---- what comes back ---- */

static void
take_picture(struct showing *s, uint32_t gen, uint32_t time, struct bytes p)
{
	s->gen = gen;
	s->time = time;
	buf_clear(&s->picture);
	buf_bytes(&s->picture, p);
}

static void
take(struct showing *s, const struct packet *m)
{
	switch (m->code) {
	case PACKET_at:
		s->at = m->at;
		s->ats++;
		if (m->at.skew > s->worst)
			s->worst = m->at.skew;
		break;
	case PACKET_shows:
		s->shows = m->shows;
		break;
	case PACKET_cells:
		s->cells++;
		s->columns = m->cells.columns;
		s->rows = m->cells.rows;
		take_picture(s, m->cells.gen, m->cells.time, m->cells.cells);
		break;
	case PACKET_image:
		s->images++;
		take_picture(s, m->image.gen, m->image.time, m->image.bytes);
		break;
	case PACKET_key:
		s->keys++;
		memset(s->key, 0, sizeof(s->key));
		memcpy(s->key, m->key.name.p, m->key.name.n < 31 ?
		    m->key.name.n : 31);
		break;
	case PACKET_closed:
		s->closes++;
		s->closed = m->closed.why;
		break;
	default:
		bail("the helper said %s", packet_name(m->code));
	}
}

bool
showing_over(const struct showing *s)
{
	struct pollfd f = {.fd = s->client, .events = POLLIN};

	return poll(&f, 1, 0) > 0 && (f.revents & POLLHUP) != 0;
}

static bool
gather(struct showing *s, int ms)
{
	struct pollfd f = {.fd = s->client, .events = POLLIN};
	struct packet m;
	size_t used;
	ssize_t n;
	int err;

	if (poll(&f, 1, ms) <= 0)
		return true;
	n = read(s->client, buf_room(&s->in, 65536), 65536);
	s->in.n -= 65536 - (size_t)(n > 0 ? n : 0);
	if (n <= 0)
		return false;
	while ((err = packet_get(buf_view(&s->in), MEDIA_SHOW, MEDIA_CLIENT,
	    &m, &used)) == 0) {
		take(s, &m);
		buf_drop(&s->in, used);
	}
	if (err != ERR_SHORT)
		bail("the helper said what makes no sense");
	return true;
}

bool
showing_hear(struct showing *s, int ms, bool (*until)(const struct showing *))
{
	int64_t end = clock_mono(&clock_system) + ms, left;

	for (;;) {
		if (until != NULL && until(s))
			return true;
		left = end - clock_mono(&clock_system);
		if (left <= 0)
			return false;
		if (!gather(s, (int)left))
			return until != NULL && until(s);
	}
}

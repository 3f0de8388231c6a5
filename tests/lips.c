/* SPDX-License-Identifier: ISC */
/* See lips.h. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base.h"
#include "beside.h"
#include "lips.h"
#include "tap.h"
#include "xwd.h"

#define RATE 48000
#define LOUD 3000               /* of a sample: silence has none */
#define QUIET (LIPS_QUIET_MS * (RATE / 1000))
#define NEAR_MS 500.0           /* a flash belongs to a beep so near */

/* ---- where it is shown ---- */

static void
start_display(struct lips *l)
{
	char *display;

	l->display = beside_display("320x240x24", l->dir, &display);
	if (setenv("DISPLAY", display, 1) != 0 ||
	    unsetenv("WAYLAND_DISPLAY") != 0 ||
	    unsetenv("SDL_VIDEODRIVER") != 0 ||
	    unsetenv("SDL_AUDIODRIVER") != 0)
		bail("no environment for a display");
	free(display);
}

const char *
lips_open(struct lips *l)
{
	char dir[] = "/tmp/tacet-lips-XXXXXX";

	memset(l, 0, sizeof(*l));
	if (!beside_has("Xvfb"))
		return "there is no Xvfb";
	if (!beside_has_sound())
		return "there is no PulseAudio with ALSA's way to it";
	if (mkdtemp(dir) == NULL)
		bail("no folder");
	l->dir = mem_string(dir);
	start_display(l);
	l->server = beside_sound(l->dir);
	return NULL;
}

void
lips_close(struct lips *l)
{
	char *rm = mem_format("rm -rf '%s'", l->dir);

	beside_stop(&l->watcher);
	beside_stop(&l->recorder);
	beside_stop(&l->server);
	beside_stop(&l->display);
	if (system(rm) != 0)
		note("%s is left behind", l->dir);
	free(rm);
	free(l->dir);
}

/* ---- watching: a process of its own, with nothing else to do ---- */

struct watch {
	const volatile uint8_t *pixel;
	int sound;
	bool white;
	uint64_t samples, loud;         /* loud: when it was so last */
	double offset;                  /* ms: when sample 0 was heard */
	unsigned flashes, beeps;
	double flash[LIPS_MAX];         /* ms */
	uint64_t beep[LIPS_MAX];        /* samples */
};

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* The green of the pixel in the middle of the screen, as it is now. */
static const volatile uint8_t *
middle(const char *dir)
{
	char *path = path_join(dir, "Xvfb_screen0");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	struct xwd x;
	const uint8_t *p;

	if (fd < 0 || fstat(fd, &st) != 0)
		bail("no %s", path);
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		bail("%s can't be read", path);
	(void)close(fd);
	if (xwd_get(bytes_of(p, (size_t)st.st_size), &x) != 0)
		bail("%s is no screen", path);
	free(path);
	return x.px + x.h / 2 * x.line + (size_t)x.w / 2 * 4 + 1;
}

static void
look(struct watch *w)
{
	bool white = *w->pixel > 128;

	if (white && !w->white && w->flashes < LIPS_MAX)
		w->flash[w->flashes++] = now();
	w->white = white;
}

/* A chunk comes when the last of it is due, or later. */
static bool
hear(struct watch *w)
{
	int16_t pcm[4096];
	ssize_t n = read(w->sound, pcm, sizeof(pcm));
	double at;

	if (n <= 0)
		return false;
	for (size_t i = 0; i < (size_t)n / 2; i++, w->samples++) {
		if (abs(pcm[i]) < LOUD)
			continue;
		if (w->samples - w->loud > QUIET && w->beeps < LIPS_MAX)
			w->beep[w->beeps++] = w->samples;
		w->loud = w->samples;
	}
	at = now() - (double)w->samples * 1e3 / RATE;
	if (w->offset <= 0 || at < w->offset)
		w->offset = at;
	return true;
}

/* The pairs: each beep and the flash that is nearest to it. Not the first: a
 * film shows its first picture as soon as that is there, before its sound. */
static void
tell(const struct watch *w, int to)
{
	for (unsigned b = 1; b < w->beeps; b++) {
		double at = w->offset + (double)w->beep[b] * 1e3 / RATE, off,
		    best = NEAR_MS;

		for (unsigned f = 0; f < w->flashes; f++) {
			off = w->flash[f] - at;
			if ((off < 0 ? -off : off) < (best < 0 ? -best : best))
				best = off;
		}
		if (best < NEAR_MS && write(to, &best, sizeof(best)) !=
		    sizeof(best))
			return;
	}
}

/* Until the recorder ends. */
static _Noreturn void
watcher(const char *dir, int sound, int to)
{
	struct watch w = {.sound = sound, .pixel = middle(dir), .white = true};
	struct pollfd f = {.fd = sound, .events = POLLIN};

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		look(&w);
		if (poll(&f, 1, 1) > 0 && !hear(&w))
			break;
	}
	tell(&w, to);
	_exit(0);
}

void
lips_start(struct lips *l)
{
	int sound[2], result[2];

	if (pipe2(sound, O_CLOEXEC) != 0 || pipe2(result, O_CLOEXEC) != 0)
		bail("no pipe");
	l->recorder = beside_start((char *[]){"parec", "-d", "spk.monitor",
	    "--rate=48000", "--channels=1", "--format=s16le", "--raw",
	    "--latency-msec=5", NULL}, sound[1]);
	(void)close(sound[1]);
	l->watcher = fork();
	if (l->watcher == 0)
		watcher(l->dir, sound[0], result[1]);
	(void)close(sound[0]);
	(void)close(result[1]);
	l->result = result[0];
}

void
lips_stop(struct lips *l)
{
	double v;

	beside_stop(&l->recorder);
	l->n = 0;
	while (l->n < LIPS_MAX && read(l->result, &v, sizeof(v)) ==
	    sizeof(v))
		l->skew[l->n++] = v;
	(void)close(l->result);
	(void)waitpid(l->watcher, NULL, 0);
	l->watcher = 0;
}

double
lips_worst(const struct lips *l)
{
	double worst = 0, v;

	for (unsigned i = 0; i < l->n; i++) {
		v = l->skew[i];
		if ((v < 0 ? -v : v) > (worst < 0 ? -worst : worst))
			worst = v;
	}
	return worst;
}

static int
order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double
lips_median(const struct lips *l)
{
	double v[LIPS_MAX] = {0};

	memcpy(v, l->skew, l->n * sizeof(*v));
	qsort(v, l->n, sizeof(*v), order);
	return v[l->n / 2];
}

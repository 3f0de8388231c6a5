/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 *
 * A film in a real window, on a display that nobody sees (Xvfb), and its sound
 * on a device that nobody hears (a null sink of PulseAudio): what is there is
 * read back, colours and tones. Skipped where these programs are absent.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "beside.h"
#include "showing.h"
#include "tap.h"
#include "xwd.h"

#define LONG 30000
#define RECORDED 48000          /* samples a second, of two bytes */
#define TITLE "a film of bars"

/* ---- the display ---- */

struct shot {
	struct buf file;
	struct xwd at;
};

static bool
take_shot(struct shot *s, const char *dir, const char *display)
{
	char *file = path_join(dir, "shot.xwd");
	char *cmd = mem_format("xwd -silent -display %s -name '" TITLE
	    "' -out '%s'", display, file);
	bool good;

	memset(s, 0, sizeof(*s));
	good = beside_runs(cmd) && path_read(file, 16u << 20, &s->file) == 0 &&
	    xwd_get(buf_view(&s->file), &s->at) == 0;
	(void)unlink(file);
	free(cmd);
	free(file);
	return good;
}

/* The bars that stand where they should, of 8, when the picture lies at x, y
 * and is w wide and h high. */
static int
bars(const struct xwd *s, unsigned x, unsigned y, unsigned w, unsigned h)
{
	int good = 0;

	for (unsigned i = 0; i < 8; i++) {
		const uint8_t *p = s->px + (size_t)(y + h / 2) * s->line +
		    (size_t)(x + (2 * i + 1) * w / 16) * 4;

		good += abs(p[2] - showing_bar[i][0]) < 9 &&
		    abs(p[1] - showing_bar[i][1]) < 9 &&
		    abs(p[0] - showing_bar[i][2]) < 9;
	}
	return good;
}

static int
seen(const char *dir, const char *display, unsigned *w, unsigned *h)
{
	struct shot s;
	unsigned pw, ph;
	int good = -1;

	if (take_shot(&s, dir, display)) {
		*w = s.at.w;
		*h = s.at.h;
		/* 4:3 in the middle of it */
		pw = *w * 3 <= *h * 4 ? *w : *h * 4 / 3;
		ph = pw * 3 / 4;
		good = bars(&s.at, (*w - pw) / 2, (*h - ph) / 2, pw, ph);
	}
	buf_free(&s.file);
	return good;
}

static bool
has_shown(const struct showing *s)
{
	return s->at.shown > 0;
}

static bool
has_key(const struct showing *s)
{
	return s->keys > 0;
}

static bool
has_closed(const struct showing *s)
{
	return s->closes > 0;
}

static bool
act(const char *display, const char *what)
{
	char *cmd = mem_format("DISPLAY=%s xdotool search --sync --name '"
	    TITLE "' %s", display, what);
	bool done_it = beside_runs(cmd);

	free(cmd);
	return done_it;
}

static void
test_window(const char *dir, const char *display)
{
	char *env = mem_format("DISPLAY=%s", display);
	const char *const with[] = {env, "WAYLAND_DISPLAY", "SDL_VIDEODRIVER",
	    "PULSE_SERVER=/nonexistent", NULL};
	unsigned w = 0, h = 0;
	struct showing s = {.folder = -1};
	int good = 0;

	showing_open(&s, with);
	showing_sink(&s, SINK_window, 480, 360, 0, 0, TITLE);
	showing_start(&s, 1, 0, true);
	showing_bars(&s, 1, 0, 320, 240, 0);
	ok(showing_hear(&s, LONG, has_shown) && s.closes == 0, "a window");
	for (int i = 0; i < 100 && good != 8; i++) {
		(void)showing_hear(&s, 100, NULL);
		good = seen(dir, display, &w, &h);
	}
	is_int(good, 8, "its bars have their colours on the screen");
	(void)act(display, "windowsize 600 360");
	for (int i = 0; i < 100 && (w != 600 || good != 8); i++) {
		(void)showing_hear(&s, 100, NULL);
		good = seen(dir, display, &w, &h);
	}
	ok(w == 600 && good == 8, "in a wider one they keep their shape");
	(void)act(display, "windowfocus key --window %1 Left");
	ok(showing_hear(&s, LONG, has_key) && strcmp(s.key, "Left") == 0,
	    "a key is heard (%s)", s.key);
	s.keys = 0;
	(void)act(display, "key --window %1 q");
	ok(showing_hear(&s, LONG, has_key) && strcmp(s.key, "q") == 0,
	    "and a letter (%s)", s.key);
	s.keys = 0;
	(void)act(display, "key --window %1 space");
	ok(showing_hear(&s, LONG, has_key) && strcmp(s.key, "Space") == 0,
	    "and the one that pauses, by its name (%s)", s.key);
	if (act(display, "windowquit"))
		ok(showing_hear(&s, LONG, has_closed) && s.closed == 0,
		    "its end is told");
	else
		skip("xdotool here can't close a window");
	showing_close(&s);
	ok(WIFEXITED(s.status) && WEXITSTATUS(s.status) == 0, "and it ends");
	showing_open(&s, with);
	showing_sink(&s, SINK_window, 480, 360, 0, 0, TITLE);
	showing_start(&s, 1, 0, true);
	showing_bars(&s, 1, 0, 320, 240, 0);
	(void)showing_hear(&s, LONG, has_shown);
	(void)act(display, "windowkill");
	ok(showing_hear(&s, LONG, showing_over), "a display that is gone "
	    "ends it");
	showing_close(&s);
	free(env);
}

static void
test_display(const char *dir)
{
	char *display;
	pid_t pid;

	if (!beside_has("Xvfb") || !beside_has("xwd") ||
	    !beside_has("xdotool")) {
		skip("no Xvfb, xwd or xdotool here");
		return;
	}
	pid = beside_display("800x600x24", NULL, &display);
	test_window(dir, display);
	beside_stop(&pid);
	free(display);
}

/* ---- the sound ---- */

static double
goertzel(const int16_t *p, size_t n, double hz)
{
	double w = 2 * 3.14159265358979 * hz / MEDIA_RATE, c = 2 * cos(w), s0,
	    s1 = 0, s2 = 0;

	for (size_t i = 0; i < n; i++) {
		s0 = p[i] + c * s1 - s2;
		s2 = s1;
		s1 = s0;
	}
	return sqrt(s1 * s1 + s2 * s2 - c * s1 * s2) / (double)n;
}

static bool
is_ended(const struct showing *s)
{
	return s->at.state == MEDIA_ENDED;
}

/* Two seconds, a tone of 440 Hz and one of 880; pictures beside them. */
static void
play_tones(const char *const *env)
{
	struct showing s = {.folder = -1};

	showing_open(&s, env);
	showing_sink(&s, SINK_none, 0, 0, 0, 0, "");
	showing_start(&s, 1, 0, false);
	for (uint32_t t = 0; t < 3000; t += 20) {
		if (t % 40 == 0)
			showing_bars(&s, 1, t, 64, 48, 0);
		showing_tone(&s, 1, t, 20, t < 1500 ? 440 : 880);
		(void)showing_hear(&s, 0, NULL);
	}
	showing_done(&s, 1);
	ok(showing_hear(&s, LONG, is_ended), "a film with sound ends");
	is_int(s.shows.sound, 1, "and it was to be heard");
	note("worst skew %u ms, %u shown, %u dropped", s.worst, s.at.shown,
	    s.at.dropped);
	ok(s.worst <= 40 || s.at.dropped > 0, "in step with its pictures "
	    "within 40 ms (%u), where the machine kept up", s.worst);
	showing_close(&s);
}

/* Milliseconds of each tone in what was recorded. */
static void
check_tones(const char *dir)
{
	char *file = path_join(dir, "heard.raw");
	struct buf b = {0};
	int16_t part[2400];
	unsigned a = 0, c = 0;
	bool order = true;

	(void)path_read(file, 32u << 20, &b);
	for (size_t i = 0; i + sizeof(part) <= b.n; i += sizeof(part)) {
		double low, high;

		memcpy(part, b.p + i, sizeof(part));
		low = goertzel(part, COUNT(part), 440);
		high = goertzel(part, COUNT(part), 880);
		a += low > 1000 && low > 3 * high;
		c += high > 1000 && high > 3 * low;
		order = order && !(c > 2 && low > 1000 && low > 3 * high);
	}
	ok(a >= 24 && a <= 34, "1.5 s of 440 Hz were heard (%u ms)", a * 50);
	ok(c >= 24 && c <= 34, "and 1.5 s of 880 Hz (%u ms)", c * 50);
	ok(order, "one after the other");
	buf_free(&b);
	free(file);
}

static long
size_of(const char *file)
{
	struct stat st;

	return stat(file, &st) == 0 ? (long)st.st_size : 0;
}

/* The recorder has written so many ms more than it has now: silence counts. */
static void
record_on(const char *file, long ms)
{
	long until = size_of(file) + ms * RECORDED / 1000 * 2;

	for (int i = 0; i < 1000 && size_of(file) < until; i++)
		(void)usleep(20000);
}

static void
hear_tones(const char *dir)
{
	char *out = path_join(dir, "heard.raw");
	const char *const env[] = {"XDG_CONFIG_HOME", "SDL_AUDIODRIVER", NULL};
	pid_t rec = beside_start((char *[]){"parec", "-d", "spk.monitor",
	    "--rate=48000", "--channels=1", "--format=s16le", "--raw",
	    "--latency-msec=20", out, NULL}, -1);

	record_on(out, 100);
	play_tones(env);
	/* what had not come out of the sink yet */
	record_on(out, 500);
	beside_stop(&rec);
	check_tones(dir);
	free(out);
}

static void
test_sound(const char *dir)
{
	pid_t pid;

	if (!beside_has_sound()) {
		skip("no PulseAudio with ALSA's way to it here");
		return;
	}
	pid = beside_sound(dir);
	hear_tones(dir);
	beside_stop(&pid);
}

int
main(void)
{
	char dir[] = "/tmp/tacet-window-XXXXXX", *rm;

	if (mkdtemp(dir) == NULL)
		bail("no folder");
	/* what drivers of a display keep is theirs, and they are unloaded by
	 * the time the sanitizer asks whose it was; show_test asks of ours */
	(void)setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	test_display(dir);
	test_sound(dir);
	rm = mem_format("rm -rf '%s'", dir);
	(void)system(rm);
	free(rm);
	return done();
}

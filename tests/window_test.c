/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 *
 * A film in a real window, on a display that nobody sees (Xvfb), and its sound
 * on a device that nobody hears (a null sink of PulseAudio): what is there is
 * read back, colours and tones. Skipped where these programs are absent.
 */
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "showing.h"
#include "tap.h"

#define LONG 30000
#define TITLE "a film of bars"

static bool
have(const char *program)
{
	char *cmd = mem_format("command -v %s >/dev/null", program);
	bool yes = system(cmd) == 0;

	free(cmd);
	return yes;
}

static pid_t
start(char *const argv[])
{
	pid_t pid = fork();
	int null;

	if (pid != 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	null = open("/dev/null", O_RDWR);
	(void)dup2(null, 1);
	(void)dup2(null, 2);
	(void)execvp(argv[0], argv);
	_exit(127);
}

static void
stop(pid_t pid)
{
	if (pid <= 0)
		return;
	(void)kill(pid, SIGTERM);
	(void)waitpid(pid, NULL, 0);
}

static bool
until_works(const char *cmd)
{
	for (int i = 0; i < 200; i++) {
		if (system(cmd) == 0)
			return true;
		(void)usleep(100000);
	}
	return false;
}

/* ---- the display ---- */

/* Xvfb chooses a free number and writes it. */
static pid_t
start_display(char *display, size_t n)
{
	char number[16] = "", fdtext[8];
	int fd[2];
	pid_t pid;
	ssize_t got;

	if (pipe(fd) != 0)
		bail("no pipe");
	(void)snprintf(fdtext, sizeof(fdtext), "%d", fd[1]);
	pid = start((char *[]){"Xvfb", "-displayfd", fdtext, "-screen", "0",
	    "800x600x24", "-nolisten", "tcp", NULL});
	(void)close(fd[1]);
	got = read(fd[0], number, sizeof(number) - 1);
	(void)close(fd[0]);
	number[got > 0 ? strcspn(number, "\n") : 0] = '\0';
	(void)snprintf(display, n, ":%s", number);
	return pid;
}

static uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

struct shot {
	struct buf b;
	unsigned w, h, line;
	const uint8_t *px;
};

static bool
take_shot(struct shot *s, const char *dir, const char *display)
{
	char *file = path_join(dir, "shot.xwd");
	char *cmd = mem_format("xwd -silent -display %s -name '" TITLE
	    "' -out '%s' 2>/dev/null", display, file);
	bool good = system(cmd) == 0;
	size_t head;

	memset(s, 0, sizeof(*s));
	good = good && path_read(file, 16u << 20, &s->b) == 0 && s->b.n > 100;
	if (good) {
		s->w = be32(s->b.p + 16);
		s->h = be32(s->b.p + 20);
		s->line = be32(s->b.p + 48);
		head = be32(s->b.p) + (size_t)be32(s->b.p + 76) * 12;
		s->px = s->b.p + head;
		good = head + (size_t)s->line * s->h <= s->b.n;
	}
	(void)unlink(file);
	free(cmd);
	free(file);
	return good;
}

/* The bars that stand where they should, of 8, when the picture lies at x, y
 * and is w wide and h high. */
static int
bars(const struct shot *s, unsigned x, unsigned y, unsigned w, unsigned h)
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
		*w = s.w;
		*h = s.h;
		/* 4:3 in the middle of it */
		pw = s.w * 3 <= s.h * 4 ? s.w : s.h * 4 / 3;
		ph = pw * 3 / 4;
		good = bars(&s, (s.w - pw) / 2, (s.h - ph) / 2, pw, ph);
	}
	buf_free(&s.b);
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
	    TITLE "' %s >/dev/null 2>&1", display, what);

	bool done_it = system(cmd) == 0;

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
	char display[32];
	pid_t pid;

	if (!have("Xvfb") || !have("xwd") || !have("xdotool")) {
		skip("no Xvfb, xwd or xdotool here");
		return;
	}
	pid = start_display(display, sizeof(display));
	test_window(dir, display);
	stop(pid);
}

/* ---- the sound ---- */

static void
put_text(const char *dir, const char *name, const char *text)
{
	char *path = path_join(dir, name);

	if (path_write(path, bytes_of(text, strlen(text))) != 0)
		bail("%s can't be written", path);
	free(path);
}

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

static void
hear_tones(const char *dir, const char *server)
{
	char *home = mem_format("HOME=%s", dir), *at = mem_format(
	    "PULSE_SERVER=unix:%s", server);
	char *out = path_join(dir, "heard.raw"), *to = mem_format(
	    "--server=unix:%s", server);
	const char *const env[] = {home, at, "XDG_CONFIG_HOME",
	    "SDL_AUDIODRIVER", NULL};
	pid_t rec = start((char *[]){"parec", to, "-d", "spk.monitor",
	    "--rate=48000", "--channels=1", "--format=s16le", "--raw",
	    "--latency-msec=20", out, NULL});

	(void)usleep(500000);
	play_tones(env);
	(void)usleep(500000);
	stop(rec);
	check_tones(dir);
	free(home);
	free(at);
	free(out);
	free(to);
}

static void
test_sound(const char *dir)
{
	char *server = path_join(dir, "native"), *script = path_join(dir,
	    "script.pa"), *load, *probe;
	pid_t pid;

	if (!have("pulseaudio") || !have("parec") || system(
	    "ls /usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so >/dev/null "
	    "2>&1") != 0) {
		skip("no PulseAudio with ALSA's way to it here");
		return;
	}
	/* without norewinds its monitor stalls */
	load = mem_format("load-module module-native-protocol-unix socket=%s "
	    "auth-anonymous=1\nload-module module-null-sink sink_name=spk "
	    "rate=48000 channels=1 norewinds=1\nset-default-sink spk\n",
	    server);
	put_text(dir, "script.pa", load);
	put_text(dir, ".asoundrc", "pcm.!default {type pulse}\n"
	    "ctl.!default {type pulse}\n");
	(void)setenv("HOME", dir, 1);
	(void)setenv("XDG_RUNTIME_DIR", dir, 1);
	(void)setenv("PULSE_RUNTIME_PATH", dir, 1);
	pid = start((char *[]){"pulseaudio", "-n", "-F", script,
	    "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
	    NULL});
	probe = mem_format("pactl --server=unix:%s info >/dev/null 2>&1",
	    server);
	ok(until_works(probe), "a sound server");
	hear_tones(dir, server);
	stop(pid);
	free(load);
	free(probe);
	free(server);
	free(script);
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

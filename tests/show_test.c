/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 *
 * The role show of the media helper as a whole, without a display and without
 * a sound device: it keeps its time, waits and goes on, shows what is due and
 * drops what is late, tells where it is, and ends when it is told nonsense.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pane.h"
#include "showing.h"
#include "tap.h"

#define LONG 20000              /* ms: what takes longer never comes */

static const char *const quiet[] = {"SDL_AUDIODRIVER=dummy",
    "PULSE_SERVER=/nonexistent", NULL};

static bool
is_ended(const struct showing *s)
{
	return s->at.state == MEDIA_ENDED;
}

static bool
is_waiting(const struct showing *s)
{
	return s->at.state == MEDIA_WAITS && s->at.gen != 0 &&
	    s->at.time > 300;
}

static bool
is_paused(const struct showing *s)
{
	return s->at.state == MEDIA_PAUSED;
}

static bool
is_running(const struct showing *s)
{
	return s->at.state == MEDIA_RUNS;
}

static bool
has_shown(const struct showing *s)
{
	return s->at.shown > 0;
}

static bool
has_cells(const struct showing *s)
{
	return s->cells > 0;
}

static bool
has_image(const struct showing *s)
{
	return s->images > 0;
}

static bool
has_closed(const struct showing *s)
{
	return s->closes > 0;
}

/* So many ms of a film, a picture each 40 ms. */
static void
film(struct showing *s, uint32_t gen, uint32_t from, uint32_t to, bool sound)
{
	for (uint32_t t = from; t < to; t += 20) {
		if (t % 40 == 0)
			showing_bars(s, gen, t, 64, 48, 0);
		if (sound)
			showing_tone(s, gen, t, 20, 0);
		(void)showing_hear(s, 0, NULL);
	}
}

static void
test_time(bool sound)
{
	struct showing s = {.folder = -1};
	int64_t from;

	showing_open(&s, quiet);
	showing_sink(&s, SINK_none, 0, 0, 0, 0, "");
	showing_start(&s, 1, 0, false);
	from = clock_mono(&clock_system);
	film(&s, 1, 0, 1500, sound);
	showing_done(&s, 1);
	ok(showing_hear(&s, LONG, is_ended), "a film %s is shown to its end",
	    sound ? "with sound and no device" : "without sound");
	from = clock_mono(&clock_system) - from;
	ok(from >= 1400, "and takes its time (%d ms)", (int)from);
	is_int((int)(s.at.shown + s.at.dropped), 38,
	    "each of its pictures was shown, or dropped");
	ok(s.at.shown > 0 && s.at.time >= 1480, "to the last (%u at %u)",
	    s.at.shown, s.at.time);
	ok(s.ats >= 8, "and told where it is (%u times)", s.ats);
	note("the sound device: %s", s.shows.sound ? "there" : "none");
	showing_close(&s);
	ok(WIFEXITED(s.status) && WEXITSTATUS(s.status) == 0, "and ends");
}

static void
test_pause(void)
{
	struct showing s = {.folder = -1};
	uint32_t at;

	showing_open(&s, quiet);
	showing_sink(&s, SINK_none, 0, 0, 0, 0, "");
	showing_start(&s, 1, 0, false);
	film(&s, 1, 0, 600, true);
	ok(showing_hear(&s, LONG, is_running), "it runs");
	showing_pause(&s, true);
	ok(showing_hear(&s, LONG, is_paused), "it is paused");
	at = s.at.time;
	(void)showing_hear(&s, 400, NULL);
	ok(s.at.time == at && is_paused(&s), "and stays at %u ms", at);
	showing_pause(&s, false);
	showing_done(&s, 1);
	ok(showing_hear(&s, LONG, is_ended), "it goes on to the end");
	is_int((int)(s.at.shown + s.at.dropped), 15, "with all pictures");
	showing_close(&s);
}

static void
test_seek(void)
{
	struct showing s = {.folder = -1};

	showing_open(&s, quiet);
	showing_sink(&s, SINK_none, 0, 0, 0, 0, "");
	showing_start(&s, 7, 0, false);
	film(&s, 7, 0, 200, true);
	(void)showing_hear(&s, LONG, has_shown);
	showing_start(&s, 8, 60000, true);
	film(&s, 7, 200, 300, true);    /* still under way */
	ok(showing_hear(&s, LONG, is_paused) && s.at.gen == 8 &&
	    s.at.time == 60000 && s.at.shown == 0, "another place, paused");
	showing_bars(&s, 8, 60000, 64, 48, 0);
	ok(showing_hear(&s, LONG, has_shown) && is_paused(&s),
	    "a picture is there all the same");
	is_int((int)s.at.shown, 1, "one, and none of before");
	showing_close(&s);
}

/* Nothing comes: it waits, says so, and loses nothing. */
static void
test_stall(bool sound)
{
	struct showing s = {.folder = -1};
	uint32_t at;

	showing_open(&s, quiet);
	showing_sink(&s, SINK_none, 0, 0, 0, 0, "");
	showing_start(&s, 1, 0, false);
	film(&s, 1, 0, 600, sound);
	ok(showing_hear(&s, LONG, is_waiting), "it waits where nothing is "
	    "known (%s)", sound ? "sound" : "pictures only");
	at = s.at.time;
	ok(at <= 600 + (sound ? 0 : MEDIA_SEGMENT_MS), "at %u ms", at);
	film(&s, 1, 600, 1400, sound);
	if (sound)
		ok(showing_hear(&s, LONG, is_running) && s.at.time <= at + 200,
		    "and goes on from there (%u)", s.at.time);
	showing_done(&s, 1);
	ok(showing_hear(&s, LONG, is_ended), "to the end");
	is_int((int)(s.at.shown + s.at.dropped), 35, "with all pictures");
	showing_close(&s);
}

/* What nobody shows nobody reads. */
static void
test_pressure(void)
{
	struct showing s = {.folder = -1};
	struct buf b = {0};
	uint8_t planes[64 * 48 * 3 / 2] = {0};
	struct packet m = {.code = PACKET_picture, .picture = {.gen = 1,
	    .width = 64, .height = 48, .planes = {planes, sizeof(planes)}}};
	size_t sent = 0;
	ssize_t n = 0;

	showing_open(&s, quiet);
	showing_sink(&s, SINK_none, 0, 0, 0, 0, "");
	showing_start(&s, 1, 0, true);
	for (int i = 0; i < 20000 && sent < (64u << 20); i++) {
		m.picture.time += 40;
		buf_clear(&b);
		packet_put(&b, &m);
		n = send(s.decode, b.p, b.n, MSG_DONTWAIT);
		if (n != (ssize_t)b.n && sent > 0) {
			struct pollfd f = {.fd = s.decode, .events = POLLOUT};

			if (poll(&f, 1, 500) <= 0)
				break;
			continue;
		}
		sent += (size_t)n;
	}
	ok(sent < (4u << 20), "a paused film takes %zu KiB and no more",
	    sent >> 10);
	ok(showing_hear(&s, LONG, has_shown) && s.at.shown == 1,
	    "and shows one picture of it");
	buf_free(&b);
	showing_close(&s);
}

static void
test_cells(void)
{
	struct showing s = {.folder = -1};
	const uint8_t *c;
	unsigned bad = 0;

	showing_open(&s, quiet);
	showing_sink(&s, SINK_cells, 40, 15, 0, 0, "");
	showing_start(&s, 1, 0, false);
	film(&s, 1, 0, 400, false);
	ok(showing_hear(&s, LONG, has_cells), "a picture for the terminal");
	is_int((int)s.picture.n, 40 * 15 * MEDIA_CELL, "all of it");
	for (unsigned i = 0; s.picture.n > 0 && i < 8; i++) {
		c = s.picture.p + (7 * 40 + i * 5 + 2) * MEDIA_CELL;
		for (int k = 0; k < MEDIA_CELL; k++)
			bad += abs(c[k] - showing_bar[i][k % 3]) > 3;
	}
	is_int((int)bad, 0, "its bars have their colours");
	(void)showing_hear(&s, 300, NULL);
	is_int((int)s.cells, 1, "another only when that one was drawn");
	showing_done(&s, 1);
	(void)showing_hear(&s, LONG, is_ended);
	showing_drawn(&s);
	(void)showing_hear(&s, 300, NULL);
	ok(s.cells == 2 && s.time == 360, "then the newest one (%u)", s.time);
	showing_sink(&s, SINK_cells, 20, 10, 0, 0, "");
	(void)showing_hear(&s, 500, NULL);
	ok(s.cells == 3 && s.columns == 20 && s.rows == 10,
	    "another size: again, though nothing moves");
	showing_close(&s);
}

static void
test_images(unsigned kind)
{
	struct grammar_room room = {320, 240, 40, 15};
	struct showing s = {.folder = -1};
	int err;

	showing_open(&s, quiet);
	showing_sink(&s, kind, 40, 15, 8, 16, "");
	showing_start(&s, 1, 0, false);
	film(&s, 1, 0, 80, false);
	ok(showing_hear(&s, LONG, has_image), "%s", sink_name(kind));
	err = kind == SINK_sixel ? grammar_sixel(buf_view(&s.picture), &room) :
	    grammar_kitty(buf_view(&s.picture), &room);
	is_int(err, 0, "what libchafa makes is let through (%zu bytes)",
	    s.picture.n);
	showing_close(&s);
}

/* Sound comes to its end, then come pictures of before, as many as may wait:
 * the sound that stands behind them is reached all the same. */
static void
test_crowd(void)
{
	struct showing s = {.folder = -1};

	showing_open(&s, quiet);
	showing_sink(&s, SINK_none, 0, 0, 0, 0, "");
	showing_start(&s, 1, 0, false);
	showing_bars(&s, 1, 0, 64, 48, 0);
	for (uint32_t t = 0; t < 400; t += 20)
		showing_tone(&s, 1, t, 20, 440);
	ok(showing_hear(&s, LONG, is_waiting), "all sound is heard: it waits");
	for (uint32_t t = 100; t < 400; t += 20)
		showing_bars(&s, 1, t, 64, 48, 0);
	for (uint32_t t = 400; t < 1000; t += 20)
		showing_tone(&s, 1, t, 20, 440);
	showing_done(&s, 1);
	ok(showing_hear(&s, LONG, is_ended), "a crowd of late pictures does "
	    "not keep it waiting (%u ms)", s.at.time);
	showing_close(&s);
}

/* Its sound, where it belongs, behind a head that says how long it is. */
static void
test_wav(const char *dir, struct buf *b)
{
	char *path = path_join(dir, "sound.wav");
	unsigned loud = 0;
	int16_t v;

	buf_clear(b);
	ok(path_read(path, 1u << 20, b) == 0 && b->n == 44 + 4 * 400 * 48 &&
	    memcmp(b->p, "RIFF", 4) == 0 && memcmp(b->p + 36, "data", 4) == 0 &&
	    b->p[40] + 256u * b->p[41] + 65536u * b->p[42] == b->n - 44,
	    "and its sound as WAV, as long as it is");
	for (size_t i = 44; i + 2 <= b->n; i += 2) {
		memcpy(&v, b->p + i, 2);
		loud += v > 1000 || v < -1000;
	}
	ok(loud > b->n / 4, "which is to be heard");
	free(path);
}

/* A file, and a link to it where a picture will be. */
static void
plant(const char *dir, const char *name, const char *link)
{
	char *file = path_join(dir, name), *at = path_join(dir, link);

	if (path_write(file, bytes_of("dear", 4)) != 0 ||
	    symlink(name, at) != 0)
		bail("no link");
	free(file);
	free(at);
}

/* Each picture a file; and nothing anywhere else. */
static void
test_files(void)
{
	char dir[] = "/tmp/tacet-show-XXXXXX", *path, *cmd;
	struct showing s;
	struct buf b = {0};

	if (mkdtemp(dir) == NULL)
		bail("no folder");
	plant(dir, "letter", "00000120.jpg");
	s.folder = open(dir, O_RDONLY | O_DIRECTORY);
	showing_open(&s, quiet);
	showing_sink(&s, SINK_file, 0, 0, 0, 0, "");
	showing_start(&s, 1, 0, false);
	for (uint32_t t = 0; t < 400; t += 20)
		showing_tone(&s, 1, t, 20, 440);
	film(&s, 1, 0, 400, false);
	showing_done(&s, 1);
	ok(showing_hear(&s, LONG, is_ended) && s.closes == 0,
	    "a folder for pictures");
	showing_close(&s);
	path = path_join(dir, "00000360.jpg");
	ok(path_read(path, 1u << 20, &b) == 0 && b.n > 300 && b.p[0] == 0xff &&
	    b.p[1] == 0xd8, "the last one is a JPEG in it");
	free(path);
	path = path_join(dir, "letter");
	buf_clear(&b);
	ok(path_read(path, 1u << 20, &b) == 0 && b.n == 4 &&
	    memcmp(b.p, "dear", 4) == 0,
	    "a link in the way of a picture leads nowhere (T71)");
	free(path);
	test_wav(dir, &b);
	cmd = mem_format("rm -r '%s'", dir);
	(void)system(cmd);
	buf_free(&b);
	free(cmd);
	s.folder = -1;
	showing_open(&s, quiet);
	showing_sink(&s, SINK_file, 0, 0, 0, 0, "");
	ok(showing_hear(&s, LONG, has_closed), "no folder: it says so");
	showing_close(&s);
}

static void
put_bad(struct showing *s, int which)
{
	uint8_t bytes[6] = {0};
	struct packet p = {.code = PACKET_picture, .picture = {.gen = 1,
	    .width = 2, .height = 2, .planes = {bytes, 6}}};
	struct packet m = {.code = PACKET_sound, .sound = {.gen = 1,
	    .channels = 2, .pcm = {bytes, 4}}};

	switch (which) {
	case 0: p.picture.planes.n = 5; break;
	case 1: p.picture.width = 0; break;
	case 2: p.picture.height = 65535; break;
	case 3: p.picture.time = UINT32_MAX; break;
	case 4: m.sound.channels = 0; break;
	case 5: m.sound.channels = 3; break;
	case 6: m.sound.pcm.n = 5; break;
	case 7: m.sound.time = UINT32_MAX; break;
	case 8: p.picture.width = MEDIA_SIDE_MAX + 1; break;
	}
	showing_put(s->decode, which >= 4 && which < 8 ? &m : &p);
}

static void
test_nonsense(void)
{
	struct showing s = {.folder = -1};

	for (int i = 0; i < 9; i++) {
		s.folder = -1;
		showing_open(&s, quiet);
		showing_sink(&s, SINK_cells, 40, 15, 0, 0, "");
		showing_start(&s, 1, 0, false);
		put_bad(&s, i);
		ok(showing_hear(&s, LONG, has_closed) &&
		    s.closed == MEDIA_FAIL_INSIDE, "nonsense %d ends it (T77)",
		    i);
		showing_close(&s);
		ok(WIFEXITED(s.status), "in good order");
	}
	showing_open(&s, quiet);
	showing_sink(&s, SINK_cells, 65535, 65535, 0, 0, "");
	ok(showing_hear(&s, LONG, has_closed), "a terminal without end");
	showing_close(&s);
	showing_open(&s, quiet);
	showing_sink(&s, SINK_none, 0, 0, 0, 0, "");
	showing_start(&s, 1, 0, false);
	(void)write(s.decode, "\377\377\377\377x", 5);
	ok(showing_hear(&s, LONG, has_closed), "a packet without end");
	showing_close(&s);
}

static void
test_display(void)
{
	static const char *const none[] = {"DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER",
	    "XDG_RUNTIME_DIR=/nonexistent", NULL};
	static const char *const dummy[] = {"SDL_VIDEODRIVER=dummy", NULL};
	struct showing s = {.folder = -1};

	showing_open(&s, none);
	showing_sink(&s, SINK_window, 320, 240, 0, 0, "a film");
	ok(showing_hear(&s, LONG, has_closed) &&
	    s.closed == MEDIA_FAIL_DISPLAY, "no display: it says so");
	/* the client takes the terminal instead */
	showing_sink(&s, SINK_cells, 40, 15, 0, 0, "");
	showing_start(&s, 1, 0, false);
	film(&s, 1, 0, 80, false);
	ok(showing_hear(&s, LONG, has_cells), "and the terminal is there");
	showing_close(&s);
	showing_open(&s, dummy);
	showing_sink(&s, SINK_window, 320, 240, 0, 0, "a film");
	showing_start(&s, 1, 0, false);
	film(&s, 1, 0, 800, true);
	showing_done(&s, 1);
	ok(showing_hear(&s, LONG, is_ended) && s.closes == 0 &&
	    s.shows.kind == SINK_window, "a window that nobody sees");
	showing_close(&s);
	ok(WIFEXITED(s.status) && WEXITSTATUS(s.status) == 0, "it ends");
}

int
main(void)
{
	test_time(false);
	test_time(true);
	test_pause();
	test_seek();
	test_stall(true);
	test_stall(false);
	test_crowd();
	test_pressure();
	test_cells();
	test_images(SINK_sixel);
	test_images(SINK_kitty);
	test_files();
	test_nonsense();
	test_display();
	return done();
}

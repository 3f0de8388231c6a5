/* SPDX-License-Identifier: ISC */
/*
 * The media helper as it may turn out: absent, crashing, silent, flooding,
 * talking nonsense, taking all memory. Each ends it with a sentence, within a
 * bound, and leaves neither process nor descriptor; the one that works works.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper.h"
#include "tap.h"

#define LONG_MS 60000

struct seen {
	struct helper *helper;
	struct loop *loop;
	unsigned ended, packets, used, shows;
	char why[256];
	bool stop;
};

static void
seen_packet(void *arg, enum media_end from, const struct packet *m)
{
	struct seen *s = arg;

	s->packets++;
	s->used += from == MEDIA_DECODE && m->code == PACKET_used;
	s->shows += from == MEDIA_SHOW && m->code == PACKET_shows;
	if (s->stop) {
		helper_stop(s->helper);
		s->helper = NULL;
	}
}

static void
seen_ended(void *arg, const char *why)
{
	struct seen *s = arg;

	s->ended++;
	(void)snprintf(s->why, sizeof(s->why), "%s", why);
	s->helper = NULL;
}

static bool
begin(struct seen *s, struct log *log, unsigned ends, const char *plan)
{
	struct helper_setup setup = {.loop = s->loop, .log = log, .ends = ends,
	    .source = -1, .on = {seen_packet, NULL, seen_ended}, .arg = s};
	struct loop *loop = s->loop;
	char *why = NULL;

	*s = (struct seen){.loop = loop};
	if (setenv("TACET_ACTOR", plan, 1) != 0)
		bail("no environment");
	setup.arg = s;
	s->helper = helper_start(&setup, &why);
	if (s->helper == NULL)
		(void)snprintf(s->why, sizeof(s->why), "%s", why);
	free(why);
	return s->helper != NULL;
}

static bool
until(struct seen *s, const unsigned *what, unsigned n)
{
	int64_t end = clock_mono(&clock_system) + LONG_MS;

	while (*what < n && clock_mono(&clock_system) < end)
		(void)loop_hear(s->loop, 20);
	return *what >= n;
}

static void
sink(struct seen *s)
{
	struct packet m = {.code = PACKET_sink, .sink = {.kind = SINK_none}};

	helper_put(s->helper, MEDIA_SHOW, &m);
}

static unsigned
descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	while (d != NULL && readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static bool
no_child(void)
{
	return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD;
}

static void
works_test(struct seen *s, struct log *log)
{
	struct packet flush = {.code = PACKET_flush, .flush = {7, 0}};
	struct packet play = {.code = PACKET_play, .play = {.gen = 7}};
	struct buf b = {0};
	unsigned was = descriptors();

	ok(begin(s, log, MEDIA_DECODE | MEDIA_SHOW, ""), "it starts");
	ok(helper_pid(s->helper, MEDIA_SHOW) !=
	    helper_pid(s->helper, MEDIA_DECODE), "as two processes");
	sink(s);
	ok(until(s, &s->shows, 1), "the one that shows answers");
	helper_put(s->helper, MEDIA_DECODE, &flush);
	segment_begin(&b, 0, 0, 0, 2000);
	segment_item(&b, &(struct item){ITEM_PICTURE, 0, bytes_of("x", 1)});
	segment_pad(&b);
	play.play.segment = buf_view(&b);
	helper_put(s->helper, MEDIA_DECODE, &play);
	ok(until(s, &s->used, 1), "and the one that decodes");
	helper_stop(s->helper);
	buf_free(&b);
	ok(no_child(), "stopped, no process is left");
	is_int(descriptors(), was, "and no descriptor");
	is_int(s->ended, 0, "nothing is told of it");
	ok(begin(s, log, MEDIA_SHOW, ""), "one part alone");
	s->stop = true;
	sink(s);
	ok(until(s, &s->packets, 1) && s->helper == NULL,
	    "stopped inside its own packet");
	ok(no_child() && descriptors() == was, "clean too");
}

static void
bad_test(struct seen *s, struct log *log)
{
	static const struct {
		const char *plan, *what, *why;
	} row[] = {
		{"show:crash", "T75 a crash", "died of signal 11"},
		{"decode:jail", "T76 a call that its jail stops", "its jail"},
		{"decode:exit", "an end of its own", "status 3"},
		{"decode:bomb", "T75 all memory", "died of signal 6"},
		{"decode:garbage", "what is no packet", "no packet"},
		{"decode:wrong", "a packet that it may not send", "no packet"},
		{"show:big", "a length that can't be", "no packet"},
		{"show:flood", "T75 a flood", "than anybody could use"},
	};
	unsigned was = descriptors();

	for (size_t i = 0; i < COUNT(row); i++) {
#if defined(__SANITIZE_ADDRESS__)
		if (strstr(row[i].plan, "bomb") != NULL) {
			skip("the sanitizer needs all addresses");
			continue;
		}
#endif
		ok(begin(s, log, MEDIA_DECODE | MEDIA_SHOW, row[i].plan),
		    "%s: begun", row[i].what);
		helper_expect(s->helper, MEDIA_SHOW, LONG_MS);
		ok(until(s, &s->ended, 1), "%s: it has ended", row[i].what);
		ok(strstr(s->why, row[i].why) != NULL, "%s: %s", row[i].what,
		    s->why);
		ok(no_child() && descriptors() == was, "%s: nothing is left",
		    row[i].what);
	}
}

static void
hang_test(struct seen *s, struct log *log)
{
	ok(begin(s, log, MEDIA_SHOW, "show:hang"), "T75 one that hangs");
	helper_expect(s->helper, MEDIA_SHOW, 200);
	ok(until(s, &s->ended, 1), "T75 is stopped when its time is over");
	ok(strstr(s->why, "does not answer") != NULL, "%s", s->why);
	ok(no_child(), "and is gone");
	ok(begin(s, log, MEDIA_SHOW, ""), "one that does not");
	helper_expect(s->helper, MEDIA_SHOW, LONG_MS);
	sink(s);
	ok(until(s, &s->shows, 1) && s->ended == 0, "is left alone");
	helper_stop(s->helper);
}

/* Who does not read is given so much and no more. */
static void
deaf_test(struct seen *s, struct log *log)
{
	struct packet play = {.code = PACKET_play};
	uint8_t *big = mem_alloc(4u << 20);
	unsigned n;

	play.play.segment = bytes_of(big, 4u << 20);
	ok(begin(s, log, MEDIA_DECODE, "decode:hang"), "one that is deaf");
	for (n = 0; n < 100 && s->ended == 0; n++) {
		helper_put(s->helper, MEDIA_DECODE, &play);
		ok(helper_full(s->helper, MEDIA_DECODE), "is full, %u", n);
		if (n > 4)
			(void)until(s, &s->ended, 1);
	}
	ok(n < 10, "and ends before it holds much");
	ok(strstr(s->why, "does not take") != NULL, "%s", s->why);
	free(big);
}

int
main(void)
{
	struct log log = {.fd = -1, .clock = &clock_system};
	struct seen s = {0};
	char *actor;

	if (getenv("TACET_BIN") == NULL)
		bail("TACET_BIN is not set");
	if (setenv("TACET_MEDIA", "/nowhere/tacet-media", 1) != 0)
		bail("no environment");
	s.loop = loop_new(&clock_system, &rng_system);
	(void)begin(&s, &log, MEDIA_SHOW, "");
	ok(until(&s, &s.ended, 1) && strstr(s.why, "can't be started") != NULL,
	    "one that can't be started: %s", s.why);
	(void)unsetenv("TACET_MEDIA");
	ok(!begin(&s, &log, MEDIA_SHOW, "") && strstr(s.why, "install") != NULL,
	    "one that isn't there: %s", s.why);
	actor = path_join(getenv("TACET_BIN"), "tool/actor");
	if (setenv("TACET_MEDIA", actor, 1) != 0)
		bail("no environment");
	works_test(&s, &log);
	bad_test(&s, &log);
	hang_test(&s, &log);
	deaf_test(&s, &log);
	free(actor);
	(void)loop_hear(s.loop, 0);
	loop_free(s.loop);
	return done();
}

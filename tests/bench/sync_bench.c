/* SPDX-License-Identifier: ISC */
/*
 * Sound and picture of a film, from the relay to a window and a sound device:
 * a film that flashes and beeps each second is published and watched, what is
 * on the display and what the device plays are read back with one clock.
 */
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"
#include "lips.h"
#include "reel.h"

#define SECONDS 8

/* White for a tenth of a second, with a tone, each second. */
static char *
film(const struct server *s)
{
	char *path = path_join(s->dir, "flash.avi"), *self;
	int fd = reel_ffmpeg("avi", "-f lavfi -i \"color=black:s=320x240:r=30:"
	    "d=%d,drawbox=color=white:t=fill:enable='lt(mod(t\\,1)\\,0.1)'\" "
	    "-f lavfi -i \"aevalsrc='if(lt(mod(t\\,1)\\,0.1)\\,0.6*sin(2*PI*"
	    "1000*t)\\,0)':s=48000:d=%d\" -c:v mjpeg -q:v 3 -c:a pcm_s16le",
	    SECONDS, SECONDS);
	char *cmd;

	if (fd < 0) {
		free(path);
		return NULL;
	}
	/* it has lost its name */
	self = mem_format("/proc/%ld/fd/%d", (long)getpid(), fd);
	cmd = mem_format("cp %s '%s'", self, path);
	if (system(cmd) != 0)
		bench_die("no film");
	(void)close(fd);
	free(self);
	free(cmd);
	return path;
}

static void
people(const struct server *s, struct person *me, struct person *bob,
    const char *path)
{
	char *publish = mem_format("publish '%s' --to bob", path);

	me->relay = bob->relay = s;
	me->name = "me";
	bob->name = "bob";
	person_verb(me, "init me");
	person_verb(bob, "init bob");
	person_verb(me, "add bob");
	person_verb(bob, "accept me");
	person_verb(me, publish);
	free(publish);
}

int
main(void)
{
	static struct server server;
	struct person me = {0}, bob = {0};
	struct series worst = {.n = 0}, middle = {.n = 0};
	struct lips l;
	const char *why = lips_open(&l);
	char *path;

	if (why) {
		row_skip("film: sound and picture", why);
		return 0;
	}
	server_open(&server);
	path = film(&server);
	if (!path) {
		row_skip("film: sound and picture", "there is no ffmpeg");
		return 0;
	}
	people(&server, &me, &bob, path);
	for (unsigned i = 0; i < bench_rounds(); i++) {
		lips_start(&l);
		(void)usleep(500000);
		/* one that was seen to its end begins anew */
		person_verb(&bob, "play 1 --sink window");
		(void)usleep(300000);
		lips_stop(&l);
		if (l.n < SECONDS / 2)
			bench_die("only %u flashes with a beep", l.n);
		series_put(&worst, fabs(lips_worst(&l)));
		series_put(&middle, lips_median(&l));
	}
	row_put("film: picture behind its sound, median", "ms", &middle);
	row_bar("film: picture from its sound, the worst of a film", "ms",
	    &worst, false, 40);
	server_close(&server);
	lips_close(&l);
	free(path);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * The role decode against hostile bytes: calls of the kernel that it has no
 * need of, work without end, pictures that are bombs. It ends or says that
 * something is broken; whoever started it sees that and lives.
 * floor: media
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reel.h"
#include "tap.h"

static void
hook_test(void)
{
#ifdef __SANITIZE_ADDRESS__
	skip("T76 the jail: a sanitizer's build has none");
#else
	static const char *const hook[] = {"open", "socket", "exec"};
	struct reel r;
	int status;

	for (size_t i = 0; i < COUNT(hook); i++) {
		reel_open(&r, -1, hook[i]);
		status = reel_close(&r);
		if (!ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS,
		    "T76 it ends when it tries to %s", hook[i]))
			note("status %x", (unsigned)status);
	}
	reel_open(&r, -1, "memory");
	status = reel_close(&r);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 41,
	    "T76 half a gigabyte of memory is not given");
#endif
}

static void
stall_test(void)
{
	struct reel r;
	int status;

	reel_open(&r, -1, "spin");
	status = reel_close(&r);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF,
	    "T75 it ends when one picture takes too long");
}

/* --- pictures that are bombs --- */

/* Plays a file as the only picture of a segment: 'p' shown, 'b' broken, '-' the
 * helper ended, '?' it hangs. */
static char
play_one(struct reel *r, struct bytes picture)
{
	struct item i = {ITEM_PICTURE, 0, picture};
	struct segment s = {.number = 0};
	struct buf b = {0};
	struct packet m;
	char what = 0;
	bool shown;
	int err = 0;

	segment_begin(&b, 0, 0, 0, 40);
	segment_item(&b, &i);
	segment_pad(&b);
	reel_play(r, 1, &s, buf_view(&b));
	buf_free(&b);
	for (;;) {
		err = reel_any(r, &m, &shown);
		if (err != 0)
			return err == ERR_TIMEOUT ? '?' : '-';
		if (m.code == PACKET_picture)
			what = 'p';
		else if (m.code == PACKET_broken)
			what = 'b';
		else if (m.code == PACKET_used)
			return what ? what : 'b';
	}
}

/* Makes a film of a file: 'p' a segment, 'b' a reason, or as above. */
static char
make_one(int fd)
{
	struct packet m;
	struct reel r;
	int err;

	reel_open(&r, fd, NULL);
	reel_make(&r, 4, 75, 0);
	reel_want(&r, 0);
	while ((err = reel_next(&r, &m)) == 0)
		if (m.code == PACKET_cut || m.code == PACKET_fail)
			break;
	(void)reel_close(&r);
	if (err != 0)
		return err == ERR_TIMEOUT ? '?' : '-';
	return m.code == PACKET_cut ? 'p' : 'b';
}

struct tally {
	unsigned n[256];
};

/* One file, both ways; a helper that has ended is started again. */
static void
bomb(struct reel *r, const char *path, struct tally *play, struct tally *make)
{
	struct buf b = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char what = '?';

	if (fd < 0 || path_read(path, MEDIA_SEGMENT_MAX, &b) != 0)
		bail("%s can't be read", path);
	if (b.n > 0 && b.n < MEDIA_SEGMENT_MAX - 100)
		what = play_one(r, buf_view(&b));
	else
		what = 'b';     /* no such picture can be in a segment */
	play->n[(uint8_t)what]++;
	if (what == '-' || what == '?') {
		note("played, %s: %c", path, what);
		(void)reel_close(r);
		reel_open(r, -1, NULL);
	}
	/* a process each: not for those that are only odd */
	what = strstr(path, "edges") ? 'b' : make_one(fd);
	make->n[(uint8_t)what]++;
	if (what == '-' || what == '?')
		note("made, %s: %c", path, what);
	(void)close(fd);
	buf_free(&b);
}

static void
folder_test(const char *folder)
{
	const char *path = tap_vectors(folder);
	struct tally play = {{0}}, make = {{0}};
	struct dirent *e;
	struct reel r;
	unsigned n = 0;
	char *file;
	DIR *d;

	if (!path)
		return;
	d = opendir(path);
	if (!d)
		bail("%s can't be read", path);
	reel_open(&r, -1, NULL);
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		file = path_join(path, e->d_name);
		bomb(&r, file, &play, &make);
		free(file);
		n++;
	}
	(void)closedir(d);
	is_int(play.n['?'] + make.n['?'], 0,
	    "T75 %s: %u files, and none hangs", folder, n);
	ok(n > 0 && play.n['p'] + play.n['b'] == n,
	    "%s played: %u shown, %u broken, %u ends", folder, play.n['p'],
	    play.n['b'], play.n['-']);
	ok(make.n['p'] + make.n['b'] + make.n['-'] == n,
	    "%s made into films: %u made, %u have a reason, %u ends", folder,
	    make.n['p'], make.n['b'], make.n['-']);
	note("at most %ld KiB", reel_peak(&r));
	ok(WIFEXITED(reel_close(&r)), "%s: who plays lives on", folder);
}

/* A few of our own: they are always there. */
static void
own_test(void)
{
	static const uint8_t head[] = {0xff, 0xd8, 0xff, 0xc2, 0, 17, 8, 0, 64,
	    0, 64, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0};
	static const struct {
		const char *what;
		size_t at;
		uint8_t byte;
	} bend[] = {
		{"progressive", 0, 0xff}, {"arithmetic", 3, 0xc9},
		{"lossless", 3, 0xc3}, {"12 bits", 6, 12},
		{"four components", 11, 4}, {"no picture", 1, 0xd9},
		{"sampling by 4", 13, 0x44}, {"a length of 0", 5, 0},
	};
	uint8_t jpeg[4096];
	struct reel r;
	char what;

	reel_open(&r, -1, NULL);
	for (size_t i = 0; i < COUNT(bend); i++) {
		memset(jpeg, 0xff, sizeof(jpeg));
		memcpy(jpeg, head, sizeof(head));
		if (i > 1)
			jpeg[3] = 0xc0;
		jpeg[bend[i].at] = bend[i].byte;
		what = play_one(&r, bytes_of(jpeg, sizeof(jpeg)));
		is_int(what, 'b', "T75 a picture that is %s is broken",
		    bend[i].what);
	}
	ok(WIFEXITED(reel_close(&r)), "and who plays lives on");
}

int
main(void)
{
	hook_test();
	stall_test();
	own_test();
	folder_test("jpeg/bombs");
	folder_test("jpeg/bugs");
	folder_test("jpeg/afl-edges");
	return done();
}

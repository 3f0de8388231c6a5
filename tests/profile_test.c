/* SPDX-License-Identifier: ISC */
/*
 * The folder of a profile: one holder at a time, a header that opens with its
 * passphrase only, and bounds on what a hostile header may ask for (T49, T84,
 * T88).
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sealed.h"
#include "tap.h"

static const struct profile_cost cheap = {64, 1};
static char folder[4096];

static struct bytes
pass_of(const char *s)
{
	return bytes_of(s, strlen(s));
}

static int
try_open(const char *pass, uint8_t master[static KEY_SIZE])
{
	return profile_open(folder, pass_of(pass), master);
}

#define FLIP (-1)

/* Changes one byte of the header and gives the error of opening it. */
static int
open_changed(size_t at, int with)
{
	char *path = path_join(folder, "header");
	uint8_t master[KEY_SIZE], was;
	struct buf b = {0};
	int err;

	if (path_read(path, 4096, &b) != 0 || at >= b.n)
		bail("no header");
	was = b.p[at];
	b.p[at] = with == FLIP ? (uint8_t)(was ^ 0x5a) :
	    (uint8_t)with;
	if (path_write(path, buf_view(&b)) != 0)
		bail("header can't be written");
	err = try_open("correct horse", master);
	b.p[at] = was;
	if (path_write(path, buf_view(&b)) != 0)
		bail("header can't be written");
	buf_free(&b);
	free(path);
	return err;
}

static void
test_header(void)
{
	uint8_t master[KEY_SIZE] = {9, 8, 7}, got[KEY_SIZE];
	size_t i, n = 14, passed = 0;

	is_int(try_open("x", got), ERR_NONE, "no header, no profile");
	ok(!profile_exists(folder), "and it isn't there");
	is_int(profile_make(folder, &rng_system, pass_of("correct horse"),
	    &cheap, master), 0, "made");
	ok(profile_exists(folder), "it is there");
	is_int(try_open("correct horse", got), 0, "opens");
	is_mem(got, master, KEY_SIZE, "with the same master key");
	is_int(try_open("correct hors", got), ERR_PASS, "not with another");
	is_int(try_open("", got), ERR_PASS, "not with none");
	is_int(open_changed(0, 'x'), ERR_FORMAT, "another magic");
	is_int(open_changed(n + 1, 2), ERR_VERSION, "a later version");
	is_int(open_changed(n + 2, 0xff), ERR_RANGE, "too much memory (T88)");
	is_int(open_changed(n + 9, 200), ERR_RANGE, "too many passes (T88)");
	for (i = n + 10; i < n + 10 + 16 + 24 + 48; i++)
		passed += open_changed(i, FLIP) == 0;
	ok(passed == 0, "no changed byte of salt, nonce or key passes");
}

static void
test_lock(void)
{
	int fd, again, status = 0;
	pid_t pid;

	is_int(profile_holder(folder), 0, "nobody holds it");
	is_int(profile_lock(folder, &fd), 0, "locked");
	is_int(profile_holder(folder), getpid(), "by this process");
	pid = fork();
	if (pid == 0)
		_exit(profile_lock(folder, &again) == ERR_BUSY ? 7 : 1);
	if (waitpid(pid, &status, 0) != pid)
		bail("no child");
	is_int(WEXITSTATUS(status), 7, "another process is refused (T49)");
	is_int(profile_lock(folder, &again), ERR_BUSY, "so is a second open");
	is_int(profile_holder(folder), getpid(), "the holder stands");
	close(fd);
	is_int(profile_lock(folder, &fd), 0, "free again when it is closed");
	close(fd);
	is_int(profile_holder(folder), 0, "a dead pid is nobody");
}

int
main(void)
{
	char *cmd;

	snprintf(folder, sizeof(folder), "%s/tacet-profile-XXXXXX",
	    getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
	if (seal_start() != 0 || mkdtemp(folder) == NULL)
		bail("no folder");
	test_header();
	test_lock();
	cmd = mem_format("rm -rf %s", folder);
	if (system(cmd) != 0)
		note("%s is left behind", folder);
	free(cmd);
	return done();
}

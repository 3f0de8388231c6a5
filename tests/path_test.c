/* SPDX-License-Identifier: ISC */
/*
 * Private files: modes, owners, symlinks, FIFOs and hard limits, each planted
 * in a temporary folder; and a replaced file is whole at any moment.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base.h"
#include "tap.h"

static char *
at(const char *name)
{
	static char path[2][256];
	static unsigned turn;

	turn = !turn;
	snprintf(path[turn], sizeof path[turn], "%s/%s", getenv("T"), name);
	return path[turn];
}

static unsigned
mode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 ? 0 : st.st_mode & 07777;
}

static void
test_dir(void)
{
	mode_t mask = umask(0);

	is_int(path_private_dir(at("a/b/c")), 0, "a folder and its parents");
	is_int(mode_of(at("a")), 0700, "all of them private");
	is_int(mode_of(at("a/b/c")), 0700, "under any umask");
	umask(mask);
	is_int(path_private_dir(at("a/b/c/")), 0, "it may exist");
	ok(chmod(at("a/b/c"), 0750) == 0, "made readable by a group");
	is_int(path_private_dir(at("a/b/c")), ERR_DENIED,
	    "it is refused (T84)");
	is_int(mode_of(at("a/b/c")), 0750, "and left as it is");
	ok(symlink("b", at("a/link")) == 0, "a symlink");
	is_int(path_private_dir(at("a/link")), ERR_DENIED, "is no folder");
	is_int(path_private_dir(at("a/link/")), ERR_DENIED,
	    "with a slash neither");
	ok(close(open(at("file"), O_CREAT | O_WRONLY, 0600)) == 0, "a file");
	is_int(path_private_dir(at("file")), ERR_DENIED, "is none");
	is_int(path_private_dir(at("file/x")), ERR_DENIED, "nor has any");
	is_int(path_private_dir(""), ERR_NONE, "an empty name is nothing");
	if (geteuid() == 0) {
		ok(chown(at("a/b"), 65534, 65534) == 0, "somebody else's");
		is_int(path_private_dir(at("a/b")), ERR_DENIED, "is refused");
	} else {
		skip("needs root to give a folder away");
	}
}

static void
test_open(void)
{
	int fd, rw = O_RDWR | O_CREAT;
	mode_t mask = umask(0);

	fd = path_open_private(at("key"), rw);
	umask(mask);
	ok(fd >= 0, "a private file is made");
	is_int(mode_of(at("key")), 0600, "for its owner only");
	ok(fcntl(fd, F_GETFD) & FD_CLOEXEC, "no child inherits it");
	ok(!(fcntl(fd, F_GETFL) & O_NONBLOCK), "and it blocks as usual");
	is_int(write(fd, "abc", 3), 3, "written");
	close(fd);
	is_int(path_open_private(at("key"), rw | O_EXCL), ERR_EXISTS, "once");
	is_int(path_open_private(at("none"), O_RDONLY), ERR_NONE, "absent");
	ok(symlink("key", at("key.link")) == 0, "a symlink to it");
	is_int(path_open_private(at("key.link"), O_RDWR), ERR_DENIED,
	    "is not followed");
	ok(chmod(at("key"), 0640) == 0, "a group may read it");
	is_int(path_open_private(at("key"), O_RDWR | O_TRUNC), ERR_DENIED,
	    "then it is refused (T84)");
	ok(chmod(at("key"), 0600) == 0, "private again");
	fd = path_open_private(at("key"), O_RDWR);
	is_int(lseek(fd, 0, SEEK_END), 3, "the refusal truncated nothing");
	close(fd);
	fd = path_open_private(at("key"), O_RDWR | O_TRUNC);
	is_int(lseek(fd, 0, SEEK_END), 0, "what is allowed truncates");
	close(fd);
	ok(mkfifo(at("fifo"), 0600) == 0, "a FIFO in its place");
	is_int(path_open_private(at("fifo"), O_RDONLY), ERR_DENIED,
	    "is refused and hangs nobody");
	is_int(path_open_private(at("fifo"), O_WRONLY), ERR_DENIED,
	    "for writing too");
	is_int(path_open_private(at("a"), O_RDONLY), ERR_DENIED,
	    "a folder is no file");
}

static void
test_read(void)
{
	struct buf b = {0};

	is_int(path_write(at("text"), bytes_of("hello", 5)), 0, "written");
	is_int(path_read(at("text"), 5, &b), 0, "read with room for all");
	ok(bytes_same(buf_view(&b), bytes_of("hello", 5)), "as it was");
	buf_clear(&b);
	is_int(path_read(at("text"), 4, &b), ERR_BIG, "too large by one");
	buf_clear(&b);
	is_int(path_read(at("nothing"), 10, &b), ERR_NONE, "absent");
	is_int(path_read(at("fifo"), 10, &b), ERR_DENIED, "a FIFO");
	is_int(path_read(at("a"), 10, &b), ERR_DENIED, "a folder");
	buf_free(&b);
}

static unsigned
entries(const char *path)
{
	DIR *d = opendir(path);
	unsigned n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

static void
test_write(void)
{
	unsigned before;
	struct buf b = {0};
	uint8_t *big = mem_alloc(100000);

	memset(big, 'x', 100000);
	before = entries(getenv("T"));
	is_int(path_write(at("text"), bytes_of(big, 100000)), 0, "replaced");
	is_int(entries(getenv("T")), before, "no temporary is left");
	is_int(mode_of(at("text")), 0600, "private");
	is_int(path_read(at("text"), 100000, &b), 0, "read");
	ok(bytes_same(buf_view(&b), bytes_of(big, 100000)), "all of it");
	ok(symlink("text", at("text.link")) == 0, "a symlink as the target");
	is_int(path_write(at("text.link"), bytes_of("new", 3)), 0, "written");
	is_int(mode_of(at("text.link")), 0600, "is replaced, not followed");
	buf_clear(&b);
	is_int(path_read(at("text"), 100000, &b), 0, "what it pointed to");
	is_int(b.n, 100000, "is as before");
	is_int(path_write(at("a"), bytes_of("x", 1)), ERR_DENIED,
	    "a folder is not replaced");
	is_int(entries(getenv("T")), before + 1, "and nothing stays behind");
	is_int(path_write(at("no/such"), bytes_of("x", 1)), ERR_NONE,
	    "no folder to write into");
	is_int(path_write(at("a/"), bytes_of("x", 1)), ERR_DENIED, "no name");
	is_int(path_write(at("empty"), bytes_of(NULL, 0)), 0, "an empty one");
	buf_free(&b);
	free(big);
}

static void
one_name(char *got, const char *want)
{
	is_str(got, want, "%s", want);
	free(got);
}

static void
test_names(void)
{
	char *s;

	one_name(path_join("a", "b"), "a/b");
	one_name(path_join("a/", "/b"), "a/b");
	one_name(path_join("", "b"), "b");
	one_name(path_join("/", "b"), "/b");
	setenv("HOME", "/home/x", 1);
	unsetenv("TACET_TEST_XDG");
	one_name(path_xdg("TACET_TEST_XDG", ".config", "tacet"),
	    "/home/x/.config/tacet");
	setenv("TACET_TEST_XDG", "relative", 1);
	one_name(path_xdg("TACET_TEST_XDG", ".config", "tacet"),
	    "/home/x/.config/tacet");
	setenv("TACET_TEST_XDG", "/xdg", 1);
	one_name(path_xdg("TACET_TEST_XDG", ".config", "tacet"), "/xdg/tacet");
	unsetenv("TACET_TEST_XDG");
	setenv("HOME", "relative", 1);
	s = path_xdg("TACET_TEST_XDG", ".config", "tacet");
	ok(s[0] == '/' && strstr(s, "/.config/tacet"),
	    "without a home, the system's: %s", s);
	free(s);
}

int
main(void)
{
	char dir[] = "/tmp/path_test.XXXXXX", *rm;
	int r;

	if (!mkdtemp(dir) || setenv("T", dir, 1) < 0)
		bail("no temporary folder: %s", strerror(errno));
	test_dir();
	test_open();
	test_read();
	test_write();
	test_names();
	rm = mem_format("rm -rf '%s'", dir);
	r = system(rm);
	free(rm);
	ok(r == 0, "swept");
	return done();
}

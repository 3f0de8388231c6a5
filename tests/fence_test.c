/* SPDX-License-Identifier: ISC */
/*
 * What the role show has given up: each thing is tried by a process of its own
 * behind the fence, which tells how it went. Skipped where no jail can be (the
 * sanitizers need what it takes away).
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "show.h"
#include "tap.h"

static char dir[] = "/tmp/tacet-fence-XXXXXX";

/* 0: it went well, else errno. */
static int
at(const char *name, int flags)
{
	char *path = path_join(dir, name);
	int fd = open(path, flags | O_CLOEXEC, 0600), err = fd < 0 ? errno : 0;

	free(path);
	return err;
}

static int
reads_own(void)
{
	return at("secret", O_RDONLY);
}

static int
writes_own(void)
{
	return at("new", O_WRONLY | O_CREAT);
}

static int
reads_usr(void)
{
	return open("/usr/bin/env", O_RDONLY | O_CLOEXEC) < 0 ? errno : 0;
}

static int
writes_etc(void)
{
	return open("/etc/tacet-fence", O_WRONLY | O_CREAT | O_CLOEXEC,
	    0600) < 0 ? errno : 0;
}

static int
runs(void)
{
	(void)execl("/bin/true", "true", (char *)NULL);
	return errno;
}

static int
calls_far(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0 ? errno : 0;
}

static int
calls_near(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0 ? errno : 0;
}

static int
many_files(void)
{
	for (int i = 0; i < 600; i++)
		if (dup(0) < 0)
			return errno;
	return 0;
}

static int
writes_folder(void)
{
	return open("film.y4m", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0 ?
	    errno : 0;
}

/* How `fn` went behind the fence; folder: given as the sink file has it. */
static int
behind(int (*fn)(void), bool folder)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		int fd;

		(void)close(MEDIA_FD_SOURCE);
		fd = folder ? open(dir, O_RDONLY | O_DIRECTORY) : -1;
		if (fd >= 0 && fd != MEDIA_FD_SOURCE &&
		    dup2(fd, MEDIA_FD_SOURCE) < 0)
			_exit(254);
		_exit(jail_no_dumps() != 0 || fence_close() != 0 ? 253 :
		    fn());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		bail("no process");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static void
surroundings(void)
{
	static const char *const gone[] = {"DISPLAY", "PULSE_SERVER",
	    "XAUTHORITY", "ALSA_CONFIG_PATH", "XDG_RUNTIME_DIR",
	    "PULSE_RUNTIME_PATH"};

	for (size_t i = 0; i < COUNT(gone); i++)
		(void)unsetenv(gone[i]);
	(void)setenv("HOME", dir, 1);
}

int
main(void)
{
	char *path, *rm;

	if (mkdtemp(dir) == NULL)
		bail("no folder");
	surroundings();
	path = path_join(dir, "secret");
	if (path_write(path, bytes_of("x", 1)) != 0)
		bail("no file");
	if (behind(calls_far, false) == 0 && behind(runs, false) == 0) {
		skip("there is no jail in this build");
	} else {
		is_int(behind(reads_usr, false), 0, "what is installed is "
		    "read");
		is_int(behind(calls_near, false), 0, "this machine is called");
		ok(behind(reads_own, false) != 0, "a user's file is not read");
		ok(behind(writes_own, false) != 0, "nor one made");
		ok(behind(writes_etc, false) != 0, "nor any elsewhere");
		is_int(behind(runs, false), EPERM, "no program is started");
		ok(behind(calls_far, false) != 0, "no other machine is "
		    "called");
		(void)setenv("DISPLAY", "elsewhere:0", 1);
		is_int(behind(calls_far, false), 0, "but where the display is "
		    "there");
		is_int(behind(runs, false), EPERM, "and still no program");
		(void)setenv("DISPLAY", ":0", 1);
		ok(behind(calls_far, false) != 0, "one of this machine is "
		    "none there");
		is_int(behind(many_files, false), EMFILE, "files are few");
		is_int(behind(writes_folder, true), 0, "the folder that it "
		    "was given is written");
		ok(behind(writes_etc, true) != 0, "and no other");
	}
	rm = mem_format("rm -rf '%s'", dir);
	if (system(rm) != 0)
		note("%s is left behind", dir);
	free(rm);
	free(path);
	return done();
}

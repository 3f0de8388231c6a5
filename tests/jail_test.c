/* SPDX-License-Identifier: ISC */
/*
 * The jail, as the kernel tells it: no core files, not dumpable, no new
 * privileges; a second call is no error, and our own counting still works.
 * Then the closed one, in a child for each try: what is refused, what ends it,
 * what it still may.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base.h"
#include "tap.h"

/* What a child tries in the folder where it stands; 0: it was let. */

static int
try_read_outside(void)
{
	return open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 ? errno : 0;
}

static int
try_read_given(void)
{
	return open("/dev/urandom", O_RDONLY | O_CLOEXEC) < 0 ? errno : 0;
}

static int
try_write_given(void)
{
	return open("/dev/urandom", O_WRONLY | O_CLOEXEC) < 0 ? errno : 0;
}

static int
try_own_file(void)
{
	int fd = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, "x", 1) != 1 || ftruncate(fd, 0) < 0 ||
	    fsync(fd) < 0 || close(fd) < 0 || unlinkat(AT_FDCWD, "file", 0) < 0)
		return errno;
	return 0;
}

static int
try_climb(void)
{
	return open("../outside", O_RDWR | O_CREAT | O_CLOEXEC, 0600) < 0 ?
	    errno : 0;
}

static int
try_folder(void)
{
	return mkdirat(AT_FDCWD, "folder", 0700) < 0 ? errno : 0;
}

static int
try_socket(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0 ? errno : 0;
}

static int
try_exec(void)
{
	char *const none[] = {NULL};

	return execve("/bin/true", none, none) < 0 ? errno : 0;
}

static int
try_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : 0;
}

static int
try_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0;
}

static int
try_memory(void)
{
	void *p = mem_secret(100000);

	mem_secret_free(p);
	return 0;
}

static int
try_kill_parent(void)
{
	return kill(getppid(), 0) < 0 ? errno : 0;
}

static int
try_abort(void)
{
	abort();
}

static int
try_nothing(void)
{
	return 0;
}

/* Exit code: what the try gave; 128 and more: the signal that ended it. */
static int
in_jail(int (*try)(void), int *parts)
{
	static const struct jail_place place[] = {
		{".", JAIL_WRITE}, {"/dev/urandom", JAIL_READ},
		{"/not/there", JAIL_READ},
	};
	int status = 0;
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (!parts && jail_close(JAIL_OF_RELAY, place, COUNT(place)) < 0)
			_exit(127);
		if (parts)
			_exit(jail_close(JAIL_OF_RELAY, place, COUNT(place)));
		_exit(try());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	if (parts)
		*parts = WEXITSTATUS(status);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status);
}

/* Only once for each process: the children inherit nothing closed. */
static void
closed(void)
{
	static const struct {
		const char *name;
		int (*try)(void);
		int want;
		int part;
	} row[] = {
		{"nothing", try_nothing, 0, JAIL_FILES},
		{"a file elsewhere", try_read_outside, EACCES, JAIL_FILES},
		{"a file that was given", try_read_given, 0, JAIL_FILES},
		{"to write what is for reading", try_write_given, EACCES,
		    JAIL_FILES},
		{"a file of its own", try_own_file, 0, JAIL_FILES},
		{"a file beside its folder", try_climb, EACCES, JAIL_FILES},
		{"a folder", try_folder, 128 + SIGSYS, JAIL_CALLS},
		{"a socket", try_socket, 128 + SIGSYS, JAIL_CALLS},
		{"another program", try_exec, 128 + SIGSYS, JAIL_CALLS},
		{"another process", try_fork, 128 + SIGSYS, JAIL_CALLS},
		{"memory that is code", try_code, 128 + SIGSYS, JAIL_CALLS},
		{"locked memory", try_memory, 0, JAIL_CALLS},
		{"a signal to others", try_kill_parent, 128 + SIGSYS,
		    JAIL_CALLS},
		{"to give up by abort()", try_abort, 128 + SIGABRT,
		    JAIL_CALLS},
	};
	int parts = 0;
	size_t i;

	(void)in_jail(try_nothing, &parts);
	printf("# the kernel holds%s%s%s\n", parts & JAIL_FILES ? " files" : "",
	    parts & JAIL_PORTS ? " ports" : "",
	    parts & JAIL_CALLS ? " calls" : "");
	for (i = 0; i < COUNT(row); i++)
		if (!(parts & row[i].part))
			skip("this kernel or build does not hold that part");
		else
			is_int(in_jail(row[i].try, NULL), row[i].want, "%s",
			    row[i].name);
}

int
main(void)
{
	const char *tmp = getenv("TMPDIR");
	struct rlimit core = {1, 1};
	void *secret = mem_secret(10);

	is_int(jail_no_dumps(), 0, "closed");
	ok(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 &&
	       core.rlim_max == 0, "no core file");
	is_int(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0, "not dumpable (T85)");
	is_int(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1, "no new privileges");
	is_int(jail_no_dumps(), 0, "twice is fine");
	ok(mem_secret_unlocked() != SIZE_MAX, "locked memory is still counted");
	mem_secret_free(secret);
	ok(chdir(tmp ? tmp : "/tmp") == 0 && (mkdirat(AT_FDCWD, "jail", 0700)
	    == 0 || errno == EEXIST) && chdir("jail") == 0, "a folder");
	closed();
	return done();
}

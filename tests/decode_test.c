/* SPDX-License-Identifier: ISC */
/*
 * The role decode against hostile bytes: calls of the kernel that it has no
 * need of, work without end, pictures that are bombs. It ends or says that
 * something is broken; whoever started it sees that and lives.
 * floor: media
 */
#include <signal.h>
#include <sys/wait.h>

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

int
main(void)
{
	hook_test();
	stall_test();
	return done();
}

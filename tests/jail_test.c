/* SPDX-License-Identifier: ISC */
/*
 * The jail, as the kernel tells it: no core files, not dumpable, no new
 * privileges; a second call is no error, and our own counting still works.
 */
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base.h"
#include "tap.h"

int
main(void)
{
	struct rlimit core = {1, 1};
	void *secret = mem_secret(10);

	is_int(jail_no_dumps(), 0, "closed");
	ok(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 &&
	       core.rlim_max == 0, "no core file");
	is_int(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0, "not dumpable");
	is_int(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1, "no new privileges");
	is_int(jail_no_dumps(), 0, "twice is fine");
	ok(mem_secret_unlocked() != SIZE_MAX, "locked memory is still counted");
	mem_secret_free(secret);
	return done();
}

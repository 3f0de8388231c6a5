/* SPDX-License-Identifier: ISC */
/*
 * What the whole process gives up early: a crash leaves no core file with keys
 * in it, other processes of the same user can't attach and read, and nothing
 * we run gains rights that we don't have.
 */
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base.h"

int
jail_no_dumps(void)
{
	struct rlimit none = {0, 0};

	if (setrlimit(RLIMIT_CORE, &none) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return ERR_IO;
	return 0;
}

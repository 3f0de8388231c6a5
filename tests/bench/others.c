/* SPDX-License-Identifier: ISC */
/*
 * Other people's servers under the same load: set up and measured by the
 * scripts that tests/bench/table stages into build/peers. One reading is one
 * run of peer_run.sh, which prints one number or nothing.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

const char *
peer_missing(void)
{
	const char *why = getenv("BENCH_PEERS_WHY");

	return why && *why ? why : "this peer is not installed";
}

char *
peer_file(const char *name)
{
	const char *dir = getenv("BENCH_PEERS");

	return dir && *dir ? mem_format("%s/data/%s", dir, name) : NULL;
}

double
peer_measure(const char *peer, const char *mode, unsigned readers,
    unsigned window)
{
	const char *dir = getenv("BENCH_PEERS");
	char *cmd, line[64];
	double v = -1;
	FILE *f;

	if (!dir || !*dir)
		return -1;
	cmd = mem_format("tests/bench/peer_run.sh '%s' %s %s %u %u %g", dir,
	    peer, mode, readers, window, bench_secs());
	f = popen(cmd, "re");
	if (f && fgets(line, sizeof(line), f))
		v = strtod(line, NULL);
	if (f)
		(void)pclose(f);
	free(cmd);
	return v;
}

/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as an option file, and its words as flags: either every value is
 * one its row allows, or there is a sentence, and it is fit for a terminal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base.h"
#include "clean.h"
#include "fuzz.h"

static const struct option_row rows[] = {
	{"port", OPT_INT, "8223", "1..65535", "port", false},
	{"idle", OPT_TIME, "5m", "1s..7d", "idle", true},
	{"quota", OPT_SIZE, "1g", NULL, "quota", true},
	{"mode", OPT_CHOICE, "invite", "open|invite|closed", "who", true},
	{"quiet", OPT_BOOL, "no", NULL, "hush", true},
	{"motto", OPT_STRING, NULL, NULL, "motto", false},
};

static void
check(struct options *o, int err, char *why)
{
	int64_t port = options_int(o, "port"), idle = options_int(o, "idle");
	const char *mode = options_string(o, "mode");
	const char *motto = options_string(o, "motto");

	assert(port >= 1 && port <= 65535);
	assert(idle >= 1000 && idle <= 7 * 86400 * 1000LL);
	assert(options_int(o, "quota") >= 0);
	assert(options_int(o, "quiet") == options_bool(o, "quiet"));
	assert(strcmp(mode, "open") == 0 || strcmp(mode, "invite") == 0 ||
	       strcmp(mode, "closed") == 0);
	assert(!motto || utf8_valid(motto, strlen(motto)));
	assert((err != 0) == (why != NULL));
	assert(!why || !clean_why(SAFE_LINE, why, strlen(why)));
	free(why);
	options_free(o);
}

static void
check_file(const uint8_t *p, size_t n)
{
	int fd = memfd_create("options", MFD_CLOEXEC), err;
	struct options o;
	char path[32], *why;

	if (fd < 0 || write(fd, p, n) != (ssize_t)n)
		abort();
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	options_init(&o, rows, COUNT(rows));
	err = options_file(&o, path, &why);
	assert(err == 0 || err == ERR_INPUT || (err == ERR_BIG && n > 65536));
	check(&o, err, why);
	(void)close(fd);
}

static void
check_args(const uint8_t *p, size_t n)
{
	char *argv[32], *text = mem_alloc(n + 1), *word, *save = NULL, *why;
	struct options o;
	int argc = 0, i = 0, err;

	memcpy(text, p, n);
	for (word = strtok_r(text, " \n", &save); word && argc < 31;
	     word = strtok_r(NULL, " \n", &save))
		argv[argc++] = word;
	argv[argc] = NULL;
	options_init(&o, rows, COUNT(rows));
	err = options_args(&o, argc, argv, &i, &why);
	assert(err == 0 || err == ERR_INPUT);
	assert(i >= 0 && i <= argc);
	check(&o, err, why);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	check_file(p, n);
	check_args(p, n);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * tacet-media: what opens pictures, films and sound, so that the client never
 * does. A client starts it in one of two roles, over descriptors that it gives
 * it; it holds no key and opens no connection. tacet-media(1).
 */
#include <signal.h>
#include <stdio.h>

#include "role.h"

static const struct {
	const char *name;
	int (*run)(void);
} media_role[] = {
	{"decode", decode_run},
	{"show", show_run},
};

static int
usage(void)
{
	fprintf(stderr, "usage: tacet-media decode|show\n"
	    "It is started by tacet; there is nothing to type here.\n");
	return 2;
}

int
main(int argc, char **argv)
{
	if (argc != 2)
		return usage();
	if (strcmp(argv[1], "-V") == 0 || strcmp(argv[1], "--version") == 0)
		return printf("tacet-media %s\n", VERSION) < 0;
	/* whoever hangs up is seen at the write */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || jail_no_dumps() != 0)
		return 1;
	for (size_t i = 0; i < COUNT(media_role); i++)
		if (strcmp(argv[1], media_role[i].name) == 0)
			return media_role[i].run();
	return usage();
}

/* SPDX-License-Identifier: ISC */
/*
 * Films from files.
 */
#include "codec.h"

static enum media_fail
film_open(void **own, const struct packet_make *make, struct source_info *info,
    char **words)
{
	(void)make;
	*own = NULL;
	memset(info, 0, sizeof(*info));
	*words = mem_string("files can't be read yet");
	return MEDIA_FAIL_OPEN;
}

const struct source_ops source_film = {.open = film_open};

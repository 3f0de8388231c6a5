/* SPDX-License-Identifier: ISC */
/*
 * Fuzzes addresses and names, which people paste from anywhere. What is taken
 * is whole, has printable characters only, and reads the same when put again;
 * what is not has a sentence.
 */
#include <stdlib.h>

#include "ident.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(bool cond)
{
	if (!cond)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = mem_format("%.*s", (int)(size & 0xffff), (const char *)data);
	char out[ADDRESS_TEXT];
	struct address a, b;
	const char *why;

	if (address_get(s, &a, &why) != 0) {
		must(why != NULL && *why != '\0');
	} else {
		must(why == NULL && a.port != 0 && *a.host != '\0');
		for (const char *p = a.host; *p != '\0'; p++)
			must(*p > ' ' && *p < 0x7f);
		address_put(&a, true, out);
		must(address_get(out, &b, &why) == 0);
		must(memcmp(&a, &b, sizeof(a)) == 0);
	}
	if (name_ok(bytes_of(data, size)))
		must(size >= 1 && size <= NAME_LEN &&
		    memchr(data, 0, size) == NULL);
	free(s);
	return 0;
}

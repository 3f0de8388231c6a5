/* SPDX-License-Identifier: ISC */
/*
 * Fuzzes addresses and names, which people paste from anywhere: any text, and
 * a true address with an invite and letters changed. What is taken is whole, has printable characters only, and reads the same when put again;
 * what is not has a sentence.
 */
#include <stdlib.h>

#include "fuzz.h"
#include "ident.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = mem_format("%.*s", (int)(size & 0xffff), (const char *)data);
	struct address full = {.host = "relay.example", .port = 8223,
	    .pin = {1, 2, 3}, .pinned = true, .invited = true};
	char out[ADDRESS_TEXT];
	size_t i, n;
	struct address a, b;
	const char *why;

	if (size > 0 && data[0] % 2 == 0) {
		free(s);
		address_put(&full, true, out);
		s = mem_string(out);
		n = strlen(s);
		for (i = 1; i + 1 < size; i += 2)
			s[data[i] % n] = (char)data[i + 1];
	}
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

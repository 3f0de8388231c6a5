/* SPDX-License-Identifier: ISC */
/* See mls_data.h. */
#include <stdlib.h>

#include "mls_data.h"
#include "tap.h"

bool
mls_data(const char *name, void (*verify)(struct mls_case *))
{
	char *file = mem_format("mls/%s.json", name);
	struct rng_seeded seeded;
	struct rng rng = rng_seed(&seeded, 9);
	bool good = true;
	struct vec v;
	json_t *c;
	size_t i;

	vec_open_data(&v, file);
	vec_each(v.root, i, c) {
		struct mls_case k = { .v = &v, .c = c, .rng = &rng,
			.suite = mls_suite_find((uint16_t)vec_int(c,
			    "cipher_suite")) };

		if (k.suite == NULL)
			bail("%s: a suite that is not ours", file);
		verify(&k);
		buf_u8(&k.why, 0);
		good = good && k.missed == 0 && k.wanted > 0;
		note("%s, %s: %u checks%s%s", name, k.suite->name, k.wanted,
		    k.missed > 0 ? ", not " : "", (const char *)k.why.p);
		buf_free(&k.why);
	}
	vec_close(&v);
	free(file);
	return good && i > 0;
}

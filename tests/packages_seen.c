/* SPDX-License-Identifier: ISC */
/* See packages_seen.h. */
#include "inside.h"
#include "packages_seen.h"

size_t
packages_seen(const struct client *c, uint8_t ref[][PACKAGE_SEEN], size_t max)
{
	size_t i, n = 0;

	for (i = 0; i < c->packages && n < max; i++)
		if (!c->package[i]->last)
			memcpy(ref[n++], c->package[i]->ref, PACKAGE_SEEN);
	return n;
}

bool
packages_have(const struct client *c, const uint8_t *ref)
{
	size_t i;

	for (i = 0; i < c->packages; i++)
		if (memcmp(c->package[i]->ref, ref, PACKAGE_SEEN) == 0)
			return true;
	return false;
}

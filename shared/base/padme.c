/* SPDX-License-Identifier: ISC */
/*
 * What the length of something sealed is padded to, so that it tells less.
 */
#include "base.h"

size_t
padme(size_t n)
{
	unsigned e = 0, s = 0;
	size_t mask;

	/* Padme (Nikitin et al., PETS 2019): keep as many high bits as the
	 * length of the length has, round the rest up. */
	if (n < 2)
		return n;
	while (n >> e > 1)
		e++;
	while (e >> s != 0)
		s++;
	mask = ((size_t)1 << (e - s)) - 1;
	return (n + mask) & ~mask;
}

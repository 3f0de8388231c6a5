/* SPDX-License-Identifier: ISC */
/*
 * A look at the KeyPackages that a client holds, for tests that stand outside
 * of it. Never part of a program.
 */
#ifndef TACET_PACKAGES_SEEN_H
#define TACET_PACKAGES_SEEN_H

#include "client.h"

#define PACKAGE_SEEN 32         /* bytes of a ref that tell it apart */

/* The refs of its one-time packages; how many there are, at most max. */
size_t packages_seen(const struct client *, uint8_t ref[][PACKAGE_SEEN],
    size_t max);
bool packages_have(const struct client *, const uint8_t *ref);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Our own known answers of one MLS format (tests/data/mls), for the test of the
 * file that they are about. The official ones go through mls-vectors.
 */
#ifndef TACET_MLS_DATA_H
#define TACET_MLS_DATA_H

#include "mls_vec.h"

/* NAME.json: true when there are cases and all hold; a note says what not. */
bool mls_data(const char *name, void (*verify)(struct mls_case *));

#endif

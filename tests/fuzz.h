/* SPDX-License-Identifier: ISC */
/*
 * What fuzzers share: how libFuzzer calls them, what must hold whatever comes
 * in, and true bytes with some of them changed. Never part of a program.
 */
#ifndef TACET_FUZZ_H
#define TACET_FUZZ_H

#include "base.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

void must(bool);                /* else it aborts, which the fuzzer reports */
/* Changes up to eight bytes of b, which has some, as the input says; what is
 * left of the input replaces its end. */
void fuzz_edit(struct buf *b, struct rd *in);

#endif

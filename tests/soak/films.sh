#!/bin/sh
# SPDX-License-Identifier: ISC
# limit: 3600
#
# Films of five minutes in three formats, and one of two hours, made into ours:
# every picture at its time, and memory that does not grow.
TACET_SOAK=1 exec "${TACET_BIN:-build/test}/tests/source_test"

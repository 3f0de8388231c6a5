#!/bin/sh
# SPDX-License-Identifier: ISC
# limit: 3600
#
# Three people who change their room at once, fifty times.
TACET_SOAK=1 exec "${TACET_BIN:-build/test}/tests/at_once_test"

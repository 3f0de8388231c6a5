#!/bin/sh
# SPDX-License-Identifier: ISC
# limit: 600
#
# A reader who stays stopped until the relay gives it up, which takes 90 s.
TACET_SOAK=1 exec "${TACET_BIN:-build/test}/tests/deaf_test"

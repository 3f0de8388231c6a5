#!/bin/bash
# SPDX-License-Identifier: ISC
#
# A device is linked while either end is killed, at each of the first visits of
# every crash point, where make check takes one.
# limit: 1800

TACET_SOAK=1 exec "$TACET_BIN/tests/linkup_crash_test"

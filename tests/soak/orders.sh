#!/bin/sh
# SPDX-License-Identifier: ISC
# limit: 3600
#
# A thousand orders in which a relay may show what it has.
SEEDS=1000 exec "${TACET_BIN:-build/test}/tests/orders_test"

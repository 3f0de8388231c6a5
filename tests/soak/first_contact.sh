#!/bin/sh
# SPDX-License-Identifier: ISC
# limit: 3600
#
# Two people who ask each other at once, fifty times.
TACET_SOAK=1 exec "${TACET_BIN:-build/test}/tests/client_contact_test"

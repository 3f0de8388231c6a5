#!/bin/bash
# SPDX-License-Identifier: ISC
# variant: test
# limit: 600
#
# A film published while client, helper and relay are killed 20 times.
PUBLISH_KILLS=20 exec "$(dirname "$0")/../publish_kill_test.sh"

#!/bin/bash
# SPDX-License-Identifier: ISC
# variant: test
# limit: 1200
#
# A film watched while client, helper and relay are killed 20 times.
PLAY_KILLS=20 exec "$(dirname "$0")/../play_kill_test.sh"

#!/bin/bash
# SPDX-License-Identifier: ISC
# variant: test
# limit: 5400
#
# Two hours of film published, within the bound that twenty seconds have. Who
# watches holds 20 s ahead, however long the film (tests/play_test.c).
FILM_SECONDS=${FILM_SECONDS:-7200} FILM_RATE=5 \
    exec "$(dirname "$0")/../film_memory_test.sh"

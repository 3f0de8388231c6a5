#!/bin/bash
# SPDX-License-Identifier: ISC
# variant: test
# limit: 5400
#
# Films of five minutes in three formats, each watched and sought in every
# place where a film can be shown.
FILM_SECONDS=300 exec "$(dirname "$0")/../film_sinks_test.sh"

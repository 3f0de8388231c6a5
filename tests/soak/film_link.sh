#!/bin/bash
# SPDX-License-Identifier: ISC
# variant: test
# limit: 900
#
# A minute of a film over each kind of bad link.
FILM_LINK_LONG=1 exec "$(dirname "$0")/../film_link_test.sh"

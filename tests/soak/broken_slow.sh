#!/bin/sh
# SPDX-License-Identifier: ISC
# limit: 3600
#
# The rows of attacks.def that take longer to go red without their defence.
exec "$(dirname "$0")/../broken.sh" slow

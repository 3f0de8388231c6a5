#!/bin/sh
# SPDX-License-Identifier: ISC
# variant: test
# limit: 600
#
# The guards can fail: floors.sh, drift.sh, attacks.sh and same.sh break each of
# their rules once, in a small tree of their own, and must go red there.

set -u
cd "$(dirname "$0")" || exit 1
n=0 bad=0
for g in floors drift attacks same; do
	out=$(./$g.sh --self 2>&1) || bad=1
	echo "$out" | grep -v '^1\.\.' | sed -E "s/^((not )?ok) [0-9]+/\1/"
	n=$((n + $(echo "$out" | grep -cE '^(not )?ok ')))
done
echo "1..$n"
exit $bad

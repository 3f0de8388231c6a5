#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Live interop of our MLS with ts-mls: 200 seeded schedules in each of the two
# suites (a tenth of them in slower builds). The packages come from the lock
# file by the registry that npm is set up with, into build/interop.
# limit: 1800
#
#	tests/mls_interop_test.sh --suite 84 --seed 7      replays one schedule

set -u
cd "$(dirname "$0")/.." || exit 1
bin=${TACET_BIN:-build/test}
home=$(dirname "$bin")/interop
driver=$bin/tool/mls_driver

skip() {
	echo "1..0 # SKIP $1"
	exit 0
}

found=$(node --version 2>/dev/null) || found='no node'
major=${found#v}
major=${major%%.*}
case $major in
'' | *[!0-9]*) skip "needs node 20, found $found" ;;
esac
[ "$major" -ge 20 ] || skip "needs node 20, found $found"
command -v npm >/dev/null || skip 'needs npm'

mkdir -p "$home"
exec 9>"$home/lock"
flock 9
cp tests/interop/*.mjs tests/interop/package.json tests/interop/.npmrc "$home"
if ! cmp -s tests/interop/package-lock.json "$home/package-lock.json" ||
    [ ! -f "$home/installed" ]; then
	rm -f "$home/installed"
	cp tests/interop/package-lock.json "$home"
	if ! (cd "$home" && npm ci --no-progress >npm.log 2>&1); then
		(cd "$home" && npm ping >/dev/null 2>&1) ||
			skip 'npm does not reach its registry'
		echo 'not ok 1 - npm ci'
		sed 's/^/# /' "$home/npm.log" | tail -n 20
		echo 1..1
		exit 1
	fi
	touch "$home/installed"
fi
exec 9>&-

count=200
case $bin in
*/test | */clang | */rel) ;;
*) count=20 ;;
esac
exec node "$home/interop.mjs" --driver "$driver" --count $count --jobs 2 "$@"

#!/bin/bash
# SPDX-License-Identifier: ISC
# variant: test
# limit: 2400
#
# A test that can't fail proves nothing. Each row of attacks.def is played once
# with its defence switched off, and the check with its number must go red.
#
# usage: tests/broken.sh [quick | slow | all] [number ...]

set -u
export LC_ALL=C.UTF-8
cd "$(dirname "$0")/.." || exit 1
BIN=${TACET_BIN:-build/test}
BIN=$(cd "$BIN" && pwd) || exit 1
TACET_BIN=$BIN TACET_ROOT=$PWD
export TACET_BIN TACET_ROOT
export TACET_VECTORS=${TACET_VECTORS:-$PWD/../shared/vectors}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/broken.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP
pace=${1:-quick}
[ $# = 0 ] || shift
n=0 bad=0

rows() {
	sed -n 's/^ATTACK(\(T[0-9]*\), *\([a-z0-9_]*\), *\([a-z_]*\), *\([a-z]*\), *".*")$/\1 \2 \3 \4/p' \
	    tests/attacks.def | awk -v pace="$pace" -v some=" $* " '
	    $3 != "none" && ($4 == pace || pace == "all") &&
	    (some == "  " || index(some, " " $1 " "))'
}

# play TEST DEFENCE: its output, once for all rows that have both
play() {
	local out=$tmp/$1.$2 prog=$BIN/tests/$1
	[ ! -f "tests/$1.sh" ] || prog=tests/$1.sh
	if [ ! -f "$out" ]; then
		mkdir -p "$tmp/t"
		TMPDIR=$tmp/t TACET_TEST_BREAK=$2 timeout -k 5 240 "$prog" \
		    >"$out" 2>&1 </dev/null
		rm -rf "$tmp/t"
	fi
}

while read -r number test defence pace_; do
	from=$SECONDS
	play "$test" "$defence"
	n=$((n + 1))
	if grep -qE "^(not ok|Bail out!) .*\b$number\b" \
	    "$tmp/$test.$defence"; then
		echo "ok $n - without \`$defence' $test goes red at $number" \
		    "($((SECONDS - from)) s)"
	elif [ ! -x "$BIN/tests/$test" ] && [ ! -f "tests/$test.sh" ]; then
		bad=1
		echo "not ok $n - $test is there for $number"
	else
		bad=1
		echo "not ok $n - without \`$defence' $test goes red at $number"
		grep -aE '^not ok|^Bail|rror' "$tmp/$test.$defence" |
		    head -n 5 | sed 's/^/# /'
		tail -n 2 "$tmp/$test.$defence" | sed 's/^/# /'
	fi
done < <(rows "$@")
echo "1..$n"
exit $bad

#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The MLS working group's vectors, and our own known answers in the same
# formats, through mls-vectors. With -m every field is also damaged in turn, so
# that a verifier that overlooks something shows.
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
bin=${TACET_BIN:-build/test}
prog=$bin/mls-vectors
vectors=${TACET_VECTORS:-../shared/vectors}/mls
tmp=${TMPDIR:-/tmp}
n=0 bad=0

# check name status: one line of TAP
check() {
	n=$((n + 1))
	[ "$2" = 0 ] && echo "ok $n - $1" && return
	echo "not ok $n - $1"
	bad=1
}

# status wanted arguments...: the exit code is this one
status() {
	local want=$1
	shift
	"$prog" "$@" >"$tmp/out" 2>&1
	[ $? = "$want" ] && [ -s "$tmp/out" ]
}

# run options path: one check, and what the program said
run() {
	local rc
	# shellcheck disable=SC2086
	"$prog" $1 "$2" >"$tmp/out" 2>&1
	rc=$?
	sed 's/^/# /' "$tmp/out"
	check "$(grep -oE '[0-9]+ (passed|damaged).*' "$tmp/out" |
	    paste -sd ' ' | sed "s|^|$(basename "$2"): |")" $rc
}

for f in tests/data/mls/*.json; do
	run -m "$f"
done

# Damage to each of the official files takes a minute where code is slow.
case $bin in
*/test | */clang | */rel) harm=-m ;;
*) harm= ;;
esac
if ls "$vectors"/*.json >/dev/null 2>&1; then
	for f in "$vectors"/*.json; do
		run "$harm" "$f"
	done
else
	n=$((n + 1))
	echo "ok $n - official vectors # SKIP needs $vectors"
fi

echo '[{"n_leaves": 1,' >"$tmp/broken.json"
sed 's/"psk_secret":"../"psk_secret":"00/' tests/data/mls/psk_secret.json \
    >"$tmp/psk_secret.json"
status 2 "$tmp/absent.json"
check 'an absent file: exit 2 and a sentence' $?
status 2 "$tmp/broken.json"
check 'a broken file: exit 2 and a sentence' $?
status 2
check 'no file: exit 2 and the usage' $?
status 1 "$tmp/psk_secret.json"
check 'a changed digit: exit 1' $?
echo "1..$n"
exit $bad

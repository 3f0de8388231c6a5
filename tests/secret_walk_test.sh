#!/bin/bash
# SPDX-License-Identifier: ISC
# variant: test
# limit: 600
#
# T96: no branch and no index depends on a secret. secret_walk takes memory that
# is marked as undefined through handshakes, HPKE, boxes and groups, as gcc and,
# where it is built, clang have compiled it; memcheck names each place that looks
# at it. What is libsodium's own stands in secret_walk.supp, with its reason.
#
# environment: TACET_BIN (a test build; clang's is looked for beside it)

set -u
cd "$(dirname "$0")/.." || exit 1
BIN=${TACET_BIN:-build/test}
. tests/tap
tap_needs valgrind valgrind
[ -f /usr/include/valgrind/memcheck.h ] ||
	tap_none "built without valgrind/memcheck.h: apt-get install valgrind, make clean, make"
tmp=$(mktemp -d "${TMPDIR:-/tmp}/walk.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP

tap_why() {
	grep -E ' (at|by) |Bail|depends' "$tmp/log" "$tmp/out" |
	    sed 's/^[^=]*/# /' | head -n 30
}
walk() { # walk PROGRAM NAME
	valgrind -q --num-callers=20 --error-exitcode=9 --log-file="$tmp/log" \
	    --suppressions=tests/secret_walk.supp "$1" "$2" >"$tmp/out" 2>&1
}

for bin in "$BIN" "${BIN%/*}/clang"; do
	program=$bin/tool/secret_walk
	[ -x "$program" ] || continue
	[ "$bin" = "$BIN" ] || [ "$program" -nt "$BIN/tool/secret_walk" ] ||
	    [ ! "shared/crypto/seal.c" -nt "$program" ] || continue
	# memcheck of the day can't read what clang writes for debuggers
	[ "$bin" = "$BIN" ] || { objcopy --strip-debug "$program" "$tmp/walk" &&
	    program=$tmp/walk; } || continue
	walk "$program" wrong
	[ $? = 9 ]
	ok $? "${bin##*/}: a branch on a secret is seen"
	for name in $("$program" list); do
		[ "$name" = wrong ] && continue
		walk "$program" "$name"
		ok $? "${bin##*/}: $name looks at no secret (T96)"
	done
done
grep -A 4 '^{' tests/secret_walk.supp | grep -E '^ +fun:' |
    grep -vE 'fun:(crypto_|decrypt_detached|gen_matrix|indcpa_)' >"$tmp/log"
[ ! -s "$tmp/log" ]
ok $? "what is let pass is libsodium's"
tap_done

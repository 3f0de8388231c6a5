#!/bin/bash
# SPDX-License-Identifier: ISC
# variant: test
#
# The table of attacks is whole: every number that is due has a row, every row
# a test that names it in a check, every defence a row that switches it off;
# and a release knows nothing of switches.
#
# usage: tests/attacks.sh [--seen LOGS | --self]
#	--seen	in the logs of a run each number stands in a check that passed
#	--self	it can go red: each thing it looks for is taken away once

set -u
export LC_ALL=C.UTF-8
cd "$(dirname "$0")/.." || exit 1
BIN=${TACET_BIN:-build/test}
DUE="1-49 53-58 60-78 80-100"
. tests/tap

# number test defence pace, a row a line
rows() {
	sed -n 's/^ATTACK(\(T[0-9]*\), *\([a-z0-9_]*\), *\([a-z_]*\), *\([a-z]*\), *".*")$/\1 \2 \3 \4/p' \
	    tests/attacks.def
}
due() {
	for r in $DUE; do
		seq -f T%02g "${r%-*}" "${r#*-}"
	done
}
# The strings of a C test, or the lines of a shell test that are no comment
says() {
	if [ -f "tests/$1.c" ]; then
		grep -v '^ \*\|^/\*' "tests/$1.c" | grep -o '"[^"]*"'
	else
		grep -v '^ *#' "tests/$1.sh"
	fi
}

seen() {
	local number test rest log
	while read -r number test rest; do
		log=$1/${test%_test}
		[ -f "$log" ] || log=$1/$test.sh
		grep -qE "^ok .*\b$number\b" "$log" 2>/dev/null
		ok $? "$number is seen in $test"
	done < <(rows | sort -u -k 1,2)
	tap_done
}
[ "${1:-}" != --seen ] || seen "$2"

# --- a table, logs and pages that lack something ---

# red FILE NAME WORDS: exactly one check is red there, and it says so
red() {
	[ "$(grep '^not ok' "$1" | grep -cF "$3")" = 1 ]
	ok $? "$2 is noticed"
}
fake_logs() {
	local number test log
	rm -rf "$1"
	mkdir "$1"
	while read -r number test log; do
		log=$1/${test%_test}
		[ -f "tests/$test.c" ] || log=$1/$test.sh
		echo "ok 1 - a check of it ($number)" >>"$log"
	done < <(rows)
}
self_seen() {
	local number=T22 test=group_bad_test said out=$tmp/out
	fake_logs "$tmp/log"
	tests/attacks.sh --seen "$tmp/log" >"$out"
	ok $? "logs with all numbers are green"
	for said in "" "ok 1 - a check of it (${number}0)" \
	    "not ok 1 - a check of it ($number)" "# a note of it ($number)"; do
		fake_logs "$tmp/log"
		sed -i "s/^ok.*($number)\$/$said/" "$tmp/log/${test%_test}"
		! tests/attacks.sh --seen "$tmp/log" >"$out" &&
		    [ "$(grep -c '^not ok' "$out")" = 1 ]
		ok $? "a log that says \`$said' for it is red, and no other"
		red "$out" "the row" "$number is seen in $test"
	done
	fake_logs "$tmp/log"
	rm "$tmp/log/${test%_test}"
	! tests/attacks.sh --seen "$tmp/log" >"$out"
	ok $? "a log that is not there is red"
	red "$out" "its row" "$number is seen in $test"
}
self_table() {
	local tree=$tmp/tree out=$tmp/out def=$tmp/tree/tests/attacks.def
	mkdir "$tree" "$tree/man"
	cp -r tests shared relay tui "$tree"
	cp man/tacet-security.7 "$tree/man"
	sed -i '/^ATTACK(T47,/d
	s/^ATTACK(T49, profile_test, lock,/ATTACK(T49, safe_test, lock,/
	s/^ATTACK(T88, profile_test, cost,/ATTACK(T88, profile_test, nosuch,/
	s/^\(ATTACK(T46,.*\) - [^"]*/\1/
	s/^ATTACK(T57, relay_inbox_test, quota, quick,/ATTACK(T57, relay_inbox_test, quota, soon,/
	s/^ATTACK(T93, \([a-z_]*\), capability,/ATTACK(T93, \1, quota,/' "$def"
	echo 'ATTACK(T99, without a quote)' >>"$def"
	echo 'DEFENCE(nowhere, "nothing asks for it")' \
	    >>"$tree/shared/base/defence.def"
	! TACET_BIN=/nowhere "$tree/tests/attacks.sh" >"$out"
	ok $? "a table with holes is red"
	red "$out" "a row that is none" "rows can be read"
	red "$out" "a number without a row" "T47 has a row"
	red "$out" "a test that does not name it" \
	    "safe_test has a check that names T49"
	red "$out" "a defence of no name" "T88: the defence nosuch"
	red "$out" "no reason for no defence" "T46: the defence none"
	red "$out" "a pace of its own" "T57: its pace"
	red "$out" "a defence that no row misses" \
	    "the defence capability has a test"
	red "$out" "one that stands nowhere" "and stands somewhere"
	red "$out" "another register" "each risk of tacet-security(7)"
}
if [ "${1:-}" = --self ]; then
	tmp=$(mktemp -d) || exit 1
	trap 'rm -rf "$tmp"' EXIT
	self_seen
	self_table
	tap_done
fi

same=$(grep -c '^ATTACK(' tests/attacks.def)
ok $((same != $(rows | wc -l))) "all $same rows can be read"
for number in $(due); do
	rows | grep -q "^$number "
	ok $? "$number has a row"
done
while read -r number test defence pace; do
	says "$test" 2>/dev/null | grep -qE "\b$number\b"
	ok $? "$test has a check that names $number"
	case $defence in
	none) grep -q "^ATTACK($number, $test, none,.* - " tests/attacks.def ;;
	*) grep -q "^DEFENCE($defence," shared/base/defence.def ;;
	esac
	ok $? "$number: the defence $defence is known, or it says why not"
	[ "$pace" = quick ] || [ "$pace" = slow ]
	ok $? "$number: its pace is quick or slow"
done < <(rows)
for defence in $(sed -n 's/^DEFENCE(\([a-z_]*\),.*/\1/p' \
    shared/base/defence.def); do
	rows | grep -q " $defence "
	ok $? "the defence $defence has a test that misses it"
	grep -rqE "\bdefence\($defence\)" shared relay tui --include='*.c'
	ok $? "and stands somewhere"
done

# --- the register of risks in tacet-security(7) ---

register() {
	awk '$1 == ".It" && $2 == "Sy" { at = $3 }
	$1 == ".Pa" && at != "" { print at, $2 }
	$1 == ".El" { at = "" }' man/tacet-security.7 | sort -u
}
differ=$(diff <(register) <(rows | cut -d ' ' -f 1,2 | sort -u))
[ -z "$differ" ]
ok $? "each risk of tacet-security(7) names the tests that play it"
[ -z "$differ" ] || echo "$differ" | sed 's/^/# /'

# --- the release ---

for program in tacet tacetd; do
	rel=${BIN%/*}/rel/$program
	if [ ! -f "$rel" ] || [ ! -f "$BIN/$program" ]; then
		tap_skip "no release of $program at ${BIN%/*}/rel"
		continue
	fi
	grep -qa TACET_TEST_BREAK "$BIN/$program"
	ok $? "the switch can be found in the test build of $program"
	! grep -qaE 'TACET_TEST|TACET_CRASH|defence_on|DEFENCE_' "$rel"
	ok $? "the release of $program has no switch and no crash point"
done
tap_done

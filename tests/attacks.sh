#!/bin/bash
# SPDX-License-Identifier: ISC
# variant: test
#
# The table of attacks is whole: every number that is due has a row, every row
# a test that names it in a check, every defence a row that switches it off;
# and a release knows nothing of switches.
#
# usage: tests/attacks.sh [--seen LOGS]
#	--seen	in the logs of a run each number stands in a check that passed

set -u
export LC_ALL=C.UTF-8
cd "$(dirname "$0")/.." || exit 1
BIN=${TACET_BIN:-build/test}
DUE="1-8 18 20-25 29 30 33 38-49 53-58 60-70 84-95 97-100"
n=0 bad=0

ok() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		bad=1
		echo "not ok $n - $2"
	fi
}

# number test defence pace, a row a line
rows() {
	sed -n 's/^ATTACK(\(T[0-9]*\), *\([a-z0-9_]*\), *\([a-z]*\), *\([a-z]*\), *".*")$/\1 \2 \3 \4/p' \
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
	echo "1..$n"
	exit $bad
}
[ "${1:-}" != --seen ] || seen "$2"

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
for defence in $(sed -n 's/^DEFENCE(\([a-z]*\),.*/\1/p' \
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
		n=$((n + 1))
		echo "ok $n # SKIP no release of $program at ${BIN%/*}/rel"
		continue
	fi
	grep -qa TACET_TEST_BREAK "$BIN/$program"
	ok $? "the switch can be found in the test build of $program"
	! grep -qaE 'TACET_TEST|TACET_CRASH|defence_on|DEFENCE_' "$rel"
	ok $? "the release of $program has no switch and no crash point"
done
echo "1..$n"
exit $bad

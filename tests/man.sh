#!/bin/sh
# SPDX-License-Identifier: ISC
# variant: test
#
# The manual pages are there, mandoc has no warning about them, and the files
# that tacet-hacking(7) names are in the tree.

cd "$(dirname "$0")/.." || exit 1
if ! command -v mandoc >/dev/null; then
	echo "1..0 # SKIP no mandoc: run make deps"
	exit 0
fi
n=0 bad=0
for p in tacet.1 tacet.conf.5 tacetd.8 tacetd.conf.5 tacet-protocol.7 \
    tacet-hacking.7 tacet-security.7 $(ls man); do
	case " $seen " in *" $p "*) continue ;; esac
	seen="$seen $p"
	n=$((n + 1))
	if [ ! -f "man/$p" ]; then
		echo "not ok $n - man/$p is there"
		bad=1
	elif why=$(mandoc -T lint -W warning "man/$p" 2>&1) && [ -z "$why" ]
	then
		echo "ok $n - man/$p is clean"
	else
		echo "not ok $n - man/$p is clean"
		echo "$why" | sed 's/^/# /'
		bad=1
	fi
done

# Words of .Pa that are paths of ours: with a slash from the top, else a name
# that stands somewhere. Patterns and what is built are left out.
named() {
	awk '/^[.]/ {
		for (i = 1; i <= NF; i++) {
			if ($i == "Pa") on = 1
			else if ($i ~ /^[A-Z][a-z]$/) on = 0
			else if (on && $i ~ /^[.]?[a-z][a-z0-9_.\/-]*$/ &&
			    $i ~ /[.\/]|^(man|tests|relay|contrib)$/ &&
			    $i !~ /^build/) print $i
		}
		on = 0
	}' man/tacet-hacking.7 | sort -u
}
n=$((n + 1))
gone=$(named | while read -r f; do
	case $f in
	*/*) [ -e "$f" ] ;;
	*) [ -e "$f" ] || find shared tui relay contrib tests -name "$f" |
	    grep -q . ;;
	esac || echo "$f"
done)
count=$(named | wc -l)
if [ "$count" -gt 50 ] && [ -z "$gone" ]; then
	echo "ok $n - the $count files that tacet-hacking(7) names are there"
else
	echo "not ok $n - the $count files that tacet-hacking(7) names are there"
	[ -z "$gone" ] || echo "$gone" | sed 's/^/# gone: /'
	bad=1
fi
echo "1..$n"
exit $bad

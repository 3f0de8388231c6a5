#!/bin/sh
# SPDX-License-Identifier: ISC
# variant: test
#
# The manual pages are there and mandoc has no warning about them.

cd "$(dirname "$0")/.." || exit 1
if ! command -v mandoc >/dev/null; then
	echo "1..0 # SKIP no mandoc: run make deps"
	exit 0
fi
n=0 bad=0
for p in tacet.1 tacet.conf.5 tacetd.8 tacetd.conf.5 tacet-protocol.7 \
    tacet-hacking.7 $(ls man); do
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
echo "1..$n"
exit $bad

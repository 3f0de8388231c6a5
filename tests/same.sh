#!/bin/sh
# SPDX-License-Identifier: ISC
# variant: test
#
# Secrets are compared with seal_same() alone: no memcmp(), bytes_same() or
# strcmp() has one among its arguments. A secret is what is called so: see WORDS.
# The public half of a signature key lies behind its seed: `+ SIGN_SEED' is none.
#
# usage: tests/same.sh [--self | FOLDER]

set -u
export LC_ALL=C
cd "$(dirname "$0")/.." || exit 1
WORDS='secret|private|passphrase|pass|seed|psk|joiner|master|wrapped|access|proof_key|invite|cap|capability|delete_hash|read_cap|exporter|membership|confirmation|chain|prk|ikm|shared|mac|expected|want_tag'

# calls FOLDER: each call of a comparison on one line, with file and number
calls() {
	find "$1" -name '*.c' | sort | while read -r f; do
		awk -v f="$f" '
		/^ *\*|^\/\*/ { next }
		{
			line = $0
			gsub(/"[^"]*"/, "\"\"", line)
			if (held != "") { held = held " " line }
			else if (match(line, /(^|[^a-z_])(memcmp|bcmp|bytes_same|strcmp)\(/)) {
				held = substr(line, RSTART); at = NR
			}
			if (held != "") {
				o = gsub(/\(/, "(", held); c = gsub(/\)/, ")", held)
				if (o <= c || NR > at + 4) {
					print f ":" at ": " held; held = ""
				}
			}
		}' "$f"
	done
}
# A word is one as a whole or as a part of a name; not what only leads to a field.
leaks() {
	calls "$1" | grep -v 'SIGN_SEED' | grep -v '""' |
	    sed 's/seal_same([^()]*)//g' |
	    grep -E ": .*[^a-z_]([a-z]+_)*($WORDS)(_[a-z]+)*([^][a-z_(.-]|\$)"
}

self() {
	tmp=$(mktemp -d) || exit 1
	trap 'rm -rf "$tmp"' EXIT
	n=0 bad=0
	for planted in 'if (memcmp(a->secret, b, 32) == 0)' \
	    'return bytes_same(buf_view(&private), x);' \
	    'x = memcmp(access,
	    theirs, 32);' 'e = bcmp(c->read_cap, cap, n);' \
	    'ok = strcmp(pass, typed) == 0;'; do
		n=$((n + 1))
		printf 'void\nf(void)\n{\n\t%s\n}\n' "$planted" >"$tmp/a.c"
		if leaks "$tmp" | grep -q .; then
			echo "ok $n - seen: $(echo "$planted" | head -n 1)"
		else
			bad=1
			echo "not ok $n - seen: $planted"
		fi
	done
	n=$((n + 1))
	printf '\tif (!seal_same(secret, b, 32) || memcmp(k->public, b, 32))\n' \
	    >"$tmp/a.c"
	if leaks "$tmp" | grep -q .; then
		bad=1
		echo "not ok $n - seal_same and public keys are fine"
	else
		echo "ok $n - seal_same and public keys are fine"
	fi
	echo "1..$n"
	exit $bad
}
[ "${1:-}" != --self ] || self

found=$(for d in ${1:-shared relay tui}; do leaks "$d"; done)
if [ -z "$found" ]; then
	echo "ok 1 - secrets are compared with seal_same() alone (T96)"
else
	echo "not ok 1 - secrets are compared with seal_same() alone (T96)"
	echo "$found" | sed 's/^/# /'
fi
echo "1..1"
[ -z "$found" ]

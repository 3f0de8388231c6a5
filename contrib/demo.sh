#!/bin/sh
# SPDX-License-Identifier: ISC
#
# demo.sh: a private relay on loopback, a partner that answers, and a client in
# a conversation with it; everything under one temporary folder, which goes when
# you leave. Without a terminal it plays the same scenario and prints it.
#
#	demo.sh BIN-FOLDER
set -u
bin=${1:-${TACET_BIN:?usage: demo.sh BIN-FOLDER}}
here=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "$bin" && pwd) || exit 1
T=$(mktemp -d "${TMPDIR:-/tmp}/tacet-demo.XXXXXX") || exit 1
chmod 700 "$T"
relay= partner=

cleanup() {
	trap - EXIT INT TERM HUP
	for pid in $partner $relay; do
		kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	done
	rm -rf "$T"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

say() { printf '%s\n' "$*"; }
fail() {
	say "demo: $1" >&2
	[ -s "$T/relay.log" ] && sed 's/^/relay: /' "$T/relay.log" | tail -n 5 >&2
	[ -s "$T/partner.log" ] && sed 's/^/partner: /' "$T/partner.log" | tail -n 5 >&2
	exit 1
}

XDG_DATA_HOME=$T/data XDG_CONFIG_HOME=$T/config TACET=$bin/tacet
export XDG_DATA_HOME XDG_CONFIG_HOME TACET
mkdir -m 700 "$XDG_DATA_HOME" "$XDG_CONFIG_HOME"
umask 077
for who in you partner; do
	od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$T/$who.pass"
done

# --- a relay: free port, open registration, nothing outside the folder ---
"$bin/tacetd" --data "$T/relay" --listen 127.0.0.1 --port 0 \
    --public 127.0.0.1 --metrics off --registration open \
    >"$T/relay.out" 2>"$T/relay.log" &
relay=$!
i=0 address=
while [ -z "$address" ]; do
	address=$(grep -o 'tacet://[^ ]*' "$T/relay.out" 2>/dev/null | head -n 1)
	[ -n "$address" ] && break
	kill -0 "$relay" 2>/dev/null || fail "the relay did not start"
	i=$((i + 1)); [ $i -lt 100 ] || fail "the relay printed no address"
	sleep 0.1
done

t() { # t PROFILE WORDS...: one verb of the shell
	p=$1; shift
	"$TACET" --profile "$p" --passphrase-fd 5 "$@" 5<"$T/$p.pass"
}
for who in partner you; do
	t "$who" --relay "$address" init "$who" >"$T/$who.init" 2>&1 ||
	    fail "$(cat "$T/$who.init")"
done
sh "$here/partner.sh" partner "$T/partner.pass" 2>"$T/partner.log" &
partner=$!

# --- ask, and wait for the first words ---
t you add partner >"$T/add.out" 2>&1 || fail "$(cat "$T/add.out")"
i=0
until t you history partner 2>/dev/null >"$T/history" &&
    grep -q 'Hello you' "$T/history"; do
	i=$((i + 1)); [ $i -lt 30 ] || fail "the partner did not answer"
	t you --wait device --timeout 2s doctor >/dev/null 2>&1
done

if [ -t 0 ] && [ -t 1 ]; then
	TERM=${TERM:-xterm-256color} "$TACET" --profile you --passphrase-fd 5 \
	    --start "talk partner" 5<"$T/you.pass"
	status=$?
	say "The demo has ended; its folder is removed."
	exit $status
fi

# --- no terminal: the same by hand ---
for text in "Hello from a script." "Can the relay read this?" \
    "Grüße, 世界, and two
lines."; do
	t you --wait device --timeout 20s send partner "$text" >"$T/sent" 2>&1 ||
	    fail "not delivered: $(cat "$T/sent")"
done
t you --wait device --timeout 20s send partner "And a film?" >"$T/sent" 2>&1 ||
    fail "not delivered: $(cat "$T/sent")"
i=0
until t you history partner 50 >"$T/history" && grep -q 'film: ' "$T/history" &&
    [ "$(grep -c ' partner  *[^*]' "$T/history")" -ge 6 ]; do
	i=$((i + 1)); [ $i -lt 20 ] || fail "the partner did not answer all"
	t you --timeout 1s doctor >/dev/null 2>&1
done
say "Two people, one relay ($address), sealed from end to end:"
say
t you history partner 50 | tee "$T/transcript" | sed 's|^[0-9]* ||; s|^           ||'
mine=$(grep -c '\[' "$T/transcript")
there=$(grep -c '\[at device\]' "$T/transcript")
say
say "$there of $mine messages at device; the relay stored only sealed bytes,"
say "of the film as well: tacet play 1 would show it."
[ "$mine" -gt 0 ] && [ "$mine" -eq "$there" ]

#!/bin/bash
# SPDX-License-Identifier: ISC
#
# tacetd as its operator sees it: first start, verbs beside and without a
# running relay, options, signals, metrics, and a sentence for each refusal.

set -u
export LC_ALL=C.UTF-8
bin=${TACET_BIN:?}/tacetd
tmp=$(mktemp -d "${TMPDIR:-/tmp}/relay_cli.XXXXXX") || exit 1
. "$(dirname "$0")/tap"
pid= under=
export XDG_CONFIG_HOME=$tmp/config XDG_DATA_HOME=$tmp/share
umask 000

finish() {
	[ "$pid" ] && kill "$pid" 2>/dev/null && wait "$pid"
	mountpoint -q "$tmp/full" && umount -l "$tmp/full"
	rm -rf "$tmp"
}
trap finish EXIT

tap_why() {
	[ ! -s "$tmp/err" ] || sed 's/^/# /' "$tmp/err"
}

# check NAME COMMAND...: it must succeed
check() {
	local name=$1
	shift
	"$@" >/dev/null 2>&1
	ok $? "$name"
}

# start DATA [options]: sets pid, port; output in $tmp/out, log in $tmp/log
start() {
	local data=$1 i
	shift
	: >"$tmp/out"; : >"$tmp/log"
	$under "$bin" --data "$data" --port 0 --listen 127.0.0.1 \
	    --metrics 127.0.0.1:0 "$@" >"$tmp/out" 2>"$tmp/log" &
	pid=$!
	for i in $(seq 600); do
		grep -q 'serves on port' "$tmp/log" && break
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	port=$(sed -n 's/.*serves on port //p' "$tmp/log")
}

stop() {
	kill -"${1:-TERM}" "$pid"
	wait "$pid" 2>/dev/null
	code=$?
	pid=
}

# refused NAME PATTERN ARGS...: exits with an error and says so
refused() {
	local name=$1 want=$2
	shift 2
	timeout 60 "$bin" "$@" >"$tmp/o" 2>"$tmp/err"
	case $? in
	1 | 2) grep -qE "$want" "$tmp/err" ;;
	*) false ;;
	esac
	ok $? "$name"
	: >"$tmp/err"
}

tacetd() {
	timeout 60 "$bin" "$@" 2>"$tmp/err"
}

# soon COMMAND...: within a minute
soon() {
	local i
	for i in $(seq 600); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.1
	done
	return 1
}
has_line() { # has_line LINE: its status has it
	tacetd status --data "$d" | grep -qx "$1"
}

mode() {
	stat -c %a "$1"
}

# --- the first start and the second ---

d=$tmp/a
# there before the start: what comes later is closed to the jailed relay
mkdir -p "$XDG_CONFIG_HOME/tacet"
start "$d"
check "the first start serves" test -n "$port"
address=$(sed -n 's/^address //p' "$tmp/out")
invite=$(sed -n 's/^invite //p' "$tmp/out")
[[ $address =~ ^tacet://127.0.0.1:$port/[a-z2-7]{77}$ ]]
ok $? "it prints its address"
[[ $invite =~ ^tacet://127.0.0.1:$port/[a-z2-7]{77}\?invite=[a-z2-7]{26}$ ]]
ok $? "and a way in"
[ "$(mode "$d") $(mode "$d/keys") $(mode "$d/tacetd.db") $(mode "$d/blobs") \
$(mode "$d/control")" = "700 600 600 700 600" ]
ok $? "all of it is private"
grep -q 'Max core file size *0 *0' "/proc/$pid/limits"
ok $? "no core is dumped"
tacetd status --data "$d" >"$tmp/o"
grep -qx "address $address" "$tmp/o" && grep -qx running "$tmp/o" &&
    grep -qx 'invites 1' "$tmp/o"
ok $? "status beside it"
refused "a second tacetd names the first" "another tacetd \(pid $pid\)" \
    --data "$d"
refused "a port in use is named" "port $port is in use.*--port" \
    --data "$tmp/b" --port "$port" --listen 127.0.0.1 --metrics off

refused "an address with a port" "not 127.0.0.1:99; the port is --port" \
    --data "$tmp/b" --port 0 --listen 127.0.0.1:99 --metrics off

# --- invites ---

one=$(tacetd invite --data "$d")
[[ $one =~ ^$address\?invite=[a-z2-7]{26}$ ]]
ok $? "an invite beside it"
[ "$one" != "$(tacetd invite --expires 2d --data "$d")" ]
ok $? "each is another"
check "revoked by its address" tacetd revoke "$one" --data "$d"
refused "once" 'no such invite' revoke "$one" --data "$d"
check "revoked by its code" tacetd revoke "${invite#*invite=}" --data "$d"
refused "no code" 'no invite' revoke hello --data "$d"
refused "a time without a unit" 'invite-life.*30s' invite --expires 5 \
    --data "$d"
! grep -q "${invite#*invite=}" "$tmp/log" "$d/tacetd.db" "$d/tacetd.db-wal" \
    2>/dev/null
ok $? "neither log nor database holds the code"

# --- metrics ---

# read at once: what others open and close meanwhile moves its lines
sockets=$(cat /proc/net/tcp)
inode=$(ls -l "/proc/$pid/fd" | grep -o 'socket:\[[0-9]*\]' | tr -dc '0-9\n')
metrics=
while read -r _ local _ st _ _ _ _ _ ino _; do
	[ "$st" = 0A ] && grep -qx "$ino" <<<"$inode" || continue
	p=$((16#${local##*:}))
	[ "$p" != "$port" ] && metrics=$p
done <<<"$sockets"
ask() {
	exec 3<>"/dev/tcp/127.0.0.1/$metrics" || return
	printf '%s HTTP/1.1\r\nHost: x\r\n\r\n' "$1" >&3
	timeout 60 cat <&3
	exec 3>&-
}
ask 'GET /metrics' >"$tmp/o"
grep -q '^HTTP/1.1 200' "$tmp/o" && grep -q '^tacetd_store_ready 1' "$tmp/o" &&
    grep -q '^tacetd_heard_total{msg="log_append"} 0' "$tmp/o"
ok $? "metrics over HTTP"
ask 'GET /' | grep -q '^HTTP/1.1 404'
ok $? "and nothing else"
refused "metrics for the world are refused" 'loopback' --data "$tmp/b" \
    --metrics 0.0.0.0:8224 --port 0

# --- signals ---

conf=$XDG_CONFIG_HOME/tacet/tacetd.conf
printf '# mine\nregistration closed\nport 1\n' >"$conf"
kill -HUP "$pid"
soon has_line 'registration closed'
ok $? "SIGHUP takes what may change"
tacetd status --data "$d" | grep -q ":$port/"
ok $? "and leaves what may not"
printf 'registration perhaps\n' >"$conf"
: >"$tmp/empty"
kill -HUP "$pid"
soon grep -q \
    'options stay as they were.*tacetd.conf.*1.*open|invite|closed' \
    "$tmp/log" && tacetd status --data "$d" --config "$tmp/empty" |
    grep -qx 'registration closed'
ok $? "a broken file changes nothing and is named"
refused "a start with it is refused" 'tacetd.conf' --data "$tmp/b"
rm "$conf"
stop TERM
check "SIGTERM ends it cleanly" test "$code" = 0
check "with its socket" test ! -e "$d/control"

# --- without a running relay, and again ---

two=$(tacetd invite --data "$d" --public relay.example --port 8223)
[[ $two =~ ^tacet://relay.example:8223/ ]]
ok $? "an invite without a running relay"
tacetd status --data "$d" | grep -qx 'not running'
ok $? "status without one"
start "$d" --registration open
again=$(sed -n 's/^address //p' "$tmp/out")
[ "${again##*/}" = "${address##*/}" ]
ok $? "the same keys the second time"
check "no invite the second time" test -z "$(grep invite "$tmp/out")"
tacetd status --data "$d" | grep -qx 'invites 2'
ok $? "what was kept is there"
stop KILL
start "$d"
check "it starts after kill -9" test -n "$port"
check "and its socket works" tacetd status --data "$d"
stop

# --- copies and damage ---

start "$d" --log-level info
stop
cp -a "$d" "$tmp/copy"
start "$tmp/copy"
grep -q 'folder is a copy' "$tmp/log"
ok $? "a restored folder is noticed"
stop
check "restored, by hand" tacetd restored --data "$d"
cp -a "$d" "$tmp/later"
printf '\0\0\0\11' | dd of="$tmp/later/tacetd.db" bs=1 seek=60 conv=notrunc \
    2>/dev/null
refused "a later version's database" 'later tacetd: install' \
    --data "$tmp/later" --port 0
cp -a "$d" "$tmp/broken"
head -c 9000 /dev/urandom >"$tmp/broken/tacetd.db"
refused "a damaged database" 'damaged: restore' --data "$tmp/broken" --port 0
cp -a "$d" "$tmp/open"
chmod 755 "$tmp/open"
refused "a folder others can read" "chmod 700 $tmp/open" --data "$tmp/open"
chmod 700 "$tmp/open"
chmod 644 "$tmp/open/keys"
refused "keys others can read" "chmod 600 $tmp/open/keys" --data "$tmp/open"
chmod 600 "$tmp/open/keys"
sum() { cat "$1/signer/key" "$1/signer/signed" | sha256sum; }
before=$(sum "$d")
mv "$d/keys" "$tmp/kept"
refused "a relay does not become another in silence" \
    "$d/keys is missing, but there is a database: restore it" --data "$d"
refused "nor by a verb" "keys is missing" status --data "$d"
[ "$(sum "$d")" = "$before" ] && [ ! -e "$d/keys" ]
ok $? "and its head key is where it was"
mv "$tmp/kept" "$d/keys"
check "with its keys it is the same" tacetd status --data "$d"
head -c 20 "$d/keys" >"$tmp/open/keys"
refused "half a key file" 'keys: .*backup' --data "$tmp/open"

# --- words ---

"$bin" --help >"$tmp/o" && grep -q -- '--registration' "$tmp/o" &&
    grep -q 'tacetd invite' "$tmp/o"
ok $? "--help lists options and verbs"
"$bin" --version | grep -q '^tacetd [0-9]'
ok $? "--version"
refused "an unknown option" 'no option "prot"; did you mean "port"' --prot 1
refused "a value out of range" 'port.*0..65535' --port 70000
refused "an unknown word" 'tacetd --help' serve
refused "a file that is not there" 'nowhere' --config "$tmp/nowhere"
refused "a socket path is no folder" "$d/keys" --data "$d/keys"

# --- few descriptors ---

under="prlimit --nofile=64:64"
start "$d" --connects-per-address 0 --registration open
under=
grep -q '32 connections at most: raise .ulimit -n' "$tmp/log"
ok $? "few descriptors are noticed"
fds=()
for i in $(seq 80); do
	exec {fd}<>"/dev/tcp/127.0.0.1/$port" && fds+=("$fd")
done 2>/dev/null
check "a crowd of 80 leaves the operator a way in" \
    tacetd invite --data "$d"
tacetd status --data "$d" | grep -qx 'store ready'
ok $? "and the store its files"
for fd in "${fds[@]}"; do
	exec {fd}>&-
done
stop

# --- a first start that failed ---

start "$tmp/b"
grep -q '^invite ' "$tmp/out"
ok $? "a first start that failed costs no invite"
stop
start "$tmp/b"
! grep -q '^invite ' "$tmp/out"
ok $? "and the next one tells no other"
stop

# --- a full disk ---

if mkdir "$tmp/full" && mount -t tmpfs -o size=1m,mode=700 none "$tmp/full" \
    2>/dev/null; then
	start "$tmp/full"
	dd if=/dev/zero of="$tmp/full/fill" bs=4k 2>/dev/null
	refused "a full disk is said" 'disk' invite --data "$tmp/full"
	tacetd status --data "$tmp/full" | grep -q '^store full'
	ok $? "and shown"
	rm "$tmp/full/fill"
	d=$tmp/full
	soon has_line 'store ready'
	ok $? "it recovers when there is room"
	check "and takes again" tacetd invite --data "$tmp/full"
	stop
	umount "$tmp/full"
else
	tap_skip "needs the right to mount a tmpfs"
fi

tap_done

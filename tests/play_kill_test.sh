#!/bin/bash
# SPDX-License-Identifier: ISC
#
# A film that is watched while client, helper and relay are killed at random
# moments: playing says so and goes on, by itself or where one was, and the
# conversation beside it goes on in any case.
#
# environment: PLAY_KILLS (3)
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage
. tests/refusals
ROUNDS=${PLAY_KILLS:-3}

command -v ffmpeg >/dev/null || stage_skip "ffmpeg is not installed"
[ -x "$BIN/tacet-media" ] || stage_skip "tacet-media is not built"
ffmpeg -loglevel error -f lavfi -i testsrc=size=160x90:rate=10 -f lavfi \
    -i sine=440 -t 600 -c:v mjpeg -c:a pcm_s16le -y "$STAGE/night.avi" \
    </dev/null || stage_skip "ffmpeg makes no film"
relay_start relay --registration open || { ok 1 "the relay starts"; stage_done; }
pid=$RELAY
friends alice bob || { ok 1 "they are friends"; stage_done; }
works "a film is published" t alice --timeout 200s publish --to bob \
    "$STAGE/night.avi"

# --- somebody who watches and somebody who writes, each with a log ---

plays() { grep '"event":"play"' "$STAGE/bob.out"; }
last() { # last FIELD: of the newest word about the film
	plays | tail -n 1 | sed -n "s/.*\"$1\":\"\\{0,1\\}\\([^,\"}]*\\).*/\\1/p"
}
is() { [ "$(last "$1")" = "$2" ]; }
# Where it is: pausing makes it say so.
where() {
	console_say bob film pause
	until_true 60 is state paused
	AT=$(last at)
	console_say bob film pause
	until_true 60 is state playing
}
# It plays, as it has said after its first N words.
further() { plays | tail -n +"$(($1 + 1))" | grep -q '"state":"playing"'; }
spoken() { plays | grep -c .; }
chats() { # chats NAME: alice says so, bob hears it
	_n=$((${_n:-0} + 1))
	console_say alice "send bob line-$_n-of-the-talk"
	until_true 60 grep -q "line-$_n-of-the-talk" "$STAGE/bob.out"
	ok $? "$1: the conversation goes on"
}

console_open alice
console_open bob
CARD=1
until_true 60 grep -q '"film"' "$STAGE/bob.out"
console_say bob play $CARD
until_true 60 is state playing
ok $? "it plays"

kill_helper() {
	_had=$(spoken)
	set -- $(ps -o pid= --ppid "$CLIENT")
	[ $# -gt 0 ] && shift $((RANDOM % $#)) && kill -9 "$1"
	told() { plays | tail -n +"$((_had + 1))" | grep -q '"why":"[^"]*media'; }
	until_true 60 told
	ok $? "a process of the helper killed: it says so"
	over() { further "$_had" || is state stopped; }
	until_true 60 over
	ok $? "and it goes on, or ends"
	if is state stopped; then
		has "the second in a short time stops the film" \
		    "$(last why)" 'the media helper'
		console_say bob play $CARD
		until_true 60 is state playing
		ok $? "and it can be started again"
	fi
}
kill_relay() {
	kill -9 "$pid"
	wait "$pid" 2>/dev/null
	# further on than what is here
	console_say bob film $(((AT / 60000 + 5) % 10))
	until_true 60 is state buffering
	ok $? "the relay killed: it says that it waits"
	sleep "0.$((RANDOM % 10))"
	relay_start relay --registration open || ok 1 "the relay starts again"
	pid=$RELAY
	until_true 90 is state playing
	ok $? "and goes on by itself"
}
kill_client() {
	kill -9 "$CLIENT"
	wait "$CLIENT" 2>/dev/null
	console_open bob
	_from=$SECONDS
	console_say bob play $CARD
	until_true 60 is state playing
	where
	# kept every 10 s, and when one jumps or pauses; it played meanwhile
	_most=$((WAS + 10000 + (SECONDS - _from) * 1000))
	echo "# it was at $WAS ms, and goes on at $AT ms"
	[ $((AT + 10000)) -ge "$WAS" ] && [ "$AT" -le "$_most" ]
	ok $? "the client killed: it goes on where one was"
}
for i in $(seq "$ROUNDS"); do
	sleep "$((RANDOM % 2)).$((RANDOM % 10))"
	where
	WAS=$AT
	case $((i % 3)) in
	1) what=helper ;;
	2) what=relay ;;
	0) what=client ;;
	esac
	kill_$what
	chats "$what"
done
console_say bob quit
console_say alice quit
stage_done

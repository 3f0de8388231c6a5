#!/bin/bash
# SPDX-License-Identifier: ISC
#
# A film published by the real programs while they are killed: client, helper
# and relay at random moments. In the end it is published once, by whatever is
# left of it, and the relay keeps no half of it.
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage
ROUNDS=${PUBLISH_KILLS:-4}

export TACET_MEDIA=$BIN/tool/projector
relay_start relay --registration open || { ok 1 "the relay starts"; stage_done; }
pid=$RELAY
t alice init alice --relay "${ADDRESS%%\?*}" >/dev/null 2>&1
t bob init bob --relay "${ADDRESS%%\?*}" >/dev/null 2>&1
t alice add bob >/dev/null 2>&1
until_true 60 t bob accept alice || ok 1 "bob accepts"
# it takes longer than the kills do, or it would be published twice
echo "strip 2 40 150000 slow-$((60 + ROUNDS * 20))" >"$STAGE/night.mp4"
published() { grep -q '^published night' "$STAGE/said" 2>/dev/null; }

publish() {
	pass_put
	"$BIN/tacet" --profile alice --passphrase-fd 5 publish \
	    "$STAGE/night.mp4" --to bob 5<"$STAGE/pass" \
	    >>"$STAGE/said" 2>>"$STAGE/err" &
	CLIENT=$!
	PIDS="$PIDS $CLIENT"
}

publish
for i in $(seq "$ROUNDS"); do
	sleep "0.$((RANDOM % 8 + 1))"
	case $((i % 3)) in
	0)	kill -9 "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
		relay_start relay --registration open ||
		    ok 1 "the relay starts again"
		pid=$RELAY ;;
	1)	kill -9 "$CLIENT" 2>/dev/null
		wait "$CLIENT" 2>/dev/null
		published || publish ;;
	2)	for helper in $(ps -o pid= --ppid "$CLIENT"); do
			kill -9 "$helper" 2>/dev/null
		done ;;
	esac
done
for i in $(seq 60); do
	wait "$CLIENT"
	published && break
	sleep 1
	publish
done
has "it is published after $ROUNDS kills" "$(cat "$STAGE/said")" \
    '^published night 1:19 640x480 as film [0-9]+$'
same "once" "$(grep -c '^published' "$STAGE/said")" 1
# What lies on the relay is
# opened by the card's key, and is what was to be made, piece by piece.
card=$(sed -n 's/^published night .* as film //p' "$STAGE/said")
pass_put
same "each piece on the relay is right" "$("$BIN/tool/assay" \
    "$XDG_DATA_HOME/tacet/alice" "$card" "$STAGE/relay/blobs" check \
    "$STAGE/night.mp4" <"$STAGE/pass" 2>&1)" '0 of 80 pieces are wrong'
until_true 60 sh -c ". /dev/null; [ \$(ls '$STAGE/relay/blobs' | wc -l) = 1 ]"
same "the relay has one blob" "$(find "$STAGE/relay/blobs" -type f | wc -l)" 1
shown() { t bob history alice | grep -q 'film: night'; }
until_true 60 shown
ok $? "bob has its card"
has "the relay says so" "$("$BIN/tacetd" --data "$STAGE/relay" status)" \
    '^uploads-under-way 0$'
stage_done

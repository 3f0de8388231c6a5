#!/bin/bash
# SPDX-License-Identifier: ISC
# variant: test
#
# `play` and `publish` from a shell beside a client that has the profile: where
# the film is shown is the caller's word, and what happens to it meanwhile is
# told in one line each.
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage
. tests/refusals

command -v ffmpeg >/dev/null || stage_skip "needs ffmpeg: apt-get install ffmpeg"
[ -x "$BIN/tacet-media" ] || stage_skip "tacet-media is not built"
ffmpeg -nostdin -loglevel error -f lavfi -i testsrc=s=160x90:r=10:d=120 \
    -c:v mjpeg -y "$STAGE/night.avi" || stage_skip "ffmpeg makes no film"
ffmpeg -nostdin -loglevel error -f lavfi -i testsrc=s=160x90:r=10:d=1 \
    -c:v mjpeg -y "$STAGE/short.avi" || stage_skip "ffmpeg makes no film"

relay_start relay --registration open || { ok 1 "the relay starts"; stage_done; }
pid=$RELAY
friends alice bob || { ok 1 "they are friends"; stage_done; }
works "a short film" t alice publish --to bob "$STAGE/short.avi"
works "and a long one" t alice publish --to bob "$STAGE/night.avi"
t bob videos >"$OUT"
has "bob has both" "$(grep -c '^[12] ' "$OUT")" 2

# --- beside a client without a screen ---

mkfifo "$STAGE/bob.in"
pass_put
"$BIN/tacet" --profile bob --passphrase-fd 5 run --json <>"$STAGE/bob.in" \
    5<"$STAGE/pass" >"$STAGE/bob.out" 2>"$STAGE/bob.err" &
CLIENT=$!
PIDS="$PIDS $CLIENT"
until_true 60 grep -q '"link":"online"' "$STAGE/bob.out"
says() { echo "$*" >"$STAGE/bob.in"; }
film() { grep '"event":"play"' "$STAGE/bob.out" | tail -n 1; }
is() { film | grep -q "\"$1\":\"$2\""; }

refused "cells without a screen" 1 "runs without a screen, and can't show \
cells: end it \(pid $CLIENT\) and try again, or take --sink window, none" \
    t bob --sink cells play 1
refused "a folder that is not there" 1 'no folder that can be written to' \
    t bob --sink file --film-folder "$STAGE/none" play 1
mkdir "$STAGE/out"
cd "$STAGE" || exit 1
works "pictures into a folder" t bob --sink file --film-folder out play 1
cd - >/dev/null || exit 1
[ "$(ls "$STAGE/out" | grep -c jpg)" -gt 5 ]
ok $? "which is the caller's: $(ls "$STAGE/out" | wc -l) files"

tb bob --sink none --timeout 120s play 2 >"$STAGE/said" 2>"$ERR"
until_true 60 is state playing
ok $? "the long one plays"
has "where it was to" "$(film)" '"sink":"none"'
said() { grep -qE -- "$1" "$STAGE/said"; }
helpers=$(ps -o pid= --ppid "$CLIENT")
kill -9 ${helpers%%[!0-9 ]*}
until_true 60 said 'the media helper .*; it is started again'
ok $? "its helper was killed: a line says so"
# Until it plays on with much of it here: a stop for want of it would be told
# once, and the one below with it. Events tell how much; a pause makes two.
rested() {
	says film pause
	until_true 60 is state paused
	says film pause
	until_true 60 is state playing
	[ "$(film | sed 's/.*"ahead":\([0-9]*\).*/\1/')" -gt 10000 ]
}
until_true 60 rested
ok $? "it plays on"
kill -9 "$pid"
wait "$pid" 2>/dev/null
until_true 60 said '^no connection to the relay: .*; what is here plays on'
ok $? "the relay was killed: a line says so"
until_true 60 is state playing
says film 9
until_true 60 said '^buffering at 1:[0-9]*$'
ok $? "further on than what is here: it waits, and says so"
relay_start relay --registration open || ok 1 "the relay starts again"
until_true 90 said '^connected to the relay again'
ok $? "the relay is back: a line says so"
until_true 90 said '^it goes on at 1:'
ok $? "and it goes on: another"
same "one each" "$(grep -c 'started again$' "$STAGE/said") \
$(grep -c '^no connection' "$STAGE/said") \
$(grep -c '^connected' "$STAGE/said")" '1 1 1'
says film stop
wait "$BG"
ok $? "and it ends with the film"

# --- publish beside it ---

works "a film from there" t bob publish --to alice "$STAGE/short.avi"
has "with how far it is, and the end" "$(tail -n 1 "$OUT")" \
    '^published short 0:01 160x90 as film [0-9]+$'
for f in one two three; do
	cp "$STAGE/short.avi" "$STAGE/$f.avi"
done
works "three at once" t bob --timeout 120s publish --to alice \
    "$STAGE/one.avi" "$STAGE/two.avi" "$STAGE/three.avi"
same "are three films, in order" "$(sed -n \
    's/^published \([a-z]*\) 0:01 160x90 as film [0-9]*$/\1/p' "$OUT" |
    tr '\n' ' ')" 'one two three '
says quit
wait "$CLIENT"
ok $? "the client ends well"

# --- beside a screen, whose own choice is another ---

command -v tmux >/dev/null || stage_done
screen_new bob 100 30 "$BIN/tacet --profile bob --sink none --bell none \
    --passphrase-fd 5 5<$STAGE/pass"
see "a screen" bob 'Type a text|alice'
has "a film on it" "$(t bob --sink cells play 2)" \
    '^night plays in the client that is open'
see "as its caller wants" bob ' / 2:00 .* cells'
screen_key bob q
works "and without that word" t bob play 2
see "as the screen has it" bob ' / 2:00 .* none'
screen_key bob C-q
until_true 60 screen_gone bob
ok $? "the screen ends"
stage_done

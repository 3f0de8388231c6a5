#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Films as one meets them: one of several cards is chosen by keys and plays, the
# list shows their pictures, also where a terminal is small, a film is published
# in sight and stopped by a key, and the shell beside a client that is open.
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage
. tests/tints

command -v tmux >/dev/null || stage_skip "tmux is not installed"
command -v ffmpeg >/dev/null || stage_skip "ffmpeg is not installed"
[ -x "$BIN/tacet-media" ] || stage_skip "tacet-media is not built"
make_film() { # make_film NAME SECONDS SOURCE
	ffmpeg -loglevel error -f lavfi -i "$3" -t "$2" -c:v mjpeg -q:v 5 \
	    -y "$STAGE/$1.avi" </dev/null || stage_skip "ffmpeg makes no film"
}
make_film red 60 "color=red:s=320x180:r=5"
make_film blue 60 "color=blue:s=320x180:r=5"
make_film long 600 "testsrc2=s=640x360:r=10"

relay_start relay --registration open || { ok 1 "the relay starts"; stage_done; }
for who in alice bob; do
	t $who init $who --relay "$ADDRESS" >/dev/null || ok 1 "$who registers"
done
{
	t alice add bob && t bob accept alice && t alice send bob "two films"
} >/dev/null 2>&1
t alice --timeout 120s publish --to bob "$STAGE/red.avi" "$STAGE/blue.avi" \
    >"$STAGE/out" 2>&1
has "alice publishes two" "$(cat "$STAGE/out")" 'published blue 1:00'
has "and is told how far, in lines" "$(cat "$STAGE/out")" \
    'publishing red: \[[#-]{20}\] [0-9]+ %'

screen_new bob 80 24 "$BIN/tacet --profile bob --sink cells --bell none"
see "bob is asked for the passphrase" bob 'passphrase:'
screen_line bob "$PASS"
see "bob is online" bob 'bob +online'
screen_key bob F2
screen_key bob Enter
see "the newest card is what Enter plays" bob 'not seen yet  Enter plays it'
screen_key bob M-,
see "a key selects it" bob 'film 2 of 2: Enter plays it, M-, and M-. select'
screen_key bob M-,
see "and the one above" bob 'film 1 of 2: Enter plays it'
shot card
screen_key bob Enter
see "Enter plays that one" bob 'playing +0:[0-5][0-9] / 1:00'
tinted_soon "the red one" is_red
screen_key bob Space
see "it pauses" bob 'paused'
screen_key bob 5
see "in its middle" bob 'paused +0:30 / 1:00'
screen_key bob q
see "its card says how far" bob '░+ seen to 0:30'
screen_key bob M-v
see "the list says it, too" bob 'seen to 0:30'
tinted_soon "and has the pictures of both" is_both
shot list
screen_size bob 20 5
see "on 20x5: name, length and how far" bob '^red +1:00 50%'
screen_key bob q
tinted_soon "no picture is left behind" is_plain
screen_size bob 80 24

# --- from a shell beside it ---

t bob play 1 --sink cells >"$STAGE/out" 2>&1
has "a shell beside it plays it there" "$(cat "$STAGE/out")" \
    'red plays in the client that is open'
see "on bob's screen" bob 'playing +0:[345][0-9] / 1:00'
screen_key bob q
see "until bob ends it" bob 'two films'
t bob publish "$STAGE/long.avi" --to alice >"$STAGE/beside" 2>&1 &
beside=$!
see "so does publishing, in the bar" bob 'film \[[#-]{10}\] [0-9]+%'
shot publish
screen_key bob M-s
see "a key asks once more" bob 'M-s once more stops publishing'
# A machine that is busy may take longer to look than the question stands, which
# is 5 s: once that is over, the first of these asks anew.
sleep 6
screen_key bob M-s M-s
see "and stops it" bob 'stopped; nothing of it stays on the relay'
wait $beside
has "the shell is told" "$(cat "$STAGE/beside")" 'not published: it was stopped'
blobs() {
	"$BIN/tacetd" --data "$STAGE/relay" status | sed -n 's/^blobs //p'
}
two() { [ "$(blobs)" = 2 ]; }
until_true 60 two
ok $? "and nothing of it stays"
screen_key bob C-q
until_true 60 screen_gone bob
ok $? "bob leaves"

# --- a terminal of its own ---

screen_new carol 100 12 "sh"
pass_put
screen_line carol "$BIN/tacet --profile alice --passphrase-fd 5 --timeout 120s publish --to bob $STAGE/long.avi 5<$STAGE/pass"
see "on a terminal one line is drawn over itself" carol \
    '^publishing long: \[[#-]{20}\] [0-9]+ %, [0-9.]+ MB/s'
several() { [ "$(screen_text carol | grep -c '^publishing')" -gt 1 ]; }
until_true 3 several
[ $? != 0 ]
ok $? "and is one"
screen_key carol C-c
see "C-c ends it" carol '[$#] *$'
stage_done

#!/bin/bash
# SPDX-License-Identifier: ISC
#
# A film from end to end with the programs as they are: published by one from
# the shell, listed and watched by the other, with the real media helper.
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage
. tests/refusals

command -v ffmpeg >/dev/null || stage_skip "ffmpeg is not installed"
[ -x "$BIN/tacet-media" ] || stage_skip "tacet-media is not built"
film=$STAGE/film.avi
ffmpeg -loglevel error -f lavfi -i testsrc=size=320x180:rate=10 -f lavfi \
    -i sine=440 -t 5 -c:v mjpeg -c:a pcm_s16le -y "$film" </dev/null ||
	stage_skip "ffmpeg makes no film"

relay_start relay || { ok 1 "the relay starts"; stage_done; }
echo "$ADDRESS" | t alice init alice >"$OUT" 2>"$ERR"
ok $? "alice registers"
works "bob registers" t bob init bob --relay "$(relay_invite relay)"
works "alice asks" t alice add bob
works "bob accepts" t bob accept alice
works "a word" t alice send bob "a film follows"
works "alice publishes" t alice --timeout 120s publish --to bob "$film"
has "bob has its card" "$(t bob videos)" 'film 0:05 .*alice'
works "bob watches it" t bob play 1 --sink none
has "all of it" "$(cat "$OUT")" '[1-9][0-9]* pictures shown'
has "and that is remembered" "$(t bob videos)" 'seen'

# --- what is no film, a folder, and one that is taken back ---

says() { # says NAME REGEX COMMAND...: it fails, with that sentence
	_what=$1 _want=$2; shift 2
	"$@" >"$OUT" 2>"$ERR"
	[ $? != 0 ]
	ok $? "$_what is refused"
	has "$_what: why" "$(cat "$OUT" "$ERR")" "$_want"
}
mkdir "$STAGE/library"
cp "$film" "$STAGE/library/second.avi"
echo "no film at all" >"$STAGE/library/notes.txt"
: >"$STAGE/nothing.mp4"
says "a device" 'is a device' t alice publish --to bob /dev/null
says "an empty file" 'is empty' t alice publish --to bob "$STAGE/nothing.mp4"
says "a path with nothing" 'there is no file' t alice publish --to bob no.mp4
says "a text" 'no film that can be read' t alice publish /etc/passwd --to bob
says "a folder with a text in it" 'notes[.]txt can.t be published' \
    t alice --timeout 120s publish "$STAGE/library" --to bob
has "and the film in it is there" "$(t bob videos)" 'second 0:05 .*alice'
says "a film of another's" 'is not yours' t bob withdraw 1
blobs() {
	"$BIN/tacetd" --data "$STAGE/relay" status | sed -n 's/^blobs //p'
}
same "the relay has two" "$(blobs)" 2
works "alice takes the first one back" t alice withdraw 1
gone() { t alice doctor >/dev/null 2>&1; [ "$(blobs)" = 1 ]; }
until_true 60 gone
ok $? "the relay has deleted it"
told() { t bob videos | grep -q '^1  film .*withdrawn'; }
until_true 60 told
ok $? "bob is told"
says "watching it" 'was withdrawn' t bob play 1 --sink none
stage_done

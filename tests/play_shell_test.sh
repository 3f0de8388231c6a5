#!/bin/bash
# SPDX-License-Identifier: ISC
#
# A film from end to end with the programs as they are: published by one from
# the shell, listed and watched by the other, with the real media helper.
# limit: 300

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
stage_done

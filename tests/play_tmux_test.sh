#!/bin/bash
# SPDX-License-Identifier: ISC
#
# A film on a terminal: published by one, watched by the other in an SSH
# session of a real sshd inside tmux, by keys alone. Its colours are read back
# from the cells of the screen; the chat goes on beside it, and nothing of the
# film reaches the disk of who watches.
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage
. tests/sshd
. tests/tints

command -v ffmpeg >/dev/null || stage_skip "ffmpeg is not installed"
[ -x "$BIN/tacet-media" ] || stage_skip "tacet-media is not built"
film=$STAGE/film.mp4

# red for 9 s, then blue, with a corner of noise that no code makes small
ffmpeg -loglevel error -f lavfi -i "color=red:s=640x360:r=10:d=9[a];
    color=blue:s=640x360:r=10:d=51[b];[a][b]concat,
    drawbox=0:0:80:60:color=gray:t=fill,noise=c0s=60:allf=t[out0]" \
    -f lavfi -i sine=440:d=60 -c:v libx264 -preset ultrafast -c:a aac \
    -y "$film" </dev/null || stage_skip "ffmpeg makes no such film"

no_list() { ! screen_text bob | grep -q '│'; }
used() { du -sk "$XDG_DATA_HOME/tacet/bob" | cut -f 1; }

relay_start relay --registration open || { ok 1 "the relay starts"; stage_done; }
for who in alice bob; do
	t $who init $who --relay "$ADDRESS" >/dev/null || ok 1 "$who registers"
done
{
	t alice add bob && t bob accept alice && t alice send bob "a film"
} >/dev/null 2>&1
t alice --timeout 120s publish --to bob "$film" >"$STAGE/out" 2>&1
has "alice publishes a film" "$(cat "$STAGE/out")" 'published film 1:00'

screen_new bob 80 24 "$(over_ssh bob --bell none)"
see "bob is asked for the passphrase" bob 'passphrase:'
screen_line bob "$PASS"
see "bob is online" bob 'bob +online'
screen_key bob F2
screen_key bob Enter
see "its card says how to watch it" bob 'film: film 1:00 640x360 .*/play 1'
BEFORE=$(used)
screen_line bob '/play 1'
see "it plays, and the bar says where" bob 'playing +0:[0-5][0-9] / 1:00'
tinted_soon "it begins red" is_red
see "and names the keys" bob 'q ends'
shot playing
screen_key bob Space
see "space pauses" bob 'paused'
screen_key bob 5
see "5 is the middle" bob 'paused +0:3[01] / 1:00'
tinted_soon "which is blue" is_blue
screen_key bob f
see "f gives it the whole pane" bob 'paused +0:3[01]'
tinted_soon "still blue" is_blue
shot full
screen_key bob f
screen_key bob 0
tinted_soon "0 is the beginning" is_red
screen_key bob Right
see "an arrow goes on ten seconds" bob 'paused +0:1[0-2] / 1:00'
tinted_soon "to the blue" is_blue
screen_key bob M-o
screen_line bob 'I like the blue one'
see "the chat goes on beside it" bob 'I like the blue one +(on relay|at device)'
tinted_soon "and the picture stands" is_blue
screen_size bob 120 40
tinted_soon "in another size as well" is_blue
shot large
screen_key bob M-o
see "the keys are the film's again" bob 'q ends'
screen_key bob f
until_true 60 no_list
ok $? "f takes the place of the list, too"
tinted_soon "all of it blue" is_blue
shot large-full
screen_key bob f
see "and gives it back" bob ' alice +│'
screen_size bob 80 24
sleep 0.5	# tmux gathers changes of size
screen_key bob Space
see "it goes on" bob 'playing +0:[1-5][0-9]'
screen_key bob q
tinted_soon "q ends it, and its place is drawn as before" is_plain
see "with what was there" bob '^alice>'
screen_key bob M-v
see "the list of films remembers how far" bob ' seen to 0:[1-5][0-9]'
shot films

# the film is some MB, what bob keeps of it is where he was
SEALED=$(du -sk "$STAGE/relay/blobs" 2>/dev/null | cut -f 1)
ok "$([ "${SEALED:-0}" -gt 2000 ]; echo $?)" \
    "the relay holds ${SEALED:-0} KiB of it"
MORE=$(($(used) - BEFORE))
ok "$([ $MORE -lt 400 ]; echo $?)" "bob's disk holds $MORE KiB more"
stage_done

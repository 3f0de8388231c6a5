#!/bin/bash
# SPDX-License-Identifier: ISC
#
# What `make demo' shows when all is built: without a terminal a conversation
# that is printed, on one a conversation to type into, with a film. Nothing
# stays behind.
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage
. tests/tints

command -v tmux >/dev/null || stage_skip "tmux is not installed"
export TMPDIR=$STAGE
left() { find "$STAGE" -maxdepth 1 -name 'tacet-demo.*' | wc -l; }
is_gone() { [ "$(left)" = 0 ]; }

contrib/demo.sh "$BIN" >"$STAGE/out" 2>&1 </dev/null
ok $? "without a terminal it plays by itself"
out=$(cat "$STAGE/out")
has "who wrote what is printed" "$out" 'Can the relay read this\?'
has "all of it reached a device" "$out" '^4 of 4 messages at device'
has "a film as well" "$out" 'film: test pattern 0:20 640x360'
ok "$(is_gone; echo $?)" "its folder is gone"

screen_new bob 80 24 "contrib/demo.sh $BIN; exec sleep 60"
see "on a terminal the partner says hello" bob 'partner .*Hello you!'
screen_line bob 'Is this private?'
see "and answers" bob 'Good question'
screen_line bob 'A film, please'
see "a film is asked for" bob 'film: test pattern 0:20 640x360'
shot demo
screen_key bob Enter
see "Enter plays it" bob 'playing +0:(0[3-9]|1[0-9]) / 0:20'
shot demo-film
screen_key bob q
see "q ends it" bob 'seen to 0:'
screen_key bob C-q
see "Control-Q leaves" bob 'The demo has ended'
until_true 60 is_gone
ok $? "and nothing stays"
stage_done

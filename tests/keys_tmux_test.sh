#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Keys that terminals send and curses has no name of its own for: those with Alt
# held work as bound, and one that only the terminal's description knows (the
# Control-Down of rxvt) is not taken for the begin of a paste, after which no
# key was heard any more.
# limit: 200

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage
tap_needs tmux tmux

T="$BIN/tacet"
mkdir -p "$XDG_CONFIG_HOME/tacet"

alt() { # alt TERM KEY: leaves, as bound
	echo "bind $2 quit" >"$XDG_CONFIG_HOME/tacet/tacet.conf"
	screen_new alt 80 24 "exec env TERM=$1 $T --profile alt --bell none"
	see "$1" alt '^your name:'
	screen_key alt "$2"
	until_true 20 screen_gone alt
	ok $? "$1: $2 runs what it is bound to"
	$TMUX_ kill-session -t alt 2>/dev/null
}
alt tmux-256color M-Up
alt xterm M-Left
alt vt100 M-PageUp
rm "$XDG_CONFIG_HOME/tacet/tacet.conf"

screen_new rxvt 80 24 "exec env TERM=rxvt $T --profile rxvt --bell none"
see "on a terminal with keys of its own" rxvt '^your name:'
screen_key rxvt -H 1b 4f 62
screen_type rxvt still-here
see "one of them is no paste" rxvt '^your name: still-here'
screen_key rxvt C-q
until_true 20 screen_gone rxvt
ok $? "and one can leave"
stage_done

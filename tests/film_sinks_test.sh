#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Films made by ffmpeg, with the number of each picture burnt in and a tone
# that changes each second, published, watched and sought in every place where
# a film can be shown; numbers and tones are read back from there: files, the
# pixels of a window, cells of a terminal, sixels, kitty's graphics.
# limit: 600
#
# environment: FILM_SECONDS (8; from 60 on each format goes everywhere),
# SHOTS (a folder that keeps what was seen)

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage
. tests/refusals

EYE=$BIN/tool/eye
SECS=${FILM_SECONDS:-8}
command -v ffmpeg >/dev/null || stage_skip "ffmpeg is not installed"
[ -x "$BIN/tacet-media" ] || stage_skip "tacet-media is not built"

# --- films ---

film() { # film NAME SIZE SUFFIX HOW
	$EYE film "$SECS" "$2" 25 "$3" "$4" >"$STAGE/$1.$3" 2>>"$STAGE/film.err"
}
film h264 640x360 mp4 "-c:v libx264 -preset veryfast -g 50 -c:a aac" &&
    film vp9 320x180 webm "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 \
    -b:v 600k -c:a libopus" &&
    film mjpeg 320x180 avi "-c:v mjpeg -q:v 4 -c:a pcm_s16le" ||
	stage_skip "ffmpeg makes no such film: $(tail -n 1 "$STAGE/film.err")"

# around N NUMBER: it is the picture that is due, or not long before; pictures
# are left out where a film has to be small
around() {
	[ -n "$2" ] && [ "$2" -ge $(($1 - 25)) ] && [ "$2" -le $(($1 + 1)) ]
}
tenth() { # tenth N: the picture at so many tenths
	echo $((SECS * 25 * $1 / 10))
}
clock() { # clock N: that time as the bar says it
	printf '%d:%02d' $((SECS * $1 / 10 / 60)) $((SECS * $1 / 10 % 60))
}

# --- files: each picture at its time, and the tone of each second ---

in_files() { # in_files NAME ROW
	_out=$STAGE/$1.out
	mkdir "$_out"
	works "$1: played into a folder" t bob play "$2" --sink file \
	    --film-folder "$_out"
	ls "$_out" | sed -n 's/[.]jpg$//p' >"$STAGE/times"
	ffmpeg -nostdin -loglevel error -pattern_type glob -i "$_out/*.jpg" \
	    -vf scale=640:360 -pix_fmt gray -f rawvideo -vsync 0 - |
	    $EYE grey 640 360 >"$STAGE/numbers"
	paste "$STAGE/times" "$STAGE/numbers" >"$STAGE/pairs"
	_bad=$(awk -v last=-1 'NF != 2 || $2 <= last ||
	    ($2 - $1 / 40) ^ 2 > 1.01 { print } { last = $2 }' "$STAGE/pairs")
	same "$1: numbers rise, each is at its time" "$_bad" ''
	_n=$(wc -l <"$STAGE/pairs")
	[ "$_n" -ge $((SECS * 2)) ]
	ok $? "$1: $_n of $((SECS * 25)) pictures"
	[ "$(tail -n 1 "$STAGE/numbers")" -ge $((SECS * 25 - 25)) ]
	ok $? "$1: to the end"
	same "$1: each second has its tone" \
	    "$($EYE wav 0 "$SECS" <"$_out/sound.wav" | tr '\n' ' ')" \
	    "$(seq 0 $((SECS - 1)) | awk '{ printf("%d ", 400 + $1 % 20 * 50) }')"
	rm -rf "$_out"
}

# --- nothing: counted ---

nowhere() { # nowhere NAME ROW
	works "$1: played for nobody" t bob play "$2" --sink none
	has "$1: with all its pictures" "$(cat "$OUT")" \
	    "^[0-9]+ pictures shown, [0-9]+ dropped"
	screen_new none 80 24 "$BIN/tacet --profile bob --sink none \
	    --passphrase-fd 5 --bell none 5<$STAGE/pass"
	see "$1: a screen without a place for it" none 'bob +online'
	screen_line none "/play $2"
	see "$1: plays there, and says so" none 'playing +0:0.* none'
	screen_key none Space
	see "$1: pauses" none 'paused'
	screen_key none 5
	see "$1: is in the middle" none "paused +$(clock 5) / $(clock 10)"
	screen_key none 8
	see "$1: is further on" none "paused +$(clock 8) / $(clock 10)"
	screen_key none q
	screen_key none C-q
	until_true 60 screen_gone none
	ok $? "$1: and ends"
}

# --- a window ---

display_start() {
	for _need in Xvfb xwd xdotool; do
		command -v $_need >/dev/null || return 1
	done
	# a display that starts anew when its last client goes would drop the
	# one that comes just then
	Xvfb -displayfd 6 -screen 0 1000x700x24 -nolisten tcp -noreset \
	    6>"$STAGE/display" >/dev/null 2>&1 &
	PIDS="$PIDS $!"
	until_true 60 grep -q . "$STAGE/display" || return 1
	DISPLAY=:$(cat "$STAGE/display")
}
key() {
	DISPLAY=$DISPLAY xdotool search --name "^$WINDOW\$" windowfocus \
	    key --window %1 "$1" >/dev/null 2>&1
}
window_there() {
	DISPLAY=$DISPLAY xdotool search --name "^$WINDOW\$" >/dev/null 2>&1
}
window_number() {
	xwd -silent -display "$DISPLAY" -name "$WINDOW" 2>/dev/null |
	    $EYE xwd 16 9
}
window_at() { around "$1" "$(window_number)"; }
# what drives windows loses a key now and then: it is pressed again
window_seek() {
	for _try in 1 2 3 4 5; do
		key "$1"
		until_true 12 window_at "$(tenth "$1")" && return
	done
	return 1
}
window_pause() {
	for _try in 1 2 3; do
		key space
		for _look in 1 2 3 4; do
			_first=$(window_number)
			sleep 0.5
			[ "$_first" ] && [ "$(window_number)" = "$_first" ] &&
			    return
		done
	done
}
# It stands at 3 tenths, where the test has left it.
window_still() {
	_first=$(window_number)
	around "$(tenth 3)" "$_first" && sleep 0.5 &&
	    [ "$(window_number)" = "$_first" ]
}
window_from() { [ "$(window_number)" -ge "$1" ] 2>/dev/null; }
window_shot() {
	[ -z "${SHOTS:-}" ] || xwd -silent -root -display "$DISPLAY" |
	    convert xwd:- "$SHOTS/window-$1.png"
}
in_window() { # in_window NAME ROW
	WINDOW=$1
	DISPLAY=$DISPLAY SDL_AUDIODRIVER=dummy tb bob play "$2" --sink window \
	    >"$OUT" 2>"$ERR"
	_play=$BG
	until_true 60 window_from 0
	ok $? "$1: a window with a picture of it"
	window_shot "$1-plays"
	_first=$(window_number)
	until_true 60 window_from $((${_first:-0} + 5))
	ok $? "$1: the numbers go up"
	window_pause
	for _to in 5 8 0 3; do
		window_seek $_to
		ok $? "$1: paused at $_to tenths, picture $(window_number)"
	done
	until_true 60 window_still
	ok $? "$1: space has paused it"
	window_shot "$1-paused"
	DISPLAY=$DISPLAY xdotool search --name "^$WINDOW\$" \
	    windowsize 760 360 >/dev/null 2>&1
	until_true 60 window_at "$(tenth 3)"
	ok $? "$1: in a wide window it keeps its shape"
	window_shot "$1-wide"
	key q
	wait $_play
	same "$1: q ends it" "$? $(cat "$ERR")" "0 "
}

# --- cells of a terminal ---

# What stands in the cells above the bar that tells where the film is
cells_number() {
	_bar=$(screen_text cells | grep -n ' / [0-9]*:[0-9][0-9] ' | head -n 1)
	[ -n "$_bar" ] || return 1
	_y=${_bar%%:*} _row=${_bar#*:} _left=0
	_before=${_row%%│*}
	[ "$_before" = "$_row" ] || _left=$((${#_before} + 2))
	$TMUX_ capture-pane -e -N -p -t cells |
	    $EYE cells 1 $((_y - 1)) $_left 16 9
}
cells_at() { around "$1" "$(cells_number)"; }
cells_from() { [ "$(cells_number)" -ge "$1" ] 2>/dev/null; }
cells_shot() {
	[ -z "${SHOTS:-}" ] ||
	    $TMUX_ capture-pane -e -N -p -t cells >"$SHOTS/cells-$1"
}
in_cells() { # in_cells NAME ROW COLOURS WIDTH HEIGHT
	screen_new cells "$4" "$5" "$BIN/tacet --profile bob --colours $3 \
	    --sink cells --passphrase-fd 5 --bell none play $2 5<$STAGE/pass"
	until_true 60 cells_from 0
	ok $? "$1: $4 x $5 cells show it in $3 colours"
	screen_key cells 0
	until_true 60 cells_from 10
	ok $? "$1: the numbers go up"
	screen_key cells Space
	see "$1: it pauses" cells 'paused'
	for _to in 5 8 0 3; do
		screen_key cells $_to
		see "$1: paused at $_to tenths" cells "paused +$(clock $_to)"
		until_true 60 cells_at "$(tenth $_to)"
		ok $? "$1: and shows picture $(cells_number)"
	done
	cells_shot "$1-$3"
	screen_key cells q
	until_true 60 screen_gone cells
	ok $? "$1: q ends it"
}

# --- pixels of a terminal ---

pixels_last() { sed -n '$s/^[a-z]* \([0-9]*\) .*/\1/p' "$STAGE/seen"; }
pixels_at() { around "$1" "$(pixels_last)"; }
pixels_many() { [ "$(wc -l <"$STAGE/seen")" -ge 4 ]; }
pixels_over() { grep -q '^exit' "$STAGE/seen"; }
in_pixels() { # in_pixels NAME ROW sixel|kitty
	rm -f "$STAGE/keys"
	mkfifo "$STAGE/keys"
	pass_put
	$EYE tty 16 9 100 30 "$BIN/tacet" --profile bob --passphrase-fd 5 \
	    --sink "$3" --bell none play "$2" <"$STAGE/keys" >"$STAGE/seen" \
	    2>"$ERR" 5<"$STAGE/pass" &
	_eye=$!
	PIDS="$PIDS $_eye"
	exec 7>"$STAGE/keys"
	until_true 60 pixels_many
	ok $? "$1: a terminal with $3 gets pictures"
	printf ' ' >&7
	for _to in 5 8 0 3; do
		printf '%s' $_to >&7
		until_true 60 pixels_at "$(tenth $_to)"
		ok $? "$1: $3 of $_to tenths is picture $(pixels_last)"
	done
	[ -z "${SHOTS:-}" ] || cp "$STAGE/seen" "$SHOTS/$3-$1"
	printf q >&7
	until_true 60 pixels_over
	ok $? "$1: q ends it"
	exec 7>&-
	wait $_eye
	same "$1: all were $3, and every number could be read" \
	    "$(grep -vE "^$3 [0-9]+ [0-9]+x[0-9]+ " "$STAGE/seen")" "exit 0"
}

# --- a slow line to a terminal that knows images ---

cells_came() { grep -q '^cells' "$STAGE/seen"; }
on_slow_line() { # on_slow_line NAME ROW
	rm -f "$STAGE/keys"
	mkfifo "$STAGE/keys"
	pass_put
	env -u DISPLAY -u WAYLAND_DISPLAY EYE_RATE=60000 \
	    $EYE tty 16 9 100 30 "$BIN/tacet" --profile bob --passphrase-fd 5 \
	    --sink auto --bell none play "$2" <"$STAGE/keys" >"$STAGE/seen" \
	    2>"$ERR" 5<"$STAGE/pass" &
	_eye=$!
	PIDS="$PIDS $_eye"
	exec 7>"$STAGE/keys"
	until_true 60 cells_came
	ok $? "$1: a slow line gets half blocks"
	printf q >&7
	until_true 60 pixels_over
	ok $? "$1: and q ends it"
	exec 7>&-
	wait $_eye
	same "$1: and no image that would hold up the keys" \
	    "$(grep -v '^cells' "$STAGE/seen")" "exit 0"
}

# --- the test ---

relay_start relay --registration open --blob-quota 4g ||
    { ok 1 "the relay starts"; stage_done; }
friends alice bob || ok 1 "alice and bob know each other"
works "three films are published" t alice --timeout 30m publish --to bob \
    "$STAGE/h264.mp4" "$STAGE/vp9.webm" "$STAGE/mjpeg.avi"
rm -f "$STAGE"/*.mp4 "$STAGE"/*.webm "$STAGE"/*.avi
row() {
	t bob videos | sed -n "s/^\\([0-9]*\\)  $1 .*/\\1/p"
}
display_start
there=$?
for name in h264 vp9 mjpeg; do
	number=$(row $name)
	has "$name: its card is there" "$number" '^[0-9]+$'
	in_files $name "$number"
	[ $name = h264 ] || [ "$SECS" -ge 60 ] || continue
	if [ $there = 0 ]; then
		in_window $name "$number"
	else
		checks=$((checks + 1))
		echo "ok $checks # SKIP $name: no Xvfb, xwd or xdotool here"
	fi
	in_pixels $name "$number" sixel
	in_pixels $name "$number" kitty
	on_slow_line $name "$number"
	if command -v tmux >/dev/null; then
		in_cells $name "$number" 24bit 80 24
		in_cells $name "$number" 256 120 40
		nowhere $name "$number"
	else
		checks=$((checks + 1))
		echo "ok $checks # SKIP $name: no tmux here"
	fi
done
stage_done

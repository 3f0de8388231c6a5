#!/bin/bash
# SPDX-License-Identifier: ISC
# variant: test
#
# What all processes together hold while a film is published and while it is
# watched: the client, its helpers, the relay and its signer, each page once.
# FILM_SECONDS makes it longer, and the bound stays.
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
command -v ffmpeg >/dev/null || {
	echo "1..0 # SKIP needs ffmpeg: apt-get install ffmpeg"
	exit 0
}
. tests/stage
SECS=${FILM_SECONDS:-20}
MOST=204800		# KiB: 200 MiB

relay_start relay --registration open --blob-quota 8g ||
    { ok 1 "the relay starts"; stage_done; }
t alice init alice --relay "$ADDRESS" >/dev/null 2>&1
t bob init bob --relay "$ADDRESS" >/dev/null 2>&1
t alice add bob >/dev/null 2>&1
until_true 60 t bob accept alice || ok 1 "bob accepts"
ffmpeg -nostdin -loglevel error -f lavfi \
    -i "testsrc2=size=1280x720:rate=${FILM_RATE:-25}:duration=$SECS" -f lavfi \
    -i "sine=440:duration=$SECS" -c:v mpeg4 -q:v 8 -c:a aac -shortest \
    "$STAGE/film.mp4" || ok 1 "a film is made"

# A process and all that it has started, one a line.
family() {
	echo "$1"
	for _child in $(ps -o pid= --ppid "$1"); do
		family "$_child"
	done
}
# KiB of them together; what two share counts once.
held() {
	for _pid in $(family "$1") $(family "$RELAY"); do
		sed -n 's/^Pss: *\([0-9]*\) kB/\1/p' "/proc/$_pid/smaps_rollup"
	done 2>/dev/null | awk '{ n += $1 } END { print n + 0 }'
}
# watched NAME PROFILE ARGS...: runs it, and looks at what is held
watched() {
	_name=$1 _who=$2 most=0 helpers=0
	shift 2
	pass_put
	"$BIN/tacet" --profile "$_who" --timeout 60m --passphrase-fd 5 "$@" \
	    5<"$STAGE/pass" >"$STAGE/said" 2>"$STAGE/err" &
	_pid=$!
	PIDS="$PIDS $_pid"
	while kill -0 "$_pid" 2>/dev/null; do
		_held=$(held "$_pid")
		[ "$_held" -le "$most" ] || most=$_held
		_n=$(family "$_pid" | wc -l)
		[ "$_n" -le "$helpers" ] || helpers=$_n
		sleep 0.1
	done
	wait "$_pid"
	ok $? "$_name"
	[ "$helpers" -ge 2 ]
	ok $? "$_name: $((helpers - 1)) helpers were seen at it"
	[ "$most" -gt 0 ] && [ "$most" -lt $MOST ]
	ok $? "$_name: all hold $((most / 1024)) MiB at most"
}

watched "a film of $SECS s is published" alice publish "$STAGE/film.mp4" \
    --to bob
rm "$STAGE/film.mp4"
there() { t bob videos | grep -q film; }
until_true 60 there
ok $? "bob has its card"
if [ "$SECS" -le 300 ]; then	# it takes as long as the film
	watched "and watched" bob play 1 --sink none
	has "with its pictures" "$(cat "$STAGE/said")" \
	    '^[1-9][0-9]* pictures shown'
fi
stage_done

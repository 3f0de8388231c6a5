#!/bin/bash
# SPDX-License-Identifier: ISC
#
# A film over a link that is narrow, long and lossy: relay and watcher in two
# network namespaces, and tool/strait between them. Playing comes down to a size
# that fits, does not wait, goes up again, and outlives a link that is cut.
#
# environment: FILM_LINK_LONG (1: a minute of each, after a fast beginning too)
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
if [ "${1:-}" != inside ]; then
	for how in -n -Urn; do
		unshare $how ip link add strait0 type veth peer name strait1 \
		    2>/dev/null && exec unshare $how "$0" inside
	done
	echo "1..0 # SKIP no network namespaces can be made here: run it as root"
	exit 0
fi
. tests/stage
. tests/refusals
LONG=${FILM_LINK_LONG:-}

command -v ffmpeg >/dev/null || stage_skip "ffmpeg is not installed"
[ -x "$BIN/tacet-media" ] || stage_skip "tacet-media is not built"

# --- two places and what lies between them ---

place() { # place NAME ADDRESS: sets PLACE to the pid that holds it
	unshare -n sleep 3600 &
	PLACE=$!
	PIDS="$PIDS $PLACE"
	_own=$(readlink /proc/self/ns/net)
	until_true 60 sh -c "[ \$(readlink /proc/$PLACE/ns/net) != $_own ]"
	ip link add "mid$1" type veth peer name "end$1" netns "$PLACE"
	_in="nsenter -t $PLACE -n"
	$_in ip link set lo up
	$_in ip addr add "$2/24" dev "end$1"
	$_in ip link set "end$1" up
	ip link set "mid$1" up
	$_in "$BIN/tool/strait" plain "end$1"
	"$BIN/tool/strait" plain "mid$1"
}
place 1 10.201.7.1; HERE=$PLACE
place 2 10.201.7.2; THERE=$PLACE
mkfifo "$STAGE/strait"
"$BIN/tool/strait" mid1 mid2 <"$STAGE/strait" 2>"$STAGE/strait.err" &
PIDS="$PIDS $!"
exec 7>"$STAGE/strait"
link() { printf '%s\n' "$@" >&7; }

# the programs as they are, each in its place
mkdir "$STAGE/bin"
for p in tacet tacetd; do
	printf '#!/bin/sh\nexec nsenter -t ${AT:-%s} -n %s/%s "$@"\n' "$HERE" \
	    "$BIN" $p >"$STAGE/bin/$p"
done
chmod +x "$STAGE"/bin/*
BIN=$STAGE/bin
seconds=$([ "$LONG" ] && echo 190 || echo 60)
relay_start relay --registration open --blob-quota 4g --listen 10.201.7.1 \
    --public 10.201.7.1 || { ok 1 "the relay starts"; stage_done; }
friends alice bob || { ok 1 "they are friends"; stage_done; }
ffmpeg -loglevel error -f lavfi -i testsrc2=size=1280x720:rate=25 -f lavfi \
    -i sine=440 -t "$seconds" -c:v mjpeg -q:v 4 -c:a pcm_s16le \
    -y "$STAGE/night.avi" </dev/null || stage_skip "ffmpeg makes no film"
works "a film is published" t alice --timeout 300s publish --to bob \
    "$STAGE/night.avi"
rm -f "$STAGE/night.avi"
AT=$THERE t bob videos >"$OUT" 2>&1

# --- somebody who watches, and says when what happened ---

stamp() {
	while IFS= read -r line; do
		case $line in *'"event":"play"'*)
			printf '%s %s\n' $((${EPOCHREALTIME/[.,]/} / 1000)) \
			    "$line" ;;
		esac
	done
}
mkfifo "$STAGE/bob.in"
exec 8<>"$STAGE/bob.in"
pass_put
AT=$THERE "$BIN/tacet" --profile bob --passphrase-fd 5 --sink none run --json \
    <"$STAGE/bob.in" 5<"$STAGE/pass" 7>&- 2>"$STAGE/bob.err" \
    > >(stamp >"$STAGE/bob.out") &
PIDS="$PIDS $!"
says() { echo "$*" >&8; }
last() { # last FIELD: of the newest event
	tail -n 1 "$STAGE/bob.out" |
	    sed -n "s/.*\"$1\":\"\\{0,1\\}\\([^,\"}]*\\).*/\\1/p"
}
is() { [ "$(last "$1")" = "$2" ]; }
under() { [ "$(last "$1")" -lt "$2" ] 2>/dev/null; }
over() { [ "$(last "$1")" -gt "$2" ] 2>/dev/null; }
told() { tail -n 1 "$STAGE/bob.out" | cut -d ' ' -f 1; }
now() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }
# The newest figures come with an event: pausing and going on makes two. When
# they came is what counts, however late they are looked at here.
ask() {
	says film pause
	until_true 60 is state paused
	AT_MS=$(last at) WAITED=$(last waited) ROW=$(last row) PAUSED=$(told)
	says film pause
	until_true 60 is state playing
	GOES_ON=$(told)
}
fits() { over row 1; }
begun() { under at 3000 && is state playing; }
# From its first picture, with nothing known of the link.
begin() {
	says film stop
	until_true 60 is state none
	says play 1
	until_true 60 is state playing
	says film 0
	until_true 60 begun
}
# steady NAME SECONDS: it plays so long, and time goes on with it
steady() {
	ask
	_from=$AT_MS _then=$GOES_ON
	sleep "$2"
	ask
	_late=$((PAUSED - _then - (AT_MS - _from)))
	echo "# $1: $2 s, $_late ms late, waited at most $WAITED ms, row $ROW," \
	    "$(last rate) B/s"
	[ "$_late" -le 1500 ] && [ "$WAITED" -le 1000 ]
	ok $? "$1: it does not wait"
	[ "$ROW" -ge 2 ]
	ok $? "$1: in a size that fits"
}
# quick NAME SECONDS TEST...: it is so within those
quick() {
	_name=$1 _within=$2 _t=$(now); shift 2
	until_true 60 "$@"
	echo "# $_name: after $(($(now) - _t)) ms"
	[ $(($(now) - _t)) -le $((_within * 1000)) ]
	ok $? "$_name within $_within s"
}

short=$([ "$LONG" ] && echo 60 || echo 12)
link "rate 2000" "delay 80"
sleep 0.5
says play 1
quick "2 Mbit/s and 80 ms: a picture" 5 is state playing
quick "in a size that fits" 5 fits
steady "2 Mbit/s" "$short"
link "rate 20000"
quick "20 Mbit/s: it goes up again" 30 under row 2
if [ "$LONG" ]; then
	begin
	sleep 2
	link "rate 2000"
	quick "from 20 down to 2 Mbit/s: in a size that fits" 5 fits
	steady "after 20 Mbit/s" 60
	link "loss 10"
	begin
	steady "1 % loss" 60
	link "rate 20000" "loss 0"
fi

# --- no link at all ---

begin
link "rate 2000"
until_true 60 fits
until_true 60 is state playing
link cut
quick "a link that is cut: it says so" 60 is state buffering
sleep "$([ "$LONG" ] && echo 40 || echo 3)"
is state buffering
ok $? "and waits"
link mend
quick "and goes on by itself when it is back" 20 is state playing
says quit
stage_done

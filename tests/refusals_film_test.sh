#!/bin/bash
# SPDX-License-Identifier: ISC
# variant: test
#
# Films that can't be published, and films of which the relay sends something
# else: each has its sentence with what to do next, leaves nothing behind on
# either side, and the client that was asked goes on with the conversation.
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage
. tests/refusals

command -v ffmpeg >/dev/null || stage_skip "needs ffmpeg: apt-get install ffmpeg"
[ -x "$BIN/tacet-media" ] || stage_skip "tacet-media is not built"
# made NAME OPTIONS...: a file of ffmpeg's in the folder of films
F=$STAGE/films
mkdir "$F" "$F/empty" "$F/notes"
made() {
	_name=$1; shift
	ffmpeg -nostdin -loglevel error "$@" -y "$F/$_name" ||
	    stage_skip "ffmpeg makes no $_name"
}
lavfi() { _src=$1 _to=$2; shift 2; made "$_to" -f lavfi -i "$_src" "$@"; }
lavfi color=gray:s=160x90:r=5:d=9 gray.avi -c:v mjpeg
lavfi testsrc=s=160x90:r=10:d=6 whole.avi -c:v mjpeg -q:v 2
lavfi testsrc=s=160x90:r=10:d=2 whole.mp4 -c:v mpeg4
lavfi testsrc=s=160x90:r=240:d=2 fast.avi -c:v mjpeg
lavfi sine=440:d=1 sound.wav
lavfi color=s=7680x4320 huge.png -frames:v 1
echo "no film at all" >"$F/notes/text.mp4"
: >"$F/nothing.mp4"
mkfifo "$F/fifo.mp4"
head -c 6000 "$F/whole.mp4" >"$F/head.mp4"	# what it is stands at its end
cp "$F/whole.avi" "$F/middle.avi"
_size=$(stat -c %s "$F/middle.avi")
dd if=/dev/urandom of="$F/middle.avi" bs=1 seek=$((_size / 2)) \
    count=$((_size / 10)) conv=notrunc 2>/dev/null

relay_start relay --registration open || { ok 1 "the relay starts"; stage_done; }
friends alice bob || { ok 1 "they are friends"; stage_done; }
works "a film to watch" t alice publish --to bob "$F/gray.avi"

# --- what its owner could make of the relay's disk, for later ---

BLOBS=$STAGE/relay/blobs
BLOB=$(ls "$BLOBS")
same "the relay has it" "$(echo "$BLOB" | wc -w)" 1
t bob videos >"$OUT"
has "bob has its card" "$(cat "$OUT")" '^1 +gray '
assay() { # assay BLOBS WHAT: on bob's film 1
	pass_put
	"$BIN/tool/assay" "$XDG_DATA_HOME/tacet/bob" 1 "$@" <"$STAGE/pass"
}
has "each piece is as its index says" "$(assay "$BLOBS" check)" '^0 of 10 '
for how in true swap bend index cut; do
	cp -r "$BLOBS" "$STAGE/$how"
	[ $how = true ] || assay "$STAGE/$how" $how ||
	    ok 1 "a copy of the blob: $how"
done
has "and bent ones are seen" "$(assay "$STAGE/bend" check)" '^2 of 10 '
relay_has() { cat "$STAGE/$1/$BLOB" >"$BLOBS/$BLOB"; }

# --- two who are there all the time ---

line=0
chats() { # chats NAME FROM TO: FROM, who was asked, goes on talking
	line=$((line + 1))
	console_say "$2" "send $3 line-$line-of-the-talk"
	until_true 60 grep -q "line-$line-of-the-talk" "$STAGE/$3.out"
	ok $? "$1: the conversation goes on"
}
console_open alice
ALICE=$CLIENT
console_open bob

# --- what can't be published ---

have=1				# blobs on the relay
files() { ls -A "$XDG_DATA_HOME/tacet/alice" | sort | tr '\n' ' '; }
before=$(files)
status() { "$BIN/tacetd" --data "$STAGE/relay" status | sed -n "s/^$1 //p"; }
nothing_half() {
	[ "$(ls "$BLOBS" | wc -l)" = $have ] && [ "$(status blobs)" = $have ] &&
	    [ "$(status uploads-under-way)" = 0 ] &&
	    [ "$(files)" = "$before" ]
}
# unpublished NAME SENTENCE FILE
unpublished() {
	t alice --timeout 120s publish --to bob "$3" >"$OUT" 2>"$ERR" </dev/null
	_got=$?
	if [ $_got != 0 ] && grep -qE -- "$2" "$OUT" "$ERR"; then
		ok 0 "$1 is refused, with what to do"
	else
		ok 1 "$1 is refused, with what to do"
		echo "# exit $_got, wanted $2"
		sed 's/^/# /' "$OUT" "$ERR"
	fi
	until_true 60 nothing_half
	ok $? "$1: nothing of it stays"
	same "$1: no card" "$(t alice videos | grep -vc withdrawn)" $have
	chats "$1" alice bob
}
unpublished "a text" "text.mp4 can.t be published: this is no film that can \
be read; file /.*/text.mp4 says what it is" "$F/notes/text.mp4"
unpublished "sound alone" "there is no picture in it.*; ffmpeg -loop 1 -i \
PICTURE.jpg -i /.*/sound.wav -shortest film.mp4 gives it one" "$F/sound.wav"
unpublished "one without its beginning" "broken at the beginning; \
ffmpeg -i /.*/head.mp4 film.mp4 may save" "$F/head.mp4"
unpublished "an empty file" 'nothing.mp4 is empty: copy it again' \
    "$F/nothing.mp4"
unpublished "pictures of 8K" "larger than can be opened; ffmpeg -i \
/.*/huge.png -vf scale=1280:-2 film.mp4 makes them smaller" "$F/huge.png"
unpublished "an empty folder" "no file in /.*/empty that could be a film: \
look with ls" "$F/empty"
unpublished "a folder without a film" 'file /.*/text.mp4 says' "$F/notes"
unpublished "a device" "/dev/zero is a device, no file: record from it into \
a file first, ffmpeg -i /dev/zero" /dev/zero
unpublished "a pipe" 'fifo.mp4 is a pipe: .*, cat /.*/fifo.mp4 > FILE' \
    "$F/fifo.mp4"

# --- what is strange and can be ---

published() { # published NAME SENTENCE FILE; it is taken back at the end
	t alice --timeout 120s publish --to bob "$3" >"$OUT" 2>"$ERR" </dev/null
	has "$1 is published: $(basename "$3")" "$? $(cat "$OUT" "$ERR")" '^0 '
	has "$1: what is said" "$(cat "$OUT" "$ERR")" "$2"
	_row=$(sed -n 's/^published .* as film //p' "$OUT")
	t alice withdraw "$_row" >"$OUT" 2>"$ERR"
	until_true 60 nothing_half
	ok $? "$1: withdrawn, nothing of it stays"
	chats "$1" alice bob
}
published "one broken in the middle" "middle.avi can.t be read at 0:0[0-9]: \
.*better copy, withdraw this one and publish that" "$F/middle.avi"
published "240 pictures a second" '^published fast 0:02 160x90' "$F/fast.avi"

# --- no room on the relay ---

again() { # the same relay with other options
	relay_stop $RELAY
	relay_start relay --registration open "$@" || ok 1 "the relay starts"
}
t alice videos >/dev/null
again --blob-quota 100k
unpublished "one for which there is no room" "space on the relay is used up. \
Withdraw older films .tacet videos., or" "$F/whole.avi"
again --blob-size 100k
unpublished "one that is too large" "larger than a film may be there \
.102 kB.. Ask" "$F/whole.avi"
again

# --- what the relay sends is something else ---

film() { grep '"event":"play"' "$STAGE/bob.out" | tail -n 1; }
is() { film | grep -q "\"state\":\"$1\""; }
# unplayed NAME SENTENCE
unplayed() {
	console_say bob play 1
	until_true 60 is stopped
	has "$1: it stops, with what to do" "$(film)" "$2"
	kill -0 "$CLIENT"
	ok $? "$1: the client is there"
	console_say bob film stop
	until_true 60 is none
	chats "$1" bob alice
}
next="the relay did not send what was published. /play 1 tries again; if it \
stays so, ask"
relay_has swap
unplayed "pieces swapped" "was stopped at 0:0[0-9]: another piece .*; $next"
relay_has bend
unplayed "a bent piece" "was stopped at 0:0[0-9]: .* was altered; $next"
relay_has index
unplayed "an index cut short" "gray can.t be played: .*; $next"
gone='gray is not on the relay any more: .*; ask for it to be published anew'
relay_has cut
unplayed "a film cut short" "$gone"
rm "$BLOBS/$BLOB"
again				# it has the file no more open
unplayed "one that has expired" "$gone"
relay_has true
console_say bob play 1
plays() { is playing || is ended; }
until_true 60 plays
ok $? "what was published plays"
console_say bob quit
wait "$CLIENT"
ok $? "bob's client ends well"
assay "$BLOBS" key
ok $? "a card with another key"
console_open bob
unplayed "another key" "gray can.t be played: its index is not .*; $next"
same "nothing of a film lies with bob" \
    "$(ls -A "$XDG_DATA_HOME/tacet/bob" | sort | tr '\n' ' ')" "$before"
console_say bob quit
console_say alice quit
wait "$ALICE"
ok $? "alice's client ends well"
stage_done

#!/bin/bash
# SPDX-License-Identifier: ISC
# variant: test
#
# Where a film lies after it was watched: the relay holds what it can't read
# (T18), and the watcher's disk holds nothing. The kernel is asked what was
# opened for writing, and both disks are searched for what every picture of the
# film has in it.
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
for need in ffmpeg strace tmux; do
	command -v $need >/dev/null || {
		echo "1..0 # SKIP needs $need: apt-get install $need"
		exit 0
	}
done
strace -o /dev/null true 2>/dev/null || {
	echo "1..0 # SKIP nobody may be traced here"
	exit 0
}
. tests/stage

relay_start relay --registration open || { ok 1 "the relay starts"; stage_done; }
t alice init alice --relay "$ADDRESS" >/dev/null 2>&1
t bob init bob --relay "$ADDRESS" >/dev/null 2>&1
t alice add bob >/dev/null 2>&1
until_true 60 t bob accept alice || ok 1 "bob accepts"
mkdir "$STAGE/out" "$STAGE/own"
ffmpeg -nostdin -loglevel error -f lavfi \
    -i testsrc2=size=640x360:rate=25:duration=24 -f lavfi \
    -i sine=440:duration=24 -c:v mpeg4 -c:a aac -shortest \
    "$STAGE/own/capercaillie.mp4" || ok 1 "a film is made"
t alice publish "$STAGE/own/capercaillie.mp4" --to bob >/dev/null
there() { t bob videos | grep -q capercaillie; }
until_true 60 there
ok $? "a film is published"
rm -r "$STAGE/own"

# --- watched, and the kernel looks on ---

du_bob() { du -sk "$XDG_DATA_HOME" | cut -f1; }
before=$(du_bob)
pass_put
screen_new film 80 24 "strace -ff -y -o $STAGE/traced -e \
    trace=open,openat,creat,write,pwrite64,writev,pwritev,memfd_create,rename \
    $BIN/tacet --profile bob --sink cells --bell none --passphrase-fd 5 \
    play 1 5<$STAGE/pass"
see "it plays in the terminal" film '0:(0[4-9]|1[0-9]|2[0-3]) / 0:24'
screen_key film q
until_true 60 screen_gone film
ok $? "and ends"

cat "$STAGE"/traced.* >"$STAGE/trace"	# one file for each process

# files opened to be written to, each once
opened=$(grep -E '(open|openat|creat)\(.*(O_WRONLY|O_RDWR|O_CREAT)' \
    "$STAGE/trace" | grep -v ' = -1 ' | sed 's/.*<\(.*\)>$/\1/' |
    sort -u)
has "its own store is written to" "$opened" "^$XDG_DATA_HOME/tacet/bob/"
# PortAudio looks for sound servers, whose libraries share memory of their own
same "and nothing else but the terminal" "$(printf '%s\n' "$opened" |
    grep -vE "^($XDG_DATA_HOME/tacet/bob/|/dev/(null|tty|pts/|ptmx))" |
    grep -vE '^/dev/(shm/jack|snd/)')" ''
# and curses writes to one what the terminal has yet to take: pictures do not
# pass there
same "nothing is kept beside the disk" "$(grep 'memfd_create(' "$STAGE/trace" |
    grep -vcE '"(pulseaudio|screen)"')" 0
# what went to the store, by the kernel's count
wrote=$(grep -E '(write|pwrite64|writev|pwritev)\(' "$STAGE/trace" |
    grep -F "<$XDG_DATA_HOME" | sed -n 's/.* = \([0-9]*\)$/\1/p' |
    awk '{ n += $1 } END { print n + 0 }')
film=$(du -sb "$STAGE/relay/blobs" | cut -f1)
[ "$film" -gt 1000000 ] && [ "$((wrote * 4))" -lt "$film" ]
ok $? "of a film of $film bytes, $wrote were written about"
[ $(($(du_bob) - before)) -lt 1024 ]
ok $? "and $(($(du_bob) - before)) KiB stay"

# --- what is in every picture, looked for ---

t bob play 1 --sink file --film-folder "$STAGE/out" >/dev/null
# Annex K.3.1 of JPEG: the lengths of the codes of luminance's DC
table='\x00\x01\x05\x01\x01\x01\x01\x01\x01\x00\x00\x00\x00\x00\x00\x00'
holds() { LC_ALL=C grep -rlaP "$1" "$2" 2>/dev/null | wc -l; }
[ "$(holds "$table" "$STAGE/out")" -gt 10 ]
ok $? "the pictures have it"
rm -r "$STAGE/out"
same "the relay has no picture (T18)" "$(holds "$table" "$STAGE/relay")" 0
same "nor the film's name (T18)" "$(holds capercaillie "$STAGE/relay")" 0
same "nor is it in its log (T18)" "$(cat "$STAGE"/relay.log "$STAGE"/relay.out |
    grep -c capercaillie)" 0
same "the watcher's disk has no picture" "$(holds "$table" "$XDG_DATA_HOME")" 0
same "nor the film's name" "$(holds capercaillie "$XDG_DATA_HOME")" 0
stage_done

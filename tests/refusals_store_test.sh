#!/bin/bash
# SPDX-License-Identifier: ISC
#
# A profile that can't be used: wrong passphrase, not private, held by another
# process, damaged, of a later version. Each has its sentence, nothing crashes,
# nothing is repaired in silence or taken for a new account, and afterwards the
# messages are all there.
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage
. tests/refusals

relay_start relay --registration open || { ok 1 "the relay starts"; stage_done; }
friends alice bob || { ok 1 "two friends"; cat "$ERR"; stage_done; }
t bob send alice 'keep this' >"$OUT"
t alice history bob >"$STAGE/history"
has "there is something to lose" "$(cat "$STAGE/history")" 'keep this'
P=$XDG_DATA_HOME/tacet/alice
cp -a "$P" "$P.ok"
again() { rm -rf "$P"; cp -a "$P.ok" "$P"; }
status() { t alice --timeout 5s status; }

# --- the passphrase ---

PASS=wrong-horse
refused "a wrong passphrase" 3 'wrong passphrase; try again' status
PASS=
refused "an empty one" 3 'passphrase is empty' status
PASS=correct-horse-$$
refused "none, and no terminal to ask on" 3 'no terminal.*--passphrase-fd' \
    setsid -w "$BIN/tacet" --profile alice status
refused "a descriptor that is not open" 3 'descriptor 77 .*77<FILE' \
    "$BIN/tacet" --profile alice --passphrase-fd 77 status
refused "no account in the profile" 1 'no account in this profile.*tacet init' \
    t nobody status
refused "a profile with a slash" 2 '"../alice" can.t be the name of a profile' \
    t ../alice status
refused "no name for a profile" 2 '"" can.t be the name' t '' status

# --- not private ---

chmod 755 "$P"
refused "a folder others can read" 1 "tacet/alice can be read.*chmod 700 $P" status
same "is not repaired in silence" "$(stat -c %a "$P")" 755
chmod 700 "$P"
mv "$P" "$P.real" && ln -s "$P.real" "$P"
refused "a folder behind a symbolic link" 1 "$P is a symbolic link" status
rm "$P" && mv "$P.real" "$P"
for f in header store.db lock; do
	chmod 640 "$P/$f"
	refused "$f that others can read" 1 "$f can be read.*chmod 600 $P/$f" status
	chmod 600 "$P/$f"
	mv "$P/$f" "$STAGE/away" && ln -s "$STAGE/away" "$P/$f"
	refused "$f behind a symbolic link" 1 "$f is a symbolic link" status
	rm "$P/$f" && mv "$STAGE/away" "$P/$f"
done
if [ "$(id -u)" = 0 ]; then
	chown 12345 "$P"
	refused "a folder of somebody else" 1 'another user: chown 0 ' status
	chown 0 "$P"
	chown 12345 "$P/store.db"
	refused "a store of somebody else" 1 'store.db belongs to another user' status
	chown 0 "$P/store.db"
else
	ok 0 "files of somebody else # SKIP needs root"
fi
works "private again, it opens" status

# --- damaged ---

head -c 20 "$P.ok/header" >"$P/header"
refused "half a header" 1 'header is damaged: restore' status
: >"$P/header"
refused "an empty header" 1 'header is damaged: restore' status
head -c 6000 /dev/urandom >"$P/header"
refused "a header of noise" 1 'header is damaged: restore' status
again
printf '\377' | dd of="$P/header" bs=1 seek=16 conv=notrunc 2>"$ERR"
refused "a header that asks for too much memory" 1 'header is damaged' status
again
printf '\2' | dd of="$P/header" bs=1 seek=15 conv=notrunc 2>"$ERR"
refused "a header of a later version" 1 'header is of a newer tacet: install' status
again
printf '\0\0\0\11' | dd of="$P/store.db" bs=1 seek=60 conv=notrunc 2>"$ERR"
refused "a store of a later version" 1 'store.db is of a newer tacet: install' status
again
head -c 9000 /dev/urandom >"$P/store.db"
refused "a store of noise" 1 'store.db is damaged: restore' status
head -c 8192 "$P.ok/store.db" >"$P/store.db"
refused "a store cut off" 1 'store.db is damaged: restore' status
: >"$P/store.db"
refused "an empty store is no new account" 1 'store.db is damaged: restore' status
rm "$P/store.db"
refused "nor is a missing one" 1 'store.db is missing: restore' status
again
rm "$P/header"
refused "a store without its header takes no new account" 1 \
    'header that opens it is missing: restore' \
    t alice --relay "${ADDRESS}" init alice2
cmp -s "$P/store.db" "$P.ok/store.db"
ok $? "and is left as it was"
again

# pages turned to noise one by one: a sentence or all of it, never a crash
size=$(stat -c %s "$P.ok/store.db") crashed=0 told=0 silent=0
pages=$((size / 4096))
for i in $(seq 0 $((pages / 24 + 1)) $((pages - 1))); do
	head -c 4096 /dev/urandom |
	    dd of="$P/store.db" bs=4096 seek="$i" conv=notrunc 2>"$ERR"
	timeout 60 "$BIN/tacet" --profile alice --passphrase-fd 5 --timeout 3s \
	    history bob 5<"$STAGE/pass" >"$OUT" 2>"$ERR" </dev/null
	code=$?
	if [ $code -gt 4 ]; then
		crashed=$((crashed + 1))
		echo "# page $i: exit $code $(head -n 3 "$ERR")"
	elif [ -s "$ERR" ]; then
		told=$((told + 1))
	elif ! cmp -s "$OUT" "$STAGE/history"; then
		silent=$((silent + 1))
		echo "# page $i: exit $code, another history, no word"
	fi
	again
done
same "pages of noise: no crash" $crashed 0
same "and nothing is left out without a word" $silent 0
ok $((told == 0)) "some of it was noticed ($told)"

# --- held by another process ---

mkfifo "$STAGE/in"
exec 9<>"$STAGE/in"
tb alice run --json <"$STAGE/in" >"$STAGE/run" 2>&1 9>&-
HOLDER=$BG
until_true 60 grep -q '"online"' "$STAGE/run"
screen_new second 80 24 "$BIN/tacet --profile alice; sleep 20" 9>&-
see "a second screen refuses and names the process" second \
    "open in process $(cat "$P/lock"): use that one"
works "verbs go through the first" t alice send bob 'through the socket'
until_true 60 grep -q 'through the socket' "$STAGE/run"
ok $? "and are seen there"
: >"$STAGE/empty"
works "so they ask for no passphrase" "$BIN/tacet" --profile alice status
mv "$P/control" "$P/control.away"
refused "a process that can't be reached is named" 1 \
    "open in process $(cat "$P/lock"): use that one, or end it with kill" status
mv "$P/control.away" "$P/control"
exec 9>&-
wait $HOLDER
works "afterwards it opens" status

same "nothing was lost by any of this" \
    "$(t alice history bob | grep -v 'through the socket')" \
    "$(cat "$STAGE/history")"
has "nor on the other side" "$(t bob history alice)" 'through the socket'
stage_done

#!/bin/bash
# SPDX-License-Identifier: ISC
#
# passwd, backup and restore as a person does them: at a shell and from the
# first screen. What is refused: a wrong passphrase, a file that exists, a folder
# that is full, a file that was cut, changed or is something else; each in
# words, and nothing half is left. After a restore conversations go on, the
# others see it, and no device shows a message twice (T44).
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage

T="$BIN/tacet"
pass() { # pass FIRST SECOND: lines for --passphrase-fd 5
	printf '%s\n' "$@" >"$STAGE/words"
}
w() { # w PROFILE WORDS...: with the lines of pass()
	_p=$1; shift
	"$BIN/tacet" --profile "$_p" --passphrase-fd 5 "$@" 5<"$STAGE/words"
}
refused() { # refused NAME STATUS REGEX WORDS...: in words, nothing else
	_name=$1 _want=$2 _re=$3; shift 3
	_out=$("$@" 2>&1); _got=$?
	same "$_name: status" $_got "$_want"
	has "$_name: in words" "$_out" "$_re"
}

relay_start relay --registration open || { ok 1 "the relay starts"; stage_done; }
for who in alice bob carol; do
	t $who init $who --relay "$ADDRESS" >/dev/null || ok 1 "$who registers"
done
befriend() { t $1 add $2 >/dev/null; t $2 accept $1 >/dev/null; }
befriend alice bob; befriend alice carol
t alice verify bob >/dev/null
t alice send bob "before the backup" >/dev/null
t bob history alice >/dev/null

# --- passwd ---

NEW="another-horse-$$"
pass "$PASS" short
refused "a short one" 2 'needs [0-9]+ characters' w alice passwd
pass "wrong-horse-here" "$NEW"
refused "the wrong one" 3 'wrong passphrase' w alice passwd
has "neither was taken" "$(t alice status)" 'account +alice'
pass "$PASS" "$NEW"
has "changed" "$(w alice passwd)" 'passphrase is changed'
refused "the old one opens nothing" 3 'wrong passphrase' t alice status
pass "$NEW" "$PASS"
has "and back" "$(w alice passwd)" 'passphrase is changed'

# --- backup ---

FILE=$STAGE/alice.backup
t alice backup "$FILE" --history >"$STAGE/out" 2>&1
ok $? "a backup is written"
has "which says so" "$(cat "$STAGE/out")" "$FILE|backup"
same "for oneself alone" "$(stat -c %a "$FILE")" 600
ok "$(grep -c 'before the backup' "$FILE")" "sealed"
cp "$FILE" "$STAGE/as-it-was"
refused "one that is there" 1 '(exists|is there).*--force' t alice backup "$FILE"
cmp -s "$FILE" "$STAGE/as-it-was"; ok $? "is left alone"
refused "no such folder" 1 'No such|no such|not there|folder' \
    t alice backup "$STAGE/none/alice.backup"
# a file may grow to 1 KiB here: what a full disk does
full() { (trap '' XFSZ; ulimit -f 1; t alice backup "$STAGE/full.backup" --history); }
ok "$(ls "$STAGE" | grep -c 'full.backup')" "nothing there yet"
# the store itself has to be written, too: with the disk full the verb refuses
# or says that it can't write; it never says that there is a backup
out=$(full 2>&1); st=$?
ok $((st != 0 ? 0 : 1)) "a full disk: refused"
has "a full disk: in words" "$out" 'write|full|space|large|big|disk'
ok "$([ ! -e "$STAGE/full.backup" ]; echo $?)" "and no half of a file"
ok "$([ -z "$(find "$STAGE" -maxdepth 1 -name '*full.backup*')" ]; echo $?)" \
    "nor under another name"

# --- restore: what can't be ---

pass "wrong-horse-here"
refused "the wrong passphrase" 3 'passphrase' w second restore "$FILE" keep
head -c 700 "$FILE" >"$STAGE/cut"
head -c $(($(stat -c %s "$FILE") - 20)) "$FILE" >"$STAGE/cut-late"
cp "$FILE" "$STAGE/bent"
middle=$(($(stat -c %s "$FILE") / 2))
byte=$(od -An -tu1 -j "$middle" -N 1 "$FILE")
# shellcheck disable=SC2059
printf "\\$(printf %o $((byte ^ 255)))" | dd of="$STAGE/bent" bs=1 \
    seek=$middle conv=notrunc 2>/dev/null
printf 'no backup at all\n' >"$STAGE/foreign"
pass "$PASS"
refused "cut short" 1 'damaged|cut|whole|backup' w second restore "$STAGE/cut" keep
refused "cut at the end" 1 'damaged|cut|whole|backup' w second restore "$STAGE/cut-late" keep
refused "bent" 1 'damaged|changed|whole|backup' w second restore "$STAGE/bent" keep
refused "something else" 1 'no backup|not a backup|backup' w second restore "$STAGE/foreign" keep
refused "nothing there" 1 'no such|not there|No such|no file|read' w second restore "$STAGE/nothing" keep
refused "no word about the old device" 2 'revoke|keep' \
    setsid "$BIN/tacet" --profile second restore "$FILE"
ok "$(ls "$XDG_DATA_HOME/tacet/second" 2>/dev/null | grep -c store)" \
    "none of these left a store"
refused "where an account is" 1 'has an account' t bob restore "$FILE" keep

# --- restore ---

t bob send alice "after the backup" >/dev/null
t alice history bob >/dev/null
out=$(t second restore "$FILE" revoke 2>&1)
ok $? "restored"
has "counted" "$out" '2 people, 2 conversations'
has "said" "$out" 'alice is back, on a new device'
has "what was said is there" "$(t second history bob)" 'before the backup'
has "and what was verified" "$(t second person bob)" 'contact, verified'
back() { # who lets it in, and it reads
	t bob status; t carol status; t second status
	t bob send alice "are you back?"
	t second history bob | grep -q 'are you back'
}
until_true 2 back || until_true 2 back || until_true 2 back
ok $? "the conversation goes on (T44)"
has "bob sees it (T44)" "$(t bob history alice)" 'alice.*(added|device|again)'
t second send carol "it is me" >/dev/null
has "the other one, too (T44)" "$(t carol history alice)" 'it is me'
same "nothing twice" "$(t second history bob | grep -c 'before the backup')" 1
out=$(t alice send bob "still me" 2>&1)
ok $(($? != 0 ? 0 : 1)) "the old device is out (T36)"
has "and told so (T36)" "$out" 'revoked'
ok "$(t bob history alice | grep -c 'still me')" "nobody reads it (T36)"

# --- from the first screen ---

command -v tmux >/dev/null || { echo "# no tmux: the screen is not tried"; stage_done; }
t second backup "$STAGE/second.backup" >/dev/null || ok 1 "another backup"
screen_new new 80 24 "exec $T --profile third --bell none"
see "the first screen says how" new '/restore FILE'
screen_line new "/restore $STAGE/second.backup"
see "lost or not?" new 'keep'
screen_key new C-u
screen_line new "/restore $STAGE/second.backup keep"
see "asks for the passphrase of the backup" new 'passphrase of the backup'
screen_line new "wrong-horse-here"
see "a wrong one" new 'passphrase.*(wrong|not)|wrong.*passphrase|does not open'
see "is asked for again" new '^passphrase:'
screen_key new Escape
see "Escape begins anew" new '^your name:'
screen_line new "/restore $STAGE/second.backup keep"
see "once more" new 'passphrase of the backup'
screen_key new Escape
see "Escape goes back" new '^your name:'
screen_line new "/restore $STAGE/second.backup keep"
see "and again" new 'passphrase of the backup'
screen_line new "$PASS"
see "alice again" new 'alice again, on a new device|alice +online'
screen_line new '/talk bob'
see "her conversations" new '^bob>'
see "the bar says that this device can't follow yet" new "can't follow \(M-r\)"
screen_key new M-r
see "M-r says so" new "can't follow the conversation with bob any more"
see "and why" new 'came out of a backup'
see "who is asked" new 'asked +.*bob.* and your other devices'
see "what to do" new 'keep tacet running'
screen_shot new rejoin
screen_key new q
see "back in it" new '^bob>'
again() {
	t bob status
	_shows new 'let this device in again|added you|you can go on'
}
until_true 60 again
ok $? "bob lets it in"
screen_key new M-r
see "which the screen says, too" new 'conversation with bob goes on'
screen_keep new rejoined
screen_key new q
see "and back" new '^bob>'
screen_line new "from the third"
heard() { t bob history alice | grep -q 'from the third'; }
until_true 60 heard
ok $? "and hears it"
stage_done

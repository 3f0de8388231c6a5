#!/bin/bash
# SPDX-License-Identifier: ISC
#
# Words that will not do: commands, options, keys, the configuration file,
# people, and texts that are too long, empty or no text. Each refusal names the
# thing and the next step; no refused text is sent, cut or changed.
# limit: 600

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/stage
. tests/refusals

relay_start relay --registration open || { ok 1 "the relay starts"; stage_done; }
friends alice bob || { ok 1 "two friends"; cat "$ERR"; stage_done; }

# --- commands and options ---

refused "an unknown command" 2 'no command frobnicate; tacet help lists them' \
    t alice frobnicate
refused "a word short for two" 2 'short for more than one: .*tacet send' \
    t alice se bob hi
refused "a command of the screen" 2 'talk works on the screen: start tacet' \
    t alice talk bob
refused "an argument too many" 2 'tacet people' t alice people now
refused "an argument missing" 2 'tacet send WHO|send WHO' t alice send
refused "an unknown option" 2 'no option "frob"; --help lists them' \
    t alice --frob x status
refused "an option without its value" 2 '--timeout has no value; add a time' \
    t alice --timeout
refused "an option with another kind of value" 2 \
    'timeout: "5" will not do; give a time such as' t alice --timeout 5 status
refused "a choice that is none" 2 'wait: "moon" will not do; give none.relay' \
    t alice --wait moon status
refused "no number" 2 'x is not a number of a message: 1 is the newest' \
    t alice why x
refused "number nought" 2 '0 is not a number of a message' t alice why 0
works "a message" t alice send bob zero
refused "a message that is not there" 1 'no message 99 here: 1 is the newest' \
    t alice why 99
refused "help about nothing" 1 'no help about frob; tacet help lists' \
    t alice help frob
refused "an unknown setting" 1 'no option frob; tacet set lists them' \
    t alice set frob
refused "a setting that will not do" 1 'bell: "maybe" will not do; give none' \
    t alice set bell maybe

# --- the configuration file: its name and the line ---

CONF=$XDG_CONFIG_HOME/tacet/tacet.conf
mkdir "$XDG_CONFIG_HOME/tacet"
conf() { # conf LINE SENTENCE
	printf '# mine\ntheme plain\n%s\n' "$1" >"$CONF"
	refused "tacet.conf: $1" 2 "^tacet: $CONF:3: $2" t alice people
}
conf 'frob 1' 'there is no option frob; tacet.conf\(5\) lists them'
conf 'bell maybe' 'bell: "maybe" will not do; give none'
conf 'bell' 'bell has no value; write'
conf 'timeout 5' 'timeout: "5" will not do; give a time'
conf 'passphrase-fd x' 'passphrase-fd: "x" will not do; give a whole number'
conf 'bind' 'write: bind KEY COMMAND'
conf 'bind F5' 'write: bind KEY COMMAND'
conf 'bind F99 quit' 'F99 is no key.s name: C-x is Control'
conf 'bind F5 frob' 'there is no command frobn?'
rm "$CONF"
works "without the file all is well" t alice people

# --- people ---

refused "nobody of that name" 1 \
    'nobody on this relay is called nemo: check the spelling, then tacet add' \
    t alice add nemo
refused "a name that can't be one" 2 'a name has 1 to 32 of a-z' t alice add 'N N'
refused "oneself" 2 'your own name: tacet add takes somebody else' \
    t alice add alice
refused "a contact" 1 'bob is a contact already' t alice add bob
refused "a message to nobody" 1 'no conversation with nemo: tacet add nemo' \
    t alice send nemo hello
refused "nobody's history" 1 'no conversation with nemo: tacet add' \
    t alice history nemo
refused "accepting who asks nothing" 1 'bob is not asking for anything' \
    t alice accept bob
refused "somebody unknown" 1 "don't know nemo yet: tacet add nemo" \
    t alice safety nemo
t carol --relay "$ADDRESS" init carol >"$OUT"
works "carol is asked" t alice add carol
refused "twice" 1 'asked carol already' t alice add carol
works "one may write meanwhile" t alice send carol 'are you there?'
works "carol looks" t carol notices
refused "no answer yet, no reply" 1 'alice waits for your answer: tacet accept' \
    t carol send alice hello
works "carol declines" t carol decline alice
works "alice hears of it" t alice status
refused "who declined gets nothing" 1 \
    'conversation with carol is closed: tacet add carol asks again' \
    t alice send carol hello
works "bob is blocked" t alice block bob
refused "no message to somebody blocked" 1 \
    'you have blocked bob: tacet unblock bob first' t alice send bob hello
refused "nor a request" 1 'you have blocked bob: tacet unblock bob' t alice add bob
refused "blocked twice" 1 'bob is blocked already' t alice block bob
works "unblocked" t alice unblock bob
works "they talk again" t alice send bob 'first'

# --- texts ---

head -c 60000 /dev/zero | tr '\0' a >"$STAGE/fits"
{ cat "$STAGE/fits"; echo; echo; } >"$STAGE/fits.n"
{ cat "$STAGE/fits"; printf a; } >"$STAGE/big"
head -c 3000000 /dev/zero | tr '\0' a >"$STAGE/huge"
printf 'one\0two' >"$STAGE/zero"
printf 'one \377\376 two' >"$STAGE/latin"
printf '\355\240\200' >"$STAGE/surrogate"
printf '\n\n\n' >"$STAGE/blank"
printf 'us \037 rs \036 gs \035 n \036n.\nline two' >"$STAGE/odd"
: >"$STAGE/empty"
texts() { # texts HOW
	refused "an empty text$1" 2 'nothing to send: type a message' \
	    t alice send bob ''
	refused_text "nothing on standard input$1" 2 \
	    'standard input is empty: tacet send bob TEXT' "$STAGE/empty" \
	    t alice send bob
	refused_text "only newlines$1" 2 'standard input is empty' \
	    "$STAGE/blank" t alice send bob
	refused_text "60,001 bytes$1" 1 'longer than 60000 bytes; send it in parts' \
	    "$STAGE/big" t alice send bob
	refused_text "3 MB$1" 1 'longer than 60000 bytes' "$STAGE/huge" \
	    t alice send bob
	refused_text "a zero byte$1" 2 'no text, it has a zero byte: .*base64' \
	    "$STAGE/zero" t alice send bob
	refused_text "no UTF-8$1" 1 'not UTF-8: convert it first \(iconv' \
	    "$STAGE/latin" t alice send bob
	refused_text "half a surrogate pair$1" 1 'not UTF-8' \
	    "$STAGE/surrogate" t alice send bob
	for f in fits fits.n odd; do
		t alice send bob <"$STAGE/$f" >"$OUT" 2>"$ERR"
		ok $? "but $f goes$1"
	done
}
texts ''
mkfifo "$STAGE/in"
exec 9<>"$STAGE/in"
tb alice run --json <"$STAGE/in" >"$STAGE/run" 2>&1 9>&-
until_true 60 grep -q '"online"' "$STAGE/run"
texts ', through a running tacet'
printf 'frob\nsend nemo hi\nset bell maybe\nwhy x\nbind F99 quit\nsend bob last\n' >&9
until_true 60 grep -q '"n":6' "$STAGE/run"
has "run answers a refusal with its error and its sentence" \
    "$(cat "$STAGE/run")" \
    '"n":1,"ok":false,"error":"INPUT","why":"there is no command frob; help'
same "and each of them" "$(grep -c '"ok":false' "$STAGE/run")" 5
has "and goes on" "$(cat "$STAGE/run")" '"n":6,"ok":true'
until_true 60 grep -q '"delivery":"on relay"' "$STAGE/run"
exec 9>&-
wait $BG
# what arrived: just the good ones, each as it was
t bob history alice 50 >"$STAGE/there"
same "what fits came whole, each time" \
    "$(awk '/ alice +a+$/ && length($NF) == 60000' "$STAGE/there" | wc -l)" 4
same "odd bytes as replacement characters, on two lines" \
    "$(grep -c 'us . rs . gs . n .n\.$' "$STAGE/there") $(grep -c '^    line two$' \
    "$STAGE/there")" '2 2'
same "and nothing else" "$(grep -c ' alice ' "$STAGE/there")" \
    "$(($(t alice history bob 50 | grep -c ' alice ')))"
same "no message of ours is missing" "$(grep ' alice ' "$STAGE/there" |
    cut -c 31-40 | tr '\n' '|')" \
    'zero|first|aaaaaaaaaa|aaaaaaaaaa|us � rs |aaaaaaaaaa|aaaaaaaaaa|us � rs |last|'
stage_done

#!/bin/sh
# SPDX-License-Identifier: ISC
#
# partner.sh: somebody to talk to. Drives `tacet run --json` as a co-process:
# accepts whoever asks, answers what is said, and ends when tacet does. The demo
# uses it; it is also an example of a small bot.
#
#	partner.sh PROFILE PASSPHRASE-FILE
#
# environment: TACET (the program), XDG_DATA_HOME, XDG_CONFIG_HOME
set -u
tacet=${TACET:-tacet}
profile=${1:?usage: partner.sh PROFILE PASSPHRASE-FILE}
secret=${2:?usage: partner.sh PROFILE PASSPHRASE-FILE}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
mkfifo "$dir/in" "$dir/out" || exit 1

# A string field of one JSON line, with its escapes left as they are.
field() {
	printf '%s\n' "$2" |
	    sed -n 's/.*"'"$1"'":"\(\([^"\\]\|\\.\)*\)".*/\1/p'
}

# What to say to what was said; $1 is the text, $2 counts.
answer() {
	case $1 in
	*[Ff]ilm*|*[Vv]ideo*)
		echo "One moment. It is a test pattern of 20 seconds; press Enter when its card is here, and q ends it." ;;
	*[Bb]ye*)	echo "Bye! Control-Q leaves." ;;
	*[Hh]elp*)	echo "F1 shows all keys and commands. Escape comes back." ;;
	*[Kk]ey*|*[Ss]afe*|*[Vv]erif*)
		echo "Alt-p shows the safety number of us two. With a real friend: read it to each other, then press y." ;;
	*'?'*)	echo "Good question. I am a shell script of 70 lines, so I can't know." ;;
	*)	case $(($2 % 4)) in
		0) echo "I read you. The relay carried it and could not." ;;
		1) echo "Try /why: it says what became of your last message." ;;
		2) echo "Alt-w does the same. Alt-p shows my safety number, Alt-l the list." ;;
		3) echo "Still here. Try a message of several lines: Alt-Enter starts a new one." ;;
		esac ;;
	esac
}

# Read and write, so that neither end waits for the other to open.
exec 4<>"$dir/in"
"$tacet" --profile "$profile" --passphrase-fd 5 run --json \
    <&4 >"$dir/out" 4>&- 5<"$secret" &
pid=$!
trap 'kill $pid 2>/dev/null; wait $pid 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 0' INT TERM HUP

n=0
while IFS= read -r line; do
	case $line in
	*'"event":"notice"'*'"notice":"request"'*'"open":true'*)
		who=$(field person "$line")
		[ -n "$who" ] || continue
		printf 'accept %s\n' "$who" >&4
		printf 'send %s %s\n' "$who" "Hello $who! Nobody between us can read this. Type something and press Enter, or ask me for a film." >&4 ;;
	*'"event":"message"'*'"mine":false'*'"kind":"text"'*)
		who=$(field from "$line")
		text=$(field text "$line")
		[ -n "$who" ] || continue
		printf 'send %s %s\n' "$who" "$(answer "$text" $n)" >&4
		case $text in
		*[Ff]ilm*|*[Vv]ideo*)
			printf 'publish pattern:20 --to %s\n' "$who" >&4 ;;
		esac
		n=$((n + 1)) ;;
	esac
done <"$dir/out"

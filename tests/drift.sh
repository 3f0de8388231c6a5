#!/bin/sh
# SPDX-License-Identifier: ISC
# variant: test
#
# The tables and the manual name the same things: what stands in a .def row
# stands in its page, and the list in the page names nothing else. What a page
# must look like (mdoc), section by section:
#
#	tacet(1) COMMANDS	.It Ic name ...          cmd.def CMD(name, ...)
#	tacet(1) KEYS		.It Sy name No (where) Ic command
#							 key.def KEY(...)
#	tacet(1) SCREENS	.It Cm name ...          view.def VIEW(name, ...)
#	tacet(1) EVENTS		.It Cm name ...          event.def EVENT(...)
#	tacet.conf(5) OPTIONS	.It Cm name ...          tui/cmd/option.def
#	tacetd.conf(5) OPTIONS	.It Cm name ...          relay/option.def
#	tacet-protocol(7) MESSAGES                       msg.def MSG(...)
#		.It Sy name No code from state cost
#		.Li fields as in the row, or none
#	tacet-protocol(7) BODIES                         body.def BODY(...)
#		.It Sy name No code where
#		.Li fields as in the row, or none
#	tacet-protocol(7) ERROR NUMBERS                  error.def ERR(...)
#		.It Sy name No code
#
# A row's name is its first argument in quotes, or else its first argument.
# One name per .It; other lists in these sections use other macros. Text may
# follow as the page likes. `drift.sh --rows` prints the lines that the pages
# must have; `drift.sh --self` breaks a small manual in every way and proves
# that the right check goes red.
#
# environment: ROOT (the tree)

set -u
export LC_ALL=C
self=$(cd "$(dirname "$0")" && pwd)/drift.sh
cd "${ROOT:-$(dirname "$self")/..}" || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# what, table, row macro, page, section, item macro
LISTS='
command	tui/cmd/cmd.def	CMD	man/tacet.1	COMMANDS	Ic
key	tui/*/key.def	KEY	man/tacet.1	KEYS	Sy
screen	tui/client/view.def	VIEW	man/tacet.1	SCREENS	Cm
event	tui/client/event.def	EVENT	man/tacet.1	EVENTS	Cm
option	tui/cmd/option.def	OPTION	man/tacet.conf.5	OPTIONS	Cm
option	relay/option.def	OPTION	man/tacetd.conf.5	OPTIONS	Cm
message	shared/wire/msg.def	MSG	man/tacet-protocol.7	MESSAGES	Sy
body	shared/wire/body.def	BODY	man/tacet-protocol.7	BODIES	Sy
error	shared/base/error.def	ERR	man/tacet-protocol.7	ERROR NUMBERS	Sy
'

# The row macros: ROW__ begins a line of the list, FIELDS__ its second line.
defines='
MSG(code, name, from, state, cost, fields)	name No code from state cost FIELDS__ fields
BODY(code, name, where, fields)	name No code where FIELDS__ fields
ERR(code, name, text)	name No code
KEY(name, where, command, help)	name No (where) Ic command
CMD(name, ...)	name
VIEW(name, ...)	name
EVENT(name, ...)	name
OPTION(name, ...)	name
'

# rows table macro: one line per row, as it must stand in the page's list.
# The preprocessor reads the table as the programs do.
rows() {
	{
		echo "$defines" | sed -n "/^$2(/s/	/ ROW__ /p" |
		    sed 's/^/#define /'
		cat $1
	} | cc -E -P -undef -x c - | tr '\n' ' ' | sed 's/ROW__/\n/g' |
	    awk -v macro="$2" '
	function squeeze(s) {
		gsub(/[ \t]+/, " ", s)
		gsub(/^ | $/, "", s)
		return s
	}
	# the text of string literals, without their quotes
	function unquote(s) {
		gsub(/\\\\/, "\001", s)
		gsub(/\\"/, "\002", s)
		gsub(/"/, "", s)
		gsub(/\001/, "\\", s)
		gsub(/\002/, "\"", s)
		return s
	}
	NF == 0 { next }
	{
		fields = ""
		at = index($0, "FIELDS__")
		if (at) {
			fields = squeeze(substr($0, at + 8))
			gsub(/ [(]/, "(", fields)
			fields = " | " (fields == "" ? "none" : fields)
			$0 = substr($0, 1, at - 1)
		}
		s = squeeze(unquote($0))
		# from, state and where are lower case in the manual
		if (macro == "MSG" || macro == "BODY") {
			s = tolower(s)
			sub(/ no /, " No ", s)
		}
		print s fields
	}'
}

# listed page section item-macro macro: the same from the page
listed() {
	awk -v section="$2" -v item="$3" -v macro="$4" '
	function words(from,    i, s) {
		s = ""
		for (i = from; i <= NF; i++) s = s (s == "" ? "" : " ") $i
		return s
	}
	function plain(s) {
		gsub(/\\&/, "", s)
		gsub(/\\e/, "\\", s)
		gsub(/\\\(ti/, "~", s)
		gsub(/\\\(ha/, "^", s)
		gsub(/\\\(aq/, "\047", s)
		gsub(/\\\(ga/, "`", s)
		gsub(/\\\(dq/, "\"", s)
		gsub(/\\-/, "-", s)
		return s
	}
	function out() { if (held != "") print held; held = "" }
	/^[.]Sh / { out(); inside = (words(2) == section); next }
	!inside { next }
	/^[.]It / {
		out()
		if ($2 != item) next
		if (macro ~ /^(MSG|BODY|ERR|KEY)$/) held = plain(words(3))
		else {
			s = words(3)
			if (s ~ /^"/) { sub(/^"/, "", s); sub(/".*/, "", s) }
			else sub(/ .*/, "", s)
			held = plain(s)
		}
		next
	}
	/^[.]Li / && held != "" && macro ~ /^(MSG|BODY)$/ && held !~ /\|/ {
		held = held " | " plain(words(2))
		next
	}
	END { out() }' "$1"
}

# Calls "$1" what table macro page section item for every list.
each_list() {
	echo "$LISTS" | while IFS='	' read -r what table macro page section item
	do
		[ -n "$what" ] || continue
		"$1" "$what" "$table" "$macro" "$page" "$section" "$item"
	done
}

name_of_page() {
	basename "$1" | sed 's/[.]\([0-9]\)$/(\1)/'
}

# tell good text: a TAP line; number and verdict outlive the loop in files
tell() {
	n=$(($(cat "$tmp/n") + 1))
	echo $n >"$tmp/n"
	if [ ! -s "$tmp/why" ]; then
		echo "ok $n - $1"
		return
	fi
	echo "not ok $n - $1"
	sed 's/^/# /' "$tmp/why" | head -n 40
	echo red >>"$tmp/red"
}

check_list() {
	page=$(name_of_page "$4")
	: >"$tmp/rows"
	: >"$tmp/listed"
	: >"$tmp/why"
	if ls $2 >/dev/null 2>&1; then
		rows "$2" "$3" | sort >"$tmp/rows"
		sort "$tmp/rows" | uniq -d | sed 's/^/twice in the table: /' \
		    >"$tmp/why"
		[ -s "$tmp/rows" ] || echo "$2 has no $3 rows" >"$tmp/why"
	else
		echo "$2 is missing" >"$tmp/why"
	fi
	if [ -f "$4" ]; then
		listed "$4" "$5" "$6" "$3" | sort >"$tmp/listed"
	else
		echo "$4 is missing" >>"$tmp/why"
	fi
	[ -s "$tmp/why" ] || comm -23 "$tmp/rows" "$tmp/listed" |
	    sed 's/^/missing: /' >"$tmp/why"
	tell "every $1 of $2 stands in $page $5"
	comm -13 "$tmp/rows" "$tmp/listed" | sed 's/^/unknown: /' >"$tmp/why"
	uniq -d "$tmp/listed" | sed 's/^/twice: /' >>"$tmp/why"
	[ -f "$4" ] || echo "$4 is missing" >"$tmp/why"
	tell "$page $5 names no other $1"
}

run_checks() {
	echo 0 >"$tmp/n"
	each_list check_list
	echo "1..$(cat "$tmp/n")"
	[ ! -f "$tmp/red" ]
}

# What the page must have, ready to be taken over. A key that is punctuation
# for mdoc is kept from it by \&.
cat >"$tmp/roff" <<'END'
s/\\/\\e/g
s/"/\\(dq/g
s/'/\\(aq/g
s/~/\\(ti/g
s/\^/\\(ha/g
s/`/\\(ga/g
s/^[].,:;()?!|[] /\\\&&/
END

show_list() {
	ls $2 >/dev/null 2>&1 || return
	printf '.\\" %s\n.Sh %s\n' "$4" "$5"
	case $3 in MSG | BODY) two='s/ | /\n.Li /' ;; *) two= ;; esac
	rows "$2" "$3" | sed -f "$tmp/roff" | sed "s/^/.It $6 /; $two"
}

# --- the checks can fail -----------------------------------------------------

small() {
	rm -rf "$tmp/small"
	mkdir -p "$tmp/small"
	cd "$tmp/small" || exit
	mkdir -p man tui/cmd tui/client relay shared/wire shared/base
	cat >tui/cmd/cmd.def <<-'END'
	/* CMD(name, usage) */
	CMD(add, "NAME", "asks somebody, or not")
	CMD(send, "WHO TEXT",
	    "sends")
	END
	cat >tui/cmd/key.def <<-'END'
	KEY("C-n", any, "next", "the next, one")
	KEY("\\", list, "search", "backslash")
	KEY("\"", list, "quote it", "quote")
	KEY("?", list, "help @ | `~^", "help")
	KEY("?", any, "help", "help")
	END
	echo 'VIEW(list, "everybody")' >tui/client/view.def
	echo 'EVENT(ready, "it is open, at last")' >tui/client/event.def
	echo 'OPTION("auto-lock", TIME, "5m")' >tui/cmd/option.def
	echo 'OPTION("listen", STRING, "*")' >relay/option.def
	cat >shared/wire/msg.def <<-'END'
	MSG(0x01, hello, CLIENT, ANY, 1, TEXT(agent))
	MSG(0x02, unix, RELAY, KNOWN, 0, ID(log)
	    U8(mode))
	MSG(0x03, bare, BOTH, ANY, 0, )
	END
	echo 'BODY(0x0001, text, LOG, LONG(text))' >shared/wire/body.def
	echo 'ERR(1, SHORT, "the input ends")' >shared/base/error.def
	ROOT=$PWD sh "$self" --rows | awk '
	/^[.]\\"/ { page = $2; next }
	{ print >page }
	/^[.]Sh/ { print ".Bl -tag -width x" >page }
	/^[.]It/ { print "Some prose." >page }'
}

# broken what sed-script file wanted: edits the small manual; wanted is the
# numbers of the checks that must be red
broken() {
	small
	[ -z "$2" ] || sed -i "$2" "$3"
	red=$(ROOT=$PWD sh "$self" | sed -n 's/^not ok \([0-9]*\).*/\1/p' |
	    tr '\n' ' ')
	i=$((i + 1))
	if [ "$red" = "${4:+$4 }" ]; then
		echo "ok $i - $1: red is ${4:-nothing}"
	else
		echo "not ok $i - $1: red is '$red', not '$4'"
		bad=$((bad + 1))
	fi
}

run_self() {
	i=0 bad=0 msg=man/tacet-protocol.7
	broken "a manual as it should be" '' '' ''
	broken "a command is not described" '/^.It Ic add/d' man/tacet.1 1
	broken "a command that is none" 's/^.It Ic add/&ed/' man/tacet.1 '1 2'
	broken "a key is not described" '/^.It Sy C-n/d' man/tacet.1 3
	broken "a key twice" 's/^.It Sy C-n.*/&\n&/' man/tacet.1 4
	broken "a key that is none" 's/^.It Sy C-n.*/&\n.It Sy C-x No a Ic b/' \
	    man/tacet.1 4
	broken "a key that runs something else" 's/Ic next/Ic prev/' \
	    man/tacet.1 '3 4'
	broken "a screen is gone" '/Cm list/d' man/tacet.1 5
	broken "an event that is none" 's/^.It Cm ready/&\n.It Cm never/' \
	    man/tacet.1 8
	broken "an option is gone" '/auto-lock/d' man/tacet.conf.5 9
	broken "a relay option is gone" '/listen/d' man/tacetd.conf.5 11
	broken "a relay option that is none" 's/^.It Cm listen/.It Cm shout\n&/' \
	    man/tacetd.conf.5 12
	broken "a message is not described" '/hello/,/Li/d' $msg 13
	broken "a message of another number" 's/hello No 0x01/hello No 0x07/' \
	    $msg '13 14'
	broken "a message of another field" 's/U8(mode)/U16(mode)/' $msg '13 14'
	broken "a new row" '$aMSG(0x09, fresh, RELAY, ANY, 0, U8(a))' \
	    shared/wire/msg.def 13
	broken "a row is gone" '/hello/d' shared/wire/msg.def 14
	broken "a body is not described" '/0x0001 log/d' $msg 15
	broken "a body of another place" 's/0x0001 log/0x0001 box/' $msg '15 16'
	broken "an error of another number" 's/SHORT No 1/SHORT No 2/' $msg \
	    '17 18'
	broken "a list under another heading" \
	    's/^.Sh ERROR NUMBERS/.Sh FAULTS/' $msg 17
	echo "1..$i"
	cd /
	[ "$bad" = 0 ]
}

case ${1:-} in
--self) run_self ;;
--rows) each_list show_list ;;
*) run_checks ;;
esac

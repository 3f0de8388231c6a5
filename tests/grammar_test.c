/* SPDX-License-Identifier: ISC */
/*
 * What stands between the media helper and the terminal: whole images pass, as
 * libchafa makes them, and with one byte more, less or other they do not, if
 * that byte could do anything but paint.
 */

#include "pane.h"
#include "tap.h"

#define SIXEL "\033P0;1;0q\"1;1;16;12#0;2;100;0;9#1;2;0;0;0#0!8~!8?$#1!8?!8~" \
	"-#0!16N-\033\\"
#define HEAD "\033_G" GRAMMAR_KITTY
#define M ",m=1\033\\\033_Gm=1;"
#define PIXEL ",s=1,v=1,c=1,r=1" M
#define END "\033\\\033_Gm=0\033\\"

static const struct grammar_room room = {.w = 16, .h = 12, .columns = 2,
    .rows = 1};

static int
sixel(const char *s)
{
	return grammar_sixel(bytes_of(s, strlen(s)), &room);
}

static int
kitty(const char *s)
{
	return grammar_kitty(bytes_of(s, strlen(s)), &room);
}

static void
test_sixel(void)
{
	static const struct {
		const char *s;
		int err;
		const char *what;
	} row[] = {
		{SIXEL, 0, "an image"},
		{"\033P0;1;0q\"1;1;16;12\033\\", 0, "an empty one"},
		{"\033P0;1;0q\"1;1;1;1@\033\\", 0, "one pixel"},
		{"\033P0;1;0q\"1;1;1;1A\033\\", ERR_RANGE, "one below it"},
		{"\033P0;1;0q\"1;1;17;12\033\\", ERR_RANGE, "too wide"},
		{"\033P0;1;0q\"1;1;16;13\033\\", ERR_RANGE, "too high"},
		{"\033P0;1;0q\"1;1;16;12!17~\033\\", ERR_RANGE,
		    "painting over the edge"},
		{"\033P0;1;0q\"1;1;16;12~-~-~\033\\", ERR_RANGE,
		    "painting below it"},
		{"\033P0;1;0q\"1;1;16;12---\033\\", ERR_RANGE,
		    "going below it"},
		{"\033P0;1;0q\"1;1;16;12!0~\033\\", ERR_FORMAT, "no times"},
		{"\033P0;1;0q\"1;1;16;12!99999999999~\033\\", ERR_FORMAT,
		    "times without end"},
		{"\033P0;1;0q\"1;1;16;12#1024\033\\", ERR_FORMAT,
		    "a colour too many"},
		{"\033P0;1;0q\"1;1;16;12#1;2;101;0;0\033\\", ERR_FORMAT,
		    "more than all red"},
		{"\033P0;1;0q\"1;1;16;12#1;1;1;1;1\033\\", ERR_FORMAT,
		    "another kind of colour"},
		{"\033P0;1;0q\"1;1;16;12~", ERR_FORMAT, "no end"},
		{"\033P0;1;0q\"1;1;16;12~\033", ERR_FORMAT, "half an end"},
		{"\033P0;1;0q\"1;1;16;12~\033\\x", ERR_FORMAT, "more behind"},
		{"\033P0;1;0q\"1;1;16;12~\033[6n\033\\", ERR_FORMAT,
		    "a question inside"},
		{"\033P0;1;0q\"1;1;16;12~\x9b" "6n\033\\", ERR_FORMAT,
		    "one of 8 bits"},
		{"\033P0;1;0q\"1;1;16;12\a\033\\", ERR_FORMAT, "a bell"},
		{"\033P0;1;0q\"1;1;16;12\"1;1;99;99\033\\", ERR_FORMAT,
		    "another size"},
		{"\033P$q m\033\\", ERR_FORMAT, "another sequence"},
		{"", ERR_FORMAT, "nothing"},
	};

	for (size_t i = 0; i < COUNT(row); i++)
		is_int(sixel(row[i].s), row[i].err, "sixel: %s (T61)",
		    row[i].what);
}

static void
test_kitty(void)
{
	static const struct {
		const char *s;
		int err;
		const char *what;
	} row[] = {
		{HEAD PIXEL "AAAAAA==" END, 0, "a pixel"},
		{HEAD ",s=3,v=1,c=1,r=1" M "AAAAAAAA\033\\\033_Gm=1;AAAA\033\\"
		    "\033_Gm=1;AAAA" END, 0, "three"},
		{HEAD PIXEL "AAAA" END, ERR_RANGE, "a byte too few"},
		{HEAD PIXEL "AAAAAAA=" END, ERR_RANGE, "one too many"},
		{HEAD ",s=17,v=1,c=1,r=1" M "AAAA" END, ERR_RANGE, "too wide"},
		{HEAD ",s=1,v=13,c=1,r=1" M "AAAA" END, ERR_RANGE, "too high"},
		{HEAD ",s=1,v=1,c=3,r=1" M "AAAAAA==" END, ERR_RANGE,
		    "too many columns"},
		{HEAD ",s=1,v=1,c=1,r=2" M "AAAAAA==" END, ERR_RANGE,
		    "too many rows"},
		{HEAD ",s=1,v=1,c=1,r=0" M "AAAAAA==" END, ERR_FORMAT,
		    "rows as the terminal likes"},
		{"\033_Ga=T,f=32,t=f" PIXEL "AAAAAA==" END, ERR_FORMAT,
		    "a file's name"},
		{"\033_Ga=q,f=32" PIXEL "AAAAAA==" END, ERR_FORMAT,
		    "a question"},
		{HEAD PIXEL "AA==\033\\\033_Gm=1;AAAA" END, 0,
		    "one in two chunks"},
		{HEAD PIXEL "AA==AAAA" END, ERR_FORMAT,
		    "an end in the middle"},
		{HEAD PIXEL "AAAAAA==\033\\\033_Gm=0,q=0\033\\", ERR_FORMAT,
		    "another key in a chunk"},
		{HEAD PIXEL "AAAAAA==" END "\033_Ga=d\033\\", ERR_FORMAT,
		    "more behind"},
		{HEAD PIXEL "AA\033[6nA" END, ERR_FORMAT,
		    "a question inside"},
		{HEAD PIXEL "AAAAAA==\033\\", ERR_FORMAT, "no end"},
		{HEAD ",s=1,v=1,c=1,r=1,m=1\033\\", ERR_FORMAT, "no pixel"},
		{"", ERR_FORMAT, "nothing"},
	};

	for (size_t i = 0; i < COUNT(row); i++)
		is_int(kitty(row[i].s), row[i].err, "kitty: %s (T61)",
		    row[i].what);
}

/* Every byte of a good one made any other: either it is refused, or it still
 * holds one image and nothing else. */
static void
test_flips(void)
{
	static const char good[] = SIXEL;
	char s[sizeof(good)];
	unsigned passed = 0, bad = 0;

	for (size_t i = 0; i < sizeof(good) - 1; i++)
		for (int v = 0; v < 256; v++) {
			memcpy(s, good, sizeof(good));
			s[i] = (char)v;
			if (grammar_sixel(bytes_of(s, sizeof(good) - 1),
			    &room) != 0)
				continue;
			passed++;
			for (size_t k = 2; k < sizeof(good) - 3; k++)
				bad += s[k] < ' ' || s[k] > '~';
			bad += memcmp(s, good, 9) != 0 ||
			    memcmp(s + sizeof(good) - 3, "\033\\", 2) != 0;
		}
	ok(passed > 100 && bad == 0, "%u changed sixels are images, %u are "
	    "anything else", passed, bad);
	bad = 0;
	for (size_t n = 0; n < sizeof(good) - 1; n++)
		bad += grammar_sixel(bytes_of(good, n), &room) == 0;
	ok(bad == 0, "none passes that is cut");
}

static void
test_size(void)
{
	struct buf b = {0};

	buf_string(&b, "\033P0;1;0q\"1;1;16;12");
	while (b.n <= GRAMMAR_MAX)
		buf_string(&b, "#0;2;0;0;0");
	buf_string(&b, "\033\\");
	is_int(grammar_sixel(buf_view(&b), &room), ERR_BIG, "too long");
	is_int(grammar_kitty(buf_view(&b), &room), ERR_BIG, "here as well");
	buf_free(&b);
}

int
main(void)
{
	test_sixel();
	test_kitty();
	test_flips();
	test_size();
	return done();
}

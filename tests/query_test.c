/* SPDX-License-Identifier: ISC */
/*
 * Answers of terminals as they were recorded, in one piece and byte by byte,
 * with keys between them: what the terminal can show is known, and no key is
 * lost or invented. Then what options and surroundings make of it.
 */
#include <stdlib.h>

#include "pane.h"
#include "tap.h"

#define XTERM "\033P>|XTerm(379)\033\\\033[6;13;6t\033[?2026;0$y" \
	"\033P1$r0;48:2::1:2:3m\033\\\033[?64;1;2;6;9;15;18;21;22c"
#define VT340 "\033P>|XTerm(379)\033\\\033[?63;1;2;4;6;9;15;22c"
#define KITTY "\033P>|kitty(0.26.5)\033\\\033_Gi=31;OK\033\\\033[6;18;9t" \
	"\033[?2026;2$y\033P1$r48:2:1:2:3m\033\\\033[?62;c"
#define FOOT "\033P>|foot(1.13.1)\033\\\033[6;14;7t\033[?2026;2$y" \
	"\033P1$r0;48:2::1:2:3m\033\\\033[?62;4;22c"
#define TMUX "\033P>|tmux 3.3a\033\\\033[?1;2c"
#define NOTHING "\033[?6c"

static struct query
all(const char *s, bool torn)
{
	struct query q = {0};

	for (size_t i = 0; torn && s[i] != '\0'; i++)
		query_put(&q, s + i, 1);
	if (!torn)
		query_put(&q, s, strlen(s));
	query_end(&q);
	return q;
}

static void
test_terminals(void)
{
	static const struct {
		const char *says, *name;
		bool colour24, sixel, kitty, sync;
		int w, h;
	} row[] = {
		{XTERM, "XTerm(379)", true, false, false, false, 6, 13},
		{VT340, "XTerm(379)", false, true, false, false, 0, 0},
		{KITTY, "kitty(0.26.5)", true, false, true, true, 9, 18},
		{FOOT, "foot(1.13.1)", true, true, false, true, 7, 14},
		{TMUX, "tmux 3.3a", false, false, false, false, 0, 0},
		{NOTHING, "", false, false, false, false, 0, 0},
	};

	for (size_t i = 0; i < 2 * COUNT(row); i++) {
		struct query q = all(row[i / 2].says, i % 2);
		const struct caps *c = &q.caps;

		ok(c->answered && strcmp(c->name, row[i / 2].name) == 0 &&
		    c->colour24 == row[i / 2].colour24 &&
		    c->sixel == row[i / 2].sixel &&
		    c->kitty == row[i / 2].kitty &&
		    c->sync == row[i / 2].sync && c->cell_w == row[i / 2].w &&
		    c->cell_h == row[i / 2].h && q.keys.n == 0,
		    "\"%s\"%s", row[i / 2].name, i % 2 ? ", torn" : "");
		query_free(&q);
	}
}

/* Keys are what is left, in their order. */
static void
test_keys(void)
{
	static const struct {
		const char *in, *keys;
	} row[] = {
		{"h" KITTY "i", "hi"},
		{"\033[A" XTERM "\033OP\303\244", "\033[A\033OP\303\244"},
		{"\033" NOTHING, "\033"},
		{"\033P" FOOT "x", "\033Px"},
		{"\033_nobody\033\\" TMUX, "\033_nobody\033\\"},
		{"\033P" "abc\r" TMUX, "\033Pabc\r"},
		{"\033[200~text\033[201~" NOTHING, "\033[200~text\033[201~"},
		{NOTHING "\033[12;", "\033[12;"},
		{"\033\033\033" NOTHING, "\033\033\033"},
		{"\033[6;0;0t" NOTHING, ""},
		{"\033[6;9999;99999t" NOTHING, ""},
		{"\033_Gi=31;EINVAL:no\033\\" NOTHING, ""},
	};

	for (size_t i = 0; i < 2 * COUNT(row); i++) {
		struct query q = all(row[i / 2].in, i % 2);

		is_mem(q.keys.p, row[i / 2].keys, strlen(row[i / 2].keys),
		    "keys %zu", i);
		ok(q.keys.n == strlen(row[i / 2].keys) && q.caps.answered &&
		    q.caps.cell_w <= 256, "and no more");
		query_free(&q);
	}
}

static void
test_long(void)
{
	struct query q = {0};
	char many[2000];

	memset(many, 'a', sizeof(many));
	query_put(&q, "\033P>|", 4);
	query_put(&q, many, sizeof(many));
	query_put(&q, "\033\\" NOTHING, 7);
	query_end(&q);
	ok(q.keys.n == 4 + sizeof(many) + 2 && q.caps.answered,
	    "what is longer than an answer was typed");
	query_free(&q);
}

static void
test_choice(void)
{
	struct caps sixel = {.sixel = true, .cell_w = 7, .cell_h = 14};
	struct caps kitty = {.kitty = true, .cell_w = 7, .cell_h = 14};
	struct caps nosize = {.sixel = true, .kitty = true}, none = {0};
	struct caps colour = {.colour24 = true};

	ok(query_sink(&kitty, "auto", true) == SINK_window, "a display");
	ok(query_sink(&kitty, "auto", false) == SINK_kitty, "kitty");
	ok(query_sink(&sixel, "auto", false) == SINK_sixel, "sixel");
	ok(query_sink(&nosize, "auto", false) == SINK_cells,
	    "pixels of unknown size are none");
	ok(query_sink(&none, "auto", false) == SINK_cells, "cells");
	ok(query_sink(&none, "sixel", true) == SINK_sixel, "as one says");
	ok(query_sink(&kitty, "none", true) == SINK_none, "nothing");
	(void)unsetenv("COLORTERM");
	ok(query_colours(&none, "auto") == 256 &&
	    query_colours(&colour, "auto") == 0 &&
	    query_colours(&colour, "256") == 256 &&
	    query_colours(&none, "24bit") == 0, "colours");
	(void)setenv("COLORTERM", "truecolor", 1);
	ok(query_colours(&none, "auto") == 0, "and as the surroundings say");
	(void)unsetenv("WAYLAND_DISPLAY");
	(void)unsetenv("SSH_CONNECTION");
	(void)unsetenv("DISPLAY");
	ok(!query_display(), "no display");
	(void)setenv("DISPLAY", "localhost:10.0", 1);
	ok(query_display(), "one of this machine");
	(void)setenv("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22", 1);
	ok(!query_display(), "one behind SSH is none");
	(void)setenv("DISPLAY", ":0", 1);
	ok(query_display(), "one beside us");
}

int
main(void)
{
	test_terminals();
	test_keys();
	test_long();
	test_choice();
	return done();
}

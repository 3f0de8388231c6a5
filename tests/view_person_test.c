/* SPDX-License-Identifier: ISC */
/* floor: all */
/*
 * The screens about somebody's keys: what they say, the words and digits whole,
 * the keys that are named, a changed key beside the old one, and the QR code.
 */
#include <locale.h>

#include "vec.h" /* first: it keeps jansson's json_string apart from ours */

#include "scene.h"
#include "tap.h"

static int
find_row(struct scene *s, const char *text, size_t *x)
{
	for (int y = 0; y < s->grid.h; y++) {
		const char *row = scene_row(s, y), *p = strstr(row, text);

		if (p != NULL) {
			*x = (size_t)(p - row);
			return y;
		}
	}
	return -1;
}

static void
test_person(struct scene *s)
{
	struct client *c = stage_me(&s->stage);
	struct person *p = client_person_named(c, "bob");
	struct screen *screen = stage_screen(&s->stage);
	uint16_t word[SAFETY_WORDS];
	char group[8];
	size_t x;

	screen->view = VIEW_person;
	screen->person = p->row;
	(void)scene_draw(s, 80, 24);
	ok(find_row(s, "name            bob", &x) == 1, "who it is");
	ok(find_row(s, "not compared", &x) == 2, "how far trusted");
	safety_words(client_account(c), p->account, word);
	for (int i = 0; i < SAFETY_WORDS; i++)
		if (find_row(s, words_at(word[i]), &x) < 0)
			ok(false, "word %d of the safety number", i);
	ok(find_row(s, "y they are the same  n they are not", &x) > 0,
	    "the keys");
	screen->digits = true;
	(void)scene_draw(s, 80, 24);
	for (int i = 0; i < 12; i++) {
		(void)snprintf(group, sizeof(group), "%.5s", p->safety + i * 5);
		if (find_row(s, group, &x) < 0)
			ok(false, "group %d of the safety number", i);
	}
	p->verified = true;
	p->trust.way = WAY_live;
	(void)scene_draw(s, 80, 24);
	ok(find_row(s, "trust           verified: seven words", &x) == 2,
	    "compared, and how");
	p->trust.theirs = WAY_code;
	(void)scene_draw(s, 80, 24);
	ok(find_row(s, "their side      says: the safety number was typed",
	    &x) == 3, "and by them");
	screen->person_at = 1000;
	(void)scene_draw(s, 80, 12);
	ok(screen->person_at < 30 && find_row(s, "account", &x) > 0,
	    "scrolling ends where the text does");
	screen->person_at = 0;
	p->trust.way = p->trust.theirs = WAY_none;
	p->verified = screen->digits = false;
	p->changed = p->verified = false;
	screen->person = 0;
	(void)scene_draw(s, 80, 24);
	ok(find_row(s, "/person NAME", &x) > 0, "nobody: what to type");
	screen->view = VIEW_talk;
}

/* Old and new side by side, and a key for each way out. */
static void
test_changed(struct scene *s)
{
	struct client *c = stage_me(&s->stage);
	struct person *p = client_person_named(c, "bob");
	struct screen *screen = stage_screen(&s->stage);
	uint16_t word[2][SAFETY_WORDS];
	struct vouch *v = mem_alloc(sizeof(*v));
	size_t x, lost = 0;

	screen->view = VIEW_changed;
	screen->person = p->row;
	p->changed = true;
	memset(p->changed_to, 0xcd, ACCOUNT_ID);
	p->trust.changed_when = s->now;
	safety_words(client_account(c), p->account, word[0]);
	safety_words(client_account(c), p->changed_to, word[1]);
	for (int at = 0; at < 2; at++) {
		int w = at == 0 ? 80 : 120, h = at == 0 ? 24 : 40;

		(void)scene_draw(s, w, h);
		for (int i = 0; i < 2 * SAFETY_WORDS; i++)
			lost += find_row(s, words_at(word[i / SAFETY_WORDS]
			    [i % SAFETY_WORDS]), &x) < 0;
		is_int(lost, 0, "old and new words on %dx%d", w, h);
		ok(find_row(s, "y compared: the NEW ones", &x) > 0 &&
		    find_row(s, "a accept once, uncompared", &x) > 0 &&
		    find_row(s, "v ask a contact", &x) > 0 &&
		    find_row(s, "l later", &x) > 0, "four ways out");
		ok(find_row(s, "nobody has been asked", &x) > 0,
		    "who vouches: nobody");
	}
	*v = (struct vouch){.by = p->row, .said = VOUCH_OTHER, .time = s->now};
	memcpy(v->account, p->changed_to, ACCOUNT_ID);
	p->trust.vouch = v;
	p->trust.vouches = 1;
	scene_text(&p->trust.note, SAFE_TEXT, "it's\x1b[2J me", 9);
	buf_u8(&p->trust.held, 1);
	(void)scene_draw(s, 80, 24);
	ok(find_row(s, "sees ANOTHER key", &x) > 0, "what somebody says");
	ok(find_row(s, "it asks to talk: \"it's", &x) > 0,
	    "what the new key wants");
	ok(scene_wrong(s) == NULL, "without its controls");
	free(p->trust.vouch);
	p->trust.vouch = NULL;
	p->trust.vouches = 0;
	buf_free(&p->trust.held);
	p->changed = false;
	screen->view = VIEW_talk;
}

/* What a code of bits looks like in half blocks, with its border. */
static void
test_qr(struct scene *s)
{
	struct screen *screen = stage_screen(&s->stage);
	struct client *c = stage_me(&s->stage);
	char line[SAFETY_LINE];
	size_t x;

	screen->view = VIEW_qr;
	screen->person = client_person_named(c, "bob")->row;
	safety_line(client_account(c), client_person_named(c, "bob")->account,
	    line);
	(void)scene_draw(s, 80, 24);
	ok(find_row(s, "\u2588\u2580\u2580\u2580\u2580\u2580\u2588", &x) == 3,
	    "a QR code, two rows of quiet above it");
	is_int(grid_at(&s->grid, 0, 1)->style, STYLE_qr, "black on white");
	ok(find_row(s, "TACET:SAFETY/", &x) > 0, "the line beside it");
	(void)scene_draw(s, 80, 20);
	ok(find_row(s, "needs a larger terminal", &x) > 0 &&
	    find_row(s, line, &x) > 0, "too low: the line alone");
	(void)scene_draw(s, 36, 40);
	ok(find_row(s, "larger terminal", &x) > 0, "too narrow as well");
	(void)scene_draw(s, 40, 40);
	ok(find_row(s, "\u2588\u2580\u2580\u2580\u2580\u2580\u2588", &x) == 3,
	    "narrow and high: text below");
	screen->view = VIEW_talk;
}

int
main(void)
{
	struct scene s;

	if (setlocale(LC_ALL, "C.UTF-8") == NULL)
		bail("there is no C.UTF-8");
	scene_open(&s);
	test_person(&s);
	test_changed(&s);
	test_qr(&s);
	scene_close(&s);
	return done();
}

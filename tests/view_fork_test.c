/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 * The screen of a relay that was caught: whole on a small terminal and on a
 * large one, with what happened, what was kept and what to do.
 */
#include <stdlib.h>
#include <unistd.h>

#include "liar.h"
#include "rival.h"
#include "scene.h"
#include "tap.h"

/* Two heads of a key that our relay's address does not pin */
static void
stranger(struct scene *s, struct evidence e)
{
	uint8_t public[SIGN_PUBLIC], secret[SIGN_SECRET];
	struct buf raw = {0};

	sign_keypair(&rng_system, public, secret);
	head_sign(&e.first, secret);
	head_sign(&e.later, secret);
	if (evidence_put(&e, &raw) != 0)
		bail("no evidence");
	is_int(rival_evidence(stage_me(&s->stage), "bob", buf_view(&raw)),
	    ERR_KEY, "nor is what another relay signed (T03)");
	buf_free(&raw);
}

static void
caught(struct scene *s)
{
	struct evidence e = {.proof = bytes_of(NULL, 0)};
	struct relay *r = s->stage.pair.desk.relay;
	struct buf raw = {0};
	struct liar l;

	liar_open(&l, r);
	liar_head(&l, l.n, &e.first);
	e.later = e.first;
	e.later.root[0] ^= 1;
	head_sign(&e.later, l.secret);
	if (evidence_put(&e, &raw) != 0)
		bail("no evidence");
	raw.p[raw.n - 1] ^= 1;
	is_int(rival_evidence(stage_me(&s->stage), "bob", buf_view(&raw)),
	    ERR_SIGN, "what nobody signed is no proof (T03)");
	raw.p[raw.n - 1] ^= 1;
	stranger(s, e);
	is_int(rival_evidence(stage_me(&s->stage), "bob", buf_view(&raw)), 0,
	    "a proof that bob sends (T03)");
	buf_free(&raw);
	liar_close(&l);
}

static void
whole(struct scene *s, int w, int h)
{
	static const char *const part[] = {
	    "127.0.0.1 has shown two directories.", "shows to bob",
	    "one: 2 entries, root", "the other: 2 entries",
	    "What was kept", "evidence-", "What to do:",
	    "tacet verify-evidence FILE", "compared yourself",
	    "Nothing is sent to this one any more", "/view fork"};
	char *text, *p;
	size_t i;

	text = mem_string(scene_draw(s, w, h));
	note("%s", text);
	for (p = text; *p != '\0'; p++)
		if (*p == '\n')
			*p = ' ';
	for (i = 0; i < COUNT(part); i++) {
		/* words may stand on two lines */
		char *first = mem_string(part[i]);
		char *last = strrchr(first, ' ');

		if (last != NULL && strstr(text, part[i]) == NULL)
			*last = '\0';
		ok(strstr(text, first) != NULL, "%dx%d: %s", w, h, part[i]);
		free(first);
	}
	ok(scene_wrong(s) == NULL, "%dx%d: no cell is wrong", w, h);
	free(text);
}

int
main(void)
{
	struct scene s;

	scene_open(&s);
	is_int(stage_line(&s.stage, "view fork"), 0, "before that");
	ok(strstr(scene_draw(&s, 80, 24), "one directory only") != NULL,
	    "it says that all is well");
	is_int(stage_line(&s.stage, "back"), 0, "back");
	caught(&s);
	is_int(stage_screen(&s.stage)->view, VIEW_fork, "it opens by itself");
	whole(&s, 80, 24);
	whole(&s, 120, 40);
	ok(strstr(scene_draw(&s, 120, 40), "directory forked") != NULL,
	    "and the status line says it");
	is_int(stage_line(&s.stage, "back"), 0, "one may leave it");
	is_int(stage_line(&s.stage, "talk bob"), 0, "and read on");
	ok(stage_type(&s.stage, "hello") != 0 && s.stage.why != NULL &&
	    strstr(s.stage.why, "/view fork") != NULL, "what is typed then "
	    "is not sent, and says where to look");
	scene_close(&s);
	return done();
}

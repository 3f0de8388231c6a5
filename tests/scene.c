/* SPDX-License-Identifier: ISC */
/* See scene.h. */
#include <stdio.h>
#include <stdlib.h>

#include "clean.h"
#include "scene.h"
#include "tap.h"

void
scene_open(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	stage_friends(&s->stage);
	grid_init(&s->grid, 80, 24);
	s->now = clock_wall(&clock_system);
	if (stage_line(&s->stage, "talk bob") != 0)
		bail("%s", s->stage.why);
}

void
scene_close(struct scene *s)
{
	grid_free(&s->grid);
	buf_free(&s->dump);
	stage_close(&s->stage);
}

const char *
scene_draw(struct scene *s, int w, int h)
{
	struct look look = {&s->stage.options, s->stage.env.keys, s->now,
	    clock_mono(&clock_system), NULL, 0, false};
	struct screen *screen = stage_screen(&s->stage);

	screen->w = w;
	screen->h = h;
	if (s->grid.w != w || s->grid.h != h)
		grid_resize(&s->grid, w, h);
	draw_screen(&s->grid, stage_me(&s->stage), &look);
	buf_clear(&s->dump);
	grid_dump(&s->grid, &s->dump);
	buf_u8(&s->dump, 0);
	return (const char *)s->dump.p;
}

const char *
scene_row(struct scene *s, int y)
{
	static char row[4096];
	const char *p = (const char *)s->dump.p;

	while (y-- > 0 && *p != '\0')
		p += strcspn(p, "\n") + 1;
	(void)snprintf(row, sizeof(row), "%.*s", (int)strcspn(p, "\n"), p);
	return row;
}

/* Without what stands beside it, and with one blank for many */
static void
sheet_row(struct scene *s, int y, struct buf *out)
{
	const char *p = scene_row(s, y), *side = strstr(p, "\u2502");

	if (s->grid.w >= 100 && side != NULL)
		p = side + strlen("\u2502");
	for (; *p != '\0'; p++)
		if (*p != ' ' || (out->n > 0 && out->p[out->n - 1] != ' '))
			buf_u8(out, (uint8_t)*p);
	if (out->n > 0 && out->p[out->n - 1] != ' ')
		buf_u8(out, ' ');
}

char *
scene_sheet(struct scene *s, int w, int h)
{
	struct screen *screen = stage_screen(&s->stage);
	struct buf out = {0};
	size_t at = 0;
	char *text;

	screen->person_at = 0;
	for (;; at++) {
		(void)scene_draw(s, w, h);
		if (screen->person_at < at)
			break;          /* that was the end */
		sheet_row(s, 1, &out);
		screen->person_at = at + 1;
	}
	for (int y = 2; y < h - 3; y++)
		sheet_row(s, y, &out);
	buf_u8(&out, 0);
	text = mem_string((char *)out.p);
	buf_free(&out);
	screen->person_at = 0;
	return text;
}

static const char *
cell_wrong(const struct grid *g, int x, int y)
{
	const struct cell *c = &g->cell[y * g->w + x];
	int cols = 0;

	if (c->style >= STYLE_COUNT)
		return "a style that is none";
	if (c->cols == 0)
		return x > 0 && c[-1].cols == 2 && c->s[0] == '\0' ? NULL :
		    "half of a wide character alone";
	if (c->cols == 2 && (x + 1 >= g->w || c[1].cols != 0))
		return "a wide character in one cell";
	if (c->s[0] >= ' ' && c->s[0] < 0x7f && c->s[1] == '\0')
		return c->cols == 1 ? NULL : "a letter of two cells";
	if (c->s[0] == '\0' || memchr(c->s, 0, sizeof(c->s)) == NULL)
		return "a cell without text";
	if (width_cluster(c->s, strlen(c->s), &cols) != strlen(c->s) ||
	    cols != c->cols)
		return "a cell that is not one cluster of its width";
	if (c->s[0] == '\n')
		return "a newline in a cell";
	return clean_why(SAFE_TEXT, c->s, strlen(c->s));
}

const char *
scene_wrong(const struct scene *s)
{
	const struct grid *g = &s->grid;
	const char *why;

	for (int y = 0; y < g->h; y++)
		for (int x = 0; x < g->w; x++)
			if ((why = cell_wrong(g, x, y)) != NULL)
				return why;
	if (g->cx >= 0 && (g->cx >= g->w || g->cy < 0 || g->cy >= g->h))
		return "the cursor is off the screen";
	return NULL;
}

void
scene_say(struct scene *s, bool mine, const char *text, size_t n)
{
	struct talk *t = pair_talk(&s->stage.pair, s->stage.me, "bob");
	struct message *m;

	t->message = mem_grow(t->message, t->messages + 1, sizeof(*m));
	m = &t->message[t->messages];
	memset(m, 0, sizeof(*m));
	m->row = t->messages > 0 ? m[-1].row + 1 : 1;
	m->mine = mine;
	m->person = mine ? 0 : t->person;
	m->sent = m->heard = s->now;
	m->ladder = LADDER_DEVICE;
	m->text = safe_make(SAFE_TEXT, text, n);
	t->messages++;
}

void
scene_text(struct safe *text, enum safe_kind kind, const void *p, size_t n)
{
	safe_free(text);
	*text = safe_make(kind, p, n);
}

const char *
scene_lacks(struct scene *s, int w, int h, const char *const *words)
{
	char *text = scene_sheet(s, w, h);

	if (w == 80)
		note("%s", scene_draw(s, w, h));
	while (*words != NULL && strstr(text, *words) != NULL)
		words++;
	free(text);
	return *words != NULL ? *words : scene_wrong(s);
}

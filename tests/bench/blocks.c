/* SPDX-License-Identifier: ISC */
/* See clips.h. Set up as a program would that shows films with it: half blocks
 * only, one thread, nothing looked for again from picture to picture. */
#include <chafa.h>

#include "bench.h"
#include "clips.h"

struct blocks {
	ChafaCanvasConfig *config;
	ChafaSymbolMap *map;
	ChafaTermInfo *term;
};

struct blocks *
blocks_open(int columns, int rows, int colour24)
{
	struct blocks *b = mem_alloc(sizeof(*b));
	ChafaTermDb *db = chafa_term_db_get_default();
	ChafaTermInfo *rest = chafa_term_db_get_fallback_info(db);
	char *env[] = {"TERM=xterm-256color", "COLORTERM=truecolor", NULL};

	chafa_set_n_threads(1);
	b->map = chafa_symbol_map_new();
	chafa_symbol_map_add_by_tags(b->map, CHAFA_SYMBOL_TAG_VHALF);
	b->config = chafa_canvas_config_new();
	chafa_canvas_config_set_geometry(b->config, columns, rows);
	chafa_canvas_config_set_pixel_mode(b->config,
	    CHAFA_PIXEL_MODE_SYMBOLS);
	chafa_canvas_config_set_canvas_mode(b->config, colour24 ?
	    CHAFA_CANVAS_MODE_TRUECOLOR : CHAFA_CANVAS_MODE_INDEXED_240);
	chafa_canvas_config_set_symbol_map(b->config, b->map);
	chafa_canvas_config_set_work_factor(b->config, 0.5f);
	chafa_canvas_config_set_cell_geometry(b->config, 8, 16);
	b->term = chafa_term_db_detect(db, env);
	chafa_term_info_supplement(b->term, rest);
	chafa_term_info_unref(rest);
	return b;
}

void
blocks_close(struct blocks *b)
{
	chafa_term_info_unref(b->term);
	chafa_canvas_config_unref(b->config);
	chafa_symbol_map_unref(b->map);
	free(b);
}

size_t
blocks_put(struct blocks *b, const uint8_t *rgba, int w, int h)
{
	ChafaCanvas *c = chafa_canvas_new(b->config);
	GString *s;
	size_t n;

	chafa_canvas_draw_all_pixels(c, CHAFA_PIXEL_RGBA8_UNASSOCIATED, rgba,
	    w, h, w * 4);
	s = chafa_canvas_print(c, b->term);
	n = s->len;
	(void)g_string_free(s, TRUE);
	chafa_canvas_unref(c);
	return n;
}

/* SPDX-License-Identifier: ISC */
/*
 * Pixels in the terminal: sixel and kitty's graphics, by libchafa. What it
 * makes is put into the one form that the client lets through: an image that
 * says its size, has one number for all, wants no answer and moves no cursor.
 */
#include <stdlib.h>

#include <chafa.h>

#include "show.h"

#define KITTY_SIDE 640u         /* pixels; the terminal makes them larger */
#define KITTY_HEAD "\033_Ga=T,f=32,i=8223,p=1,q=2,C=1,s=%d,v=%d,c=%d,r=%d,m=1"

struct sink {
	struct sink_place place;
	bool kitty;
	struct buf work, rgb;   /* rgb: the whole rectangle */
	ChafaTermInfo *term;
};

static struct sink *
pixels_open(const struct sink_place *place, enum media_fail *why, bool kitty)
{
	struct sink *s;

	if (place->cell_w == 0 || place->cell_h == 0) {
		*why = MEDIA_FAIL_INSIDE;       /* who knows no pixels */
		return NULL;
	}
	s = mem_alloc(sizeof(*s));
	s->place = *place;
	s->kitty = kitty;
	s->term = chafa_term_info_new();
	chafa_term_info_supplement(s->term, chafa_term_db_get_fallback_info(
	    chafa_term_db_get_default()));
	return s;
}

static struct sink *
sixel_open(const struct sink_place *p, UNUSED const struct sink_events *on,
    enum media_fail *why)
{
	return pixels_open(p, why, false);
}

static struct sink *
kitty_open(const struct sink_place *p, UNUSED const struct sink_events *on,
    enum media_fail *why)
{
	return pixels_open(p, why, true);
}

static void
pixels_close(struct sink *s)
{
	chafa_term_info_unref(s->term);
	buf_free(&s->work);
	buf_free(&s->rgb);
	free(s);
}

static void
pixels_place(struct sink *s, const struct sink_place *p)
{
	if (p->cell_w != 0 && p->cell_h != 0)
		s->place = *p;
}

/* libchafa counts rows of pixels in words of four bytes; any other length
 * would slant the picture. */
static size_t
stride_of(unsigned width)
{
	return ((size_t)width * 3 + 3) / 4 * 4;
}

/* What libchafa makes of so many pixels a cell; g_string_free it. */
static GString *
draw(const struct sink *s, int w, int h)
{
	int columns = (int)s->place.columns, rows = (int)s->place.rows;
	ChafaCanvasConfig *config = chafa_canvas_config_new();
	ChafaCanvas *canvas;
	GString *out;

	chafa_canvas_config_set_geometry(config, columns, rows);
	chafa_canvas_config_set_canvas_mode(config,
	    CHAFA_CANVAS_MODE_TRUECOLOR);
	chafa_canvas_config_set_pixel_mode(config, s->kitty ?
	    CHAFA_PIXEL_MODE_KITTY : CHAFA_PIXEL_MODE_SIXELS);
	chafa_canvas_config_set_cell_geometry(config, w, h);
	canvas = chafa_canvas_new(config);
	chafa_canvas_draw_all_pixels(canvas, CHAFA_PIXEL_RGB8, s->rgb.p,
	    columns * w, rows * h, (int)stride_of((unsigned)(columns * w)));
	out = chafa_canvas_print(canvas, s->term);
	chafa_canvas_unref(canvas);
	chafa_canvas_config_unref(config);
	return out;
}

/* The head that libchafa wrote becomes ours; its pixels stay. */
static void
kitty_form(const struct sink *s, const GString *in, int w, int h,
    struct buf *out)
{
	const char *end = memmem(in->str, in->len, "\033\\", 2);
	int columns = (int)s->place.columns, rows = (int)s->place.rows;

	if (end == NULL)
		return;
	buf_format(out, KITTY_HEAD, columns * w, rows * h, columns, rows);
	buf_put(out, end, in->len - (size_t)(end - in->str));
}

/* The picture in the middle of the rectangle, with so many pixels a cell. */
static void
paint(struct sink *s, const struct picture *p, unsigned w, unsigned h)
{
	const struct sink_place *a = &s->place;
	unsigned room_w = a->columns * w, room_h = a->rows * h;
	/* where there are fewer pixels than the terminal has, each is larger */
	struct fit f = scale_fit(p->w, p->h, room_w, room_h, a->cell_w * h,
	    a->cell_h * w);
	size_t stride = stride_of(room_w);

	buf_clear(&s->rgb);
	buf_zero(&s->rgb, stride * room_h);
	scale_rgb(p, s->rgb.p + f.y * stride + f.x * (size_t)3, f.w, f.h,
	    stride, &s->work);
}

static void
pixels_show(struct sink *s, const struct picture *p, uint32_t gen,
    struct port *to)
{
	const struct sink_place *a = &s->place;
	struct packet m = {.code = PACKET_image, .image = {.gen = gen,
	    .time = p->time, .kind = (uint8_t)a->kind}};
	unsigned w = a->cell_w, h = a->cell_h, less;
	struct buf out = {0};
	GString *made;

	if (a->columns == 0 || a->rows == 0)
		return;
	less = s->kitty ? (a->columns * w + KITTY_SIDE - 1) / KITTY_SIDE : 1;
	w = w / less > 0 ? w / less : 1;
	h = h / less > 0 ? h / less : 1;
	paint(s, p, w, h);
	made = draw(s, (int)w, (int)h);
	if (s->kitty)
		kitty_form(s, made, (int)w, (int)h, &out);
	m.image.bytes = s->kitty ? buf_view(&out) :
	    bytes_of(made->str, made->len);
	port_put(to, &m);
	buf_free(&out);
	(void)g_string_free(made, TRUE);
}

const struct sink_ops sink_sixel = {
	sixel_open, pixels_close, pixels_place, pixels_show, NULL, -1, true,
	NULL
};
const struct sink_ops sink_kitty = {
	kitty_open, pixels_close, pixels_place, pixels_show, NULL, -1, true,
	NULL
};

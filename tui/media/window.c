/* SPDX-License-Identifier: ISC */
/*
 * The sink window: SDL2. The picture keeps its shape whatever the window's is;
 * keys go to the client by the names of key.def. Where there is no display it
 * says so, instead of drawing where nobody looks.
 */
#include <stdio.h>
#include <stdlib.h>

#include <SDL.h>

#include "show.h"

#define GL_RENDERER 0x1f01      /* of glGetString() */

struct sink {
	SDL_Window *window;
	SDL_Renderer *renderer;
	SDL_Texture *texture;
	int w, h;               /* of the texture */
	bool filled;
	struct sink_events on;
};

static const struct {
	SDL_Keycode code;
	const char *name;
} window_key[] = {
	{SDLK_UP, "Up"}, {SDLK_DOWN, "Down"}, {SDLK_LEFT, "Left"},
	{SDLK_RIGHT, "Right"}, {SDLK_HOME, "Home"}, {SDLK_END, "End"},
	{SDLK_PAGEUP, "PageUp"}, {SDLK_PAGEDOWN, "PageDown"},
	{SDLK_RETURN, "Enter"}, {SDLK_KP_ENTER, "Enter"}, {SDLK_TAB, "Tab"},
	{SDLK_BACKSPACE, "Backspace"}, {SDLK_DELETE, "Delete"},
	{SDLK_INSERT, "Insert"}, {SDLK_ESCAPE, "Escape"},
};

/* SDL draws into nothing when there is no display (offscreen), and does not
 * say so; "dummy" is what tests ask for by name. */
static bool
real_display(void)
{
	const char *driver = SDL_GetCurrentVideoDriver();
	const char *asked = getenv("SDL_VIDEODRIVER");

	return driver != NULL && (asked != NULL || (strcmp(driver,
	    "offscreen") != 0 && strcmp(driver, "dummy") != 0));
}

/* GL without a graphics card is drawn by threads of its own, which compile
 * what they need when a picture of another size comes: too late for it, and
 * for its sound. */
static bool
is_slow(SDL_Renderer *r)
{
	const char *(*get)(unsigned) = NULL, *name;
	void *p = SDL_GL_GetProcAddress("glGetString");
	SDL_RendererInfo info;

	if (SDL_GetRendererInfo(r, &info) != 0 ||
	    strncmp(info.name, "opengl", 6) != 0 || p == NULL)
		return false;
	memcpy(&get, &p, sizeof(get));
	name = get(GL_RENDERER);
	return name != NULL && (strstr(name, "llvmpipe") != NULL ||
	    strstr(name, "softpipe") != NULL);
}

static bool
make_renderer(struct sink *s)
{
	/* who says which one is meant gets it */
	bool asked = getenv("SDL_RENDER_DRIVER") != NULL;

	s->renderer = SDL_CreateRenderer(s->window, -1, 0);
	if (s->renderer != NULL && !asked && is_slow(s->renderer)) {
		SDL_DestroyRenderer(s->renderer);
		s->renderer = NULL;
	}
	if (s->renderer == NULL)
		s->renderer = SDL_CreateRenderer(s->window, -1,
		    SDL_RENDERER_SOFTWARE);
	return s->renderer != NULL;
}

static bool
make_window(struct sink *s, const struct sink_place *p)
{
	int w = p->columns > 0 ? (int)p->columns : 640;
	int h = p->rows > 0 ? (int)p->rows : 360;

	s->window = SDL_CreateWindow(p->title[0] != '\0' ? p->title : "tacet",
	    SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, w, h,
	    SDL_WINDOW_RESIZABLE);
	if (s->window == NULL)
		return false;
	if (!make_renderer(s))
		return false;
	SDL_StartTextInput();
	return true;
}

static void
window_close(struct sink *s)
{
	if (s->texture != NULL)
		SDL_DestroyTexture(s->texture);
	if (s->renderer != NULL)
		SDL_DestroyRenderer(s->renderer);
	if (s->window != NULL)
		SDL_DestroyWindow(s->window);
	SDL_QuitSubSystem(SDL_INIT_VIDEO);
	free(s);
}

static struct sink *
window_open(const struct sink_place *place, const struct sink_events *on,
    enum media_fail *why)
{
	struct sink *s;

	*why = MEDIA_FAIL_DISPLAY;
	/* signals are ours; shaders are not for the disk */
	(void)SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
	(void)SDL_SetHint(SDL_HINT_RENDER_SCALE_QUALITY, "linear");
	(void)setenv("MESA_SHADER_CACHE_DISABLE", "true", 1);
	(void)setenv("MESA_GLSL_CACHE_DISABLE", "true", 1);
	if (SDL_InitSubSystem(SDL_INIT_VIDEO) != 0)
		return NULL;
	s = mem_alloc(sizeof(*s));
	s->on = *on;
	if (!real_display() || !make_window(s, place)) {
		window_close(s);
		return NULL;
	}
	/* all levels, as a JPEG has them */
	SDL_SetYUVConversionMode(SDL_YUV_CONVERSION_JPEG);
	(void)SDL_RenderClear(s->renderer);
	SDL_RenderPresent(s->renderer);
	return s;
}

static void
window_place(struct sink *s, const struct sink_place *p)
{
	SDL_SetWindowTitle(s->window, p->title[0] != '\0' ? p->title :
	    "tacet");
	if (p->columns > 0 && p->rows > 0)
		SDL_SetWindowSize(s->window, (int)p->columns, (int)p->rows);
}

/* ---- pictures ---- */

static void
present(struct sink *s)
{
	struct fit f;
	SDL_Rect r;
	int w, h;

	if (SDL_GetRendererOutputSize(s->renderer, &w, &h) != 0 || w < 1 ||
	    h < 1)
		return;
	(void)SDL_SetRenderDrawColor(s->renderer, 0, 0, 0, 255);
	(void)SDL_RenderClear(s->renderer);
	if (s->filled) {
		f = scale_fit((unsigned)s->w, (unsigned)s->h, (unsigned)w,
		    (unsigned)h, 1, 1);
		r = (SDL_Rect){(int)f.x, (int)f.y, (int)f.w, (int)f.h};
		(void)SDL_RenderCopy(s->renderer, s->texture, NULL, &r);
	}
	SDL_RenderPresent(s->renderer);
}

static void
window_show(struct sink *s, const struct picture *p,
    UNUSED uint32_t gen, UNUSED struct port *to)
{
	int cw = (p->w + 1) / 2, ch = (p->h + 1) / 2;
	const uint8_t *y = p->planes.p, *u = y + (size_t)p->w * p->h,
	    *v = u + (size_t)cw * (size_t)ch;

	if (s->texture == NULL || s->w != p->w || s->h != p->h) {
		if (s->texture != NULL)
			SDL_DestroyTexture(s->texture);
		s->texture = SDL_CreateTexture(s->renderer,
		    SDL_PIXELFORMAT_IYUV, SDL_TEXTUREACCESS_STREAMING, p->w,
		    p->h);
		s->w = p->w;
		s->h = p->h;
	}
	s->filled = s->texture != NULL && SDL_UpdateYUVTexture(s->texture,
	    NULL, y, p->w, u, cw, v, cw) == 0;
	present(s);
}

/* ---- what the display says ---- */

static void
key(struct sink *s, const SDL_Keysym *k)
{
	char name[8];

	for (size_t i = 0; i < COUNT(window_key); i++)
		if (window_key[i].code == k->sym) {
			s->on.key(s->on.arg, window_key[i].name);
			return;
		}
	if ((k->mod & KMOD_CTRL) && k->sym >= 'a' && k->sym <= 'z') {
		(void)snprintf(name, sizeof(name), "C-%c", (int)k->sym);
		s->on.key(s->on.arg, name);
	}
}

/* Typed characters come as text, whatever the keyboard; one at a time, and
 * none that names could not have. */
static void
typed(struct sink *s, const char *text)
{
	size_t n = strnlen(text, 32), used;
	uint32_t c;

	if (n == 0)
		return;
	c = utf8_get(text, n, &used);
	if (c == ' ' && used == n)
		s->on.key(s->on.arg, "Space");
	else if (c != UTF8_BAD && c >= ' ' && c != 127 && used == n)
		s->on.key(s->on.arg, text);
}

static void
window_turn(struct sink *s)
{
	SDL_Event e;

	while (SDL_PollEvent(&e)) {
		if (e.type == SDL_KEYDOWN)
			key(s, &e.key.keysym);
		else if (e.type == SDL_TEXTINPUT)
			typed(s, e.text.text);
		else if (e.type == SDL_QUIT)
			s->on.closed(s->on.arg, MEDIA_FAIL_NONE);
		else if (e.type == SDL_WINDOWEVENT)
			present(s);
	}
}

const struct sink_ops sink_window = {
	window_open, window_close, window_place, window_show, window_turn, 10,
	false, NULL
};

/* SPDX-License-Identifier: ISC */
/*
 * The face as a whole: hears keys from the terminal and events from the client,
 * runs the keys' command lines, and once a turn shows what has changed.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "face.h"
#include "pane.h"

#define FILM_W 848              /* of a window, pixels */
#define FILM_H 480
#define TICK_MS 1000            /* the bar counts the seconds of a back-off */

struct face {
	struct env *env;
	struct ui *ui;
	struct watch *keys, *winch, *stop;
	struct timer *tick, *idle;
	struct grid grid;
	bool stale, whole, locked;
	struct pane *pane;      /* where pictures go; NULL: there were none */
	struct area film;       /* in cells */
	uint64_t picture;       /* of the film, the last that was drawn */
	struct buf posters;     /* of the list of films, as they were drawn */
	struct area posters_at;
};

static struct screen *
screen_of(struct face *f)
{
	return client_screen(f->env->client);
}

/* The pane and curses write to one terminal. Who has begun goes on, however
 * long that takes, and the other one waits. */
static void
take_turns(struct face *f)
{
	if (f->pane == NULL)
		return;
	if (!ui_writes(f->ui))
		ui_hold(f->ui, pane_busy(f->pane));
	pane_hold(f->pane, ui_writes(f->ui));
}

static void
hint(struct face *f, int err, char *why)
{
	if (err < 0 && why != NULL)
		client_hint(f->env->client, true, "%s", why);
	free(why);
}

static void
run_line(struct face *f, const char *line)
{
	char *why = NULL;
	int err = cmd_line(f->env, line, &why);

	hint(f, err, why);
}

static void
clear_hint(struct screen *s)
{
	safe_free(&s->hint);
	s->hint_bad = false;
	free(s->completion);
	s->completion = NULL;
}

/* A film takes its keys until somebody types something else. */
static bool
film_key(struct face *f, const char *name)
{
	const struct play_view *v = client_play(f->env->client);
	struct screen *s = screen_of(f);
	const char *line;

	if (v == NULL || !v->keys || s->ask != ASK_NONE || s->edit.n > 0 ||
	    s->view != VIEW_talk)
		return false;
	line = keymap_play(strcmp(name, " ") == 0 ? "Space" : name);
	if (line != NULL)
		run_line(f, line);
	else if (name[0] != '\0' && name[1] == '\0')
		client_play_keys(f->env->client, false);
	return line != NULL;
}

static void
on_key(struct face *f, const struct input_event *e)
{
	struct screen *s = screen_of(f);
	const char *name = e->key[0] != '\0' ? e->key : e->text, *line;
	char *why = NULL;
	int took;

	if (strcmp(name, "Tab") != 0)
		clear_hint(s);
	if (s->ask != ASK_NONE) {
		took = ask_key(f->env, name, &why);
		hint(f, took, why);
		if (took != 0)
			return;
	}
	if (film_key(f, name))
		return;
	line = keymap_find(f->env->keys, name, view_row[s->view].name,
	    s->edit.n == 0 && s->ask == ASK_NONE);
	if (line != NULL)
		run_line(f, line);
	else if (e->text[0] != '\0' &&
	    edit_insert(&s->edit, e->text, strlen(e->text)) != 0)
		client_hint(f->env->client, true, "the line is full: send it, "
		    "or `tacet send WHO < FILE` from a shell");
}

static void
on_input(void *arg, int what)
{
	struct face *f = arg;
	struct input_event e;
	int64_t idle = options_int(f->env->options, "lock-after");
	bool typed = false;

	(void)what;
	take_turns(f);
	while (!f->env->quit && input_next(f->ui, &e)) {
		if (e.fence && f->pane != NULL)
			pane_fence(f->pane);
		if (e.fence)
			continue;
		typed = true;
		if (e.paste)
			paste_put(f->env, (const char *)e.pasted->p,
			    e.pasted->n);
		else
			on_key(f, &e);
	}
	if (input_gone(f->ui))
		f->env->quit = true;
	if (typed && idle > 0)
		timer_set(f->idle, idle);
	f->stale |= typed;
}

static void
on_winch(void *arg, int signo)
{
	struct face *f = arg;

	(void)signo;
	f->stale = true;
}

static void
on_stop(void *arg, UNUSED int signo)
{
	struct face *f = arg;

	ui_pause(f->ui);
	f->stale = f->env->redraw = true;
}

static void
on_tick(void *arg)
{
	struct face *f = arg;

	if (client_online(f->env->client) == ONLINE_WAIT)
		f->stale = true;
	timer_set(f->tick, TICK_MS);
}

static void
on_idle(void *arg)
{
	struct face *f = arg;

	if (options_int(f->env->options, "lock-after") > 0 &&
	    !client_locked(f->env->client) && !client_fresh(f->env->client))
		run_line(f, "lock");
	f->stale = true;
}

static void
start_timers(struct face *f, struct loop *loop)
{
	int64_t idle = options_int(f->env->options, "lock-after");

	f->tick = timer_new(loop, on_tick, f);
	f->idle = timer_new(loop, on_idle, f);
	timer_set(f->tick, TICK_MS);
	if (idle > 0)
		timer_set(f->idle, idle);
}

int
face_open(struct face **out, struct env *env, char **why)
{
	struct loop *loop = client_loop(env->client);
	struct face *f = mem_alloc(sizeof(*f));
	int err;

	*out = NULL;
	err = ui_open(&f->ui, loop, options_string(env->options, "theme"), why);
	if (err != 0) {
		free(f);
		return err;
	}
	f->env = env;
	f->locked = true;       /* nothing was drawn yet */
	f->keys = watch_fd(loop, STDIN_FILENO, WATCH_READ, on_input, f);
	f->winch = watch_signal(loop, SIGWINCH, on_winch, f);
	f->stop = watch_signal(loop, SIGTSTP, on_stop, f);
	start_timers(f, loop);
	grid_init(&f->grid, 1, 1);
	f->stale = true;
	*out = f;
	return 0;
}

void
face_close(struct face *f)
{
	if (f == NULL)
		return;
	ui_drain(f->ui);
	take_turns(f);
	pane_free(f->pane);
	watch_free(f->keys);
	watch_free(f->winch);
	watch_free(f->stop);
	timer_free(f->tick);
	timer_free(f->idle);
	ui_close(f->ui);
	grid_free(&f->grid);
	buf_free(&f->posters);
	free(f);
}

/* A message that the user is looking at rings no bell. */
static bool
is_looking(struct face *f, const struct event *e)
{
	struct screen *s = screen_of(f);

	return e->talk != NULL && s->view == VIEW_talk &&
	    s->talk == e->talk->row && s->scroll == 0;
}

void
face_hear(struct face *f, const struct event *e)
{
	f->stale = true;
	take_turns(f);
	if (e->kind == EVENT_message && e->message != NULL &&
	    !e->message->mine && (e->message->kind == MESSAGE_TEXT ||
	    e->message->kind == MESSAGE_FILM) &&
	    !is_looking(f, e))
		notify_message(f->ui, f->env, e);
	if (e->kind == EVENT_notice && e->notice != NULL && e->notice->open)
		ui_bell(f->ui);
}

/* ---- pictures ---- */

static bool
is_image(unsigned sink)
{
	return sink == SINK_sixel || sink == SINK_kitty;
}

/* Where films are shown: what the user wants, else what there is, and that is
 * no images where they hold up the keys. */
static unsigned
film_sink(struct face *f)
{
	const struct play_view *v = client_play(f->env->client);
	const char *option = options_string(f->env->options, "sink");
	unsigned sink;

	if (v == NULL)
		return SINK_none;
	if (v->fallback || v->place.chosen)
		return v->place.sink;
	sink = query_sink(ui_ask(f->ui), option, query_display());
	if (f->pane != NULL && pane_slow(f->pane) && is_image(sink) &&
	    sink_code(option) < 0)
		return SINK_cells;
	return sink;
}

/* A picture that came goes to its place, or waits until that takes one: a slow
 * terminal is asked for no more than it takes. */
static void
show_film(struct face *f)
{
	const struct play_view *v = client_play(f->env->client);
	uint64_t was = f->picture;
	int err = 0;

	if (v == NULL || v->picture == was || f->pane == NULL ||
	    f->film.h < 1)
		return;
	f->picture = v->picture;
	if (is_image(v->place.sink) && film_sink(f) != v->place.sink)
		err = ERR_RANGE;        /* made before the line was known */
	else if (v->place.sink == SINK_cells && v->cells.n > 0)
		err = pane_cells(f->pane, v->place.columns, v->place.rows,
		    buf_view(&v->cells));
	else if (v->image.n > 0)
		err = pane_image(f->pane, v->place.sink, buf_view(&v->image));
	if (err == ERR_BUSY)
		f->picture = was;
	else if (err != 0)
		client_play_drawn(f->env->client);
}

/* The terminal takes another: the one that waits, which is the last one if the
 * film is paused, or one that is yet to be sent. */
static void
on_drawn(void *arg)
{
	struct face *f = arg;
	const struct play_view *v = client_play(f->env->client);

	if (v != NULL && is_image(v->place.sink) &&
	    film_sink(f) == SINK_cells) {
		client_hint(f->env->client, false, "images are too much for "
		    "this line: the film goes on in half blocks (/set sink %s "
		    "insists)", sink_name(v->place.sink));
		f->stale = true;
	}
	if (v != NULL && v->picture != f->picture && f->film.h > 0)
		show_film(f);
	else
		client_play_drawn(f->env->client);
}

static unsigned
pane_colours(struct face *f)
{
	return query_colours(ui_ask(f->ui), options_string(f->env->options,
	    "colours"));
}

/* The place that the view left for pictures; made when there is the first. */
static void
show_hole(struct face *f, struct area hole)
{
	if (hole.w < 1 || hole.h < 1)
		hole = (struct area){0};
	ui_hole(f->ui, hole);
	if (f->pane == NULL && hole.h > 0)
		f->pane = pane_new(client_loop(f->env->client), STDOUT_FILENO,
		    ui_ask(f->ui), on_drawn, f);
	if (f->pane != NULL)
		pane_set(f->pane, hole, hole.h > 0 ? pane_colours(f) : 0);
}

/* The helper is told how large its place is. */
static void
place_film(struct face *f, unsigned sink, struct area hole)
{
	struct play_place place = {.sink = (enum media_sink)sink};
	const struct caps *caps;

	f->film = hole;
	if (client_play(f->env->client) == NULL)
		return;
	if (sink == SINK_window) {
		place.columns = FILM_W;
		place.rows = FILM_H;
	} else if (hole.w > 0 && hole.h > 0) {
		caps = ui_ask(f->ui);
		place.columns = (uint16_t)hole.w;
		place.rows = (uint16_t)hole.h;
		place.cell_w = caps->cell_w;
		place.cell_h = caps->cell_h;
		place.colours = (uint16_t)pane_colours(f);
	}
	client_play_place(f->env->client, &place);
}

static bool
shows_posters(struct face *f)
{
	return screen_of(f)->view == VIEW_videos &&
	    client_play(f->env->client) == NULL &&
	    strcmp(options_string(f->env->options, "sink"), "none") != 0;
}

/* Those that are there; what the pane has no room for now comes with the turn
 * in which the terminal has taken the last ones. */
static void
show_posters(struct face *f)
{
	struct buf cells = {.secret = true};
	const struct caps *caps;

	if (f->film.h < 1 || f->pane == NULL || !shows_posters(f)) {
		client_posters_end(f->env->client);
		buf_free(&f->posters);
		f->posters_at = (struct area){0};
		return;
	}
	if (memcmp(&f->film, &f->posters_at, sizeof(f->film)) != 0)
		buf_free(&f->posters);
	f->posters_at = f->film;
	caps = ui_ask(f->ui);
	(void)videos_posters(f->env->client, f->film, caps->cell_w,
	    caps->cell_h, &cells);
	if (!bytes_same(buf_view(&cells), buf_view(&f->posters)) &&
	    pane_cells(f->pane, f->film.w, f->film.h, buf_view(&cells)) == 0) {
		buf_clear(&f->posters);
		buf_bytes(&f->posters, buf_view(&cells));
	}
	buf_free(&cells);
}

static void
show_grid(struct face *f, struct area hole)
{
	if (f->pane != NULL)
		pane_hold(f->pane, true);
	show_hole(f, hole);
	ui_show(f->ui, &f->grid, f->env->redraw);
	take_turns(f);
	if (ui_wiped(f->ui) && f->pane != NULL)
		pane_touch(f->pane);
	if (f->pane != NULL)
		pane_cursor(f->pane, f->grid.cx >= 0);
}

static void
show_all(struct face *f)
{
	struct area hole = {0};
	struct client *c = f->env->client;
	struct screen *s = client_screen(c);
	const struct clock *clock = loop_clock(client_loop(c));
	struct look look = {f->env->options, f->env->keys, clock_wall(clock),
	    clock_mono(clock), &hole, film_sink(f), shows_posters(f)};
	int w, h;

	ui_size(f->ui, &w, &h);
	s->w = w;
	s->h = h;
	if (w != f->grid.w || h != f->grid.h)
		grid_resize(&f->grid, w, h);
	ui_theme(f->ui, options_string(f->env->options, "theme"));
	/* curses keeps what it drew; a lock takes that from it */
	if (client_locked(c) && !f->locked)
		ui_forget(f->ui);
	f->locked = client_locked(c);
	draw_screen(&f->grid, c, &look);
	show_grid(f, hole);
	place_film(f, look.sink, hole);
	f->stale = f->env->redraw = false;
}

void
face_show(struct face *f)
{
	/* nothing is written into the middle of a picture, nor of what was
	 * drawn before; its end brings us back here */
	take_turns(f);
	if (ui_busy(f->ui) || (f->pane != NULL && pane_busy(f->pane)))
		return;
	if (client_dirty(f->env->client) || f->stale || f->env->redraw)
		show_all(f);
	show_film(f);
	show_posters(f);
}

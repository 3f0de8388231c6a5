/* SPDX-License-Identifier: ISC */
/*
 * Watching a film: its index, then segment after segment, checked and opened
 * here and handed to the media helper, which is the only one to look inside.
 * A machine that is driven by the turn: what is missing is asked for, what is
 * whole goes on, and when the link or the helper fails it goes on by itself.
 * Nothing of a film is written to disk but how far one was.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "play.h"

static const char *const state_name[] = {
	[PLAY_OPENING] = "opening", [PLAY_BUFFERING] = "buffering",
	[PLAY_RUNNING] = "playing", [PLAY_PAUSED] = "paused",
	[PLAY_ENDED] = "ended", [PLAY_STOPPED] = "stopped",
};

const char *
play_state_name(enum play_state s)
{
	return (unsigned)s < COUNT(state_name) ? state_name[s] : "?";
}

const struct play_view *
client_play(const struct client *c)
{
	return c->play != NULL ? &c->play->view : NULL;
}

static void
play_state(struct client *c, enum play_state s)
{
	struct play_view *v = &c->play->view;

	if (v->state == s)
		return;
	v->state = s;
	client_show(c);
	client_event(c, EVENT_play, NULL, NULL, NULL, NULL);
}

/* ---- its beginning and end ---- */

static void
play_view_free(struct play_view *v)
{
	buf_free(&v->cells);
	buf_free(&v->image);
	safe_free(&v->title);
	free(v->why);
}

void
play_free(struct client *c)
{
	struct play *p = c->play;

	if (p == NULL)
		return;
	if (c->open)
		play_seen_keep(c, p, true);
	helper_stop(p->helper);
	if (p->folder >= 0)
		close(p->folder);
	fetching_clear(&p->fetch);
	index_free(&p->index);
	play_view_free(&p->view);
	safe_free(&p->film.title);
	mem_wipe(p, sizeof(*p));
	free(p);
	c->play = NULL;
	client_show(c);
}

void
play_stop(struct client *c, const char *fmt, ...)
{
	struct play *p = c->play;
	va_list ap;

	free(p->view.why);
	va_start(ap, fmt);
	p->view.why = mem_vformat(fmt, ap);
	va_end(ap);
	play_seen_keep(c, p, true);
	helper_stop(p->helper);
	p->helper = NULL;
	fetching_clear(&p->fetch);
	buf_free(&p->view.cells);
	buf_free(&p->view.image);
	play_state(c, PLAY_STOPPED);
	client_hint(c, true, "%s", p->view.why);
}

/* The relay's disk, or the relay: who published it has it whole. */
void
play_wrong(struct client *c, enum film_fault fault)
{
	const struct play_view *v = &c->play->view;
	char *at = c->play->indexed ? mem_format("was stopped at %u:%02u",
	    v->at / 60000, v->at / 1000 % 60) : mem_string("can't be played");

	play_stop(c, "%s %s: %s; the relay did not send what was published. "
	    "/play %lld tries again; if it stays so, ask for it to be "
	    "published anew", v->title.s, at, film_fault_text(fault),
	    (long long)v->film);
	free(at);
}

/* What is to be kept of it goes to a folder that is there: -1 and a sentence. */
static int
folder_open(const char *path, char **why)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	(void)client_refuse(why, ERR_NONE, "%s is no folder that can be "
	    "written to: make one with mkdir, and name it with "
	    "--film-folder", path);
	return -1;
}

int
play_open(struct client *c, const struct play_film *film,
    const struct play_place *place, char **why)
{
	int err, folder = -1;
	struct play *p;

	if (!c->open)
		return client_refuse(why, ERR_LOCKED, "locked: type the "
		    "passphrase first");
	if (place->folder != NULL &&
	    (folder = folder_open(place->folder, why)) < 0)
		return ERR_NONE;
	play_free(c);
	p = c->play = mem_alloc(sizeof(*p));
	p->film = *film;
	p->film.title = safe_copy(&film->title);
	p->view.title = safe_copy(&film->title);
	p->view.length = film->length;
	p->view.place = *place;
	p->view.place.folder = NULL;
	p->folder = folder;
	p->view.volume = 100;
	p->view.size = 2;
	p->view.keys = true;
	p->opened = client_mono(c);
	err = play_helper(c, why);
	if (err != 0) {
		play_free(c);
		return err;
	}
	client_event(c, EVENT_play, NULL, NULL, NULL, NULL);
	client_show(c);
	return 0;
}

int
client_play_card(struct client *c, int64_t row, const struct play_place *place,
    char **why)
{
	const struct film *f = client_film(c, row);
	struct play_film film = {.at = f != NULL ? f->at : 0};
	int err;

	if (f == NULL || f->state == FILM_MAKING)
		return client_refuse(why, ERR_NONE, "there is no film %lld: "
		    "/videos lists those that you may watch", (long long)row);
	if (f->state != FILM_THERE)
		return client_refuse(why, ERR_NONE, "%s was withdrawn by who "
		    "had published it: ask them for it", f->name.s);
	memcpy(film.key.id, f->id, FILM_ID);
	memcpy(film.key.key, f->key, KEY_SIZE);
	memcpy(film.read, f->read, KEY_SIZE);
	memcpy(film.hash, f->hash, HASH32);
	film.n = f->size;
	film.length = f->length;
	film.title = f->name;
	err = play_open(c, &film, place, why);
	if (err == 0)
		c->play->view.film = row;
	mem_wipe(&film, sizeof(film));
	return err;
}

void
client_play_keys(struct client *c, bool on)
{
	if (c->play != NULL)
		c->play->view.keys = on;
	client_show(c);
}

void
client_play_close(struct client *c)
{
	if (c->play == NULL)
		return;
	play_free(c);
	client_event(c, EVENT_play, NULL, NULL, NULL, NULL);
}

/* Whatever was on its way for another place of the film is void from here. */
void
play_begin(struct client *c, uint32_t at)
{
	struct play *p = c->play;
	uint32_t number = at / MEDIA_SEGMENT_MS;

	if (number >= p->index.segments)
		number = p->index.segments - 1;
	while (p->fetch.pieces > 0 && p->fetch.piece[0].number < number)
		fetching_drop(&p->fetch, 0);
	if (p->fetch.pieces > 0 && p->fetch.piece[0].number != number)
		fetching_clear(&p->fetch);
	p->gen++;
	p->feed = p->used = number;
	p->next = number + (uint32_t)p->fetch.pieces;
	p->over = p->seen = p->full = false;
	p->waits = 0;
	p->view.at = at;
	play_tell_start(p, at);
	play_state(c, p->paused ? PLAY_PAUSED : PLAY_BUFFERING);
	client_show(c);
}

/* ---- what one does ---- */

void
client_play_pause(struct client *c)
{
	struct packet m = {.code = PACKET_pause};
	struct play *p = c->play;

	if (p == NULL || p->view.state == PLAY_STOPPED)
		return;
	if (p->view.state == PLAY_ENDED) {
		p->paused = false;
		play_begin(c, 0);
		return;
	}
	p->paused = !p->paused;
	m.pause.on = p->paused;
	if (p->helper != NULL)
		helper_put(p->helper, MEDIA_SHOW, &m);
	if (p->indexed)
		play_state(c, p->paused ? PLAY_PAUSED : PLAY_BUFFERING);
	play_seen_keep(c, p, true);
}

void
client_play_to(struct client *c, int64_t ms)
{
	struct play *p = c->play;

	if (p == NULL || !p->indexed || p->view.state == PLAY_STOPPED)
		return;
	if (ms >= (int64_t)p->view.length)
		ms = (int64_t)p->view.length - 1;
	if (ms < 0)
		ms = 0;
	play_begin(c, (uint32_t)ms);
}

void
client_play_volume(struct client *c, unsigned percent)
{
	if (c->play == NULL)
		return;
	c->play->view.volume = (uint8_t)(percent > 100 ? 100 : percent);
	c->play->view.muted = false;
	play_tell_volume(c->play);
	client_show(c);
}

void
client_play_mute(struct client *c)
{
	if (c->play == NULL)
		return;
	c->play->view.muted = !c->play->view.muted;
	play_tell_volume(c->play);
	client_show(c);
}

void
client_play_pane(struct client *c, bool full, uint8_t size)
{
	if (c->play == NULL)
		return;
	c->play->view.full = full;
	c->play->view.size = size < 1 ? 1 : size > PLAY_SIZES ? PLAY_SIZES :
	    size;
	client_show(c);
}

/* As long as it plays: its folder matters when it opens only. */
static bool
place_same(const struct play_place *a, const struct play_place *b)
{
	return a->sink == b->sink && a->columns == b->columns &&
	    a->rows == b->rows && a->cell_w == b->cell_w &&
	    a->cell_h == b->cell_h && a->colours == b->colours;
}

void
client_play_place(struct client *c, const struct play_place *place)
{
	struct play *p = c->play;
	bool chosen = p != NULL && p->view.place.chosen;

	if (p == NULL || place_same(&p->view.place, place))
		return;
	p->view.place = *place;
	p->view.place.chosen = chosen;
	buf_clear(&p->view.cells);
	buf_clear(&p->view.image);
	play_tell_place(p);
}

void
client_play_drawn(struct client *c)
{
	struct packet m = {.code = PACKET_drawn};

	if (c->play == NULL || c->play->helper == NULL)
		return;
	m.drawn.gen = c->play->gen;
	helper_put(c->play->helper, MEDIA_SHOW, &m);
}

const char *
client_play_key(struct client *c)
{
	struct play *p = c->play;

	if (p == NULL || p->keys == 0)
		return NULL;
	memcpy(p->given, p->key[0], sizeof(p->given));
	memmove(p->key, p->key + 1, --p->keys * sizeof(p->key[0]));
	return p->given;
}

/* ---- the turn ---- */

bool
play_waits(const struct client *c)
{
	return c->play != NULL && (c->play->view.state == PLAY_OPENING ||
	    c->play->view.state == PLAY_BUFFERING);
}

void
play_drive(struct client *c)
{
	struct play *p = c->play;
	char *why = NULL;

	if (p == NULL || p->view.state == PLAY_STOPPED)
		return;
	if (p->helper == NULL && play_helper(c, &why) != 0)
		play_stop(c, "%s", why);
	free(why);
	if (p->view.state != PLAY_STOPPED)
		play_step(c);
	if (p->view.state == PLAY_STOPPED)
		return;
	play_watch(c);
	play_seen_keep(c, p, false);
}

void
play_got(struct client *c, int64_t serial, const struct answer *a)
{
	struct play *p = c->play;
	int err;

	if (p == NULL || p->view.state == PLAY_STOPPED)
		return;
	err = fetching_got(c, &p->fetch, serial, a);
	if (err == ERR_NONE || err == ERR_EXPIRED)
		play_stop(c, "%s is not on the relay any more: it has "
		    "expired, was withdrawn, or was damaged there; ask for it "
		    "to be published anew", p->view.title.s);
	else if (err == ERR_SHORT || err == ERR_RANGE)
		play_wrong(c, FILM_SHORT);
	else if (err != 0)
		play_stop(c, "the relay refuses to send %s: %s; /play %lld "
		    "tries again", p->view.title.s, err_text(err),
		    (long long)p->view.film);
}

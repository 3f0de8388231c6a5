/* SPDX-License-Identifier: ISC */
/*
 * Reading the directory's log up to a head. While the log is small all leaves
 * are read, some pages at once; they prove by themselves that the head follows
 * the last one, and what is new of whom. Of a larger log a proof must do. Where
 * a connection ends, the next one goes on.
 */
#include "inside.h"

#define REPLAY_SHOW 2048        /* so many leaves are worth a progress bar */

bool
replay_small(const struct client *c, uint64_t size)
{
#ifdef TACET_TEST
	if (c->setup.replay_max != 0)
		return size < c->setup.replay_max;
#else
	(void)c;
#endif
	return size < REPLAY_MAX;
}

static uint64_t
replay_at(const struct client *c)
{
	return c->audit.mirror.range.size;
}

void
replay_aim(struct client *c, const struct head *h)
{
	struct audit *a = &c->audit;

	a->aim = *h;
	a->aiming = true;
	if (a->flights == 0)
		a->asked = replay_at(c);
	if (replay_small(c, h->size) && h->size > replay_at(c) + REPLAY_SHOW)
		audit_state(c, DIRECTORY_READING);
}

static void
replay_ask(struct client *c)
{
	struct msg m = {.code = MSG_leaves_get};
	struct audit *a = &c->audit;

	while (a->flights < REPLAY_WINDOW && a->asked < a->aim.size) {
		m.leaves_get.from = a->asked;
		m.leaves_get.below = a->asked + REPLAY_LEAVES < a->aim.size ?
		    a->asked + REPLAY_LEAVES : a->aim.size;
		if (!request_ask(c, WANT_LEAVES, (int64_t)a->asked, &m))
			return;
		a->asked = m.leaves_get.below;
		a->flights++;
	}
}

/* 0: the root at that size is the head's. */
static int
replay_fits(struct client *c, const struct head *h)
{
	uint8_t root[HASH32];
	int err = mirror_root(c, h->size, root);

	if (err == 0 && memcmp(root, h->root, HASH32) != 0)
		err = ERR_PROOF;
	return err;
}

static void
replay_reached(struct client *c)
{
	struct audit *a = &c->audit;
	struct head aim = a->aim;
	int was = a->have && a->head.size > 0 && defence(follows) ?
	    replay_fits(c, &a->head) : 0;
	int is = was == 0 ? replay_fits(c, &aim) : was;

	keep_crash("replay-reached");
	if (is == ERR_IO)
		return;
	if (is == 0) {
		/* what an earlier connection read beyond is not proven */
		mirror_cut(c, aim.size);
		audit_accept(c, &aim);
		return;
	}
	/* leaves that don't fit are not ours to keep */
	mirror_cut(c, was == 0 && a->have ? a->head.size : 0);
	audit_mismatch(c, &aim, ERR_PROOF);
	if (was == 0 && a->have && a->head.size > 0)
		witness_try(c, &aim);
}

static void
replay_prove(struct client *c)
{
	struct msg m = {.code = MSG_extends_get};
	struct audit *a = &c->audit;

	if (!a->have || a->head.size == 0) {
		audit_accept(c, &a->aim);
		return;
	}
	m.extends_get.from = a->head.size;
	m.extends_get.to = a->aim.size;
	if (a->flights == 0 &&
	    request_ask(c, WANT_EXTENDS, (int64_t)a->aim.size, &m))
		a->flights++;
}

void
replay_drive(struct client *c)
{
	struct audit *a = &c->audit;

	if (!a->aiming)
		return;
	if (client_mono(c) < a->not_before)
		client_wake(c, a->not_before);
	else if (!replay_small(c, a->aim.size))
		replay_prove(c);
	else if (replay_at(c) < a->aim.size)
		replay_ask(c);
	else if (mirror_ready(c))
		replay_reached(c);
	else
		client_wake(c, client_mono(c) + 1);
}

static int
replay_take(struct client *c, struct bytes page)
{
	struct rd r = rd_of(page);
	struct leaf l;
	int err = page.n == 0 || page.n % LEAF_SIZE != 0 ? ERR_FORMAT : 0;

	while (err == 0 && rd_left(&r) > 0 && replay_at(c) < c->audit.aim.size) {
		err = leaf_get(rd_view(&r, LEAF_SIZE), &l);
		if (err != 0)
			break;
		names_leaf(c, replay_at(c), &l);
		mirror_add(c, &l);
	}
	mirror_put(c);
	return err;
}

static void
replay_show(struct client *c)
{
	struct audit *a = &c->audit;
	uint64_t step = a->aim.size / 20;

	if (a->state != DIRECTORY_READING ||
	    (replay_at(c) < a->shown + step && replay_at(c) >= a->shown))
		return;
	a->shown = replay_at(c);
	client_event(c, EVENT_directory, NULL, NULL, NULL, NULL);
	client_show(c);
}

void
replay_leaves(struct client *c, int64_t from, const struct answer *ans)
{
	struct audit *a = &c->audit;
	int err = ans->err;

	a->since = 0;
	a->flights--;
	if (!a->aiming) {
		if (a->flights == 0)
			a->asked = replay_at(c);
		return;
	}
	if (err == ERR_RATE || err == ERR_IO || err == ERR_BUSY)
		a->not_before = answer_wait(c, ans, a->tries++);
	else if (err == 0 && (uint64_t)from == replay_at(c))
		err = replay_take(c, ans->data);
	keep_crash("replay-page");
	if (err == ERR_FORMAT || err == ERR_VERSION || err == ERR_SHORT ||
	    err == ERR_RANGE) {
		audit_mismatch(c, &a->aim, ERR_PROOF);
		return;
	}
	/* a page that is missing or short is asked for again */
	if (a->flights == 0)
		a->asked = replay_at(c);
	replay_show(c);
}

void
replay_extends(struct client *c, int64_t to, const struct answer *ans)
{
	struct audit *a = &c->audit;
	struct head aim = a->aim;
	int err = ans->err;

	a->since = 0;
	a->flights--;
	if (!a->aiming || (uint64_t)to != aim.size)
		return;
	if (err == ERR_RATE || err == ERR_IO || err == ERR_BUSY) {
		a->not_before = answer_wait(c, ans, a->tries++);
		return;
	}
	if (err == 0 && defence(follows))
		err = head_extends(&a->head, &aim, ans->proof);
	if (err == 0)
		audit_accept(c, &aim);
	else
		audit_mismatch(c, &aim, ERR_PROOF);
}

/* SPDX-License-Identifier: ISC */
/*
 * Comparing notes: the newest head travels inside messages, so that a relay
 * which shows two people two directories is caught by any conversation between
 * them. It goes along with a text when it has changed, and else once a day; a
 * head that was heard waits until our own log is as long, and if that takes a
 * day it is told of. With it go the epochs of the rooms that both are in: where
 * their authenticators differ, the room was split.
 */
#include <stdlib.h>

#include "inside.h"

#define GOSSIP_LOOK_MS (30 * 60 * 1000)

static struct gossip *
gossip_of(struct client *c, int64_t person)
{
	struct audit *a = &c->audit;
	size_t i;

	for (i = 0; i < a->gossips; i++)
		if (a->gossip[i].person == person)
			return &a->gossip[i];
	a->gossip = mem_grow(a->gossip, a->gossips + 1, sizeof(*a->gossip));
	a->gossip[a->gossips] = (struct gossip){.person = person};
	return &a->gossip[a->gossips++];
}

static void
gossip_keep(struct client *c, const struct gossip *g)
{
	struct buf b = {0};

	buf_u64(&b, g->told);
	buf_put(&b, g->root, HASH32);
	buf_u64(&b, (uint64_t)g->told_at);
	buf_u8(&b, g->alarmed);
	buf_u64(&b, (uint64_t)g->since);
	if (g->heard)
		head_put(&g->head, &b);
	keep_put(&c->keep, TABLE_gossip, g->person, g->person, NULL,
	    buf_view(&b));
	buf_free(&b);
}

/* ---- telling ----------------------------------------------------------------- */

static void
gossip_hash(const struct talk *t, uint8_t hash[static HASH32])
{
	struct bytes a = mls_group_authenticator(t->secret->group);

	hash_label("tacet gossip", &a, 1, hash);
}

/* Of the other conversations that this person is in. */
static void
gossip_epochs(struct client *c, const struct talk *in, int64_t person,
    struct buf *out)
{
	uint8_t hash[HASH32];
	const struct talk *t;
	size_t i, n = 0;

	for (i = 0; i < c->talks && n < GOSSIP_EPOCHS; i++) {
		t = c->talk[i];
		if (t == in || t->secret->group == NULL ||
		    (t->person != person && !member_is(t, person)))
			continue;
		gossip_hash(t, hash);
		buf_put(out, t->log, WIRE_ID);
		buf_u64(out, t->epoch);
		buf_put(out, hash, HASH32);
		n++;
	}
}

static void
gossip_say(struct client *c, struct talk *t, struct gossip *g)
{
	struct body b = {.code = BODY_gossip};
	struct buf head = {0}, epochs = {0};

	client_id(c, b.id);
	b.time = (uint64_t)client_now(c);
	head_put(&c->audit.head, &head);
	gossip_epochs(c, t, g->person, &epochs);
	b.gossip.head = buf_view(&head);
	b.gossip.evidence = witness_evidence(c);
	b.gossip.epochs = buf_view(&epochs);
	out_add(c, t, OUT_GOSSIP, 0, b.id, &b);
	buf_free(&head);
	buf_free(&epochs);
	g->told = c->audit.head.size;
	memcpy(g->root, c->audit.head.root, HASH32);
	g->told_at = client_now(c);
	gossip_keep(c, g);
	timer_set(c->timer, 1);
}

static bool
gossip_due(const struct client *c, const struct gossip *g, int64_t every)
{
	const struct audit *a = &c->audit;
	int64_t age = client_now(c) - g->told_at;

	if (!a->have || a->head.size == 0 || (g->told == a->head.size &&
	    memcmp(g->root, a->head.root, HASH32) == 0))
		return false;
	return g->told_at == 0 || age > every || age < -CLOCK_SKEW;
}

void
gossip_text(struct client *c, struct talk *t)
{
	struct gossip *g;

	if (t->person == 0 || t->secret->group == NULL)
		return;
	g = gossip_of(c, t->person);
	if (gossip_due(c, g, GOSSIP_TEXT_MS))
		gossip_say(c, t, g);
}

void
gossip_reply(struct client *c, int64_t person)
{
	struct talk *t = talk_of_person(c, person);

	if (t != NULL && t->secret->group != NULL)
		gossip_say(c, t, gossip_of(c, person));
}

bool
gossip_waits(const struct client *c)
{
	size_t i, k;

	for (i = 0; i < c->talks; i++)
		for (k = 0; k < c->talk[i]->secret->outs; k++)
			if (c->talk[i]->secret->out[k]->kind == OUT_GOSSIP)
				return true;
	return false;
}

/* Those who write to nobody compare notes once a day all the same. */
static void
gossip_round(struct client *c)
{
	struct audit *a = &c->audit;
	struct talk *t;
	size_t i;

	if (client_mono(c) < a->gossip_at) {
		client_wake(c, a->gossip_at);
		return;
	}
	a->gossip_at = client_mono(c) + GOSSIP_LOOK_MS;
	for (i = 0; i < a->gossips; i++) {
		t = talk_of_person(c, a->gossip[i].person);
		if (t != NULL && t->state == TALK_OPEN &&
		    t->secret->group != NULL && a->gossip[i].told_at != 0 &&
		    gossip_due(c, &a->gossip[i], GOSSIP_ALONE_MS))
			gossip_say(c, t, &a->gossip[i]);
	}
}

/* ---- hearing ------------------------------------------------------------------ */

static void
gossip_split(struct client *c, struct talk *t, struct person *p)
{
	message_system(c, t, "fork: %s and you see different histories here: "
	    "the relay, or a member, has shown each of you something else",
	    p->name.s);
	notice_add(c, NOTICE_ALARM, p->row, false, "fork: %s and you see "
	    "different histories of the conversation \"%s\". It has stopped; "
	    "ask %s over another way what they see, and start a new one",
	    p->name.s, t->title.s, p->name.s);
	talk_stop(c, t, "it was split");
}

static void
gossip_compare(struct client *c, struct person *p, struct bytes epochs)
{
	uint8_t log[WIRE_ID], theirs[HASH32], ours[HASH32];
	struct rd r = rd_of(epochs);
	uint64_t epoch;
	struct talk *t;

	while (r.err == 0 && rd_left(&r) > 0) {
		rd_copy(&r, log, WIRE_ID);
		epoch = rd_u64(&r);
		rd_copy(&r, theirs, HASH32);
		t = r.err == 0 ? talk_of(c, log) : NULL;
		if (t == NULL || t->secret->group == NULL ||
		    t->state == TALK_STOPPED || t->epoch != epoch ||
		    (t->person != p->row && !member_is(t, p->row)))
			continue;
		gossip_hash(t, ours);
		if (!seal_same(ours, theirs, HASH32) && defence(split))
			gossip_split(c, t, p);
	}
}

void
gossip_got(struct client *c, struct talk *t, struct person *p,
    const struct body_gossip *b)
{
	struct audit *a = &c->audit;
	struct gossip *g;
	struct head h;

	(void)t;
	gossip_compare(c, p, b->epochs);
	if (b->evidence.n > 0)
		(void)witness_take(c, b->evidence, p->row);
	/* a head that nobody signed is no news, and no alarm either */
	if (a->fork.is || head_get(b->head, &h) != 0 ||
	    !head_pinned(&h, c->self.address.pin))
		return;
	g = gossip_of(c, p->row);
	if (g->heard && g->head.size > h.size)
		return;
	g->heard = true;
	g->alarmed = false;
	g->head = h;
	g->since = client_now(c);
	gossip_keep(c, g);
	if ((!a->have || h.size > a->head.size) && a->head_at > a->hurry_at)
		a->head_at = a->hurry_at;
	timer_set(c->timer, 1);
}

static void
gossip_late(struct client *c, struct gossip *g)
{
	const struct person *p = client_person(c, g->person);

	if (g->alarmed || client_now(c) - g->since < GOSSIP_ALONE_MS ||
	    p == NULL || !defence(late))
		return;
	g->alarmed = true;
	gossip_keep(c, g);
	notice_add(c, NOTICE_ALARM, g->person, false, "the relay has shown %s "
	    "a directory of %llu entries, and for a day it has shown you none "
	    "that long (%llu): it may show two. Ask its operator, and compare "
	    "safety numbers with %s over another way", p->name.s,
	    (unsigned long long)g->head.size,
	    (unsigned long long)c->audit.head.size, p->name.s);
}

/* Our log is as long as theirs: is theirs its beginning? */
static void
gossip_judge(struct client *c, struct gossip *g)
{
	struct head *ours = &c->audit.head;
	uint8_t root[HASH32];

	if (!replay_small(c, ours->size) && g->head.size != ours->size)
		return;         /* of large logs we have no leaves */
	if (g->head.size == ours->size)
		memcpy(root, ours->root, HASH32);
	else if (mirror_root(c, g->head.size, root) != 0)
		return;
	g->heard = false;
	gossip_keep(c, g);
	if (memcmp(root, g->head.root, HASH32) != 0)
		(void)witness_heads(c, &g->head, ours, g->person);
}

void
gossip_drive(struct client *c)
{
	struct audit *a = &c->audit;
	size_t i;

	for (i = 0; i < a->gossips && a->have && !a->fork.is; i++) {
		if (!a->gossip[i].heard)
			continue;
		if (a->gossip[i].head.size > a->head.size)
			gossip_late(c, &a->gossip[i]);
		else if (mirror_ready(c))
			gossip_judge(c, &a->gossip[i]);
		else
			client_wake(c, client_mono(c) + 1);
	}
	if (a->state == DIRECTORY_GOOD)
		gossip_round(c);
}

/* ---- the store ------------------------------------------------------------------ */

static void
gossip_row(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct gossip *g = gossip_of(arg, row);

	(void)owner;
	g->told = rd_u64(r);
	rd_copy(r, g->root, HASH32);
	g->told_at = (int64_t)rd_u64(r);
	g->alarmed = rd_u8(r) != 0;
	g->since = (int64_t)rd_u64(r);
	if (rd_left(r) > 0)
		g->heard = head_get(rd_rest(r), &g->head) == 0;
}

int
gossip_load(struct client *c)
{
	return keep_each(&c->keep, TABLE_gossip, gossip_row, c);
}

void
gossip_free(struct client *c)
{
	free(c->audit.gossip);
}

/* SPDX-License-Identifier: ISC */
/*
 * When the relay has signed two directories. The proof that convinces anybody
 * is made from leaves: those of our copy, or of the other tree, which is read
 * from its first leaf on when a head doesn't go on from the last one. It is
 * written to a plain file, ours is the only copy. Then the relay is done with:
 * whoever brought it up is told, and the connection ends for good.
 */
#include <stdlib.h>
#include <unistd.h>

#include "inside.h"

#define WITNESS_FILE "evidence-%s.tacet"

/* ---- trees over an array of hashes ---------------------------------------- */

struct witness_tree {
	const uint8_t *hash;
	uint64_t n;
};

static int
witness_node(void *arg, unsigned level, uint64_t number,
    uint8_t out[static HASH32])
{
	const struct witness_tree *t = arg;
	struct merkle_range r = {.size = 0};
	uint64_t i, first = number << level, end = first + (1ull << level);
	int err = end > t->n ? ERR_RANGE : 0;

	for (i = first; i < end && err == 0; i++)
		err = merkle_add(&r, t->hash + i * HASH32, NULL, NULL);
	if (err == 0)
		merkle_root(&r, out);
	return err;
}

static int
witness_root(const struct witness_tree *t, uint64_t size,
    uint8_t root[static HASH32])
{
	struct witness_tree tree = *t;
	struct merkle_nodes nodes = {witness_node, &tree};
	struct merkle_range r;
	int err = merkle_range_at(&nodes, size, &r);

	if (err == 0)
		merkle_root(&r, root);
	return err;
}

static int
witness_make(const struct head *first, const struct head *later,
    const struct witness_tree *t, struct buf *out)
{
	struct evidence e = {.first = *first, .later = *later};
	struct witness_tree tree = *t;
	struct merkle_nodes nodes = {witness_node, &tree};
	struct buf proof = {0};
	int err = 0;

	if (first->size < later->size) {
		err = witness_root(t, first->size, e.other);
		if (err == 0)
			err = merkle_prove_extends(&nodes, first->size,
			    later->size, &proof);
	}
	e.proof = buf_view(&proof);
	if (err == 0)
		err = evidence_put(&e, out);
	buf_free(&proof);
	return err;
}

/* ---- what follows ---------------------------------------------------------- */

static char *
witness_path(const struct client *c, struct bytes evidence)
{
	uint8_t hash[HASH32];
	char hex[17], *name, *path;

	hash_label("evidence", &evidence, 1, hash);
	hex_put(hex, hash, 8);
	name = mem_format(WITNESS_FILE, hex);
	path = path_join(c->folder, name);
	free(name);
	return path;
}

static void
witness_set(struct client *c, const struct evidence *e, struct bytes raw,
    int64_t person, int64_t time)
{
	struct fork *f = &c->audit.fork;

	buf_bytes(&c->audit.evidence, raw);
	f->first = e->first;
	f->later = e->later;
	f->person = person;
	f->time = time;
	f->file = witness_path(c, raw);
	f->is = true;
}

static void
witness_tell(struct client *c)
{
	const struct fork *f = &c->audit.fork;
	const struct person *p = client_person(c, f->person);

	notice_add(c, NOTICE_ALARM, f->person, false, "the relay at %s has "
	    "shown two directories%s%s: it lies to somebody about whose keys "
	    "are whose. Nothing is sent there any more. The proof is in %s, "
	    "and tacet verify-evidence %s shows it to anybody; /view fork "
	    "tells the rest", c->self.address.host, p != NULL ? ", one to you "
	    "and one to " : "", p != NULL ? p->name.s : "", f->file, f->file);
	client_hint(c, true, "the relay has shown two directories: /view fork");
	if (c->screen.ask == ASK_NONE && c->screen.view != VIEW_fork) {
		c->screen.back = c->screen.view;
		c->screen.view = VIEW_fork;
	}
}

/* Checked once more, as a stranger would. */
int
witness_take(struct client *c, struct bytes raw, int64_t person)
{
	struct evidence e;
	struct buf b = {0};
	int err = evidence_check(raw, &e);

	if (err == 0 && defence(headpin) &&
	    !head_pinned(&e.first, c->self.address.pin))
		err = ERR_KEY;          /* of another relay */
	if (err != 0 || c->audit.fork.is)
		return err;
	witness_set(c, &e, raw, person, client_now(c));
	buf_u64(&b, (uint64_t)c->audit.fork.time);
	buf_u64(&b, (uint64_t)person);
	buf_bytes(&b, raw);
	keep_put(&c->keep, TABLE_directory, WITNESS_ROW, 0, NULL,
	    buf_view(&b));
	buf_free(&b);
	if (path_write(c->audit.fork.file, raw) != 0)
		log_say(c->log, LOG_ERROR, "witness", "%s can't be written; it "
		    "is at the next start", c->audit.fork.file);
	witness_tell(c);
	if (person != 0)
		gossip_reply(c, person);
	c->audit.stop_at = client_mono(c) + WITNESS_GRACE_MS;
	audit_state(c, DIRECTORY_FORKED);
	return 0;
}

struct witness_copy {
	uint8_t *hash;
	uint64_t n;
};

static void
witness_copy(void *arg, uint64_t number, const struct mirror_leaf *l)
{
	struct witness_copy *w = arg;

	if (number < w->n)
		memcpy(w->hash + number * HASH32, l->hash, HASH32);
}

int
witness_heads(struct client *c, const struct head *first,
    const struct head *later, int64_t person)
{
	struct witness_copy w = {NULL, 0};
	struct witness_tree t;
	struct buf raw = {0};
	int err = 0;

	if (!defence(witness))
		return ERR_RULE;
	if (first->size < later->size) {
		w.n = c->audit.mirror.range.size;
		w.hash = mem_array((size_t)w.n, HASH32);
		err = mirror_each(c, witness_copy, &w);
	}
	t = (struct witness_tree){w.hash, w.n};
	if (err == 0)
		err = witness_make(first, later, &t, &raw);
	if (err == 0)
		err = witness_take(c, buf_view(&raw), person);
	buf_free(&raw);
	free(w.hash);
	return err;
}

/* ---- the other tree --------------------------------------------------------- */

void
witness_try(struct client *c, const struct head *h)
{
	struct trial *t;

	if (c->audit.trial != NULL || c->audit.fork.is)
		return;
	t = mem_alloc(sizeof(*t));
	t->head = *h;
	t->hash = mem_array((size_t)h->size, HASH32);
	c->audit.trial = t;
}

void
witness_stop(struct client *c)
{
	if (c->audit.trial != NULL)
		free(c->audit.trial->hash);
	free(c->audit.trial);
	c->audit.trial = NULL;
}

static void
witness_tried(struct client *c)
{
	struct trial *t = c->audit.trial;
	struct witness_tree tree = {t->hash, t->n};
	uint8_t root[HASH32];
	struct buf raw = {0};

	if (witness_root(&tree, t->n, root) == 0 &&
	    memcmp(root, t->head.root, HASH32) == 0 && defence(witness) &&
	    witness_make(&c->audit.head, &t->head, &tree, &raw) == 0 &&
	    witness_take(c, buf_view(&raw), 0) == 0)
		log_say(c->log, LOG_WARN, "witness", "there are two "
		    "directories");
	buf_free(&raw);
	witness_stop(c);
}

void
witness_drive(struct client *c)
{
	struct msg m = {.code = MSG_leaves_get};
	struct trial *t = c->audit.trial;

	if (t == NULL)
		return;
	if (t->n == t->head.size) {
		witness_tried(c);
		return;
	}
	while (t->flights < REPLAY_WINDOW && t->asked < t->head.size) {
		m.leaves_get.from = t->asked;
		m.leaves_get.below = t->head.size;
		if (t->head.size - t->asked > REPLAY_LEAVES)
			m.leaves_get.below = t->asked + REPLAY_LEAVES;
		if (!request_ask(c, WANT_TRIAL, (int64_t)t->asked, &m))
			return;
		t->asked = m.leaves_get.below;
		t->flights++;
	}
}

void
witness_leaves(struct client *c, int64_t from, const struct answer *a)
{
	struct trial *t = c->audit.trial;
	struct rd r = rd_of(a->data);
	uint64_t was;
	struct leaf l;

	if (t == NULL)
		return;
	t->flights--;
	was = t->n;
	while (a->err == 0 && (uint64_t)from == was && rd_left(&r) > 0 &&
	    t->n < t->head.size) {
		if (leaf_get(rd_view(&r, LEAF_SIZE), &l) != 0)
			break;
		leaf_hash(&l, t->hash + t->n++ * HASH32);
	}
	if (t->n == was && a->err != ERR_RATE) {
		witness_stop(c);        /* it shows no such leaves */
		return;
	}
	if (t->flights == 0)
		t->asked = t->n;
}

/* ---- afterwards -------------------------------------------------------------- */

bool
witness_over(const struct client *c)
{
	return c->audit.fork.is && (!session_up(c) || !gossip_waits(c) ||
	    client_mono(c) >= c->audit.stop_at);
}

struct bytes
witness_evidence(const struct client *c)
{
	return buf_view(&c->audit.evidence);
}

const struct fork *
client_fork(const struct client *c)
{
	return &c->audit.fork;
}

static void
witness_got(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct client *c = arg;
	int64_t time, person;
	struct evidence e;
	struct bytes raw;

	(void)owner;
	if (row != WITNESS_ROW) {
		(void)rd_rest(r);
		return;
	}
	time = (int64_t)rd_u64(r);
	person = (int64_t)rd_u64(r);
	raw = rd_rest(r);
	if (r->err != 0 || evidence_check(raw, &e) != 0) {
		rd_fail(r, ERR_FORMAT);
		return;
	}
	witness_set(c, &e, raw, person, time);
	c->audit.state = DIRECTORY_FORKED;
}

int
witness_load(struct client *c)
{
	struct fork *f = &c->audit.fork;
	int err = keep_each(&c->keep, TABLE_directory, witness_got, c);

	/* a crash, or a full disk, may have come between */
	if (err == 0 && f->is && access(f->file, F_OK) != 0)
		(void)!path_write(f->file, witness_evidence(c));
	return err;
}

void
witness_free(struct client *c)
{
	witness_stop(c);
	free(c->audit.fork.file);
	buf_free(&c->audit.evidence);
}

/* SPDX-License-Identifier: ISC */
/*
 * mls-driver, the verbs that change a group: proposals, commits, messages,
 * joining, and the way through the saved form. The lines they come from are
 * read in interop/mls_driver.c, which has the grammar.
 */
#include <stdlib.h>

#include "mls_driver.h"

/* proposals */

static int
driver_extensions(struct driver *d, size_t i, struct buf *list)
{
	char *item, *rest, *eq;
	struct bytes data;
	int err = 0;

	if (i >= d->words)
		return ERR_INPUT;
	for (item = strtok_r(d->word[i], ",", &rest); item != NULL && err == 0;
	    item = strtok_r(NULL, ",", &rest)) {
		eq = strchr(item, '=');
		if (eq == NULL)
			return strcmp(item, "-") == 0 ? 0 : ERR_INPUT;
		d->word[i] = eq + 1;
		err = driver_hex(d, i, &data);
		if (err == 0)
			mls_ext_put(list, (uint16_t)atoi(item), data);
	}
	return err;
}

/* The resumption PSK of one of our own epochs */
static int
driver_resume(const struct driver *d, const struct member *m, size_t i,
    struct mls_psk_ask *psk)
{
	psk->type = MLS_PSK_RESUMPTION;
	psk->usage = MLS_USE_APPLICATION;
	psk->id = mls_group_id(m->group);
	return driver_number(d, i, &psk->epoch);
}

/* SUITE=GROUPID */
static int
driver_reinit(struct driver *d, size_t i, struct mls_reinit *r)
{
	char *eq = i < d->words ? strchr(d->word[i], '=') : NULL;

	if (eq == NULL)
		return ERR_INPUT;
	r->version = 1;
	r->suite = (uint16_t)atoi(d->word[i]);
	d->word[i] = eq + 1;
	return driver_hex(d, i, &r->group_id);
}

int
do_propose(struct driver *d, struct member *m)
{
	struct mls_propose_ask ask = { 0 };
	struct mls_psk_ask psk = { .type = MLS_PSK_EXTERNAL };
	struct mls_reinit reinit = { 0 };
	struct buf message = { 0 }, list = { 0 };
	uint64_t leaf = 0;
	int err = ERR_INPUT;

	ask.public_message = driver_is(d, 2, "public");
	if (driver_is(d, 3, "add")) {
		ask.type = MLS_ADD;
		err = driver_hex(d, 4, &ask.add);
	} else if (driver_is(d, 3, "update")) {
		ask.type = MLS_UPDATE;
		err = 0;
	} else if (driver_is(d, 3, "remove")) {
		ask.type = MLS_REMOVE;
		err = driver_number(d, 4, &leaf);
		ask.remove = (uint32_t)leaf;
	} else if (driver_is(d, 3, "psk")) {
		ask.type = MLS_PSK;
		ask.psk = &psk;
		err = driver_hex(d, 4, &psk.id);
	} else if (driver_is(d, 3, "resume")) {
		ask.type = MLS_PSK;
		ask.psk = &psk;
		err = driver_resume(d, m, 4, &psk);
	} else if (driver_is(d, 3, "reinit")) {
		ask.type = MLS_REINIT;
		ask.reinit = &reinit;
		err = driver_reinit(d, 4, &reinit);
	} else if (driver_is(d, 3, "gce")) {
		ask.type = MLS_GROUP_EXTENSIONS;
		err = driver_extensions(d, 4, &list);
		ask.extensions = buf_view(&list);
	}
	if (err == 0)
		err = mls_propose(&d->env, m->group, &ask, &message);
	driver_say_hex(d, buf_view(&message));
	buf_free(&list);
	buf_free(&message);
	return err;
}

/* commits */

struct plan {
	struct mls_commit_ask ask;
	struct mls_reinit reinit;
	struct bytes add[WORDS_MAX], ref[WORDS_MAX];
	uint32_t remove[WORDS_MAX];
	struct mls_psk_ask psk[WORDS_MAX];
	struct buf list;
};

static int
driver_value(struct driver *d, const struct member *m, struct plan *p, size_t i)
{
	struct mls_commit_ask *ask = &p->ask;
	uint64_t leaf = 0;
	int err;

	if (driver_is(d, i, "add"))
		return driver_hex(d, i + 1, &p->add[ask->n_add++]);
	if (driver_is(d, i, "remove")) {
		err = driver_number(d, i + 1, &leaf);
		p->remove[ask->n_remove++] = (uint32_t)leaf;
		return err;
	}
	if (driver_is(d, i, "psk")) {
		p->psk[ask->n_psk].type = MLS_PSK_EXTERNAL;
		return driver_hex(d, i + 1, &p->psk[ask->n_psk++].id);
	}
	if (driver_is(d, i, "resume"))
		return driver_resume(d, m, i + 1, &p->psk[ask->n_psk++]);
	if (driver_is(d, i, "reinit")) {
		ask->reinit = &p->reinit;
		return driver_reinit(d, i + 1, &p->reinit);
	}
	if (!driver_is(d, i, "gce"))
		return ERR_INPUT;
	ask->set_extensions = true;
	return driver_extensions(d, i + 1, &p->list);
}

/* All that waits, but for an Update of our own (12.4) */
static void
driver_pending(const struct member *m, struct plan *p)
{
	struct mls_pending_view v;
	size_t i;

	for (i = 0; mls_pending_at(m->group, i, &v) == 0; i++)
		if (p->ask.n_ref < WORDS_MAX && (v.type != MLS_UPDATE ||
		    v.sender != mls_group_self(m->group)))
			p->ref[p->ask.n_ref++] = v.ref;
	p->ask.ref = p->ref;
}

int
do_commit(struct driver *d, struct member *m)
{
	struct plan p = { 0 };
	size_t i;
	int err = 0;

	p.ask.add = p.add;
	p.ask.remove = p.remove;
	p.ask.psk = p.psk;
	p.ask.public_message = driver_is(d, 2, "public");
	p.ask.path = driver_is(d, 3, "path");
	p.ask.no_tree = driver_is(d, 4, "bare");
	p.ask.size = p.ask.public_message ? 0 : 8192u * rng_below(&d->rng, 2);
	for (i = 5; i < d->words && err == 0; i += 2)
		err = driver_value(d, m, &p, i);
	p.ask.extensions = buf_view(&p.list);
	driver_pending(m, &p);
	mls_made_free(&m->made);
	memset(&m->made, 0, sizeof(m->made));
	if (err == 0)
		err = mls_commit_make(&d->env, m->group, &p.ask, &m->made);
	if (err == ERR_BIG) {
		p.ask.size = 0;
		err = mls_commit_make(&d->env, m->group, &p.ask, &m->made);
	}
	driver_say_hex(d, buf_view(&m->made.message));
	driver_say_hex(d, buf_view(&m->made.welcome));
	buf_free(&p.list);
	return err;
}

int
do_drop(struct driver *d, struct member *m)
{
	(void)d;
	mls_made_free(&m->made);
	memset(&m->made, 0, sizeof(m->made));
	return 0;
}

int
do_merge(struct driver *d, struct member *m)
{
	int err = ERR_STATE;

	if (m->made.stage != NULL) {
		err = mls_stage_apply(m->group, m->made.stage);
		if (err == 0)
			m->made.stage = NULL;
	}
	(void)do_drop(d, m);
	return err;
}

/* messages */

static int
driver_take(struct driver *d, struct member *m, struct mls_received *r)
{
	bool removed;
	int err;

	if (r->type == MLS_APPLICATION) {
		buf_string(&d->out, " message");
		driver_say_hex(d, buf_view(&r->plain));
		return 0;
	}
	if (r->type == MLS_PROPOSAL) {
		buf_string(&d->out, " proposal");
		return 0;
	}
	removed = r->stage->removed;
	err = mls_stage_apply(m->group, r->stage);
	if (err == 0)
		r->stage = NULL;
	buf_string(&d->out, removed ? " removed" : " commit");
	return err;
}

int
do_recv(struct driver *d, struct member *m)
{
	struct mls_received r;
	struct bytes message;
	int err = driver_hex(d, 2, &message);

	memset(&r, 0, sizeof(r));
	if (err == 0)
		err = mls_message_open(&d->env, m->group, message, &r);
	if (err == 0) {
		err = driver_take(d, m, &r);
		mls_received_free(&r);
	}
	return err;
}

int
do_send(struct driver *d, struct member *m)
{
	struct buf message = { 0 };
	struct bytes data;
	int err = driver_hex(d, 2, &data);

	if (err == 0)
		err = mls_message_seal(&d->env, m->group, bytes_of(NULL, 0),
		    data, 1024u * rng_below(&d->rng, 2), &message);
	driver_say_hex(d, buf_view(&message));
	buf_free(&message);
	return err;
}

/* joining */

int
do_join(struct driver *d, struct member *m)
{
	struct mls_join_ask ask = {
		.private = buf_view(&m->private), .signer = m->signer,
	};
	struct mls_group *group = NULL;
	int err = driver_hex(d, 2, &ask.welcome);

	if (err == 0)
		err = driver_hex(d, 3, &ask.tree);
	if (err == 0)
		err = mls_join_welcome(&d->env, &ask, &group, NULL);
	return driver_settle(m, err, group);
}

int
do_enter(struct driver *d, struct member *m)
{
	struct mls_external_ask ask = {
		.self = driver_self(m), .remove = MLS_NONE,
	};
	int err = driver_hex(d, 2, &ask.group_info);

	if (driver_is(d, 3, "resync") && m->group != NULL)
		ask.remove = mls_group_self(m->group);
	(void)do_drop(d, m);
	if (err == 0)
		err = mls_external_join(&d->env, &ask, &m->made);
	driver_say_hex(d, buf_view(&m->made.message));
	if (err == 0)
		err = driver_settle(m, 0, mls_external_take(&m->made));
	(void)do_drop(d, m);
	return err;
}

int
do_info(struct driver *d, struct member *m)
{
	struct buf message = { 0 };
	int err = mls_info_make(&d->env, m->group, true, true, &message);

	driver_say_hex(d, buf_view(&message));
	buf_free(&message);
	return err;
}

/*
 * The new group of a branch or reinit, with its first commit: link M
 * branch|reinit SUITE GROUPID KEYPACKAGE... It takes the old one's place.
 */
static int
driver_link(struct driver *d, struct member *m, struct mls_group *fresh)
{
	enum mls_psk_usage usage = driver_is(d, 2, "reinit") ? MLS_USE_REINIT :
	    MLS_USE_BRANCH;
	struct bytes add[WORDS_MAX];
	struct buf tree = { 0 };
	size_t n = 0;
	int err = 0;

	while (n + 5 < d->words && err == 0) {
		err = driver_hex(d, n + 5, &add[n]);
		n++;
	}
	(void)do_drop(d, m);
	if (err == 0)
		err = mls_branch_make(&d->env, fresh, m->group, usage, add, n,
		    &m->made);
	if (err != 0)
		return err;
	err = mls_stage_apply(fresh, m->made.stage);
	if (err == 0)
		m->made.stage = NULL;
	driver_say_hex(d, buf_view(&m->made.welcome));
	mls_group_tree(fresh, &tree);
	driver_say_hex(d, buf_view(&tree));
	buf_free(&tree);
	(void)do_drop(d, m);
	return err;
}

int
do_link(struct driver *d, struct member *m)
{
	struct mls_group_ask ask = {
		.self = driver_self(m),
		.not_before = d->env.now - 3600, .not_after = d->env.now + 3600,
	};
	struct mls_group *fresh = NULL;
	uint64_t suite;
	int err = driver_number(d, 3, &suite);

	if (err == 0)
		err = driver_hex(d, 4, &ask.group_id);
	if (err != 0)
		return err;
	m->suite = ask.suite = (uint16_t)suite;
	if (driver_is(d, 2, "branch"))
		ask.extensions = mls_group_extensions(m->group);
	err = mls_group_create(&d->env, &ask, &fresh);
	if (err == 0)
		err = driver_link(d, m, fresh);
	if (err != 0)
		mls_group_free(fresh);
	return driver_settle(m, err, fresh);
}

/* In one piece and in two, by turns; a waiting commit goes along. */
int
do_reload(struct driver *d, struct member *m)
{
	struct buf a = { .secret = true }, b = { .secret = true };
	struct mls_group *again = NULL;
	int err;

	(void)d;
	if (m->reloads++ % 2) {
		mls_group_save(m->group, &a);
		err = mls_group_restore(buf_view(&a), &again);
	} else {
		mls_group_save_epoch(m->group, &a);
		mls_group_save_ratchets(m->group, &b);
		err = mls_group_load(buf_view(&a), buf_view(&b), &again);
	}
	buf_free(&a);
	buf_free(&b);
	return driver_settle(m, err, again);
}

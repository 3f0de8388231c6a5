/* SPDX-License-Identifier: ISC */
/*
 * The store as the relay sees it: tables of bytes, blobs, and turns that are
 * kept or lost as a whole, now or later. After a loss the store is sick: it
 * takes no write until store_heal has found that writing works again, so no
 * handler can acknowledge what can't be kept. Drivers are rows of store.def.
 */
#include <stdio.h>
#include <stdlib.h>

#include "relay.h"

const struct store_row store_row[] = {
#define STORE(name, help) {#name, help, &store_##name},
#include "store.def"
#undef STORE
};
const size_t store_rows = COUNT(store_row);

int
store_open(struct store **out, const char *kind, const char *dir,
    const struct store_events *on, void *arg, char why[static 160])
{
	struct store *s = mem_alloc(sizeof(*s));
	size_t i;
	int err = ERR_NONE;

	*out = NULL;
	s->on = *on;
	s->arg = arg;
	s->hot = hot_new();
	for (i = 0; i < store_rows && !s->row; i++)
		if (strcmp(store_row[i].name, kind) == 0)
			s->row = &store_row[i];
	if (s->row)
		err = s->row->ops->open(s, dir);
	(void)snprintf(why, 160, "%s", *s->why ? s->why : err_text(err));
	if (err) {
		hot_free(s->hot);
		free(s);
		return err;
	}
	*out = s;
	return 0;
}

void
store_close(struct store *s)
{
	if (!s)
		return;
	s->row->ops->close(s);
	hot_free(s->hot);
	free(s);
}

int
store_get(struct store *s, enum table t, struct bytes key, struct buf *out)
{
	size_t from = out->n;
	int err;

	if (hot_get(s->hot, t, key, out))
		return out->err;
	s->reads++;
	err = s->row->ops->get(s, t, key, out);
	if (!err)
		hot_know(s->hot, t, key, bytes_of(out->p + from,
		    out->n - from));
	return err;
}

bool
store_has(struct store *s, enum table t, struct bytes key)
{
	struct buf b = {.secret = true};
	int err = store_get(s, t, key, &b);

	buf_free(&b);
	return err == 0;
}

/* A write that failed takes the whole turn with it. */
static int
store_wrote(struct store *s, int err)
{
	s->writes++;
	if (err && !s->spoiled)
		s->spoiled = err;
	return err ? ERR_IO : 0;
}

static int
store_hand(void *arg, enum table t, struct bytes key, struct bytes value)
{
	struct store *s = arg;

	return s->row->ops->put(s, t, key, value);
}

int
store_put(struct store *s, enum table t, struct bytes key, struct bytes value)
{
	int err;

	if (s->sick)
		return ERR_IO;
	if (!hot_put(s->hot, t, key, value, store_hand, s, &err))
		err = s->row->ops->put(s, t, key, value);
	return store_wrote(s, err);
}

/* What waits in memory goes to the driver, before it is asked or ends a turn. */
static void
store_flush(struct store *s)
{
	int err = hot_flush(s->hot, store_hand, s);

	if (err && !s->spoiled)
		s->spoiled = err;
}

int
store_del(struct store *s, enum table t, struct bytes key)
{
	if (s->sick)
		return ERR_IO;
	hot_forget(s->hot, t, key);
	return store_wrote(s, s->row->ops->del(s, t, key));
}

int
store_scan(struct store *s, enum table t, struct bytes from,
    struct bytes below, enum store_way way, store_each *each, void *arg)
{
	s->reads++;
	store_flush(s);
	return s->row->ops->scan(s, t, from, below, way, each, arg);
}

int
store_blob_write(struct store *s, const uint8_t id[static WIRE_KEY],
    uint64_t offset, struct bytes data)
{
	if (s->sick)
		return ERR_IO;
	return store_wrote(s, s->row->ops->blob_write(s, id, offset, data));
}

int
store_blob_read(struct store *s, const uint8_t id[static WIRE_KEY],
    uint64_t offset, size_t n, struct buf *out)
{
	s->reads++;
	return s->row->ops->blob_read(s, id, offset, n, out);
}

void
store_blob_drop(struct store *s, const uint8_t id[static WIRE_KEY])
{
	s->row->ops->blob_drop(s, id);
}

void
store_blob_trim(struct store *s, const uint8_t id[static WIRE_KEY],
    uint64_t size)
{
	s->row->ops->blob_trim(s, id, size);
}

void
store_turn(struct store *s, uint64_t turn)
{
	int spoiled;

	store_flush(s);
	spoiled = s->spoiled;
	s->spoiled = 0;
	s->row->ops->turn(s, turn, spoiled);
}

int
store_heal(struct store *s)
{
	int err;

	if (!s->sick)
		return 0;
	err = s->row->ops->heal(s);
	if (!err)
		s->sick = 0;
	return err;
}

void
store_kept(struct store *s, uint64_t turn)
{
	s->on.kept(s->arg, turn);
}

void
store_lost(struct store *s, uint64_t turn, int err)
{
	hot_clear(s->hot);      /* it holds what was rolled back */
	s->sick = err ? err : ERR_IO;
	s->on.lost(s->arg, turn, s->sick, *s->why ? s->why : err_text(s->sick));
}

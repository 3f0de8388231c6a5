/* SPDX-License-Identifier: ISC */
/*
 * A backup: who we are, whom we know and what we settled, and if it is asked
 * for what was said. The account key is in it, so the passphrase that opens
 * that one seals the file. No device key is, and nothing of a group: who
 * restores it is a new device, and every conversation lets it in anew (T44).
 *
 * What is small goes in at once, messages some hundreds a turn.
 */
#include <stdlib.h>

#include "inside.h"

#define BACKUP_PAGE 500

struct backup {
	struct archive *archive;
	char *path;
	bool history;
	int err;                /* the first one, of putting */
	int64_t *talk;          /* rows of those whose messages go in */
	size_t talks, at;
	int64_t before;         /* of that one, from which row down */
	uint64_t done, total;
	unsigned percent;
};

static void
backup_item(struct backup *b, enum archive_kind kind, int64_t row,
    int64_t owner, struct bytes body)
{
	struct archive_item item = {kind, row, owner, body};

	if (b->err == 0)
		b->err = archive_put(b->archive, &item);
}

/* ---- what goes in -------------------------------------------------------- */

static void
backup_data(struct buf *b, struct bytes v)
{
	buf_u32(b, (uint32_t)v.n);
	buf_bytes(b, v);
}

static void
backup_head(struct client *c, struct backup *b, const struct account_key *k)
{
	struct buf body = {.secret = true};
	struct self *s = &c->self;
	char relay[ADDRESS_TEXT];

	address_put(&s->address, false, relay);
	buf_u64(&body, (uint64_t)client_now(c));
	buf_put(&body, s->device, DEVICE_ID);
	buf_put(&body, k->secret, SIGN_SECRET);
	buf_u16(&body, s->suite);
	backup_data(&body, bytes_of(relay, strlen(relay)));
	backup_data(&body, buf_view(&s->record_raw));
	buf_u8(&body, b->history);
	backup_item(b, ARCHIVE_HEAD, 0, 0, buf_view(&body));
	buf_free(&body);
}

struct backup_rows {
	struct backup *b;
	enum archive_kind kind;
};

static void
backup_row(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct backup_rows *rows = arg;

	backup_item(rows->b, rows->kind, row, owner, rd_rest(r));
}

static int
backup_table(struct client *c, struct backup *b, enum table table,
    enum archive_kind kind)
{
	struct backup_rows rows = {b, kind};
	int err = keep_each(&c->keep, table, backup_row, &rows);

	return err != 0 ? err : b->err;
}

/* Of a conversation: its log's name, who is in it, where one was. */
static void
backup_talk(struct backup *b, const struct talk *t)
{
	struct buf body = {.secret = true};
	size_t i;

	buf_put(&body, t->log, WIRE_ID);
	buf_u8(&body, (uint8_t)t->state);
	buf_u64(&body, b->history ? (uint64_t)t->read_row : 0);
	buf_u64(&body, (uint64_t)t->last);
	backup_data(&body, bytes_of(t->title.s, t->title.n));
	backup_data(&body, bytes_of(t->draft, t->draft != NULL ?
	    strlen(t->draft) : 0));
	buf_u32(&body, (uint32_t)t->members);
	for (i = 0; i < t->members; i++)
		buf_u64(&body, (uint64_t)t->member[i]);
	backup_item(b, ARCHIVE_TALK, t->row, t->person, buf_view(&body));
	buf_free(&body);
}

/* Cards, with all that watching and withdrawing takes; what is not whole yet is
 * begun anew. */
static int
backup_films(struct client *c, struct backup *b)
{
	struct buf body = {.secret = true};

	for (size_t i = 0; i < c->films; i++) {
		const struct film *f = c->film[i];

		if (f->state == FILM_MAKING)
			continue;
		buf_clear(&body);
		film_bytes(f, &body);
		backup_item(b, ARCHIVE_FILM, f->row, f->talk, buf_view(&body));
	}
	buf_free(&body);
	return backup_table(c, b, TABLE_watched, ARCHIVE_WATCHED);
}

static int
backup_small(struct client *c, struct backup *b, const struct account_key *k)
{
	size_t i;
	int err;

	backup_head(c, b, k);
	err = backup_table(c, b, TABLE_setting, ARCHIVE_SETTING);
	if (err == 0)
		err = backup_table(c, b, TABLE_person, ARCHIVE_PERSON);
	if (err == 0)
		err = backup_table(c, b, TABLE_past, ARCHIVE_PAST);
	b->talk = mem_array(c->talks + 1, sizeof(*b->talk));
	for (i = 0; i < c->talks; i++) {
		b->talk[b->talks++] = c->talk[i]->row;
		backup_talk(b, c->talk[i]);
		b->total += (uint64_t)keep_count(&c->keep, TABLE_message,
		    c->talk[i]->row, INT64_MAX);
	}
	if (err == 0)
		err = backup_films(c, b);
	return err != 0 ? err : b->err;
}

/* ---- beginning ----------------------------------------------------------- */

static int
backup_refuse(char **why, int err, const char *path)
{
	switch (err) {
	case ERR_EXISTS:
		return client_refuse(why, err, "%s is there already: choose "
		    "another name, or say backup FILE --force", path);
	case ERR_NONE:
		return client_refuse(why, err, "there is no folder for %s: "
		    "make it first", path);
	case ERR_DENIED:
		return client_refuse(why, err, "%s can't be made there: the "
		    "system does not permit it", path);
	default:
		return client_refuse(why, err, "%s can't be written: %s. "
		    "Nothing is left of it", path, err_text(err));
	}
}

static int
backup_judge(struct client *c, char **why)
{
	if (!c->open)
		return client_refuse(why, ERR_LOCKED, "locked: unlock first");
	if (!c->self.registered)
		return client_refuse(why, ERR_STATE, "there is no account here "
		    "yet: tacet init NAME makes one");
	if (c->backup != NULL && c->backup->archive != NULL)
		return client_refuse(why, ERR_BUSY, "a backup is being written "
		    "(%u %%): wait for it", c->backup->percent);
	if (client_keep(c) != 0)        /* what is read is what is kept */
		return client_refuse(why, ERR_IO, "%s can't be written now: "
		    "make room first (df %s)", c->folder, c->folder);
	return 0;
}

int
client_backup(struct client *c, const char *path, struct bytes pass,
    bool history, bool force, char **why)
{
	struct account_key *k;
	struct backup *b;
	int err = backup_judge(c, why);

	if (err == 0)
		err = account_open(c, pass, &k, why);
	if (err != 0)
		return err;
	backup_free(c);
	b = c->backup = mem_alloc(sizeof(*b));
	b->path = mem_string(path);
	b->history = history;
	b->before = INT64_MAX;
	err = archive_make(&b->archive, path, force, c->rng, pass,
	    c->setup.pass_mem_kib, c->setup.pass_ops);
	if (err == 0)
		err = backup_small(c, b, k);
	account_close(&k);
	if (err != 0) {
		err = backup_refuse(why, err, path);
		backup_free(c);
		return err;
	}
	timer_set(c->timer, 1);
	return 0;
}

/* ---- going on ------------------------------------------------------------ */

static void
backup_over(struct client *c, struct backup *b, int err)
{
	char *why = NULL;

	if (err == 0) {
		err = archive_finish(b->archive);
		b->archive = NULL;
	}
	archive_drop(b->archive);
	b->archive = NULL;
	b->err = err;
	if (err != 0) {
		(void)backup_refuse(&why, err, b->path);
		notice_add(c, NOTICE_ERROR, 0, false, "%s", why);
		client_hint(c, true, "%s", why);
		free(why);
		return;
	}
	b->percent = 100;
	client_hint(c, false, "backup: %s is written, with %zu people%s",
	    b->path, c->people, b->history ? " and what was said" : "");
}

struct backup_page {
	struct backup *b;
	int64_t lowest;
};

static void
backup_message(void *arg, int64_t row, int64_t owner, struct rd *r)
{
	struct backup_page *p = arg;

	backup_item(p->b, ARCHIVE_MESSAGE, row, owner, rd_rest(r));
	p->lowest = row;
	p->b->done++;
}

static void
backup_page(struct client *c, struct backup *b)
{
	struct backup_page p = {.b = b};
	int n = keep_page(&c->keep, TABLE_message, b->talk[b->at], b->before,
	    BACKUP_PAGE, backup_message, &p);

	if (n < 0 || b->err != 0) {
		backup_over(c, b, n < 0 ? n : b->err);
		return;
	}
	b->before = p.lowest;
	if (n < BACKUP_PAGE) {
		b->at++;
		b->before = INT64_MAX;
	}
}

void
backup_drive(struct client *c)
{
	struct backup *b = c->backup;
	unsigned percent;

	if (b == NULL || b->archive == NULL)
		return;
	if (!b->history || b->at >= b->talks) {
		backup_over(c, b, 0);
		return;
	}
	backup_page(c, b);
	percent = b->total > 0 ? (unsigned)(b->done * 100 / b->total) : 0;
	if (b->archive != NULL && percent != b->percent && percent < 100) {
		b->percent = percent;
		client_hint(c, false, "backup: %u %%", percent);
	}
	client_wake(c, client_mono(c));
}

int
client_backup_state(const struct client *c, unsigned *percent)
{
	*percent = c->backup != NULL ? c->backup->percent : 0;
	if (c->backup == NULL)
		return 0;
	return c->backup->archive != NULL ? 1 : c->backup->err;
}

/* One that was being written leaves nothing. */
void
backup_free(struct client *c)
{
	if (c->backup == NULL)
		return;
	archive_drop(c->backup->archive);
	free(c->backup->path);
	free(c->backup->talk);
	free(c->backup);
	c->backup = NULL;
}

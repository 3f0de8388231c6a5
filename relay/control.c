/* SPDX-License-Identifier: ISC */
/*
 * The words of the operator: invite, revoke, status, restored. They come over
 * a 0600 socket in the data folder while the relay runs, or straight from the
 * command line when it does not. An answer leaves when the turn it speaks of
 * is kept.
 */
#include <stdio.h>
#include <stdlib.h>

#include "relay.h"

struct reply {
	struct reply *next;
	struct local *local;
	uint64_t turn;
	struct buf text;
};

/* --- words --- */

static void
control_address(struct relay *r, const uint8_t *invite, struct buf *out)
{
	char text[ADDRESS_TEXT];
	struct address a = r->address;

	a.invited = invite != NULL;
	if (invite)
		memcpy(a.invite, invite, INVITE_SIZE);
	address_put(&a, a.invited, text);
	buf_string(out, text);
	mem_wipe(&a, sizeof(a));
	mem_wipe(text, sizeof(text));
}

static void
control_invite(struct relay *r, const char *arg, struct buf *out)
{
	int64_t life = r->limits.invite_life;
	uint8_t code[INVITE_SIZE];
	char *end;
	int err;

	if (*arg) {
		life = strtoll(arg, &end, 10);
		if (*end || life < 60000 || life > 365ll * 86400000) {
			buf_string(out, "error an invite lives 1m to 365d\n");
			return;
		}
	}
	err = invites_new(r, life, code);
	if (err) {
		buf_format(out, "error %s\n", err_text(err));
		return;
	}
	if (r->limits.mode != MODE_INVITE)
		buf_format(out, "note registration is %s: invites count once "
		    "it is `invite`\n",
		    r->limits.mode == MODE_OPEN ? "open" : "closed");
	buf_string(out, "ok ");
	control_address(r, code, out);
	buf_string(out, "\n");
	mem_wipe(code, sizeof(code));
}

/* Takes the code alone or the whole address that `invite` printed. */
static void
control_revoke(struct relay *r, const char *arg, struct buf *out)
{
	const char *eq = strstr(arg, "?invite=");
	uint8_t code[INVITE_SIZE];
	int err;

	if (eq)
		arg = eq + strlen("?invite=");
	err = base32_get(arg, strlen(arg), code, sizeof(code));
	if (!err)
		err = invites_revoke(r, code);
	if (err == ERR_NONE)
		buf_string(out, "error there is no such invite: it was used, "
		    "revoked or has expired\n");
	else if (err == ERR_IO)
		buf_format(out, "error %s\n", err_text(err));
	else if (err)
		buf_string(out, "error that is no invite: give the code, or "
		    "the address that `tacetd invite` printed\n");
	else
		buf_string(out, "ok revoked\n");
}

static void
control_status(struct relay *r, struct buf *out)
{
	static const char *const mode[] = {"open", "invite", "closed"};
	const struct blobs *b = blobs_count(r);
	const uint64_t *m = r->count.metric;

	buf_string(out, "address ");
	control_address(r, NULL, out);
	buf_format(out, "\nregistration %s\n", mode[r->limits.mode]);
	buf_format(out, "invites %llu\n",
	    (unsigned long long)invites_count(r));
	buf_format(out, "connections %zu\nregistered-connections %llu\n",
	    r->peers_n, (unsigned long long)m[METRIC_connections_known]);
	buf_format(out, "followed-logs %llu\n",
	    (unsigned long long)m[METRIC_subscriptions]);
	buf_format(out, "entries-taken %llu\nboxes-taken %llu\n",
	    (unsigned long long)m[METRIC_entries_total],
	    (unsigned long long)m[METRIC_boxes_total]);
	buf_format(out, "blobs %llu\nblob-bytes %llu\nuploads-under-way "
	    "%llu\nblob-readers %zu\n", (unsigned long long)b->n,
	    (unsigned long long)b->bytes, (unsigned long long)b->undone,
	    blobs_readers(r));
	buf_format(out, "store %s\n", r->store->sick ?
	    "full or failing: nothing new is taken" : "ready");
	buf_string(out, r->listener ? "ok running\n" : "ok not running\n");
}

static void
control_restored(struct relay *r, struct buf *out)
{
	int err = keys_reincarnate(r);

	if (err)
		buf_format(out, "error %s\n", err_text(err));
	else
		buf_string(out, "ok clients compare from their next "
		    "connection on\n");
}

/* Clients of a relay that serves would see its log vanish under them. */
static void
control_renew(struct relay *r, struct buf *out)
{
	int err;

	if (r->listener) {
		buf_string(out, "error the relay runs: stop it first, then say "
		    "this again\n");
		return;
	}
	err = renew_directory(r);
	if (err) {
		buf_format(out, "error %s: say it again before the relay is "
		    "started\n", err_text(err));
		return;
	}
	buf_string(out, "ok the directory begins anew; everybody needs the new "
	    "address ");
	control_address(r, NULL, out);
	buf_string(out, "\n");
}

void
control_line(struct relay *r, const char *line, struct buf *out)
{
	size_t n = strcspn(line, " ");
	const char *arg = line[n] ? line + n + 1 : "";

	if (n == 6 && memcmp(line, "invite", n) == 0)
		control_invite(r, arg, out);
	else if (n == 6 && memcmp(line, "revoke", n) == 0)
		control_revoke(r, arg, out);
	else if (n == 6 && memcmp(line, "status", n) == 0)
		control_status(r, out);
	else if (n == 8 && memcmp(line, "restored", n) == 0)
		control_restored(r, out);
	else if (n == 13 && memcmp(line, "new-directory", n) == 0)
		control_renew(r, out);
	else
		buf_string(out, "error no such word: invite, revoke, status, "
		    "restored, new-directory\n");
}

/* --- the socket --- */

static void
control_hear(void *arg, struct local *l, char *line, size_t n)
{
	struct relay *r = arg;
	struct reply *a = mem_alloc(sizeof(*a)), **at;

	relay_begin(r);
	a->text.secret = true;
	a->local = l;
	a->turn = r->turn;
	control_line(r, line, &a->text);
	mem_wipe(line, n);      /* it may hold an invite */
	for (at = &r->replies; *at; at = &(*at)->next)
		;
	*at = a;
	r->spoke = true;
}

static void
reply_free(struct reply *a)
{
	buf_free(&a->text);
	free(a);
}

static void
control_closed(void *arg, struct local *l, int err)
{
	struct relay *r = arg;
	struct reply **at = &r->replies, *a;

	(void)err;
	while ((a = *at)) {
		if (a->local != l) {
			at = &a->next;
			continue;
		}
		*at = a->next;
		reply_free(a);
	}
}

void
control_say(struct relay *r)
{
	struct reply *a;

	while ((a = r->replies) && a->turn <= r->kept) {
		r->replies = a->next;
		local_put(a->local, buf_view(&a->text));
		reply_free(a);
	}
}

void
control_lost(struct relay *r, uint64_t turn)
{
	struct reply *a;

	for (a = r->replies; a; a = a->next) {
		if (a->turn < turn)
			continue;
		buf_clear(&a->text);
		buf_string(&a->text, "error the disk is full\n");
		a->turn = 0;
	}
}

int
control_listen(struct relay *r, char **why)
{
	static const struct local_events on = {
		.line = control_hear, .closed = control_closed,
	};
	char *path = path_join(r->data, "control");
	int err = local_listen(&r->control, r->loop, path, &on, r);

	if (err)
		*why = mem_format("%s: %s", path, err_text(err));
	free(path);
	return err;
}

void
control_free(struct relay *r)
{
	struct reply *a;

	if (r->control)
		local_stop(r->control);
	while ((a = r->replies)) {
		r->replies = a->next;
		reply_free(a);
	}
}

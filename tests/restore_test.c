/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 *
 * A backup and the way back: people, settings, history; a new device that every
 * conversation lets in, with a line for all (T44); the old one revoked or not;
 * a record that has moved on meanwhile; files that are no backup, cut off,
 * altered, or under another passphrase.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pair.h"
#include "rival.h"
#include "tap.h"

static char *file;

static struct bytes
pass_of(const char *s)
{
	return bytes_of(s, strlen(s));
}

static bool
is_written(void *arg)
{
	unsigned percent;

	return client_backup_state(arg, &percent) != 1;
}

static int
backup(struct pair *w, size_t i, bool history, bool force, const char *pass)
{
	unsigned percent;
	char *why = NULL;
	int err = client_backup(w->who[i].c, file, pass_of(pass), history,
	    force, &why);

	if (err != 0 && why == NULL)
		bail("a refusal without its sentence");
	free(why);
	if (err != 0)
		return err;
	if (!pair_until(w, is_written, w->who[i].c))
		bail("the backup does not end");
	return client_backup_state(w->who[i].c, &percent);
}

static int
restore(struct pair *w, size_t i, const char *path, const char *pass,
    bool revoke, struct restored *n)
{
	char *why = NULL;
	int err = client_restore(w->who[i].c, path, pass_of(pass), revoke, n,
	    &why);

	if (err != 0 && (why == NULL || why[0] == '\0'))
		bail("a refusal without its sentence");
	free(why);
	return err;
}

static bool
shows_line(struct pair *w, size_t i, const char *with, const char *words)
{
	struct talk *t = pair_talk(w, i, with);
	size_t k;

	for (k = 0; t != NULL && k < t->messages; k++)
		if (t->message[k].kind == MESSAGE_SYSTEM &&
		    strstr(t->message[k].text.s, words) != NULL)
			return true;
	return false;
}

struct line {
	struct pair *w;
	size_t i;
	const char *with, *words;
};

static bool
is_shown(void *arg)
{
	struct line *l = arg;

	return shows_line(l->w, l->i, l->with, l->words);
}

static bool
until_line(struct pair *w, size_t i, const char *with, const char *words)
{
	struct line l = {w, i, with, words};

	return pair_until(w, is_shown, &l);
}

/* ---- the file ------------------------------------------------------------ */

static void
test_file(struct pair *w, size_t a)
{
	struct stat st;

	is_int(backup(w, a, true, false, "wrong horse"), ERR_PASS,
	    "not with a wrong passphrase");
	ok(access(file, F_OK) != 0, "no file by that");
	is_int(backup(w, a, true, false, PAIR_PASS), 0, "written");
	ok(stat(file, &st) == 0 && (st.st_mode & 0777) == 0600,
	    "for us alone");
	is_int(backup(w, a, true, false, PAIR_PASS), ERR_EXISTS,
	    "one that is there is left alone");
	is_int(backup(w, a, true, true, PAIR_PASS), 0, "unless one insists");
}

static void
write_part(const char *path, const struct buf *b, size_t n, size_t flip)
{
	struct buf copy = {0};

	buf_put(&copy, b->p, n);
	if (flip < n)
		copy.p[flip] ^= 0x20;
	if (path_write(path, buf_view(&copy)) != 0)
		bail("%s can't be written", path);
	buf_free(&copy);
}

static void
test_bad(struct pair *w)
{
	size_t i = pair_new(w, "nobody"), at;
	char *bad = mem_format("%s.bad", file);
	unsigned flips = 0, cuts = 0, taken = 0;
	struct restored n;
	struct buf b = {0};

	if (path_read(file, 1u << 24, &b) != 0)
		bail("no backup");
	is_int(restore(w, i, "/nowhere/at/all", PAIR_PASS, true, &n), ERR_NONE,
	    "a file that isn't there");
	is_int(restore(w, i, "/dev/null", PAIR_PASS, true, &n), ERR_DENIED,
	    "what is no file");
	is_int(restore(w, i, file, "wrong horse", true, &n), ERR_PASS,
	    "a wrong passphrase");
	write_part(bad, &b, b.n, 3);
	is_int(restore(w, i, bad, PAIR_PASS, true, &n), ERR_FORMAT,
	    "a foreign file");
	write_part(bad, &b, b.n, 13);
	is_int(restore(w, i, bad, PAIR_PASS, true, &n), ERR_VERSION,
	    "a later version");
	for (at = 22; at < b.n; at += at < 100 ? 1 : b.n / 60, flips++) {
		write_part(bad, &b, b.n, at);
		taken += restore(w, i, bad, PAIR_PASS, true, &n) == 0;
	}
	for (at = 0; at < b.n; at += at < 100 ? 9 : b.n / 40, cuts++) {
		write_part(bad, &b, at, SIZE_MAX);
		taken += restore(w, i, bad, PAIR_PASS, true, &n) == 0;
	}
	ok(taken == 0, "altered at %u places or cut off at %u: never taken",
	    flips, cuts);
	ok(client_fresh(w->who[i].c) && !client_locked(w->who[i].c),
	    "the profile is as fresh as before");
	pair_stop(w, i);
	(void)unlink(bad);
	free(bad);
	buf_free(&b);
}

/* ---- the way back -------------------------------------------------------- */

static size_t
come_back(struct pair *w, const char *name, bool revoke, struct restored *n)
{
	size_t i = pair_new(w, name);

	is_int(restore(w, i, file, PAIR_PASS, revoke, n), 0, "brought back");
	ok(pair_online(w, i, ONLINE_ON), "and online");
	return i;
}

/* One for all conversations, not one for each */
static unsigned
halts(struct client *c)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < client_notices(c); i++)
		n += client_notice_at(c, i)->kind == NOTICE_HALT;
	return n;
}

static void
test_back(struct pair *w, size_t a, size_t b)
{
	uint8_t was[DEVICE_ID];
	struct restored n;
	struct client *c;
	size_t i;

	memcpy(was, rival_device(w->who[a].c), DEVICE_ID);
	pair_send(w, b, "alice", "after the backup");
	(void)pair_ladder(w, b, "alice", "after the backup", LADDER_DEVICE);
	pair_stop(w, a);
	i = come_back(w, "alice", true, &n);
	c = w->who[i].c;
	is_int(n.people, 1, "one person");
	is_int(n.talks, 1, "one conversation");
	is_str(client_name(c), "alice", "under the old name");
	ok(memcmp(was, rival_device(c), DEVICE_ID) != 0, "a new device");
	ok(record_device(client_record(c), was) == NULL,
	    "the old one is revoked");
	ok(client_person_named(c, "bob")->verified, "bob is still verified");
	is_str(client_setting(c, "colour"), "green", "settings are back");
	ok(pair_message(w, i, "bob", "first") != NULL &&
	    pair_message(w, i, "bob", "second") != NULL, "history is back");
	pair_turn(w, 1);
	is_int(halts(c), 1, "one notice that others have to let it in");
	pair_send(w, i, "bob", "from the new one");
	ok(until_line(w, i, "bob", "let this device in again"),
	    "bob lets it in");
	ok(shows_line(w, b, "alice", "came back"), "and sees a line (T44)");
	ok(pair_talk(w, i, "bob")->halt.since == 0 && halts(c) == 1,
	    "which ends that");
	ok(pair_ladder(w, i, "bob", "from the new one", LADDER_DEVICE),
	    "what waited arrives");
	pair_send(w, b, "alice", "welcome back");
	ok(pair_ladder(w, b, "alice", "welcome back", LADDER_DEVICE),
	    "and the other way");
	is_int(pair_copies(w, b, "alice", "first"), 1, "nothing twice");
	ok(!shows_line(w, i, "bob", "did not arrive") &&
	    !shows_line(w, b, "alice", "did not arrive"), "no gap is told");
	/* the old one comes online once more */
	pair_start(w, a);
	ok(pair_online(w, a, ONLINE_STOP), "the old device is out (T36)");
	pair_stop(w, a);
	pair_stop(w, i);
	pair_start(w, i);
	pair_send(w, i, "bob", "after a restart");
	ok(pair_ladder(w, i, "bob", "after a restart", LADDER_DEVICE),
	    "after a restart they talk on");
	pair_stop(w, i);
}

/* The same backup once more: the record has moved on since. */
static void
test_later(struct pair *w, size_t b)
{
	struct restored n;
	size_t i = come_back(w, "alice", false, &n);
	const struct record *r = client_record(w->who[i].c);

	is_int(r->version, 3, "its record follows the one in force");
	is_int(r->devices, 2, "which keeps its devices");
	pair_send(w, i, "bob", "a third device");
	ok(pair_ladder(w, i, "bob", "a third device", LADDER_DEVICE),
	    "bob lets that one in, too");
	ok(pair_message(w, b, "alice", "a third device") != NULL, "and reads");
	pair_stop(w, i);
}

int
main(void)
{
	struct pair w;
	char *why = NULL;
	size_t a, b;

	pair_open(&w);
	file = mem_format("%s/backup", w.desk.dir);
	a = pair_join(&w, "alice");
	b = pair_join(&w, "bob");
	pair_friends(&w, a, b);
	pair_send(&w, a, "bob", "first");
	pair_send(&w, b, "alice", "second");
	(void)pair_ladder(&w, a, "bob", "first", LADDER_DEVICE);
	(void)pair_ladder(&w, b, "alice", "second", LADDER_DEVICE);
	if (client_verified(w.who[a].c, client_person_named(w.who[a].c, "bob"),
	    true, &why) != 0 || client_set(w.who[a].c, "colour", "green") != 0)
		bail("not set");
	test_file(&w, a);
	test_bad(&w);
	test_back(&w, a, b);
	test_later(&w, b);
	free(file);
	pair_close(&w);
	return done();
}

/* SPDX-License-Identifier: ISC */
/*
 * Changing the passphrase: the old one is asked for, the new one opens from
 * then on and the old one never again, for the store and for the account key;
 * killed at any point of it, exactly one of the two opens both (T41, T88).
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alone.h"
#include "tap.h"

#define OLD "correct horse"
#define NEW "battery staple"
#define OWN "a third one for it"

static struct bytes
pass_of(const char *s)
{
	return bytes_of(s, strlen(s));
}

static int
passwd(struct client *c, const char *old, const char *new, bool account)
{
	char *why = NULL;
	int err = client_passwd(c, pass_of(old), pass_of(new), account, &why);

	if (err != 0 && why == NULL)
		bail("a refusal without its sentence");
	free(why);
	return err;
}

/* 0: this passphrase opens the header, ERR_PASS: it doesn't */
static int
opens(const struct alone *a, const char *pass)
{
	uint8_t master[KEY_SIZE];
	int err = profile_open(a->folder, pass_of(pass), master);

	mem_wipe(master, sizeof(master));
	return err;
}

static int
signs(struct client *c, const char *pass)
{
	struct account_key *k;
	int err;

	c->wrong = 0;
	c->wrong_until = 0;
	err = account_open(c, pass_of(pass), &k, NULL);
	account_close(&k);
	return err;
}

static void
start(struct alone *a, const char *pass)
{
	struct client_setup s = {.loop = a->loop, .profile = a->folder,
	    .log = &a->log, .pass_mem_kib = 64, .pass_ops = 1};
	char *why = NULL;

	client_close(a->c);
	if (client_open(&a->c, &s, &why) != 0)
		bail("%s", why);
	client_disconnect(a->c);
	if (client_unlock(a->c, pass_of(pass)) != 0)
		bail("%s does not open", pass);
	if (client_keep(a->c) != 0)
		bail("keep");
}

static void
test_refused(struct alone *a)
{
	is_int(passwd(a->c, "wrong horse", NEW, false), ERR_PASS, "a wrong one");
	is_int(passwd(a->c, OLD, "short", false), ERR_INPUT, "a short one");
	is_int(passwd(a->c, OLD, OLD, false), ERR_INPUT, "the same one");
	is_int(passwd(a->c, "wrong horse", NEW, true), ERR_PASS,
	    "a wrong one for the account key");
	is_int(passwd(a->c, "wrong horse", NEW, false), ERR_PASS, "again");
	is_int(passwd(a->c, "wrong horse", NEW, false), ERR_RATE,
	    "then one has to wait (T88)");
	is_int(passwd(a->c, OLD, NEW, false), ERR_RATE, "with any (T88)");
	is_int(opens(a, OLD), 0, "the old one holds");
	is_int(signs(a->c, OLD), 0, "and signs");
}

static void
test_changed(struct alone *a)
{
	is_int(passwd(a->c, OLD, NEW, false), 0, "changed");
	is_int(opens(a, NEW), 0, "the new one opens");
	is_int(opens(a, OLD), ERR_PASS, "the old one no more");
	is_int(signs(a->c, NEW), 0, "it opens the account key");
	is_int(signs(a->c, OLD), ERR_PASS, "the old one no more");
	start(a, NEW);
	is_int(signs(a->c, NEW), 0, "after a restart too");
	is_int(signs(a->c, OLD), ERR_PASS, "and only it");
	ok(!client_account_apart(a->c), "it goes by the store's");
}

static void
test_apart(struct alone *a)
{
	is_int(passwd(a->c, NEW, OWN, true), 0, "one of its own");
	ok(client_account_apart(a->c), "is said");
	is_int(signs(a->c, OWN), 0, "it signs");
	is_int(signs(a->c, NEW), ERR_PASS, "the store's doesn't");
	is_int(passwd(a->c, NEW, OLD, false), 0, "the store's is changed");
	is_int(opens(a, OLD), 0, "and opens");
	start(a, OLD);
	ok(client_account_apart(a->c), "the account key keeps its own");
	is_int(signs(a->c, OWN), 0, "which signs");
	is_int(passwd(a->c, OWN, OLD, true), 0, "the store's for both again");
	ok(!client_account_apart(a->c), "is seen");
}

/* ---- killed on the way -------------------------------------------------- */

static int
killed_at(struct alone *a, const char *point, int visit)
{
	char at[64];
	int status = 0;
	pid_t pid;

	client_close(a->c);
	a->c = NULL;
	pid = fork();
	if (pid == 0) {
		start(a, OLD);
		(void)snprintf(at, sizeof(at), "%s:%d", point, visit);
		if (setenv("TACET_CRASH", at, 1) != 0)
			_exit(2);
		_exit(client_passwd(a->c, pass_of(OLD), pass_of(NEW), false,
		    NULL) != 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		bail("no child");
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		bail("the child failed at %s:%d", point, visit);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static void
test_killed(struct alone *a)
{
	static const char *const point[] = {"keep-before", "keep-within",
		"keep-after", "passwd-before", "passwd-after"};
	int visit, olds = 0, news = 0, odd = 0, kills = 0;
	bool old;
	size_t i;

	for (i = 0; i < COUNT(point); i++) {
		for (visit = 1; killed_at(a, point[i], visit); visit++) {
			kills++;
			old = opens(a, OLD) == 0;
			olds += old;
			news += !old;
			odd += old == (opens(a, NEW) == 0);
			start(a, old ? OLD : NEW);
			odd += signs(a->c, old ? OLD : NEW) != 0 ||
			    signs(a->c, old ? NEW : OLD) != ERR_PASS ||
			    a->c->self.box.apart;
			if (!old && passwd(a->c, NEW, OLD, false) != 0)
				bail("not changed back");
		}
		start(a, NEW);          /* the last run went through */
		if (passwd(a->c, NEW, OLD, false) != 0)
			bail("not changed back");
	}
	ok(kills >= 8, "killed %d times on the way (T41)", kills);
	ok(olds > 0 && news > 0, "%d times the old one is in force, %d times "
	    "the new one", olds, news);
	is_int(odd, 0, "exactly one of them opens store and key (T41)");
}

/* What the store held of the first days, before it was wrapped. */
static void
test_early(struct alone *a)
{
	struct account_key *k;
	struct buf raw = {.secret = true};

	if (account_open(a->c, pass_of(OLD), &k, NULL) != 0)
		bail("no key");
	buf_put(&raw, k->secret, SIGN_SECRET);
	account_close(&k);
	keep_put(&a->c->keep, TABLE_account, 1, 0, NULL, buf_view(&raw));
	if (client_keep(a->c) != 0)
		bail("keep");
	start(a, OLD);
	ok(a->c->self.box.wrapped.n != SIGN_SECRET &&
	    memcmp(a->c->self.box.wrapped.p + 1, raw.p, 8) != 0,
	    "a key that lay open in the store is wrapped");
	is_int(signs(a->c, OLD), 0, "under the passphrase of the unlock");
	buf_free(&raw);
}

int
main(void)
{
	struct alone a;

	alone_open(&a);
	test_refused(&a);
	test_changed(&a);
	test_apart(&a);
	test_killed(&a);
	test_early(&a);
	alone_close(&a);
	return done();
}

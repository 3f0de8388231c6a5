/* SPDX-License-Identifier: ISC */
/*
 * A real tacetd with its signer, one of them killed (-9) at every point while
 * people register, again and again on one folder (T95): whoever was told that
 * he is registered is in the log with proof, each head extends all heads seen
 * before, and everything that was ever signed is the beginning of one log.
 * floor: relay
 * limit: 600
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"
#include "relay_help.h"

#define PEOPLE 160
#define EACH 6                          /* registrations in a round at most */

static const char *const points[] = {
	"relay-before", "relay-within", "relay-committed", "relay-said",
	"heads-before", "heads-asked", "signer-before", "signer-written",
	"signer-kept", "signer-signed",
};
static const unsigned turns[] = {1, 3, 9};

struct run {
	struct desk w;
	pid_t pid;
	uint8_t pin[PIN_SIZE];
	struct dev *dev;
	size_t n;                       /* who was told that he is registered */
	struct head head;               /* the newest that was seen */
	char *seen;                     /* the signer's tap */
};

static void
child(struct run *t, const char *point, unsigned turn, int out)
{
	const char *bin = getenv("TACET_BIN");
	char *path = path_join(bin ? bin : "build/test", "tacetd"), text[16];

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)snprintf(text, sizeof(text), "%u", turn);
	(void)setenv("TACET_CRASH", point ? point : "", 1);
	(void)setenv("TACET_CRASH_TURN", text, 1);
	(void)setenv("TACET_HEADS", t->seen, 1);
	if (dup2(out, STDOUT_FILENO) < 0)
		_exit(127);
	(void)execl(path, "tacetd", "--data", t->w.dir, "--listen",
	    "127.0.0.1", "--port", "0", "--metrics", "off", "--registration",
	    "open", "--rate", "1000000", "--burst", "1000000", "--log-level",
	    getenv("RELAY_LOG") ? "debug" : "error", (char *)NULL);
	_exit(127);
}

static bool
spawn(struct run *t, const char *point, unsigned turn)
{
	char line[ADDRESS_TEXT + 16];
	struct address a;
	const char *why;
	bool up = false;
	int fd[2];
	FILE *f;

	if (pipe(fd) != 0)
		bail("pipe");
	(void)fflush(stdout);
	t->pid = fork();
	if (t->pid == 0)
		child(t, point, turn, fd[1]);
	(void)close(fd[1]);
	f = fdopen(fd[0], "r");
	if (f && fgets(line, sizeof(line), f) &&
	    strncmp(line, "address ", 8) == 0) {
		line[strcspn(line, "\n")] = '\0';
		if (address_get(line + 8, &a, &why) != 0)
			bail("%s", line);
		t->w.far_port = a.port;
		memcpy(t->w.far_key, a.pin, DH_SIZE);
		memcpy(t->pin, a.pin, PIN_SIZE);
		up = true;
	}
	if (f)
		(void)fclose(f);
	return up;
}

/* Killed by itself, or ended since its signer was; else it is killed now. */
static void
reap(struct run *t, bool alive)
{
	int status;

	if (alive)
		(void)kill(t->pid, SIGKILL);
	if (waitpid(t->pid, &status, 0) != t->pid)
		bail("waitpid");
	if (!WIFSIGNALED(status) && WEXITSTATUS(status) != 1)
		bail("tacetd ended: status %d", status);
}

/* --- what was acknowledged, against what is there --- */

static int
advance(struct run *t, struct dev *d)
{
	struct msg m = {.code = MSG_head_get};
	const struct msg *a;
	struct head h;
	int err;

	m.head_get.from = t->head.size;
	err = dev_ask(d, &m, &a);
	if (!err)
		err = head_get(a->head.head, &h);
	if (!err && !head_pinned(&h, t->pin))
		err = ERR_PIN;
	if (!err && t->head.size > 0)
		err = head_extends(&t->head, &h, a->head.proof);
	if (!err)
		t->head = h;
	return err;
}

static int
proven(struct dev *d, const struct dev *who)
{
	struct msg m = {.code = MSG_lookup};
	const struct msg *a;
	struct record rec;
	struct head h;
	int err;

	m.lookup.name = bytes_of(who->name, strlen(who->name));
	err = dev_ask(d, &m, &a);
	if (!err)
		err = head_get(a->record.head, &h);
	if (!err)
		err = record_get(a->record.record, &rec);
	if (!err && memcmp(rec.hash, who->record.hash, HASH32) != 0)
		err = ERR_CHANGED;
	if (!err)
		err = head_holds(&h, &rec, a->record.number, a->record.prev,
		    a->record.proof);
	return err;
}

/* How many things are wrong; a relay that dies meanwhile is not. */
static unsigned
audit(struct run *t)
{
	struct dev *d = &t->dev[0];
	unsigned wrong = 0;
	size_t i;
	int err;

	if (t->n == 0)
		return 0;
	dev_dial_tcp(d);
	err = d->link ? advance(t, d) : ERR_NET;
	wrong += err && err != ERR_NET;
	for (i = 0; i < t->n && d->link; i++) {
		err = proven(d, &t->dev[i]);
		if (err && err != ERR_NET)
			note("%s: %s", t->dev[i].name, err_text(err));
		wrong += err && err != ERR_NET;
	}
	dev_hang(d);
	return wrong;
}

/* False: the relay is gone. */
static bool
people_come(struct run *t)
{
	struct dev *d;
	char name[16];
	unsigned i;

	for (i = 0; i < EACH && t->n < PEOPLE; i++) {
		d = &t->dev[t->n];
		(void)snprintf(name, sizeof(name), "p%zu", t->n);
		/* asked once more after a crash, by the same person */
		if (d->name[0] == '\0')
			dev_init(d, &t->w, name);
		dev_dial_tcp(d);
		if (!d->link || dev_enrol(d, bytes_of(NULL, 0)) != 0)
			return false;
		t->n++;
		(void)proven(d, d);
		if (!d->link || advance(t, d) == ERR_NET)
			return false;
		dev_hang(d);
	}
	return true;
}

static void
round_of(struct run *t, const char *point, unsigned turn)
{
	unsigned wrong = 0;
	bool up = spawn(t, point, turn), alive = false;

	if (up) {
		wrong = audit(t);
		alive = people_come(t);
	}
	is_int(wrong, 0, "T95: killed at %s, %u: what was said is so", point,
	    turn);
	reap(t, alive);
}

/* --- all that was ever signed --- */

static size_t
leaves_of(struct run *t, struct dev *d, uint8_t (*hash)[HASH32])
{
	struct msg m = {.code = MSG_leaves_get};
	const struct msg *a;
	struct leaf l;
	size_t i;

	m.leaves_get.below = t->head.size;
	if (dev_ask(d, &m, &a) != 0)
		bail("no leaves");
	for (i = 0; i * LEAF_SIZE < a->leaves.leaves.n; i++) {
		if (leaf_get(bytes_of(a->leaves.leaves.p + i * LEAF_SIZE,
		    LEAF_SIZE), &l) != 0)
			bail("no leaf");
		leaf_hash(&l, hash[i]);
	}
	return i;
}

static void
test_signed(struct run *t, struct dev *d)
{
	uint8_t hash[PEOPLE + 1][HASH32], root[PEOPLE + 2][HASH32];
	struct merkle_range r = {0};
	size_t n = leaves_of(t, d, hash), i, heads, wrong = 0;
	struct buf b = {0};
	struct head h;

	for (i = 0; i <= n; i++) {
		merkle_root(&r, root[i]);
		if (i < n)
			(void)merkle_add(&r, hash[i], NULL, NULL);
	}
	if (path_read(t->seen, 1u << 20, &b) != 0)
		bail("no tap");
	heads = b.n / HEAD_SIZE;
	for (i = 0; i < heads; i++)
		wrong += head_get(bytes_of(b.p + i * HEAD_SIZE, HEAD_SIZE),
		    &h) != 0 || h.size > n ||
		    memcmp(h.root, root[h.size], HASH32) != 0;
	ok(heads > 20 && n == t->head.size, "%zu heads were signed over %zu "
	    "leaves", heads, n);
	is_int(wrong, 0, "T95: each is the beginning of one log");
	buf_free(&b);
}

int
main(void)
{
	struct run *t = mem_alloc(sizeof(*t));
	size_t i, j;

	desk_open(&t->w, "sqlite", NULL);
	desk_stop(&t->w);
	t->seen = mem_format("%s/seen", t->w.dir);
	t->dev = mem_array(PEOPLE, sizeof(*t->dev));
	for (j = 0; j < COUNT(turns); j++)
		for (i = 0; i < COUNT(points); i++)
			round_of(t, points[i], turns[j]);
	if (!spawn(t, NULL, 0))
		bail("it does not come back");
	is_int(audit(t), 0, "in the end all %zu are there", t->n);
	ok(t->n > 10, "and they are some");
	dev_dial_tcp(&t->dev[0]);
	is_int(advance(t, &t->dev[0]), 0, "under one head");
	test_signed(t, &t->dev[0]);
	reap(t, true);
	for (i = 0; i < PEOPLE; i++)
		if (t->dev[i].name[0])
			dev_free(&t->dev[i]);
	desk_close(&t->w);
	free(t->seen);
	free(t->dev);
	free(t);
	return done();
}

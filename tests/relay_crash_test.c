/* SPDX-License-Identifier: ISC */
/*
 * kill -9 at every point around keep and say (T40): a relay in a process of
 * its own dies, comes back and dies again while two devices write. Whatever it
 * acknowledged is there, once, under the number it said. floor: relay
 * limit: 600
 */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"
#include "relay_help.h"

#define IDS 200
#define BATCH 6
#define REQ 100000              /* apart from those of dev_ask */

static const uint8_t one[WIRE_ID] = {1}, key0[KEY_SIZE] = {10};
static const char *const points[] = {
	"relay-before", "relay-within", "relay-committed", "relay-kept",
	"relay-said",
};

struct run {
	struct desk w;
	pid_t pid;
	uint64_t number[IDS + 1];       /* acknowledged; 0: not yet */
	unsigned next, crashes, deaths[COUNT(points)];
	uint8_t blob[20000];
	struct msg_blob_put put;
	uint8_t cap[KEY_SIZE];
	uint64_t have;
};

static void
child(struct run *t, int out)
{
	uint16_t port;
	char *why;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	t->w.loop = loop_new(&t->w.clock, &rng_system);
	desk_start(&t->w);
	if (relay_listen(t->w.relay, &why) != 0)
		_exit(1);
	port = relay_port(t->w.relay);
	if (write(out, &port, sizeof(port)) != sizeof(port))
		_exit(1);
	for (;;)
		relay_turn(t->w.relay, relay_wait(t->w.relay));
}

/* False: it died before it listened. */
static bool
spawn(struct run *t, const char *point, unsigned turn)
{
	char text[16];
	int fd[2];
	bool up;

	if (point) {
		(void)snprintf(text, sizeof(text), "%u", turn);
		(void)setenv("TACET_CRASH", point, 1);
		(void)setenv("TACET_CRASH_TURN", text, 1);
	} else {
		(void)unsetenv("TACET_CRASH");
	}
	if (pipe(fd) != 0)
		bail("pipe");
	fflush(stdout);
	t->pid = fork();
	if (t->pid == 0) {
		(void)close(fd[0]);
		child(t, fd[1]);
	}
	(void)close(fd[1]);
	up = read(fd[0], &t->w.far_port, sizeof(t->w.far_port)) ==
	    sizeof(t->w.far_port);
	(void)close(fd[0]);
	return up;
}

static void
reap(struct run *t, bool kill_it)
{
	int status = 0;

	if (kill_it)
		(void)kill(t->pid, SIGKILL);
	if (waitpid(t->pid, &status, 0) != t->pid || !WIFSIGNALED(status) ||
	    WTERMSIG(status) != SIGKILL)
		bail("the relay ended by itself: status %d", status);
}

static void
send_id(struct dev *d, unsigned id)
{
	struct msg m = {.code = MSG_log_append};
	char text[32];

	(void)snprintf(text, sizeof(text), "message %u", id);
	m.log_append.req = REQ + id;
	memcpy(m.log_append.log, one, WIRE_ID);
	memset(m.log_append.id, (int)id, WIRE_ID);
	m.log_append.entry = bytes_of(text, strlen(text));
	dev_send(d, &m);
}

static bool
take_answers(struct run *t, struct dev *d)
{
	const struct msg *m;
	bool good = true;
	uint32_t id;

	while ((m = dev_next(d, MSG_done))) {
		id = m->done.req - REQ;
		if (m->done.req <= REQ || id > IDS)
			continue;
		good = good && (t->number[id] == 0 ||
		    t->number[id] == m->done.number);
		t->number[id] = m->done.number;
	}
	return good;
}

/* The whole log against what was acknowledged. */
static unsigned
audit(struct run *t, struct dev *d)
{
	unsigned copies[IDS + 1] = {0}, wrong = 0, id;
	const struct msg *m;
	uint64_t number = 0;
	int64_t end = clock_mono(&clock_system) + 5000;

	dev_clear(d);
	if (dev_open(d, one, key0, 0, 1) != 0)
		return 1000;
	while (d->link && dev_count(d, MSG_log_end) == 0 &&
	    clock_mono(&clock_system) < end)
		desk_turn(&t->w);
	while ((m = dev_next(d, MSG_entry))) {
		id = m->entry.id[0];
		wrong += m->entry.number != ++number;
		wrong += id == 0 || id > IDS || copies[id]++ > 0;
		wrong += t->number[id] != 0 &&
		    t->number[id] != m->entry.number;
	}
	for (id = 1; id <= IDS; id++)
		wrong += t->number[id] != 0 && copies[id] != 1;
	return wrong;
}

/* Parts of a blob go up beside the messages and survive in order. */
static void
upload(struct run *t, struct dev *d)
{
	struct msg m = {.code = MSG_blob_data};
	const struct msg *a;
	size_t n = sizeof(t->blob) - (size_t)t->have;

	if (n == 0)
		return;
	memcpy(m.blob_data.id, t->put.id, WIRE_KEY);
	m.blob_data.offset = t->have;
	m.blob_data.data = bytes_of(t->blob + t->have, n < 900 ? n : 900);
	if (dev_ask(d, &m, &a) == 0)
		t->have = a->done.number;
}

static void
write_until_dead(struct run *t, struct dev *a, struct dev *b)
{
	unsigned id, sent;

	while (a->link && b->link && t->next <= IDS) {
		for (id = t->next, sent = 0; id <= IDS && sent < BATCH; id++)
			if (t->number[id] == 0) {
				send_id(sent++ % 2 ? a : b, id);
			}
		upload(t, a);
		desk_turn(&t->w);
		if (!take_answers(t, a) || !take_answers(t, b))
			bail("one id has two numbers");
		while (t->next <= IDS && t->number[t->next] != 0)
			t->next++;
	}
}

static bool
come_back(struct run *t, struct dev *d)
{
	struct msg put = {.code = MSG_blob_put};
	const struct msg *m;

	d->seen = 0;
	dev_dial_tcp(d);
	if (!d->link || dev_enrol(d, bytes_of(NULL, 0)) != 0)
		return false;
	put.blob_put = t->put;
	if (strcmp(d->name, "alice") == 0) {
		if (dev_create(d, one, key0) != 0 ||
		    dev_ask(d, &put, &m) != 0)
			return false;
		if (m->done.number < t->have)
			bail("the blob shrank (T40)");
		t->have = m->done.number;
	}
	return dev_open(d, one, key0, 0, UINT64_MAX) == 0;
}

static unsigned
round_of(struct run *t, struct dev *a, struct dev *b, const char *point,
    unsigned turn)
{
	unsigned wrong = 0;
	bool up = spawn(t, point, turn);

	if (up && come_back(t, a)) {
		wrong = audit(t, a);
		if (a->link && come_back(t, b))
			write_until_dead(t, a, b);
		if (!a->link || !b->link)
			wrong = wrong == 1000 ? 0 : wrong;
	}
	(void)take_answers(t, a);
	(void)take_answers(t, b);
	reap(t, up && a->link && b->link);
	dev_hang(a);
	dev_hang(b);
	return wrong;
}

static void
finish(struct run *t, struct dev *a, struct dev *b)
{
	struct msg get = {.code = MSG_blob_get};
	const struct msg *m;
	unsigned id, missing = 0;

	if (!spawn(t, NULL, 0) || !come_back(t, a) || !come_back(t, b))
		bail("it does not come back");
	write_until_dead(t, a, b);
	while (a->link && t->have < sizeof(t->blob))
		upload(t, a);
	for (id = 1; id <= IDS; id++)
		missing += t->number[id] == 0;
	is_int(missing, 0, "all %d messages are acknowledged", IDS);
	is_int(audit(t, a), 0, "each is there once, under its "
	    "number (T40)");
	memcpy(get.blob_get.read, t->cap, KEY_SIZE);
	get.blob_get.length = sizeof(t->blob);
	is_int(dev_ask(a, &get, &m), 0, "the blob is whole");
	ok(bytes_same(m->blob_part.data, bytes_of(t->blob, sizeof(t->blob))),
	    "and every byte of it");
	dev_hang(a);
	dev_hang(b);
	reap(t, true);
}

int
main(void)
{
	static const unsigned turns[] = {2, 4, 9, 14};
	struct run *t = mem_alloc(sizeof(*t));
	struct bytes cap = bytes_of(t->cap, KEY_SIZE);
	struct dev a, b;
	size_t i, j;

	desk_open(&t->w, "sqlite", "rate", "1000000", "burst", "1000000", NULL);
	if (dh_public(keys_transport(t->w.relay->keys), t->w.far_key) != 0)
		bail("no key");
	desk_stop(&t->w);
	rng_fill(&rng_system, t->blob, sizeof(t->blob));
	rng_fill(&rng_system, t->cap, sizeof(t->cap));
	hash_label("blob", &cap, 1, t->put.id);
	t->put.size = sizeof(t->blob);
	t->next = 1;
	dev_init(&a, &t->w, "alice");
	dev_init(&b, &t->w, "bob");
	for (j = 0; j < COUNT(turns); j++)
		for (i = 0; i < COUNT(points); i++)
			is_int(round_of(t, &a, &b, points[i], turns[j]), 0,
			    "killed at %s, turn %u (T40)", points[i],
			    turns[j]);
	note("%u of %d acknowledged on the way", t->next - 1, IDS);
	finish(t, &a, &b);
	dev_free(&a);
	dev_free(&b);
	desk_close(&t->w);
	free(t);
	return done();
}

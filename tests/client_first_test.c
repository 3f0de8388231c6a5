/* SPDX-License-Identifier: ISC */
/*
 * The first run and the passphrase (floor: all): each refusal has its sentence
 * and can be followed by another try; locking takes secrets and texts out of
 * memory (T87), wrong passphrases cost time (T88), one process per store (T49).
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pair.h"
#include "tap.h"

static bool
init_settled(void *arg)
{
	return client_init_state(arg, NULL) != 1;
}

static int
init_result(struct pair *w, size_t i, char **why)
{
	if (!pair_until(w, init_settled, w->who[i].c))
		bail("no answer to the first run");
	free(*why);
	return client_init_state(w->who[i].c, why);
}

static bool
says(const char *why, const char *words)
{
	if (why == NULL || strstr(why, words) == NULL) {
		note("said: %s", why != NULL ? why : "nothing");
		return false;
	}
	return true;
}

static void
relay_invite_only(struct pair *w, bool only)
{
	char *why = NULL;

	if (options_set(&w->desk.options, "registration",
	    only ? "invite" : "open", &why) != 0)
		bail("%s", why);
	relay_reload(w->desk.relay);
}

static int
init_with(struct pair *w, size_t i, const char *name, const char *pass,
    const struct address *a, char **why)
{
	free(*why);
	*why = NULL;
	return client_init(w->who[i].c, name, bytes_of(pass, strlen(pass)), a,
	    why);
}

static void
test_refusals(struct pair *w)
{
	size_t b = pair_new(w, "bob");
	struct client *c = w->who[b].c;
	struct address a = pair_address(w), bare = a;
	char *why = NULL;

	ok(client_fresh(c) && !client_locked(c), "a fresh folder");
	is_int(client_screen(c)->view, VIEW_first, "shows the welcome");
	is_int(init_with(w, b, "Bob!", PAIR_PASS, &a, &why), ERR_INPUT,
	    "a name that isn't one");
	ok(says(why, "a-z"), "and what one is");
	is_int(init_with(w, b, "bob", "short", &a, &why), ERR_INPUT,
	    "a short passphrase");
	ok(says(why, "8 characters"), "and how long it must be");
	bare.pinned = false;
	is_int(init_with(w, b, "bob", PAIR_PASS, &bare, &why), ERR_PIN,
	    "an address without a key");
	ok(says(why, "whole line"), "and where to get it");
	is_int(init_with(w, b, "alice", PAIR_PASS, &a, &why), 0, "under way");
	is_int(init_result(w, b, &why), ERR_EXISTS, "a name that is taken");
	ok(says(why, "taken") && says(why, "alice2"), "and another to try");
	ok(client_fresh(c), "still a first run");
	pair_stop(w, b);
	pair_start(w, b);
	c = w->who[b].c;
	(void)init_result(w, b, &why);
	relay_invite_only(w, true);
	is_int(init_with(w, b, "bob", PAIR_PASS, &a, &why), 0, "again");
	is_int(init_result(w, b, &why), ERR_INVITE, "no invite");
	ok(says(why, "tacetd invite"), "and who has one");
	a.invited = true;
	rng_fill(&rng_system, a.invite, INVITE_SIZE);
	is_int(init_with(w, b, "bob", PAIR_PASS, &a, &why), 0, "again");
	is_int(init_result(w, b, &why), ERR_INVITE, "an invite of no relay");
	if (invites_new(w->desk.relay, 60000, a.invite) != 0)
		bail("no invite");
	is_int(init_with(w, b, "bob", PAIR_PASS, &a, &why), 0, "again");
	is_int(init_result(w, b, &why), 0, "a good one: registered");
	ok(pair_online(w, b, ONLINE_ON), "and online");
	is_int(init_with(w, b, "bob2", PAIR_PASS, &a, &why), ERR_EXISTS,
	    "not twice");
	free(why);
	why = NULL;
	b = pair_new(w, "d");
	is_int(init_with(w, b, "dave", PAIR_PASS, &a, &why), 0, "somebody else");
	is_int(init_result(w, b, &why), ERR_INVITE, "finds the invite used");
	relay_invite_only(w, false);
	free(why);
	pair_stop(w, b);
}

/* The answer of the relay is lost: the next connection finds out. */
static void
test_lost_answer(struct pair *w)
{
	size_t i = pair_new(w, "lost");
	char *why = NULL;
	int turns;

	if (pair_init(w, i, "lost", &why) != 0)
		bail("%s", why);
	for (turns = 0; turns < 40 &&
	    client_init_state(w->who[i].c, NULL) == 1; turns++) {
		pair_turn(w, 5);
		pair_kill(w, i);
		pair_start(w, i);
		for (int k = 0; k < turns && k < 12; k++)
			pair_turn(w, 5);
	}
	ok(pair_online(w, i, ONLINE_ON), "killed all the way, registered in "
	    "the end (%d kills)", turns);
	is_str(client_name(w->who[i].c), "lost", "under the name");
	pair_stop(w, i);
}

static void
test_lock(struct pair *w, size_t a)
{
	struct client *c = w->who[a].c;
	struct screen *s = client_screen(c);
	int i, err = 0;

	s->talk = pair_talk(w, a, "bob")->row;
	if (edit_insert(&s->edit, "a draft", 7) != 0)
		bail("edit");
	client_lock(c);
	ok(client_locked(c), "locked");
	is_int(client_talks(c), 0, "no conversation is left in memory");
	is_int(client_people(c), 0, "nobody");
	is_str(s->edit.s, "", "no draft");
	ok(client_online(c) != ONLINE_ON, "not online");
	is_int(client_unlock(c, bytes_of("wrong", 5)), ERR_PASS, "wrong");
	is_int(client_unlock(c, bytes_of("wrong", 5)), ERR_PASS, "wrong");
	is_int(client_unlock(c, bytes_of("wrong", 5)), ERR_PASS, "wrong");
	is_int(client_unlock(c, PAIR_PASS_BYTES),
	    ERR_RATE, "then one has to wait (T88)");
	for (i = 0; i < 5; i++) {
		w->desk.mono_skew += 1000;
		err = client_unlock(c, bytes_of("wrong", 5));
	}
	is_int(err, ERR_RATE, "longer each time");
	w->desk.mono_skew += 120000;
	is_int(client_unlock(c, PAIR_PASS_BYTES), 0,
	    "the right one opens");
	is_str(pair_talk(w, a, "bob")->draft, "a draft", "the draft was kept");
	ok(pair_message(w, a, "bob", "before the lock") != NULL,
	    "so were the messages");
	ok(pair_online(w, a, ONLINE_ON), "and it goes online again");
}

/* While locked, messages wait; while locked, none of them can be sent. */
static void
test_locked_away(struct pair *w, size_t a, size_t b)
{
	uint8_t id[WIRE_ID];
	char *why = NULL;

	client_lock(w->who[a].c);
	pair_send(w, b, "alice", "for later");
	ok(pair_ladder(w, b, "alice", "for later", LADDER_RELAY),
	    "alice is locked: the relay keeps it");
	is_int(client_add(w->who[a].c, "carol", NULL, &why), ERR_LOCKED,
	    "nothing can be done");
	free(why);
	(void)id;
	if (client_unlock(w->who[a].c, PAIR_PASS_BYTES) != 0)
		bail("unlock");
	ok(pair_ladder(w, b, "alice", "for later", LADDER_DEVICE),
	    "unlocked, it arrives");
}

/* How often a text stands in the writable memory of this process; it is given
 * masked, so that looking for it doesn't make a copy. */
static unsigned
in_memory(const uint8_t *masked, size_t n)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	FILE *mem = fopen("/proc/self/mem", "r");
	static uint8_t chunk[1 << 16];
	unsigned long from, to, at;
	unsigned hits = 0;
	char line[512], mode[8];
	size_t got, i, k;

	if (maps == NULL || mem == NULL)
		bail("no /proc");
	setvbuf(mem, NULL, _IONBF, 0);
	while (fgets(line, sizeof(line), maps) != NULL) {
		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) != 3 ||
		    mode[1] != 'w' || to - from > (1ul << 30))
			continue;
		for (at = from; at < to; at += sizeof(chunk) - 64) {
			if (fseek(mem, (long)at, SEEK_SET) != 0)
				break;
			got = fread(chunk, 1, to - at < sizeof(chunk) ?
			    to - at : sizeof(chunk), mem);
			if (got == 0)
				break;
			for (i = 0; i + n <= got; i++) {
				for (k = 0; k < n && (chunk[i + k] ^ 0xa5) ==
				    masked[k]; k++)
					;
				hits += k == n;
			}
		}
	}
	fclose(maps);
	fclose(mem);
	memset(chunk, 0, sizeof(chunk));
	return hits;
}

static void
test_memory(struct pair *w, size_t a, size_t b)
{
	uint8_t masked[24];
	char text[25] = {0};
	struct screen *s = client_screen(w->who[a].c);
	size_t i;

	pair_stop(w, b);
	rng_fill(&rng_system, masked, sizeof(masked));
	for (i = 0; i < sizeof(masked); i++)
		masked[i] = (uint8_t)('a' + masked[i] % 26) ^ 0xa5;
	for (i = 0; i < sizeof(masked); i++)
		text[i] = (char)(masked[i] ^ 0xa5);
	pair_send(w, a, "bob", text);
	if (!pair_ladder(w, a, "bob", text, LADDER_RELAY) ||
	    edit_insert(&s->edit, text, sizeof(masked)) != 0)
		bail("not sent");
	edit_push(&s->edit);
	pair_stop(w, a);
	pair_start(w, a);
	client_hint(w->who[a].c, false, "%s", text);
	if (pair_message(w, a, "bob", text) == NULL)
		bail("not loaded");
	mem_wipe(text, sizeof(text));
	ok(in_memory(masked, sizeof(masked)) > 0, "unlocked, a message is in "
	    "memory");
	client_lock(w->who[a].c);
	is_int(in_memory(masked, sizeof(masked)), 0, "locked, it is nowhere "
	    "(T87)");
	if (client_unlock(w->who[a].c, PAIR_PASS_BYTES) != 0)
		bail("unlock");
	pair_start(w, b);
}

static void
test_two(struct pair *w, size_t a)
{
	struct client_setup s = {.loop = w->desk.loop,
	    .profile = w->who[a].dir, .log = &w->who[a].log};
	struct client *second = NULL;
	char *why = NULL, pid[32];

	is_int(client_open(&second, &s, &why), ERR_BUSY, "a second client on "
	    "the store is refused (T49)");
	snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
	ok(says(why, pid), "and the holder named");
	is_int(client_holder(w->who[a].dir), getpid(), "by its pid");
	free(why);
	why = NULL;
	pair_stop(w, a);
	if (chmod(w->who[a].dir, 0755) != 0)
		bail("chmod");
	is_int(client_open(&second, &s, &why), ERR_DENIED,
	    "a folder that others can read is refused (T84)");
	ok(says(why, "chmod 700"), "with what to do");
	free(why);
	if (chmod(w->who[a].dir, 0700) != 0)
		bail("chmod");
	pair_start(w, a);
}

static void
test_settings(struct pair *w, size_t a)
{
	is_int(client_set(w->who[a].c, "theme", "dark"), 0, "a setting");
	is_int(client_set(w->who[a].c, "other", "x"), 0, "another");
	is_int(client_set(w->who[a].c, "other", NULL), 0, "taken away");
	pair_stop(w, a);
	pair_start(w, a);
	is_str(client_setting(w->who[a].c, "theme"), "dark", "is kept");
	is_str(client_setting(w->who[a].c, "other"), NULL, "is gone");
}

int
main(void)
{
	struct pair w;
	size_t a, b;

	pair_open(&w);
	a = pair_join(&w, "alice");
	test_refusals(&w);
	b = 1;
	pair_friends(&w, a, b);
	pair_send(&w, a, "bob", "before the lock");
	test_lost_answer(&w);
	test_lock(&w, a);
	test_locked_away(&w, a, b);
	test_memory(&w, a, b);
	test_two(&w, a);
	test_settings(&w, a);
	pair_close(&w);
	return done();
}

/* SPDX-License-Identifier: ISC */
/* See booth.h. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "booth.h"
#include "tap.h"

#define WAIT_MS 20000

void
booth_turn(struct booth *s, int ms)
{
	pair_turn(&s->w, ms);
	tty_hear(&s->p, 0);
}

bool
booth_await(struct booth *s, const char *text)
{
	int64_t end = clock_mono(&clock_system) + WAIT_MS;

	while (!tty_shows(&s->p, text)) {
		if (clock_mono(&clock_system) > end || !tty_runs(&s->p))
			return false;
		booth_turn(s, 5);
	}
	return true;
}

bool
booth_gone(struct booth *s)
{
	int64_t end = clock_mono(&clock_system) + WAIT_MS;

	while (tty_runs(&s->p) && clock_mono(&clock_system) < end)
		booth_turn(s, 5);
	tty_hear(&s->p, 20);
	return !tty_runs(&s->p);
}

void
booth_run_as(struct booth *s, const char *term, const char *const *before)
{
	char *program = path_join(getenv("TACET_BIN"), "tacet");
	char *setting = mem_format("TERM=%s", term);
	/* leaks: curses never frees the tables that it reads */
	const char *env[] = {setting, s->data, s->config, "LC_ALL=C.UTF-8",
	    "TMUX=", "ASAN_OPTIONS=detect_leaks=0", NULL};
	const char *argv[BOOTH_WORDS];
	size_t n = 0;

	while (before != NULL && before[n] != NULL && n < BOOTH_WORDS - 4) {
		argv[n] = before[n];
		n++;
	}
	argv[n++] = program;
	argv[n++] = "--profile";
	argv[n++] = "alice";
	argv[n] = NULL;
	buf_clear(&s->p.raw);
	tty_run(&s->p, argv, env);
	free(program);
	free(setting);
}

void
booth_run(struct booth *s, const char *term)
{
	booth_run_as(s, term, NULL);
}

/* Past the passphrase and into the conversation. */
void
booth_talk(struct booth *s)
{
	if (!booth_await(s, "passphrase:"))
		bail("no passphrase is asked for");
	tty_type(&s->p, PAIR_PASS "\r");
	if (!booth_await(s, "online"))
		bail("alice is not online");
	tty_type(&s->p, "/talk bob\r");
	if (!booth_await(s, "bob>"))
		bail("no conversation");
}

void
booth_enter(struct booth *s)
{
	booth_run(s, "xterm-256color");
	booth_talk(s);
}

/* alice's profile moves to where the program looks for it. */
void
booth_begin(struct booth *s)
{
	const char *dir;
	char *cmd, *to;

	memset(s, 0, sizeof(*s));
	if (getenv("TACET_BIN") == NULL)
		bail("TACET_BIN is not set");
	pair_open(&s->w);
	s->alice = pair_join(&s->w, "alice");
	s->bob = pair_join(&s->w, "bob");
	pair_friends(&s->w, s->alice, s->bob);
	pair_quiet(&s->w);
	pair_stop(&s->w, s->alice);
	dir = s->w.desk.dir;
	snprintf(s->data, sizeof(s->data), "XDG_DATA_HOME=%s/share", dir);
	snprintf(s->config, sizeof(s->config), "XDG_CONFIG_HOME=%s/etc", dir);
	snprintf(s->out, sizeof(s->out), "%s/told", dir);
	to = mem_format("%s/share/tacet/alice", dir);
	cmd = mem_format("umask 077; mkdir -p %s/share/tacet %s/etc/tacet && "
	    "mv %s %s && printf '#!/bin/sh\\necho $# >>%s.n; cat >>%s\\n' "
	    ">%s/tell && chmod 700 %s/tell && printf 'notify full\\nbell both\\n"
	    "notify-command %s/tell\\n' >%s/etc/tacet/tacet.conf", dir, dir,
	    s->w.who[s->alice].dir, to, s->out, s->out, dir, dir, dir, dir);
	if (system(cmd) != 0)
		bail("%s", cmd);
	free(cmd);
	free(s->w.who[s->alice].dir);
	s->w.who[s->alice].dir = to;
	tty_open(&s->p, 80, 24);
}

bool
booth_say(struct booth *s, const void *text, size_t n)
{
	struct talk *t = pair_talk(&s->w, s->bob, "alice");
	uint8_t id[WIRE_ID];
	char *why = NULL;
	int err;

	if (t == NULL)
		bail("bob has no talk");
	err = client_send(s->w.who[s->bob].c, t, text, n, id, &why);
	free(why);
	return err == 0;
}

/* Everything bob said stands on the screen, or stood there. */
void
booth_settle(struct booth *s)
{
	char mark[32];
	int64_t end;

	snprintf(mark, sizeof(mark), "mark %u", ++s->round);
	(void)booth_say(s, mark, strlen(mark));
	end = clock_mono(&clock_system) + WAIT_MS;
	if (!s->elsewhere && !booth_await(s, mark))
		bail("%s never showed", mark);
	while (s->elsewhere && (s->p.raw.n == 0 || !memmem(s->p.raw.p,
	    s->p.raw.n, mark, strlen(mark)))) {
		if (clock_mono(&clock_system) > end || !tty_runs(&s->p))
			bail("%s was never told", mark);
		booth_turn(s, 5);
	}
}

void
booth_end(struct booth *s)
{
	tty_close(&s->p);
	pair_close(&s->w);
}

/* SPDX-License-Identifier: ISC */
/*
 * malrelay DIR [OPTION VALUE] ... : a relay that cheats. It prints its address,
 * then answers each line of standard input: a rule of mal.h, `clear',
 * `invite' (an address with a fresh invite), `played N' or `free NAME' (whoever
 * registers next may have the name). About its directory it lies by
 * `fork directory for NAME' (who is shown another one, with a leaf more) and
 * `rewind directory by N' (to all, without the last N leaves); both end its
 * rules, and `clear' ends them. Ends with its input.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ident_make.h"
#include "liar.h"
#include "mal.h"

struct cheat {
	struct relay *relay;
	struct mal mal;         /* not while it lies: both take the same hooks */
	struct liar liar;
	bool lies;
	char victim[NAME_LEN + 1];
};

static void
honest(struct cheat *c)
{
	if (c->lies)
		liar_close(&c->liar);
	else
		mal_close(&c->mal);
	c->lies = false;
	mal_open(&c->mal, c->relay);
}

/* The leaf of somebody who has never registered */
static void
invent(struct liar *l)
{
	struct who *mallory = mem_alloc(sizeof(*mallory));

	who_make(mallory, 666, "mallory", 1);
	liar_leaf(l, &mallory->record);
	who_free(mallory);
	free(mallory);
}

/* False: the line is about something else. */
static bool
lie(struct cheat *c, const char *line)
{
	unsigned by = 0;
	char name[NAME_LEN + 1] = "";
	bool fork = sscanf(line, "fork directory for %32s", name) == 1;

	if (!fork && sscanf(line, "rewind directory by %u", &by) != 1)
		return false;
	honest(c);
	mal_close(&c->mal);
	liar_open(&c->liar, c->relay);
	c->lies = true;
	memcpy(c->victim, name, sizeof(name));
	c->liar.victim = fork ? c->victim : NULL;
	if (fork)
		invent(&c->liar);
	c->liar.n -= by < c->liar.n ? by : c->liar.n - 1;
	liar_tell(&c->liar);
	return true;
}

static int
answer(struct cheat *c, const char *line)
{
	struct mal *m = &c->mal;
	struct address a = c->relay->address;
	char text[ADDRESS_TEXT];
	const char *why = "";
	int err = 0;

	(void)snprintf(a.host, sizeof(a.host), "127.0.0.1");
	a.port = relay_port(c->relay);
	if (strcmp(line, "invite") == 0 || strcmp(line, "address") == 0) {
		a.invited = strcmp(line, "invite") == 0;
		if (a.invited)
			err = invites_new(c->relay, 86400000, a.invite);
		address_put(&a, a.invited, text);
		return printf("%s\n", err == 0 ? text : err_text(err));
	}
	if (strncmp(line, "played ", 7) == 0)
		return printf("%u\n", mal_played(m,
		    strtoull(line + 7, NULL, 10)));
	if (strncmp(line, "free ", 5) == 0) {
		struct key k = key_of(line + 5, strlen(line + 5));

		err = store_del(c->relay->store, TABLE_name, key_view(&k));
		return printf("%s\n", err == 0 ? "ok" : err_text(err));
	}
	if (lie(c, line))
		return printf("ok\n");
	if (strcmp(line, "clear") == 0) {
		honest(c);
		return printf("ok\n");
	}
	if (c->lies)
		honest(c);
	err = mal_line(m, line, &why);
	return err == 0 ? printf("ok %zu\n", m->rules - (m->rules > 0)) :
	    printf("no: %s\n", why);
}

/* False: the input has ended. */
static bool
listen_to(struct cheat *m, struct buf *in)
{
	uint8_t part[4096];
	ssize_t n = read(STDIN_FILENO, part, sizeof(part));
	char *line, *end;

	if (n == 0)
		return false;
	if (n > 0)
		buf_put(in, part, (size_t)n);
	buf_u8(in, 0);
	line = (char *)in->p;
	while ((end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		if (answer(m, line) < 0)
			return false;
		line = end + 1;
	}
	n = (ssize_t)strlen(line);
	memmove(in->p, line, (size_t)n);
	in->n = (size_t)n;
	return fflush(stdout) == 0;
}

static int
run(struct relay *r)
{
	struct buf in = {0};
	struct cheat *c = mem_alloc(sizeof(*c));

	c->relay = r;
	mal_open(&c->mal, r);
	if (answer(c, "address") > 0 && fflush(stdout) == 0)
		while (listen_to(c, &in))
			relay_turn(r, relay_wait(r) == 0 ? 0 : 20);
	honest(c);
	mal_close(&c->mal);
	free(c);
	buf_free(&in);
	return 0;
}

int
main(int argc, char **argv)
{
	struct relay_setup setup = {.loop = NULL};
	struct options o;
	char *why = NULL;
	int i, err;

	if (argc < 2 || seal_start() != 0) {
		(void)fprintf(stderr, "usage: malrelay DIR [OPTION VALUE]\n");
		return 2;
	}
	options_init(&o, relay_option, relay_options);
	err = options_set(&o, "metrics", "off", &why);
	if (err == 0)
		err = options_set(&o, "listen", "127.0.0.1", &why);
	if (err == 0)
		err = options_set(&o, "port", "0", &why);
	for (i = 2; i + 1 < argc && err == 0; i += 2)
		err = options_set(&o, argv[i], argv[i + 1], &why);
	setup.loop = loop_new(&clock_system, &rng_system);
	setup.options = &o;
	setup.data = argv[1];
	if (err == 0) {
		struct relay *r = NULL;

		err = relay_new(&r, &setup, &why);
		if (err == 0)
			err = relay_listen(r, &why);
		if (err == 0 && fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK) == 0)
			err = run(r);
		relay_free(r);
	}
	if (err != 0)
		(void)fprintf(stderr, "malrelay: %s\n", why != NULL ? why :
		    err_text(err));
	(void)loop_hear(setup.loop, 0);
	loop_free(setup.loop);
	options_free(&o);
	free(why);
	return err != 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * malrelay DIR [OPTION VALUE] ... : a relay that cheats. It prints its address,
 * then answers each line of standard input: a rule of mal.h, `clear',
 * `invite' (an address with a fresh invite), `played N' or `free NAME' (whoever
 * registers next may have the name). Ends with its input.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mal.h"

static int
answer(struct mal *m, const char *line)
{
	struct address a = m->relay->address;
	char text[ADDRESS_TEXT];
	const char *why = "";
	int err = 0;

	(void)snprintf(a.host, sizeof(a.host), "127.0.0.1");
	a.port = relay_port(m->relay);
	if (strcmp(line, "invite") == 0 || strcmp(line, "address") == 0) {
		a.invited = strcmp(line, "invite") == 0;
		if (a.invited)
			err = invites_new(m->relay, 86400000, a.invite);
		address_put(&a, a.invited, text);
		return printf("%s\n", err == 0 ? text : err_text(err));
	}
	if (strncmp(line, "played ", 7) == 0)
		return printf("%u\n", mal_played(m,
		    strtoull(line + 7, NULL, 10)));
	if (strncmp(line, "free ", 5) == 0) {
		struct key k = key_of(line + 5, strlen(line + 5));

		err = store_del(m->relay->store, TABLE_name, key_view(&k));
		return printf("%s\n", err == 0 ? "ok" : err_text(err));
	}
	err = mal_line(m, line, &why);
	return err == 0 ? printf("ok %zu\n", m->rules - (m->rules > 0)) :
	    printf("no: %s\n", why);
}

/* False: the input has ended. */
static bool
listen_to(struct mal *m, struct buf *in)
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
	struct mal m;

	mal_open(&m, r);
	if (answer(&m, "address") > 0 && fflush(stdout) == 0)
		while (listen_to(&m, &in))
			relay_turn(r, relay_wait(r) == 0 ? 0 : 20);
	mal_close(&m);
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

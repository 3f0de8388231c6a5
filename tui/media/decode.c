/* SPDX-License-Identifier: ISC */
/*
 * The role decode: takes pictures, films and sound apart, and makes films. It
 * closes itself in before it reads the first byte: no files, no network, no
 * memory without end. What the client says that makes no sense ends it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "codec.h"

#define MEMORY (256u << 20)     /* bytes, besides what the program has */
#define SOCKET (4 << 20)        /* asked for; the kernel gives less */

struct decode {
	struct port client, peer;
	struct cutter *cutter;
	struct unpack *unpack;
};

static void
decode_fail(struct decode *d, enum media_fail why, const char *words)
{
	struct packet m = {.code = PACKET_fail};

	m.fail.why = (uint8_t)why;
	m.fail.text = bytes_of(words, strlen(words));
	port_put(&d->client, &m);
}

static int
decode_make(struct decode *d, const struct packet_make *m)
{
	if (d->cutter)
		return ERR_STATE;
	d->cutter = cutter_new(&d->client, m);
	return 0;
}

static int
decode_want(struct decode *d, uint32_t number)
{
	if (!d->cutter)
		return 0;       /* it has failed, and that was said */
	if (!cutter_want(d->cutter, number)) {
		cutter_free(d->cutter);
		d->cutter = NULL;
	}
	/* what is made leaves before more is made */
	return port_flush(&d->client);
}

static int
decode_hear(struct decode *d, const struct packet *m)
{
	switch (m->code) {
	case PACKET_make:
		return decode_make(d, &m->make);
	case PACKET_want:
		return decode_want(d, m->want.number);
	case PACKET_play:
		return unpack_play(d->unpack, &m->play);
	case PACKET_flush:
		unpack_flush(d->unpack, &m->flush);
		return 0;
	case PACKET_over:
		unpack_over(d->unpack, &m->over);
		return 0;
	}
	return ERR_RULE;
}

/* All that has come; ERR_NET when the client is gone. */
static int
decode_think(struct decode *d)
{
	struct packet m;
	int err;

	while ((err = port_next(&d->client, &m)) == 0) {
		err = decode_hear(d, &m);
		if (err != 0)
			break;
	}
	if (err != 0 && err != ERR_SHORT && err != ERR_NET) {
		decode_fail(d, MEDIA_FAIL_INSIDE, err_text(err));
		(void)port_flush(&d->client);   /* it ends in any case */
	}
	return err == ERR_SHORT ? 0 : err;
}

static int
decode_turn(struct decode *d)
{
	struct pollfd fd[] = {
		{.fd = d->client.fd, .events = port_wants(&d->client)},
		{.fd = d->peer.fd, .events = port_wants(&d->peer)},
	};
	bool ready = unpack_ready(d->unpack);
	int err = 0;

	if (poll(fd, COUNT(fd), ready ? 0 : -1) < 0 && errno != EINTR)
		return ERR_IO;
	if (fd[1].revents)
		err = port_turn(&d->peer, fd[1].revents);
	if (err == 0 && fd[0].revents)
		err = port_turn(&d->client, fd[0].revents);
	if (err == 0)
		err = decode_think(d);
	if (err == 0 && unpack_ready(d->unpack)) {
		unpack_turn(d->unpack);
		if (port_full(&d->peer))
			err = port_turn(&d->peer, POLLOUT);
	}
	return err;
}

/* In test builds, what a decoder that was taken over would try. */
static void
decode_hook(void)
{
#ifdef TACET_TEST
	const char *what = getenv("TACET_TEST_HOOK");
	char *none[] = {NULL};

	if (!what)
		return;
	if (strcmp(what, "open") == 0)
		(void)open("/etc/passwd", O_RDONLY);
	else if (strcmp(what, "socket") == 0)
		(void)socket(AF_INET, SOCK_STREAM, 0);
	else if (strcmp(what, "exec") == 0)
		(void)execve("/bin/true", none, none);
	else if (strcmp(what, "memory") == 0 && mmap(NULL, 2 * MEMORY,
	    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
	    MAP_FAILED)
		_exit(41);
	else if (strcmp(what, "spin") == 0)
		for (watchdog_set(1); clock() < 3 * CLOCKS_PER_SEC; )
			continue;
	_exit(42);      /* it was let */
#endif
}

static int
decode_jail(void)
{
	if (!defence(decode))
		return 0;
	if (jail_memory(MEMORY) != 0)
		return ERR_IO;
	return jail_close(JAIL_OF_DECODE, NULL, 0) < 0 ? ERR_IO : 0;
}

int
decode_run(void)
{
	struct decode d = {.cutter = NULL};
	int size = SOCKET, err;

	port_open(&d.client, MEDIA_FD_CLIENT, MEDIA_CLIENT, MEDIA_DECODE);
	port_open(&d.peer, MEDIA_FD_PEER, MEDIA_SHOW, MEDIA_DECODE);
	/* larger pieces, fewer turns; it works without */
	(void)setsockopt(MEDIA_FD_PEER, SOL_SOCKET, SO_SNDBUF, &size,
	    sizeof(size));
	if (d.peer.over)
		d.peer.fd = -1;         /* films can be made without */
	if (d.client.over || decode_jail() != 0)
		return 1;
	decode_hook();
	d.unpack = unpack_new(&d.client, &d.peer);
	do {
		err = decode_turn(&d);
	} while (err == 0);
	cutter_free(d.cutter);
	unpack_free(d.unpack);
	port_free(&d.client);
	port_free(&d.peer);
	return err == ERR_NET ? 0 : 1;
}

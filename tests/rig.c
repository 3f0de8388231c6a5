/* SPDX-License-Identifier: ISC */
/*
 * The rig: see rig.h. The clock stands still unless a test turns it, so that a
 * slow machine changes nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig.h"
#include "tap.h"

#define MET_MS 20000

static int64_t
rig_now(void *arg)
{
	return ((struct rig *)arg)->now;
}

void
rig_init(struct rig *r)
{
	memset(r, 0, sizeof(*r));
	if (seal_start() != 0)
		bail("libsodium does not start");
	r->now = 1000000;
	r->clock = (struct clock){rig_now, rig_now, r};
	r->rng = rng_seed(&r->seed, 8223);
	dh_keypair(&r->rng, r->client_public, r->client);
	dh_keypair(&r->rng, r->relay_public, r->relay);
	r->loop = loop_new(&r->clock, &r->rng);
	if (r->loop == NULL)
		bail("no loop");
}

void
rig_free(struct rig *r)
{
	rig_run(r);
	loop_free(r->loop);
}

void
rig_run(struct rig *r)
{
	int i;

	for (i = 0; i < 16; i++)
		(void)loop_hear(r->loop, 0);
}

void
rig_turn(struct rig *r, int64_t ms)
{
	r->now += ms;
	rig_run(r);
}

bool
rig_until(struct rig *r, bool (*met)(void *), void *arg)
{
	int64_t end = clock_mono(&clock_system) + MET_MS;

	while (!met(arg)) {
		if (clock_mono(&clock_system) > end)
			return false;
		(void)loop_hear(r->loop, 10);
	}
	return true;
}

static void
end_open(void *arg, struct link *l)
{
	struct end *e = arg;

	e->opened++;
	e->link = l;
}

static void
end_heard(void *arg, struct link *l, const struct msg *m)
{
	struct end *e = arg;
	int err = msg_put(&e->seen, m);

	(void)l;
	assert(err == 0);
	e->heard++;
	e->last = m->code;
	if (e->also != NULL)
		e->also(e, m);
}

static void
end_closed(void *arg, struct link *l, int err, const char *why)
{
	struct end *e = arg;

	(void)l;
	if (e->inside)
		bail("closed was called from inside a call");
	e->closed++;
	e->err = err;
	snprintf(e->why, sizeof(e->why), "%s", why);
	e->link = NULL;
}

void
end_free(struct end *e)
{
	buf_free(&e->seen);
	memset(e, 0, sizeof(*e));
}

void
rig_close(struct rig *r, struct end *a, struct end *b)
{
	if (a->link != NULL)
		link_close(a->link, ERR_STATE, NULL);
	if (b->link != NULL)
		link_close(b->link, ERR_STATE, NULL);
	rig_run(r);
	end_free(a);
	end_free(b);
}

struct link_setup
rig_setup(struct rig *r, struct end *e, bool client)
{
	return (struct link_setup){
		.loop = r->loop,
		.on = {end_open, end_heard, end_closed},
		.arg = e,
		.secret = client ? r->client : r->relay,
	};
}

void
rig_pair(int fd[static 2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
	    fd) != 0)
		bail("no socket pair: %s", strerror(errno));
}

void
rig_open(struct rig *r, struct end *client, struct end *relay,
    enum noise_cipher cipher)
{
	struct link_setup a = rig_setup(r, client, true);
	struct link_setup b = rig_setup(r, relay, false);
	int fd[2];

	rig_pair(fd);
	a.cipher = cipher;
	client->link = link_over(&a, fd[0], true, r->relay_public);
	relay->link = link_over(&b, fd[1], false, NULL);
	rig_run(r);
	if (client->opened != 1 || relay->opened != 1)
		bail("no link: %s; %s", client->why, relay->why);
}

/* by hand */

void
hand_begin(struct hand *h, struct rig *r, enum noise_cipher cipher,
    struct bytes versions)
{
	static const uint8_t one[] = {WIRE_VERSION};
	uint8_t prologue[96];
	struct noise_setup setup = {.initiator = true, .hfs = true,
	    .cipher = cipher, .s = r->client, .rs = r->relay_public,
	    .rng = &r->rng};
	size_t at;

	memset(h, 0, sizeof(*h));
	h->fd = -1;
	if (versions.n == 0)
		versions = bytes_of(one, 1);
	h->opening[0] = (uint8_t)cipher;
	h->opening[1] = (uint8_t)versions.n;
	memcpy(h->opening + 2, versions.p, versions.n);
	h->opening_n = 2 + versions.n;
	memcpy(prologue, "tacet/transport/1", 17);
	memcpy(prologue + 17, h->opening, h->opening_n);
	setup.prologue = bytes_of(prologue, 17 + h->opening_n);
	if (noise_start(&h->noise, &setup) != 0)
		bail("noise_start");
	buf_put(&h->sent, h->opening, h->opening_n);
	at = h->sent.n;
	buf_u16(&h->sent, 0);
	if (noise_write(&h->noise, bytes_of(NULL, 0), &h->sent) != 0)
		bail("noise_write");
	h->sent.p[at] = (uint8_t)((h->sent.n - at - 2) >> 8);
	h->sent.p[at + 1] = (uint8_t)(h->sent.n - at - 2);
}

int
hand_answer(struct hand *h, struct bytes msg2)
{
	struct buf payload = {0};
	int err = noise_read(&h->noise, msg2, &payload);

	if (err == 0 && (payload.n < 1 || payload.p[0] == 0))
		err = ERR_VERSION;
	if (err == 0)
		err = noise_split(&h->noise, &h->send, &h->recv);
	buf_free(&payload);
	return err;
}

void
hand_record(struct hand *h, struct bytes plain)
{
	size_t n = plain.n + noise_tag(h->send.cipher);
	uint8_t *p;

	buf_u16(&h->sent, (uint16_t)n);
	p = buf_room(&h->sent, n);
	if (p == NULL || noise_seal(&h->send, bytes_of(NULL, 0), plain, p) != 0)
		bail("noise_seal");
}

void
hand_frame(struct buf *b, uint16_t code, struct bytes fields)
{
	buf_u16(b, code);
	buf_u16(b, (uint16_t)fields.n);
	buf_bytes(b, fields);
}

void
hand_write(struct hand *h, struct bytes b)
{
	if (send(h->fd, b.p, b.n, MSG_NOSIGNAL) != (ssize_t)b.n)
		bail("the hand can't write: %s", strerror(errno));
}

size_t
hand_read(int fd, uint8_t *p, size_t n)
{
	size_t at = 0;
	ssize_t r;

	while (at < n && (r = recv(fd, p + at, n - at, MSG_DONTWAIT)) > 0)
		at += (size_t)r;
	return at;
}

bool
hand_eof(int fd)
{
	uint8_t junk[4096];
	ssize_t r;

	while ((r = recv(fd, junk, sizeof(junk), MSG_DONTWAIT)) > 0)
		;
	return r == 0 || errno == ECONNRESET;
}

void
hand_shake(struct hand *h, struct rig *r, enum noise_cipher cipher)
{
	uint8_t in[4096];
	size_t n;
	int fd = h->fd;

	hand_begin(h, r, cipher, bytes_of(NULL, 0));
	h->fd = fd;
	hand_write(h, buf_view(&h->sent));
	buf_clear(&h->sent);
	rig_run(r);
	n = hand_read(h->fd, in, sizeof(in));
	if (n < 3 || hand_answer(h, bytes_of(in + 2, n - 2)) != 0)
		bail("no answer to message 1");
}

void
hand_open(struct hand *h, struct rig *r, struct end *e, enum noise_cipher cipher)
{
	struct link_setup setup = rig_setup(r, e, false);
	int fd[2];

	rig_pair(fd);
	h->fd = fd[0];
	e->link = link_over(&setup, fd[1], false, NULL);
	hand_shake(h, r, cipher);
	hand_record(h, bytes_of(NULL, 0));
	hand_write(h, buf_view(&h->sent));
	rig_run(r);
	buf_clear(&h->sent);
}

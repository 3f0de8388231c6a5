/* SPDX-License-Identifier: ISC */
/* See alone.h. */
#include <stdio.h>
#include <stdlib.h>

#include "alone.h"
#include "tap.h"

#define ALONE_PASS "correct horse"

static void
alone_client(struct alone *a)
{
	struct client_setup s = {.loop = a->loop, .profile = a->folder,
	    .log = &a->log, .pass_mem_kib = 64, .pass_ops = 1};
	char *why = NULL;

	if (client_open(&a->c, &s, &why) != 0)
		bail("%s", why != NULL ? why : "?");
}

void
alone_open(struct alone *a)
{
	struct address nowhere = {.host = "127.0.0.1", .port = 1,
	    .pinned = true};
	const char *tmp = getenv("TMPDIR");
	char *why = NULL;

	memset(a, 0, sizeof(*a));
	snprintf(a->folder, sizeof(a->folder), "%s/tacet-alone-XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	if (seal_start() != 0 || mkdtemp(a->folder) == NULL)
		bail("no folder");
	a->log.fd = -1;
	a->loop = loop_new(&clock_system, &rng_system);
	alone_client(a);
	if (client_init(a->c, "alice", bytes_of(ALONE_PASS,
	    strlen(ALONE_PASS)), &nowhere, &why) != 0)
		bail("%s", why);
}

void
alone_again(struct alone *a)
{
	int err;

	if (client_keep(a->c) != 0)
		bail("not kept");
	client_close(a->c);
	alone_client(a);
	err = client_unlock(a->c, bytes_of(ALONE_PASS, strlen(ALONE_PASS)));
	if (err != 0)
		bail("not unlocked: %s", err_text(err));
}

void
alone_close(struct alone *a)
{
	char *cmd = mem_format("rm -rf '%s'", a->folder);

	client_close(a->c);
	(void)loop_hear(a->loop, 0);
	loop_free(a->loop);
	if (system(cmd) != 0)
		note("%s is left behind", a->folder);
	free(cmd);
}

void
alone_record(const char *name, struct record *r, struct buf *raw,
    uint8_t secret[static SIGN_SECRET])
{
	uint8_t dh[DH_SIZE];

	memset(r, 0, sizeof(*r));
	r->version = 1;
	r->devices = 1;
	r->expires = UINT64_MAX;
	snprintf(r->name, sizeof(r->name), "%s", name);
	sign_keypair(&rng_system, r->device[0].sign, secret);
	dh_keypair(&rng_system, r->device[0].transport, dh);
	sign_keypair(&rng_system, r->account_key, secret);
	if (record_put(r, secret, raw) != 0)
		bail("no record");
}

struct person *
alone_person(struct alone *a, const char *name, enum person_state state)
{
	uint8_t secret[SIGN_SECRET];
	struct buf raw = {0};
	struct record r;
	struct person *p;

	alone_record(name, &r, &raw, secret);
	p = person_add(a->c, &r, buf_view(&raw), state);
	buf_free(&raw);
	return p;
}

/* SPDX-License-Identifier: ISC */
/*
 * What the relay keeps once it serves: its data folder, the folder of its
 * configuration for reading, the sockets that are open, and the calls of
 * syscall.def. One line of the log says how much of this the kernel holds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef TACET_TEST
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#include "relay.h"

#ifdef TACET_TEST
/* What the store does with files over a long life: blobs come, are read and go;
 * the database grows past several checkpoints and shrinks. */
static int
try_store(struct relay *r)
{
	static const uint8_t data[60000] = {1};
	uint8_t id[WIRE_KEY] = {'t', 'r', 'y'};
	struct bytes all = bytes_of(data, sizeof(data));
	struct buf out = {0};
	int err = 0;

	for (id[3] = 1; id[3] <= 100 && !err; id[3]++) {
		err = store_put(r->store, TABLE_meta, bytes_of(id, 4), all);
		if (!err)
			err = store_blob_write(r->store, id, 0, all);
		store_turn(r->store, r->turn++);
	}
	for (id[3] = 1; id[3] <= 100 && !err; id[3]++) {
		buf_clear(&out);
		err = store_blob_read(r->store, id, 1000, 5000, &out);
		if (!err)
			err = store_del(r->store, TABLE_meta, bytes_of(id, 4));
		store_blob_drop(r->store, id);
		store_turn(r->store, r->turn++);
	}
	buf_free(&out);
	if (!err)
		err = store_heal(r->store);
	return err || r->store->sick || r->kept != r->turn - 1 ? -1 : 0;
}

static int
try_open(struct relay *r, const char *name)
{
	char *path = path_join(r->data, name);
	int rc = open(path, O_RDWR | O_CLOEXEC);

	free(path);
	return rc;
}

/* A head of another directory, as large as the one that was signed. */
static int
try_sign(struct relay *r)
{
	uint8_t root[HASH32] = {1};
	struct buf b = {0};

	buf_u8(&b, SIGNER_SIGN);
	buf_u64(&b, r->signing.size + 1);
	buf_put(&b, root, sizeof(root));
	if (send(r->signing.fd, b.p, b.n, MSG_NOSIGNAL) != (ssize_t)b.n)
		return -1;
	buf_clear(&b);
	if (signing_wait(r, &b) != 0)
		return -1;
	return b.n == 1 + HEAD_SIZE && b.p[0] == 0 ? 0 : -1;
}

/* What a stranger's code in this process might try, named by TACET_TRY. Says
 * on standard error whether it was let; some tries it does not survive. */
static void
relay_try(struct relay *r)
{
	const char *try = getenv("TACET_TRY");
	char *const none[] = {NULL};
	int rc = -1;

	if (!try)
		return;
	if (strcmp(try, "read") == 0)
		rc = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	else if (strcmp(try, "make") == 0)
		rc = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	else if (strcmp(try, "folder") == 0)
		rc = mkdirat(AT_FDCWD, r->data, 0700);
	else if (strcmp(try, "socket") == 0)
		rc = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	else if (strcmp(try, "exec") == 0)
		rc = execve("/bin/true", none, none);
	else if (strcmp(try, "fork") == 0 && (rc = fork()) == 0)
		_exit(0);
	else if (strcmp(try, "code") == 0)
		rc = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE |
		    MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
	else if (strcmp(try, "store") == 0)
		rc = try_store(r);
	else if (strcmp(try, "own") == 0)
		rc = try_open(r, "tacetd.db");
	else if (strcmp(try, "keys") == 0)
		rc = try_open(r, "keys");
	else if (strcmp(try, "head") == 0)
		rc = try_open(r, "signer/key");
	else if (strcmp(try, "signed") == 0)
		rc = try_open(r, "signer/signed");
	else if (strcmp(try, "sign") == 0)
		rc = try_sign(r);
	(void)fprintf(stderr, "try %s: %s\n", try, rc < 0 ? "refused" : "done");
}
#else
#define relay_try(r) ((void)(r))
#endif

static void
jail_say(struct relay *r, int parts)
{
	if (parts == JAIL_WHOLE)
		log_say(r->log, LOG_INFO, "jail", "closed: files, ports, "
		    "kernel calls");
	else
		log_say(r->log, LOG_WARN, "jail", "not held by this kernel or "
		    "build:%s%s%s",
		    parts & JAIL_FILES ? "" : " files (Landlock)",
		    parts & JAIL_PORTS ? "" : " ports (Landlock 4)",
		    parts & JAIL_CALLS ? "" : " calls (seccomp)");
}

/* The folder, since an editor puts another file in the old one's place; or the
 * file alone, when the data lies in that folder. */
static char *
jail_folder(const struct relay *r, const char *config)
{
	const char *slash = config ? strrchr(config, '/') : NULL;
	char *folder = mem_string(config && slash ? config : ".");
	char *in, *data = realpath(r->data, NULL);
	bool holds;

	if (slash)
		folder[slash == config ? 1 : slash - config] = '\0';
	in = realpath(folder, NULL);
	holds = in && data && strncmp(in, data, strlen(in)) == 0 &&
	    (strcmp(in, "/") == 0 || data[strlen(in)] == '/' ||
	    data[strlen(in)] == '\0');
	free(in);
	free(data);
	if (!holds || !config)
		return folder;
	log_say(r->log, LOG_WARN, "jail", "the options file lies beside the "
	    "data: reloads read it until it is replaced; move it");
	free(folder);
	return mem_string(config);
}

/*
 * Of the data folder the database and the blobs are the relay's. What else lies
 * in it, the keys above all, can be listed and removed, not read; the signer's
 * secret least of all. So the folder of the options file is given only if they
 * are not in there.
 */
static int
relay_close(struct relay *r, const char *config, char **why)
{
	char *db = path_join(r->data, "tacetd.db"), *wal, *blobs, *folder;
	struct jail_place place[] = {
		{r->data, JAIL_NAMES}, {db, JAIL_WRITE}, {NULL, JAIL_WRITE},
		{NULL, JAIL_WRITE}, {"/dev/urandom", JAIL_READ},
		{NULL, JAIL_READ},
	};
	int parts;

	wal = path_join(r->data, "tacetd.db-wal");
	blobs = path_join(r->data, "blobs");
	folder = jail_folder(r, config);
	place[2].path = wal;
	place[3].path = blobs;
	place[5].path = folder;
	parts = jail_close(JAIL_OF_RELAY, place, config ? COUNT(place) :
	    COUNT(place) - 1);
	free(db);
	free(wal);
	free(blobs);
	free(folder);
	if (parts < 0) {
		*why = mem_format("the jail does not close here: %s; "
		    "--no-jail runs without it", err_text(parts));
		return parts;
	}
	jail_say(r, parts);
	relay_try(r);
	return 0;
}

int
relay_jail(struct relay *r, const char *config, char **why)
{
	if (options_bool(r->options, "jail"))
		return relay_close(r, config, why);
	log_say(r->log, LOG_WARN, "jail", "open, as the option says");
	relay_try(r);
	return 0;
}

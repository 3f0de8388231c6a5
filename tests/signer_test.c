/* SPDX-License-Identifier: ISC */
/*
 * The head signer (T95): signs what extends its last head and nothing else,
 * also after restarts and after kill -9 at every point; what it said is on its
 * disk before. floor: relay
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "relay.h"
#include "tap.h"

#define LEAVES 64

struct bench {
	char *dir;
	uint8_t leaf[2][LEAVES][HASH32];        /* two histories */
	unsigned side;
	struct signer *s;
	struct head head;                       /* the last that was signed */
};

static int
node(void *arg, unsigned level, uint64_t number, uint8_t out[static HASH32])
{
	struct bench *b = arg;
	struct merkle_range r = {0};
	uint64_t i;

	for (i = 0; i < 1ull << level; i++)
		if (merkle_add(&r, b->leaf[b->side][(number << level) + i],
		    NULL, NULL) != 0)
			return ERR_STATE;
	merkle_root(&r, out);
	return 0;
}

static void
root_of(struct bench *b, uint64_t size, uint8_t out[static HASH32])
{
	struct merkle_nodes nodes = {node, b};
	struct merkle_range r;

	if (merkle_range_at(&nodes, size, &r) != 0)
		bail("no tree");
	merkle_root(&r, out);
}

static int
try_open(struct bench *b)
{
	char *why = NULL;
	int err = signer_open(&b->s, b->dir, true, &clock_system, &why);

	if (err)
		note("%s", why ? why : "?");
	free(why);
	return err;
}

static void
reopen(struct bench *b)
{
	signer_close(b->s);
	b->s = NULL;
	if (try_open(b) != 0)
		bail("the signer does not open");
}

/* What it says it signed last. */
static uint64_t
last_of(struct bench *b)
{
	static const uint8_t q[] = {SIGNER_NEW};
	struct buf a = {0};
	uint64_t size;
	struct rd rd;

	signer_answer(b->s, bytes_of(q, 1), &a);
	rd = rd_of(buf_view(&a));
	(void)rd_u8(&rd);
	(void)rd_view(&rd, SIGN_PUBLIC);
	size = rd_u64(&rd);
	(void)rd_view(&rd, HASH32);
	if (rd_end(&rd) != 0)
		bail("no answer");
	buf_free(&a);
	return size;
}

/* Asks for a head of `size` on b->side, with the proof from `from`. */
static int
sign(struct bench *b, uint64_t from, uint64_t size)
{
	struct merkle_nodes nodes = {node, b};
	uint8_t root[HASH32];
	struct buf q = {0}, a = {0};
	int err;

	root_of(b, size, root);
	buf_u8(&q, SIGNER_SIGN);
	buf_u64(&q, size);
	buf_put(&q, root, sizeof(root));
	if (from <= size && merkle_prove_extends(&nodes, from, size, &q) != 0)
		bail("no proof");
	signer_answer(b->s, buf_view(&q), &a);
	err = -(int)a.p[0];
	if (!err && head_get(bytes_of(a.p + 1, a.n - 1), &b->head) != 0)
		bail("no head");
	if (!err && (b->head.size != size || memcmp(b->head.root, root,
	    HASH32) != 0))
		bail("another head");
	buf_free(&q);
	buf_free(&a);
	return err;
}

static void
test_rules(struct bench *b)
{
	uint64_t size;
	size_t refused = 0;

	is_int(last_of(b), 0, "a new signer has signed nothing");
	is_int(sign(b, 0, 0), 0, "the empty directory");
	is_int(sign(b, 0, 5), 0, "what extends it");
	is_int(sign(b, 5, 5), 0, "the same again");
	is_int(sign(b, 5, 33), 0, "more");
	for (size = 0; size < 33; size++)
		refused += sign(b, 33, size) == ERR_RULE;
	is_int(refused, 33, "T95: nothing smaller is signed");
	is_int(sign(b, 5, 40), ERR_RULE, "T95: with a proof from elsewhere");
	b->side = 1;
	is_int(sign(b, 33, 33), ERR_RULE, "T95: the same size, another root");
	is_int(sign(b, 33, 40), ERR_RULE, "T95: another past");
	b->side = 0;
	reopen(b);
	is_int(last_of(b), 33, "it knows after a restart");
	b->side = 1;
	is_int(sign(b, 33, 33), ERR_RULE, "T95: refused after a restart too");
	is_int(sign(b, 0, 40), ERR_RULE, "T95: as if nothing had been signed");
	b->side = 0;
	is_int(sign(b, 33, 34), 0, "and what extends is signed as before");
}

static void
test_questions(struct bench *b)
{
	static const uint8_t bad[][2] = {{'x', 0}, {SIGNER_NEW, 1},
	    {SIGNER_SIGN, 0}};
	struct buf a = {0}, rnd = {0};
	size_t i, refused = 0;

	signer_answer(b->s, bytes_of(NULL, 0), &a);
	ok(a.n == 1 && a.p[0] != 0, "an empty question is refused");
	for (i = 0; i < COUNT(bad); i++) {
		signer_answer(b->s, bytes_of(bad[i], 2), &a);
		refused += a.n == 1 && a.p[0] != 0;
	}
	is_int(refused, COUNT(bad), "so are others that mean nothing");
	for (i = refused = 0; i < 2000; i++) {
		buf_clear(&rnd);
		buf_u8(&rnd, SIGNER_SIGN);
		rng_fill(&rng_system, buf_room(&rnd, i), i);
		if (rnd.n > 8)
			memset(rnd.p + 1, 0, 7);        /* a size near ours */
		signer_answer(b->s, buf_view(&rnd), &a);
		refused += a.n == 1 && a.p[0] != 0;
	}
	is_int(refused, 2000, "T95: and 2000 of chance");
	is_int(last_of(b), 34, "the state is as it was");
	buf_free(&a);
	buf_free(&rnd);
}

/* --- kill -9 --- */

static int
child(struct bench *b, const char *point, uint64_t from, uint64_t to)
{
	pid_t pid;
	int status;

	(void)fflush(stdout);
	signer_close(b->s);     /* its lock is of this process */
	b->s = NULL;
	pid = fork();
	if (pid == 0) {
		(void)setenv("TACET_CRASH", point, 1);
		if (try_open(b) != 0)
			_exit(1);
		_exit(sign(b, from, to) == 0 ? 2 : 3);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		bail("no child");
	reopen(b);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

/* Was anything that large on the tap, where each head goes before it leaves? */
static bool
tapped(const char *path, uint64_t size)
{
	struct buf b = {0};
	struct head h;
	bool found = false;
	size_t i;

	(void)path_read(path, 1u << 20, &b);
	for (i = 0; i + HEAD_SIZE <= b.n; i += HEAD_SIZE)
		if (head_get(bytes_of(b.p + i, HEAD_SIZE), &h) == 0)
			found = found || h.size >= size;
	buf_free(&b);
	return found;
}

static void
test_crash(struct bench *b)
{
	static const char *const points[] = {
		"signer-before", "signer-written", "signer-kept",
		"signer-signed",
	};
	char *seen = path_join(b->dir, "tap");
	uint64_t last = last_of(b), now;
	size_t i;

	(void)setenv("TACET_HEADS", seen, 1);
	for (i = 0; i < COUNT(points); i++) {
		is_int(child(b, points[i], last, last + 3), SIGKILL,
		    "killed at %s", points[i]);
		now = last_of(b);
		ok(now == last || now == last + 3, "it knows one or the other");
		ok(!tapped(seen, last + 3) || now == last + 3,
		    "T95: nothing left that it does not know");
		if (now == last)
			continue;
		b->side = 1;
		is_int(sign(b, last, last + 3), ERR_RULE,
		    "T95: another head of that size is refused");
		b->side = 0;
		last = now;
	}
	is_int(child(b, "nowhere", last, last + 3), -2, "not killed, it signs");
	is_int(last_of(b), last + 3, "and knows it");
	(void)unsetenv("TACET_HEADS");
	free(seen);
}

/* --- its files --- */

static void
flip(const char *path, off_t at)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	uint8_t c;

	if (fd < 0 || pread(fd, &c, 1, at) != 1)
		bail("%s", path);
	c ^= 1;
	if (pwrite(fd, &c, 1, at) != 1)
		bail("%s", path);
	(void)close(fd);
}

static void
test_files(struct bench *b)
{
	char *state = mem_format("%s/signer/signed", b->dir);
	char *key = mem_format("%s/signer/key", b->dir);
	uint64_t last = last_of(b);

	signer_close(b->s);
	b->s = NULL;
	flip(state, 40);
	flip(state, 4096 + 40);
	is_int(try_open(b), ERR_FORMAT, "T95: a damaged state is no new one");
	flip(state, 40);
	flip(state, 4096 + 40);
	is_int(try_open(b), 0, "put right, it opens");
	is_int(last_of(b), last, "with what it knew");
	signer_close(b->s);
	b->s = NULL;
	(void)chmod(key, 0644);
	is_int(try_open(b), ERR_DENIED, "a key that others may read is none");
	(void)chmod(key, 0600);
	if (unlink(state) != 0)
		bail("unlink");
	is_int(try_open(b), ERR_NONE, "T95: a lost state is no new one");
	free(state);
	free(key);
}

int
main(void)
{
	const char *tmp = getenv("TMPDIR");
	struct bench *b = mem_alloc(sizeof(*b));
	uint8_t seed[SIGN_SEED];
	char *rm;

	if (seal_start() != 0)
		bail("libsodium");
	b->dir = mem_format("%s/signer.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(b->dir))
		bail("no folder");
	rng_fill(&rng_system, seed, sizeof(seed));
	rng_fill(&rng_system, b->leaf, sizeof(b->leaf));
	memcpy(b->leaf[1] + 2, b->leaf[0] + 2, (LEAVES - 2) * HASH32);
	if (signer_make(b->dir, seed) != 0)
		bail("signer_make");
	reopen(b);
	test_rules(b);
	test_questions(b);
	test_crash(b);
	test_files(b);
	rm = mem_format("rm -rf '%s'", b->dir);
	if (system(rm) != 0)
		note("left behind: %s", b->dir);
	free(rm);
	free(b->dir);
	free(b);
	return done();
}

/* SPDX-License-Identifier: ISC */
/*
 * floor: all
 * A proof is checked by whoever gets it: with an account or without, as text
 * and as a line of JSON; and what proves nothing is refused with a reason.
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stage.h"
#include "tap.h"

struct proof {
	uint8_t public[SIGN_PUBLIC], secret[SIGN_SECRET];
	struct head one, other;
	struct buf raw;
	char *file;
};

static void
proof_make(struct proof *p, const char *dir)
{
	struct evidence e = {.proof = bytes_of(NULL, 0)};

	sign_keypair(&rng_system, p->public, p->secret);
	p->one = (struct head){.size = 3, .root = {1}, .time = 1000};
	p->other = (struct head){.size = 3, .root = {2}, .time = 2000};
	head_sign(&p->one, p->secret);
	head_sign(&p->other, p->secret);
	e.first = p->one;
	e.later = p->other;
	p->file = path_join(dir, "proof.tacet");
	if (evidence_put(&e, &p->raw) != 0 ||
	    path_write(p->file, buf_view(&p->raw)) != 0)
		bail("no evidence");
}

/* The program itself, in a world without any profile. */
static int
shell(const struct proof *p, const char *before, const char *after,
    const char *dir)
{
	const char *bin = getenv("TACET_BIN");
	char *cmd = mem_format("XDG_DATA_HOME=%s/none XDG_CONFIG_HOME=%s/none "
	    "'%s/tacet' %s verify-evidence '%s' %s >'%s/out' 2>&1", dir, dir,
	    bin != NULL ? bin : "build/test", before, p->file, after, dir);
	int status = system(cmd);

	free(cmd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool
said(const char *dir, const char *text)
{
	char *path = path_join(dir, "out");
	struct buf b = {0};
	bool is;

	if (path_read(path, 65536, &b) != 0)
		bail("no output");
	buf_u8(&b, 0);
	is = strstr((const char *)b.p, text) != NULL;
	if (!is)
		note("%s", (const char *)b.p);
	buf_free(&b);
	free(path);
	return is;
}

static void
test_shell(struct proof *p, const char *dir)
{
	char *none = path_join(dir, "none");

	is_int(shell(p, "", "", dir), 0, "it is one");
	ok(said(dir, "proves it: one relay signed two directories"),
	    "in words");
	ok(said(dir, "3 entries, signed 1970-01-01 00:00 UTC"), "with both "
	    "heads");
	ok(access(none, F_OK) != 0, "and no profile is made for that");
	is_int(shell(p, "--json", "", dir), 0, "as JSON");
	ok(said(dir, "{\"evidence\":true,\"head_key\":\""), "in a line");
	p->raw.p[p->raw.n - 1] ^= 1;
	if (path_write(p->file, buf_view(&p->raw)) != 0)
		bail("not written");
	is_int(shell(p, "", "", dir), EXIT_REFUSED, "one byte is changed");
	ok(said(dir, "proves nothing: a head in it is not signed"), "and that "
	    "is the reason");
	is_int(shell(p, "", "more", dir), EXIT_USAGE, "two files");
	p->raw.p[p->raw.n - 1] ^= 1;
	if (path_write(p->file, buf_view(&p->raw)) != 0)
		bail("not written");
	free(none);
}

static void
test_line(const struct proof *p, struct stage *s)
{
	char *line = mem_format("verify-evidence %s", p->file);

	s->env.out = &s->out;
	is_int(stage_line(s, line), 0, "on the screen too");
	ok(strstr(stage_said(s), "it is NOT the key of the relay at") != NULL,
	    "where one's own relay is known");
	is_int(stage_line(s, "verify-evidence /nowhere"), ERR_NONE,
	    "no such file");
	ok(s->why != NULL && strstr(s->why, "can't be read") != NULL,
	    "and its sentence");
	free(line);
}

int
main(void)
{
	struct proof p = {.raw = {0}};
	struct stage s;

	stage_open(&s);
	proof_make(&p, s.pair.desk.dir);
	test_shell(&p, s.pair.desk.dir);
	test_line(&p, &s);
	buf_free(&p.raw);
	free(p.file);
	stage_close(&s);
	return done();
}

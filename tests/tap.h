/* SPDX-License-Identifier: ISC */
/*
 * The test harness in one header: checks print TAP lines, done() prints the
 * plan. A test that checks nothing, crashes or forgets done() has failed.
 * Knows nothing of tacet; tests/run reads what it prints.
 *
 *	ok(cond, fmt, ...)              a check and its name
 *	is_int(got, want, fmt, ...)     prints both when they differ
 *	is_str(got, want, fmt, ...)     NULL is a value of its own
 *	is_mem(got, want, n, fmt, ...)  the first difference in hex
 *	skip(fmt, ...)                  counts one skipped check, with its reason
 *	note(fmt, ...)                  a line for whoever reads the log
 *	bail(fmt, ...)                  gives up: the rest has no meaning
 *	return done();                  the last line of main()
 */
#ifndef TACET_TAP_H
#define TACET_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TAP_UNUSED __attribute__((unused))
#define TAP_PRINTF(f, a) __attribute__((format(printf, f, a)))

static struct {
	unsigned run, failed, skipped;
} tap TAP_UNUSED;

/* Everything goes out line by line: a crash must not swallow what was said. */
static void TAP_UNUSED
tap_line(const char *head, const char *fmt, va_list ap)
{
	fputs(head, stdout);
	vprintf(fmt, ap);
	putchar('\n');
	fflush(stdout);
}

static void TAP_UNUSED TAP_PRINTF(1, 2)
note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tap_line("# ", fmt, ap);
	va_end(ap);
}

static bool TAP_UNUSED TAP_PRINTF(4, 5)
tap_ok(bool cond, const char *file, int line, const char *fmt, ...)
{
	char head[32];
	va_list ap;

	tap.run++;
	snprintf(head, sizeof(head), "%sok %u - ", cond ? "" : "not ", tap.run);
	va_start(ap, fmt);
	tap_line(head, fmt, ap);
	va_end(ap);
	if (!cond) {
		tap.failed++;
		note("at %s:%d", file, line);
	}
	return cond;
}

static bool TAP_UNUSED
tap_same_str(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void TAP_UNUSED
tap_hex(const char *who, const uint8_t *p, size_t from, size_t n)
{
	size_t i;

	printf("# %s", who);
	for (i = from; i < n && i < from + 32; i++)
		printf(" %02x", p[i]);
	printf("%s\n", i < n ? " ..." : "");
	fflush(stdout);
}

/* Says where two byte strings part; the check itself failed already. */
static bool TAP_UNUSED
tap_differ(const void *got, const void *want, size_t n)
{
	const uint8_t *g = got, *w = want;
	size_t i;

	if (g == NULL || w == NULL) {
		note("got %s, want %s", g ? "bytes" : "NULL",
		    w ? "bytes" : "NULL");
		return false;
	}
	for (i = 0; i < n && g[i] == w[i]; i++)
		;
	note("%zu bytes, the first difference at %zu", n, i);
	tap_hex("got ", g, i, n);
	tap_hex("want", w, i, n);
	return false;
}

static bool TAP_UNUSED
tap_same_mem(const void *got, const void *want, size_t n)
{
	if (n == 0)
		return true;
	return got != NULL && want != NULL && memcmp(got, want, n) == 0;
}

#define ok(cond, ...) tap_ok((cond) ? true : false, __FILE__, __LINE__, \
    __VA_ARGS__)

#define is_int(got, want, ...) do {                                     \
	long long g_ = (long long)(got), w_ = (long long)(want);        \
	if (!ok(g_ == w_, __VA_ARGS__))                                 \
		note("got %lld, want %lld", g_, w_);                    \
} while (0)

#define is_str(got, want, ...) do {                                     \
	const char *g_ = (got), *w_ = (want);                           \
	if (!ok(tap_same_str(g_, w_), __VA_ARGS__))                     \
		note("got  %s%s%s\n# want %s%s%s",                      \
		    g_ ? "\"" : "", g_ ? g_ : "NULL", g_ ? "\"" : "",   \
		    w_ ? "\"" : "", w_ ? w_ : "NULL", w_ ? "\"" : "");  \
} while (0)

#define is_mem(got, want, n, ...) do {                                  \
	const void *g_ = (got), *w_ = (want);                           \
	size_t n_ = (n);                                                \
	if (!ok(tap_same_mem(g_, w_, n_), __VA_ARGS__))                 \
		tap_differ(g_, w_, n_);                                 \
} while (0)

static void TAP_UNUSED TAP_PRINTF(1, 2)
skip(const char *fmt, ...)
{
	char head[40];
	va_list ap;

	tap.run++;
	tap.skipped++;
	snprintf(head, sizeof(head), "ok %u # SKIP ", tap.run);
	va_start(ap, fmt);
	tap_line(head, fmt, ap);
	va_end(ap);
}

static _Noreturn void TAP_UNUSED TAP_PRINTF(1, 2)
bail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tap_line("Bail out! ", fmt, ap);
	va_end(ap);
	exit(2);
}

static int TAP_UNUSED
done(void)
{
	if (tap.run == 0)
		tap_ok(false, __FILE__, __LINE__, "the test checks something");
	printf("1..%u\n", tap.run);
	fflush(stdout);
	return tap.failed > 0 ? 1 : 0;
}

/*
 * The path of a public test vector, in a folder beside the project's or in
 * $TACET_VECTORS; NULL and one skipped check when it isn't there.
 */
TAP_UNUSED static const char *
tap_vectors(const char *name)
{
	static char path[4096];
	const char *dir = getenv("TACET_VECTORS");
	struct stat st;

	if (dir == NULL || *dir == '\0')
		dir = "../shared/vectors";
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (stat(path, &st) == 0)
		return path;
	skip("no vectors at %s (TACET_VECTORS)", path);
	return NULL;
}

#endif

/* SPDX-License-Identifier: ISC */
/*
 * One line per event and one write(2) per line, so that lines of several
 * processes never mix. Whatever a value holds, it stays inside its line and
 * can't drive the terminal that shows the log. Callers give no keys, no content
 * and no full ids; log_id() is how an id is named here.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base.h"

#define LOG_TEXT 2000 /* with the head below PIPE_BUF: one write, one line */

static const char *const log_name[] = {"error", "warn", "info", "debug"};

static void
log_head(struct buf *out, const struct log *l, enum log_level level)
{
	const struct clock *c = l->clock ? l->clock : &clock_system;
	int64_t now = clock_wall(c);
	time_t s = (time_t)(now / 1000);
	char when[32];
	struct tm tm;

	if (!gmtime_r(&s, &tm) ||
	    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		memcpy(when, "-", 2);
	buf_format(out, "%s.%03dZ %s ", when, (int)(now % 1000),
	    log_name[level]);
}

/* Controls as \n or \x1b: who reads the log shall see what was sent. The rest
 * of what a terminal must not see is safe.c's to mark. */
static struct safe
log_escape(const char *s, size_t n)
{
	struct buf out = {0};
	struct safe safe;
	size_t i;

	if (!defence(line))
		return safe_make(SAFE_TEXT, s, n);
	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '\n')
			buf_string(&out, "\\n");
		else if (c == '\\')
			buf_string(&out, "\\\\");
		else if (c < 0x20 || c == 0x7f)
			buf_format(&out, "\\x%02x", c);
		else
			buf_u8(&out, c);
	}
	safe = safe_make(SAFE_LINE, out.p, out.n);
	buf_free(&out);
	return safe;
}

/* A full disk or a closed pipe must not stop the program: the line is lost,
 * the tap and the counter still have it. */
static void
log_write(int fd, const struct safe *line)
{
	ssize_t n;
	char *s;

	if (fd < 0)
		return;
	s = mem_format("%s\n", line->s);
	do {
		n = write(fd, s, line->n + 1);
	} while (n < 0 && errno == EINTR);
	free(s);
}

static char *
log_text(const char *fmt, va_list ap)
{
	char text[LOG_TEXT];
	int n = vsnprintf(text, sizeof text, fmt, ap);

	if (n < 0)
		return mem_string("(a value that can't be shown)");
	if ((size_t)n >= sizeof text)
		memcpy(text + sizeof text - 4, "...", 4);
	return mem_string(text);
}

void
log_say(struct log *l, enum log_level level, const char *area, const char *fmt,
    ...)
{
	struct buf line = {0};
	struct safe safe;
	va_list ap;
	char *text;

	if (level > l->level)
		return;
	l->count[level]++;
	if (l->fd < 0 && !l->tap)
		return;
	log_head(&line, l, level);
	va_start(ap, fmt);
	text = log_text(fmt, ap);
	va_end(ap);
	buf_format(&line, "%s: %s", area, text);
	free(text);
	safe = log_escape((const char *)line.p, line.n);
	buf_free(&line);
	log_write(l->fd, &safe);
	if (l->tap)
		l->tap(l->arg, level, &safe);
	safe_free(&safe);
}

struct log_id
log_id(const void *id, size_t n)
{
	struct log_id out = {{0}};

	hex_put(out.s, id, n < 4 ? n : 4);
	return out;
}

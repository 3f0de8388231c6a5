/* SPDX-License-Identifier: ISC */
/* See tty.h. */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tty.h"
#include "tap.h"

static void
terminal_answers(const char *s, size_t n, void *arg)
{
	struct tty *p = arg;

	(void)s;
	p->answers += n;
}

void
tty_open(struct tty *p, int w, int h)
{
	struct winsize size = {.ws_row = (unsigned short)h,
	    .ws_col = (unsigned short)w};

	memset(p, 0, sizeof(*p));
	if (openpty(&p->fd, &p->line, NULL, NULL, &size) != 0 ||
	    tcgetattr(p->line, &p->before) != 0)
		bail("no terminal");
	p->w = w;
	p->h = h;
	p->vt = vterm_new(h, w);
	vterm_set_utf8(p->vt, 1);
	vterm_output_set_callback(p->vt, terminal_answers, p);
	p->screen = vterm_obtain_screen(p->vt);
	vterm_screen_enable_altscreen(p->screen, 1);
	vterm_screen_reset(p->screen, 1);
}

void
tty_close(struct tty *p)
{
	if (p->pid > 0) {
		kill(p->pid, SIGKILL);
		(void)waitpid(p->pid, &p->status, 0);
	}
	close(p->fd);
	close(p->line);
	vterm_free(p->vt);
	buf_free(&p->raw);
}

static _Noreturn void
tty_child(struct tty *p, const char *const *argv, const char *const *env)
{
	char *words[16] = {0};
	size_t i;
	int fd;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)setsid();
	(void)ioctl(p->line, TIOCSCTTY, 0);
	for (fd = 0; fd < 3; fd++)
		if (dup2(p->line, fd) < 0)
			_exit(126);
	for (fd = 3; fd < 256; fd++)
		(void)close(fd);
	for (i = 0; env[i] != NULL; i++)
		if (putenv(mem_string(env[i])) != 0)
			_exit(126);
	for (i = 0; argv[i] != NULL && i < 15; i++)
		words[i] = mem_string(argv[i]);
	(void)execv(words[0], words);
	_exit(127);
}

void
tty_run(struct tty *p, const char *const *argv, const char *const *env)
{
	fflush(stdout);
	p->pid = fork();
	if (p->pid < 0)
		bail("no child");
	if (p->pid == 0)
		tty_child(p, argv, env);
}

bool
tty_runs(struct tty *p)
{
	if (p->pid > 0 && waitpid(p->pid, &p->status, WNOHANG) == p->pid)
		p->pid = 0;
	return p->pid > 0;
}

void
tty_hear(struct tty *p, int ms)
{
	struct pollfd f = {.fd = p->fd, .events = POLLIN};
	char chunk[4096];
	ssize_t n;

	while (poll(&f, 1, ms) > 0 &&
	    (n = read(p->fd, chunk, sizeof(chunk))) > 0) {
		buf_put(&p->raw, chunk, (size_t)n);
		vterm_input_write(p->vt, chunk, (size_t)n);
		ms = 0;
	}
}

void
tty_type(struct tty *p, const char *s)
{
	if (write(p->fd, s, strlen(s)) != (ssize_t)strlen(s))
		bail("can't type");
}

void
tty_size(struct tty *p, int w, int h)
{
	struct winsize size = {.ws_row = (unsigned short)h,
	    .ws_col = (unsigned short)w};

	p->w = w;
	p->h = h;
	vterm_set_size(p->vt, h, w);
	if (ioctl(p->fd, TIOCSWINSZ, &size) != 0)
		bail("no size");
}

void
tty_row(struct tty *p, int y, struct buf *out)
{
	VTermScreenCell cell;
	char s[4];
	int x, i;

	buf_clear(out);
	for (x = 0; x < p->w; x += cell.width > 1 ? cell.width : 1) {
		if (!vterm_screen_get_cell(p->screen,
		    (VTermPos){.row = y, .col = x}, &cell))
			break;
		if (cell.chars[0] == 0)
			buf_u8(out, ' ');
		for (i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i] != 0;
		    i++)
			buf_put(out, s, utf8_put(s, cell.chars[i]));
	}
	while (out->n > 0 && out->p[out->n - 1] == ' ')
		out->n--;
}

bool
tty_shows(struct tty *p, const char *text)
{
	struct buf row = {0};
	bool is = false;
	int y;

	for (y = 0; y < p->h && !is; y++) {
		tty_row(p, y, &row);
		is = row.n > 0 && memmem(row.p, row.n, text, strlen(text));
	}
	buf_free(&row);
	return is;
}

bool
tty_sane(struct tty *p)
{
	tcflag_t local = ECHO | ICANON | ISIG, in = ICRNL, out = OPOST;
	struct termios now;

	if (tcgetattr(p->line, &now) != 0)
		return false;
	return (now.c_lflag & local) == (p->before.c_lflag & local) &&
	    (now.c_iflag & in) == (p->before.c_iflag & in) &&
	    (now.c_oflag & out) == (p->before.c_oflag & out);
}

/* ---- kinds of control sequences ---- */

bool
seqs_have(const struct seqs *q, const char *kind)
{
	size_t i;

	for (i = 0; i < q->n; i++)
		if (strcmp(q->s[i], kind) == 0)
			return true;
	return false;
}

static void
seqs_put(struct seqs *q, const char *kind)
{
	if (!seqs_have(q, kind) && q->n < SEQS_MAX)
		snprintf(q->s[q->n++], sizeof(q->s[0]), "%.15s", kind);
}

/* From behind the `[': parameters, then intermediates and the final byte. */
static size_t
seqs_csi(struct seqs *q, const uint8_t *p, size_t n)
{
	char kind[16] = "CSI ";
	size_t i = 0, k = 4;

	for (; i < n && p[i] >= 0x30 && p[i] <= 0x3f; i++)
		if (p[i] >= 0x3c && k < 8)
			kind[k++] = (char)p[i];
	for (; i < n && p[i] >= 0x20 && p[i] <= 0x2f; i++)
		if (k < 12)
			kind[k++] = (char)p[i];
	if (i < n)
		kind[k] = (char)p[i++];
	seqs_put(q, kind);
	return i;
}

/* A string up to BEL or ST; of OSC the number counts. Any other sequence ends
 * it too, and is one, as terminals have it. */
static size_t
seqs_string(struct seqs *q, const char *name, const uint8_t *p, size_t n)
{
	char kind[16];
	size_t i = 0, digits = 0;

	while (digits < n && digits < 4 && p[digits] >= '0' && p[digits] <= '9')
		digits++;
	snprintf(kind, sizeof(kind), "%s %.*s", name, (int)digits,
	    (const char *)p);
	seqs_put(q, kind);
	while (i < n && p[i] != 0x07 && p[i] != 0x1b)
		i++;
	if (i < n && p[i] == 0x07)
		return i + 1;
	return i + 1 >= n ? n : p[i + 1] == '\\' ? i + 2 : i;
}

static size_t
seqs_escape(struct seqs *q, const uint8_t *p, size_t n)
{
	char kind[16];
	size_t i = 0;

	if (n == 0)
		return 0;
	switch (p[0]) {
	case '[':
		return 1 + seqs_csi(q, p + 1, n - 1);
	case ']':
		return 1 + seqs_string(q, "OSC", p + 1, n - 1);
	case 'P':
		return 1 + seqs_string(q, "DCS", p + 1, n - 1);
	case '_':
		return 1 + seqs_string(q, "APC", p + 1, n - 1);
	case '^':
		return 1 + seqs_string(q, "PM", p + 1, n - 1);
	default:
		break;
	}
	while (i < n && p[i] >= 0x20 && p[i] <= 0x2f)
		i++;
	snprintf(kind, sizeof(kind), "ESC %.*s", (int)(i < n ? i + 1 : i),
	    (const char *)p);
	seqs_put(q, kind);
	return i + 1;
}

static bool
never(uint32_t cp)
{
	return (cp >= 0x7f && cp <= 0x9f) || cp == 0x61c || cp == 0x200b ||
	    cp == 0x200e || cp == 0x200f || (cp >= 0x2028 && cp <= 0x202e) ||
	    (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff ||
	    (cp >= 0xe0000 && cp <= 0xe007f);
}

void
seqs_add(struct seqs *q, struct bytes raw)
{
	char kind[16];
	size_t i = 0, used;
	uint32_t cp;

	while (i < raw.n) {
		if (raw.p[i] == 0x1b) {
			i += 1 + seqs_escape(q, raw.p + i + 1, raw.n - i - 1);
			continue;
		}
		cp = utf8_get((const char *)raw.p + i, raw.n - i, &used);
		i += used;
		if (cp < 0x20)
			snprintf(kind, sizeof(kind), "C0 %02x", cp);
		else
			snprintf(kind, sizeof(kind), "U+%04x", cp);
		if (cp < 0x20 || never(cp))
			seqs_put(q, kind);
	}
}

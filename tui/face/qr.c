/* SPDX-License-Identifier: ISC */
/*
 * A QR code in half blocks, black on white whatever the terminal's colours are,
 * with the quiet border that cameras need. The one file that knows libqrencode.
 * It says how large the code is, so that a view can choose text instead.
 */
#include <langinfo.h>
#include <locale.h>
#include <qrencode.h>
#include <stdlib.h>
#include <unistd.h>

#include "face.h"

#define QUIET 4                 /* modules, ISO 18004 6.3.8 */

struct qr {
	int side;               /* with the quiet border */
	uint8_t dark[(177 + 2 * QUIET) * (177 + 2 * QUIET)];
};

struct qr *
qr_new(const char *text)
{
	QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 0);
	struct qr *q;

	if (code == NULL || code->width > 177) {
		QRcode_free(code);
		return NULL;
	}
	q = mem_alloc(sizeof(*q));
	q->side = code->width + 2 * QUIET;
	for (int y = 0; y < code->width; y++)
		for (int x = 0; x < code->width; x++)
			q->dark[(y + QUIET) * q->side + x + QUIET] =
			    code->data[y * code->width + x] & 1;
	QRcode_free(code);
	return q;
}

void
qr_free(struct qr *q)
{
	free(q);
}

int
qr_cols(const struct qr *q)
{
	return q->side;
}

int
qr_rows(const struct qr *q)
{
	return (q->side + 1) / 2;
}

static bool
dark(const struct qr *q, int x, int y)
{
	return y < q->side && q->dark[y * q->side + x] != 0;
}

/* The style is black on white: a block is dark. */
static const char *
block_at(const struct qr *q, int x, int y)
{
	static const char *const block[] = {" ", "\u2580", "\u2584", "\u2588"};

	return block[dark(q, x, y) | dark(q, x, y + 1) << 1];
}

/* Without colours of our own black may be white. */
bool
qr_drawable(const struct options *o)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0 &&
	    getenv("NO_COLOR") == NULL &&
	    strcmp(options_string(o, "theme"), "plain") != 0;
}

bool
qr_lines(const char *text, struct buf *out)
{
	const char *term = getenv("TERM");
	struct qr *q;

	(void)setlocale(LC_CTYPE, "");  /* no curses has done it here */
	if (!isatty(STDOUT_FILENO) || term == NULL ||
	    strcmp(term, "dumb") == 0 || getenv("NO_COLOR") != NULL ||
	    strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		return false;
	q = qr_new(text);
	if (q == NULL)
		return false;
	for (int y = 0; y < q->side; y += 2) {
		buf_string(out, "\033[30;107m");
		for (int x = 0; x < q->side; x++)
			buf_string(out, block_at(q, x, y));
		buf_string(out, "\033[0m\n");
	}
	qr_free(q);
	return true;
}

void
qr_draw(struct grid *g, int x, int y, const struct qr *q)
{
	for (int r = 0; r < q->side; r += 2)
		for (int c = 0; c < q->side; c++)
			(void)grid_text(g, x + c, y + r / 2, x + c + 1,
			    STYLE_qr, 0, block_at(q, c, r));
}

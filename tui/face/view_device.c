/* SPDX-License-Identifier: ISC */
/*
 * Linking a device, step by step, on the new one and on the old one: what the
 * screen shows is what has to be typed or compared next. Also what a device
 * sees that was revoked.
 */
#include <stdio.h>

#include "face.h"

#define BESIDE 34               /* columns for words beside the code */

struct page {
	struct grid *g;
	struct area in;
	int y;
	const struct look *look;
};

static void
say(struct page *p, unsigned attr, const char *text)
{
	p->y = draw_words(p->g, p->in, p->y, STYLE_text, attr, text);
}

static void
gap(struct page *p)
{
	if (p->in.h > 12)
		p->y++;
}

/* On the right, where there is room beside the words or below them */
static void
draw_qr(struct page *p, const struct linkup_view *v, struct area a)
{
	char line[LINK_LINE];
	struct qr *q = NULL;

	client_link_line(v, line);
	if (qr_drawable(p->look->options))
		q = qr_new(line);
	if (q != NULL && qr_rows(q) <= a.h && qr_cols(q) + BESIDE <= a.w) {
		qr_draw(p->g, a.x + a.w - qr_cols(q), a.y, q);
		p->in.w = a.w - qr_cols(q) - 4;
		if (p->in.w > 66)
			p->in.w = 66;
	}
	qr_free(q);
}

static void
draw_code(struct page *p, const struct linkup_view *v, struct area a)
{
	draw_qr(p, v, a);
	say(p, GRID_BOLD, "One more device of your account");
	gap(p);
	say(p, 0, "On the device that has the account, in tacet, type:");
	gap(p);
	p->y = draw_words(p->g, p->in, p->y, STYLE_title, GRID_BOLD, "/link");
	p->y--;
	p->in.x += 6;
	p->in.w -= 6;
	say(p, GRID_BOLD, v->code);
	p->in.x -= 6;
	p->in.w += 6;
	gap(p);
	say(p, 0, "The words, or this code for a camera, only help the two to "
	    "find each other, for ten minutes. Then both show seven words to "
	    "compare.");
	gap(p);
	say(p, 0, "q ends it.");
}

static void
draw_compare(struct page *p, const struct linkup_view *v)
{
	say(p, GRID_BOLD, "Are these seven words the same on both screens?");
	gap(p);
	p->in.x += 2;
	p->in.w -= 2;
	say(p, GRID_BOLD, v->words);
	p->in.x -= 2;
	p->in.w += 2;
	gap(p);
	if (v->step == LINKUP_WAIT) {
		say(p, 0, "You said yes. Now press y on the other device, if "
		    "it shows the same words. q ends it.");
		return;
	}
	say(p, 0, "y  they are the same, each in its place");
	if (v->old)
		say(p, 0, "h  the same; also hand over what was said, the "
		    "newest of each conversation");
	say(p, 0, "n  they are not: somebody sits between, nothing is handed "
	    "over");
	gap(p);
	if (v->old)
		say(p, 0, "The new device will read and write as you, and can "
		    "be revoked with /revoke. Y and H instead let it add "
		    "and revoke devices too.");
	else
		say(p, 0, "The other device then asks for its passphrase.");
}

static void
draw_hand(struct page *p, const struct linkup_view *v)
{
	char line[80];

	if (v->old && v->total > 0)
		(void)snprintf(line, sizeof(line), "Handing over: %zu of %zu",
		    v->done < v->total ? v->done : v->total, v->total);
	else if (v->old)
		(void)snprintf(line, sizeof(line), "Handing over ...");
	else
		(void)snprintf(line, sizeof(line), "Taking over the account: "
		    "%zu", v->done);
	say(p, GRID_BOLD, line);
	gap(p);
	say(p, 0, "The account, people and what you verified, settings. "
	    "Conversations follow: the new device joins each of them.");
}

static void
draw_done(struct page *p, struct client *c, const struct linkup_view *v)
{
	size_t n = client_link_joined(c);
	char line[80];

	say(p, GRID_BOLD, v->old ? "The new device is one of yours." :
	    "This device is one of yours.");
	gap(p);
	if (v->talks > 0) {
		(void)snprintf(line, sizeof(line), n < v->talks ?
		    "joining: %zu of %zu conversations ..." :
		    "%zu of %zu conversations are joined.", n, v->talks);
		say(p, n < v->talks ? GRID_BOLD : 0, line);
		gap(p);
	}
	if (n < v->talks)
		say(p, 0, "Leave tacet running on both devices until then. "
		    "What is said before the new one has joined can't be "
		    "read on it.");
	else
		say(p, 0, "It reads what is said from now on. /devices lists "
		    "your devices.");
	gap(p);
	say(p, 0, "q goes on.");
}

static void
draw_step(struct page *p, struct client *c, const struct linkup_view *v,
    struct area a)
{
	switch (v->step) {
	case LINKUP_DIAL:
		say(p, GRID_BOLD, "Calling the relay ...");
		break;
	case LINKUP_CODE:
		draw_code(p, v, a);
		break;
	case LINKUP_COMPARE:
	case LINKUP_WAIT:
		draw_compare(p, v);
		break;
	case LINKUP_SIGN:
		say(p, GRID_BOLD, "Type the passphrase: it signs the new "
		    "device into your account.");
		gap(p);
		say(p, 0, "Escape, then q ends it instead.");
		break;
	case LINKUP_HAND:
		draw_hand(p, v);
		break;
	case LINKUP_DONE:
		draw_done(p, c, v);
		break;
	case LINKUP_OVER:
		say(p, GRID_BOLD, "It has ended.");
		gap(p);
		say(p, 0, v->why != NULL ? v->why : "");
		gap(p);
		say(p, 0, "q goes on.");
		break;
	default:
		say(p, GRID_BOLD, "Keys are being exchanged ...");
	}
}

void
view_device(struct grid *g, struct area a, struct client *c,
    const struct look *look)
{
	const struct linkup_view *v = client_link(c);
	int margin = a.w >= 60 ? 2 : 1;
	struct page p = {g, {a.x + margin, a.y, a.w - 2 * margin, a.h},
	    a.y + (a.h > 12 ? 2 : 0), look};

	if (p.in.w > 66)
		p.in.w = 66;
	if (v != NULL) {
		draw_step(&p, c, v, a);
	} else if (client_revoked(c)) {
		say(&p, GRID_BOLD, "This device was revoked.");
		gap(&p);
		say(&p, 0, "Another device of yours has taken it out of the "
		    "account and of every conversation. It can neither read "
		    "nor write any more; what it has read before is still "
		    "here. Escape shows it.");
	} else {
		say(&p, GRID_BOLD, "Your devices");
		gap(&p);
		say(&p, 0, "/devices lists them, /revoke takes one away. To "
		    "add one: start tacet there, type /link instead of a "
		    "name, and follow its screen.");
	}
}

/* SPDX-License-Identifier: ISC */
/*
 * The first run and the lock screen: what is asked, and why, in a few lines
 * above the input line.
 */
#include "face.h"

/* Paragraphs, in words; on small screens without margins. */
static void
draw_text(struct grid *g, struct area a, const char *const *line, size_t n)
{
	int y = a.y + (a.h > 12 ? 2 : 0), margin = a.w >= 60 ? 2 : 1;
	struct area in = {a.x + margin, a.y, a.w - 2 * margin, a.h};

	if (in.w > 66)
		in.w = 66;
	for (size_t i = 0; i < n; i++) {
		if (a.h < 8 && line[i][0] == '\0')
			continue;
		y = draw_words(g, in, y, STYLE_text, i == 0 ? GRID_BOLD : 0,
		    line[i]);
	}
}

static const char *const first_name[] = {
	"Welcome to tacet.",
	"",
	("Messages are sealed here and opened at your friend's device. "
	    "The relay between you carries them and cannot read them."),
	"",
	("Choose the name that others will find you by on the relay: "
	    "small letters, digits, and . _ - inside; up to 32 characters."),
	"",
	"You have an account on another device already? Type /link",
	"All of them are gone, but you have a backup? Type /restore FILE",
};
static const char *const first_back[] = {
	"Bringing your account back ...",
	"",
	("People, what you verified and settings are here. The relay is "
	    "told of the new device; then each conversation asks to be let "
	    "in again, which the others see."),
};
static const char *const first_backup[] = {
	"The passphrase of the backup.",
	"",
	("It is the one that sealed the account when the backup was made; "
	    "from now on it opens this device, too. Escape goes back."),
};
static const char *const first_address[] = {
	"Which relay?",
	"",
	"Paste the invite that you were given. It looks like",
	"tacet://host:8223/KEY?invite=CODE",
	"",
	("A relay with open registration needs no invite: its address is "
	    "enough, tacet://host:8223/KEY. To run one yourself: tacetd"),
};
static const char *const first_pass[] = {
	"A passphrase for this device.",
	"",
	("It seals your keys and messages on this disk. Nobody can give it "
	    "back to you: not the relay, not us. A few words are better than "
	    "one clever one."),
};

void
view_first(struct grid *g, struct area a, struct client *c,
    const struct look *look)
{
	(void)look;
	switch (client_screen(c)->ask) {
	case ASK_FIRST_ADDRESS:
		draw_text(g, a, first_address, COUNT(first_address));
		break;
	case ASK_FIRST_PASS:
	case ASK_FIRST_AGAIN:
		draw_text(g, a, first_pass, COUNT(first_pass));
		break;
	case ASK_OLD:
		draw_text(g, a, first_backup, COUNT(first_backup));
		break;
	case ASK_NONE:
		if (!client_fresh(c)) {
			draw_text(g, a, first_back, COUNT(first_back));
			break;
		}
		draw_text(g, a, first_name, COUNT(first_name));
		break;
	default:
		draw_text(g, a, first_name, COUNT(first_name));
	}
}

static const char *const locked[] = {
	"Locked.",
	"",
	"Keys and messages are out of memory. Type the passphrase.",
};

void
view_lock(struct grid *g, struct area a, struct client *c,
    const struct look *look)
{
	(void)c;
	(void)look;
	draw_text(g, a, locked, COUNT(locked));
}

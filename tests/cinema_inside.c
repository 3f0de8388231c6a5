/* SPDX-License-Identifier: ISC */
/*
 * What a test of a film can't see from outside of the client; apart, since the
 * insides of client and relay have names in common. See cinema.h.
 */
#include "play.h"

pid_t cinema_pid(const struct client *, bool show);
unsigned cinema_fed(const struct client *);
size_t cinema_held(const struct client *);

pid_t
cinema_pid(const struct client *c, bool show)
{
	return c->play == NULL || c->play->helper == NULL ? -1 :
	    helper_pid(c->play->helper, show ? MEDIA_SHOW : MEDIA_DECODE);
}

unsigned
cinema_fed(const struct client *c)
{
	return c->play != NULL ? c->play->feed : 0;
}

size_t
cinema_held(const struct client *c)
{
	size_t n = 0;

	for (size_t i = 0; c->play != NULL && i < c->play->fetch.pieces; i++)
		n += c->play->fetch.piece[i].n;
	return n;
}

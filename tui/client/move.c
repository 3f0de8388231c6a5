/* SPDX-License-Identifier: ISC */
/*
 * Another address of the same relay: it has moved to another host, or has begun
 * its directory anew under another head key, after a loss. That is believed for
 * one reason alone: the person was given the address over another way and typed
 * it in. Its transport key must be the one that is pinned; who is who stays as
 * it was, and the new directory is judged against that.
 */
#include "inside.h"

/* All that the old directory has said: its log, its heads, who told of them,
 * and the proof that it lied, whose file stays. */
static void
move_directory(struct client *c)
{
	size_t i;

	mirror_cut(c, 0);
	for (i = 0; i < c->audit.gossips; i++)
		keep_drop(&c->keep, TABLE_gossip, c->audit.gossip[i].person);
	keep_drop(&c->keep, TABLE_directory, AUDIT_ROW);
	keep_drop(&c->keep, TABLE_directory, WITNESS_ROW);
	audit_free(c);
	for (i = 0; i < c->people; i++) {
		c->person[i]->unproven = false;
		c->person[i]->again = true;     /* looked up in the new one */
	}
	c->audit.mirror.turn = c->turn;
	notice_add(c, NOTICE_ALARM, 0, false, "you took a new address of the "
	    "relay, under which its directory begins anew: what the old one "
	    "said is forgotten. Whoever you have verified stays verified, and "
	    "where a key differs you are asked; those who registered lately "
	    "may have to do it again");
}

int
client_move(struct client *c, const struct address *to, char **why)
{
	struct address *at = &c->self.address;

	if (!c->self.have) {
		*why = mem_string("there is no account yet: tacet init NAME");
		return ERR_STATE;
	}
	if (!to->pinned || memcmp(to->pin, at->pin, DH_SIZE) != 0) {
		*why = mem_format("that is another relay than the one that has "
		    "your account: tacet --profile NEW --relay ADDRESS init %s "
		    "makes one there", c->self.name);
		return ERR_KEY;
	}
	session_end(c);
	if (memcmp(to->pin, at->pin, PIN_SIZE) != 0)
		move_directory(c);
	memcpy(at->host, to->host, sizeof(at->host));
	at->port = to->port;
	memcpy(at->pin, to->pin, PIN_SIZE);
	self_keep(c);
	client_connect(c);
	client_show(c);
	return 0;
}

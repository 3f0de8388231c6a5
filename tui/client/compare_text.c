/* SPDX-License-Identifier: ISC */
/*
 * A live comparison in words: where it is, how it ended, what to do next.
 * Changes nothing.
 */
#include "trust.h"

const char *
compare_name(enum compare_step s)
{
	static const char *const name[] = {"none", "called", "calling",
		"joined", "words", "over"};

	return (unsigned)s < COUNT(name) ? name[s] : "?";
}

static void
text_over(const struct compare *k, const char *who, struct buf *out)
{
	switch (k->end) {
	case COMPARE_SAME:
		buf_format(out, k->they_said ? "The words were the same on "
		    "both sides: %s is verified." : "You said the words are "
		    "the same: %s is verified here. They have not answered.",
		    who);
		break;
	case COMPARE_DIFFER:
		buf_format(out, "The words were NOT the same. Somebody may be "
		    "between you and %s: write nothing secret.", who);
		break;
	case COMPARE_BENT:
		buf_format(out, "What arrived from %s is not what was "
		    "announced. Somebody may be between you: write nothing "
		    "secret.", who);
		break;
	case COMPARE_STOPPED:
		buf_format(out, "The comparison with %s was stopped. Nothing "
		    "has changed.", who);
		break;
	case COMPARE_BUSY:
		buf_format(out, "%s is comparing with somebody else just now.",
		    who);
		break;
	case COMPARE_LATE:
		buf_format(out, k->said ? "You said the words are the same. %s "
		    "has not answered in five minutes." : "No answer of %s in "
		    "five minutes. Begin again when you are both there.", who);
		break;
	case COMPARE_UNKNOWN:
		buf_format(out, "%s is not comparing any more. Begin again.",
		    who);
		break;
	}
}

void
client_compare_text(struct client *c, struct buf *out)
{
	const struct compare *k = &c->compare;
	const struct person *p = client_person(c, k->person);
	const char *who = p != NULL ? p->name.s : "somebody";

	switch (k->step) {
	case COMPARE_NONE:
		buf_string(out, "Nothing is being compared.");
		break;
	case COMPARE_CALLED:
		buf_format(out, "%s is there and wants to compare seven words "
		    "with you.", who);
		break;
	case COMPARE_CALLING:
		buf_format(out, "Waiting for %s to join. They see it among "
		    "their notifications.", who);
		break;
	case COMPARE_JOINED:
		buf_format(out, "The words of you and %s are on their way.",
		    who);
		break;
	case COMPARE_WORDS:
		buf_format(out, k->said ? "You said: the same. Waiting for %s "
		    "to say so too." : k->they_said ? "%s says: the same. Do "
		    "you see the same words that they read to you?" :
		    "Read these to %s, or let them be read to you: are they "
		    "the same, in the same order?", who);
		break;
	case COMPARE_OVER:
		text_over(k, who, out);
		break;
	}
}

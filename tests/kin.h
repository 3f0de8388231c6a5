/* SPDX-License-Identifier: ISC */
/*
 * One more device for a person of a pair: what the two people before both
 * screens do, step by step, until the account is handed over. What does not
 * come to pass ends the test with the sentence of the device that stays back.
 */
#ifndef TACET_KIN_H
#define TACET_KIN_H

#include "pair.h"

/* Waits as pair_until() does: linking is on this step at i. */
bool kin_step(struct pair *, size_t i, enum linkup_step);
/* fresh, of pair_new(), shows its words and waits for the other. */
void kin_wait(struct pair *, size_t fresh);
/* old has taken them: both show the seven words to compare. */
void kin_meet(struct pair *, size_t old, size_t fresh);
/* Both have said that they are the same: old is asked for its passphrase.
 * with: LINK_ flags, what goes over besides */
void kin_agree(struct pair *, size_t old, size_t fresh, unsigned with);
/* All of it: the index of a new device, which is online. */
size_t kin_link(struct pair *, size_t old, unsigned with);

#endif

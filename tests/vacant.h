/* SPDX-License-Identifier: ISC */
/*
 * A port for a program of a test that can't choose one by itself. Nothing
 * holds it: whoever else asks the kernel in between may be given it too.
 */
#ifndef TACET_VACANT_H
#define TACET_VACANT_H

#include <stdint.h>

/* Of TCP on 127.0.0.1, free a moment ago; 0 and errno when there is none. */
uint16_t vacant_port(void);

#endif

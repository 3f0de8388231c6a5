/* SPDX-License-Identifier: ISC */
/*
 * The program tacetd as it runs anywhere: in a process and a folder of its own,
 * jailed, with its options, its log in a file, its counters over HTTP and its
 * memory as the kernel counts it. Never part of a program.
 */
#ifndef TACET_DAEMON_H
#define TACET_DAEMON_H

#include <sys/types.h>

#include "relay_help.h"

struct daemon {
	pid_t pid;
	uint16_t metrics;
	char *dir, *log;                /* log: the path of what it logs */
	struct address address;
};
/* Options as on a command line, "--name", "value", ..., NULL. Open to all who
 * register unless they say otherwise. What it inherits is our environment. */
void daemon_open(struct daemon *, ...);
/* TERM; true: it ended well. Its folder and log go with it. */
bool daemon_close(struct daemon *);
/* "VmRSS", "VmHWM" and so on, in KiB */
long daemon_status(const struct daemon *, const char *field);
double daemon_metric(const struct daemon *, const char *name);
bool daemon_logged(const struct daemon *, const char *words);
/* A desk whose devices talk to it: dev_dial_tcp and what follows. */
void daemon_desk(const struct daemon *, struct desk *);

/* A bare TCP connection from 127.x.y.z, host order; -1 and errno when none. */
int daemon_knock(const struct daemon *, uint32_t from);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * What the roles of tacet-media share: how each is entered, and packets over
 * descriptors. No foreign library stands here; each has its own file.
 */
#ifndef TACET_ROLE_H
#define TACET_ROLE_H

#include "media.h"

/* Runs until the client hangs up or something can't go on: the exit status. */
int decode_run(void);
int show_run(void);

/*
 * port.c: packets over a socket that does not block. What is put is written
 * when the other end takes it; whoever puts much looks at port_full() first.
 */
struct port {
	int fd;                         /* -1: nobody there */
	enum media_end from, to;        /* whose packets are read here */
	struct buf in, out;
	size_t taken, sent;             /* of in and out */
	bool over;                      /* the other end is gone */
};
void port_open(struct port *, int fd, enum media_end from, enum media_end to);
void port_free(struct port *);
void port_put(struct port *, const struct packet *);
/* Room for the bytes of the DATA at the end of the packet: they are written
 * there, and nothing else is put before they are. */
uint8_t *port_room(struct port *, const struct packet *, size_t n);
bool port_full(const struct port *);    /* something still waits to be sent */
/* What poll() is to wait for, and what to do then: 0, or ERR_NET when the other
 * end is gone. */
short port_wants(const struct port *);
int port_turn(struct port *, short revents);
/* The next packet that is here, valid until the next call: 0, ERR_SHORT when
 * there is none, else the other end makes no sense. */
int port_next(struct port *, struct packet *);
/* Writes all, and waits for it. */
int port_flush(struct port *);

#endif

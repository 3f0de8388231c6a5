/* SPDX-License-Identifier: ISC */
/*
 * The passphrase: from a descriptor or from the terminal, never from arguments
 * or environment, where other users of the machine could read it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "cmd.h"

#define PASS_LEN_MAX 1024
#define INTERRUPT 3             /* C-c */

/* One line; the newline is not part of it. */
static int
read_line(int fd, struct buf *pass)
{
	uint8_t c;

	for (;;) {
		ssize_t n = read(fd, &c, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_IO;
		if (n == 0 || c == '\n')
			return 0;
		if (c == INTERRUPT)
			return ERR_STATE;
		if (pass->n >= PASS_LEN_MAX)
			return ERR_BIG;
		buf_u8(pass, c);
	}
}

/* Unseen, and C-c ends the line instead of the process, which would leave the
 * terminal without its echo. */
static int
read_terminal(const char *prompt, struct buf *pass)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC), err;
	struct termios was, quiet;

	if (fd < 0)
		return ERR_NONE;
	if (tcgetattr(fd, &was) != 0) {
		(void)close(fd);
		return ERR_NONE;
	}
	quiet = was;
	quiet.c_lflag &= (tcflag_t)~(ECHO | ECHONL | ISIG);
	quiet.c_cc[VEOL] = INTERRUPT;
	(void)dprintf(fd, "%s: ", prompt);
	(void)tcsetattr(fd, TCSAFLUSH, &quiet);
	err = read_line(fd, pass);
	(void)tcsetattr(fd, TCSAFLUSH, &was);
	(void)dprintf(fd, "\n");
	(void)close(fd);
	return err;
}

bool
pass_question(const char *question, char *answer, size_t size)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	struct buf line = {0};
	bool got;

	if (fd < 0)
		return false;
	(void)dprintf(fd, "%s [y/n] ", question);
	got = read_line(fd, &line) == 0 && line.n > 0;
	(void)close(fd);
	if (got)
		(void)snprintf(answer, size, "%.*s", (int)line.n,
		    (const char *)line.p);
	buf_free(&line);
	return got;
}

int
pass_read_new(int fd, struct buf *pass, char **why)
{
	struct buf again = {0};
	int err = pass_read(fd, "new passphrase", pass, why);

	if (err != 0 || fd >= 0)
		return err;
	err = pass_read(fd, "the same again", &again, why);
	if (err == 0 && (again.n != pass->n ||
	    !seal_same(again.p, pass->p, pass->n)))
		err = cmd_refuse(why, ERR_PASS, "the two are not the same; "
		    "run the command again");
	buf_free(&again);
	return err;
}

int
pass_read(int fd, const char *prompt, struct buf *pass, char **why)
{
	int err;

	pass->secret = true;
	err = fd >= 0 ? read_line(fd, pass) : read_terminal(prompt, pass);
	/* none could be read: for who calls us that is one thing, tacet(1) */
	if (err == ERR_NONE)
		return cmd_refuse(why, ERR_PASS, "there is no terminal to ask for "
		    "the passphrase; give it on a descriptor: "
		    "--passphrase-fd 3 3<FILE");
	if (err == ERR_IO)
		return cmd_refuse(why, ERR_PASS, "descriptor %d can't be read; "
		    "open it for tacet: --passphrase-fd %d %d<FILE", fd,
		    fd >= 0 ? fd : 3, fd >= 0 ? fd : 3);
	if (err == ERR_STATE)
		return cmd_refuse(why, err, "stopped; nothing was changed");
	if (err != 0)
		return cmd_refuse(why, ERR_PASS, "the passphrase is longer "
		    "than %d bytes", PASS_LEN_MAX);
	if (pass->n == 0)
		return cmd_refuse(why, ERR_PASS, "the passphrase is empty");
	return 0;
}

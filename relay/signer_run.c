/* SPDX-License-Identifier: ISC */
/*
 * The head signer as a process: its state is open, then it gives up everything
 * but its socket and that file, and answers one question after another until
 * the relay is gone.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef TACET_TEST
#include <fcntl.h>
#endif

#include "relay.h"

/* A person who types the word has no such socket. */
static bool
signer_called(void)
{
	int type = 0;
	socklen_t n = sizeof(type);

	return getsockopt(0, SOL_SOCKET, SO_TYPE, &type, &n) == 0 &&
	    type == SOCK_SEQPACKET;
}

static bool
signer_say(struct bytes b)
{
	ssize_t n;

	do {
		n = send(0, b.p, b.n, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)b.n;
}

/* What it can't do it tells the relay, which tells the person. */
static int
signer_give_up(int err, char *why)
{
	struct buf b = {0};

	buf_u8(&b, (uint8_t)-err);
	buf_string(&b, why ? why : err_text(err));
	(void)signer_say(buf_view(&b));         /* it ends either way */
	buf_free(&b);
	free(why);
	return 1;
}

#ifdef TACET_TEST
/* What a stranger's code in here might try, named by TACET_TRY_SIGNER. Says on
 * standard error whether it was let; most of it it does not survive. */
static void
signer_try(const char *data)
{
	const char *try = getenv("TACET_TRY_SIGNER");
	char *const none[] = {NULL}, *path = mem_format("%s/keys", data);
	int rc = -1;

	if (!try) {
		free(path);
		return;
	}
	if (strcmp(try, "open") == 0)
		rc = open(path, O_RDONLY | O_CLOEXEC);
	else if (strcmp(try, "socket") == 0)
		rc = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	else if (strcmp(try, "exec") == 0)
		rc = execve("/bin/true", none, none);
	else if (strcmp(try, "fork") == 0 && (rc = fork()) == 0)
		_exit(0);
	free(path);
	(void)fprintf(stderr, "try %s: %s\n", try, rc < 0 ? "refused" : "done");
}
#else
#define signer_try(data) ((void)(data))
#endif

static int
signer_serve(struct signer *s)
{
	uint8_t question[SIGNER_MAX];
	struct buf answer = {0};
	bool said = true;
	ssize_t n;

	while (said) {
		n = recv(0, question, sizeof(question), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;          /* the relay is gone */
		signer_answer(s, bytes_of(question, (size_t)n), &answer);
		said = signer_say(buf_view(&answer));
	}
	buf_free(&answer);
	return n == 0 ? 0 : 1;
}

int
signer_run(const char *data, const char *words)
{
	struct signer *s = NULL;
	char *why = NULL;
	int err;

	if (!signer_called()) {
		(void)fputs("tacetd: the signer is started by the relay: run "
		    "`tacetd`\n", stderr);
		return 2;
	}
	err = signer_open(&s, data, strchr(words, 'd') != NULL, &clock_system,
	    &why);
	if (err)
		return signer_give_up(err, why);
	if (strchr(words, 'j')) {
		err = jail_close(JAIL_OF_SIGNER, NULL, 0);
		if (err < 0)
			return signer_give_up(err, NULL);
	}
	signer_try(data);
	err = signer_serve(s);
	signer_close(s);
	return err;
}

/* SPDX-License-Identifier: ISC */
/*
 * The media helper: a process that decodes and one that shows, joined by a
 * socket pair, each with one to us. They parse what strangers sent, so they
 * are believed nothing: a packet that may not be, one too many, silence where
 * an answer is due, an end of any kind stop both and become a sentence. What
 * follows from it (another try, a tile) is up to who started them.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "helper.h"

#define HELPER_NAME "tacet-media"
#define SECOND_MS 1000

struct part {
	struct helper *helper;
	enum media_end end;
	const char *name;               /* the role, as its argument */
	struct child *child;
	struct pipe *pipe;
	struct timer *late;
	unsigned packets;
	int64_t second;                 /* when they were first counted */
	bool exited, shut;
	int status, err;
};

struct helper {
	struct helper_setup setup;
	struct part part[2];
	bool busy, over;
};

/* ---- its end ---- */

static void
part_close(struct part *p)
{
	pipe_close(p->pipe);
	child_forget(p->child);
	timer_free(p->late);
	*p = (struct part){.helper = p->helper};
}

static void
helper_free(struct helper *h)
{
	for (size_t i = 0; i < COUNT(h->part); i++)
		part_close(&h->part[i]);
	free(h);
}

void
helper_stop(struct helper *h)
{
	if (h == NULL)
		return;
	h->over = true;
	if (!h->busy)
		helper_free(h);
}

static void
helper_end(struct helper *h, char *why)
{
	bool busy = h->busy;

	if (!h->over) {
		h->over = h->busy = true;
		log_say(h->setup.log, LOG_WARN, "helper", "%s", why);
		h->setup.on.ended(h->setup.arg, why);
		h->busy = busy;
	}
	free(why);
	if (!busy)
		helper_free(h);
}

static char *
part_status(const struct part *p)
{
	if (p->status == 127)
		return mem_format("the media helper (%s) can't be started: "
		    "see whether " HELPER_NAME " is installed", p->name);
	if (p->status == 128 + SIGSYS)
		return mem_format("the media helper (%s) did what it must not "
		    "and was stopped by its jail", p->name);
	if (p->status > 128)
		return mem_format("the media helper (%s) died of signal %d",
		    p->name, p->status - 128);
	return mem_format("the media helper (%s) ended by itself, status %d",
	    p->name, p->status);
}

/* What it said last is heard before how it ended. */
static void
part_over(struct part *p)
{
	if (!p->exited || !p->shut)
		return;
	if (p->err == ERR_BIG || p->err == ERR_FORMAT)
		helper_end(p->helper, mem_format("the media helper (%s) sent "
		    "what is no packet", p->name));
	else if (p->err == ERR_QUOTA)
		helper_end(p->helper, mem_format("the media helper (%s) does "
		    "not take what it is sent", p->name));
	else
		helper_end(p->helper, part_status(p));
}

static void
part_exited(void *arg, int status)
{
	struct part *p = arg;

	p->child = NULL;
	p->exited = true;
	p->status = status;
	if (!p->shut)
		timer_set(p->late, HELPER_EXIT_MS);
	part_over(p);
}

static void
part_shut(void *arg, int err)
{
	struct part *p = arg;

	p->pipe = NULL;
	p->shut = true;
	p->err = err;
	if (p->child != NULL)
		child_kill(p->child, err == 0 || err == ERR_SHORT ||
		    err == ERR_IO ? HELPER_EXIT_MS : 0);
	part_over(p);
}

static void
part_late(void *arg)
{
	struct part *p = arg;

	helper_end(p->helper, mem_format("the media helper (%s) does not "
	    "answer any more and was stopped", p->name));
}

/* ---- its words ---- */

static bool
part_floods(struct part *p)
{
	int64_t now = clock_mono(loop_clock(p->helper->setup.loop));

	if (now - p->second >= SECOND_MS) {
		p->second = now;
		p->packets = 0;
	}
	return ++p->packets > HELPER_PACKETS && defence(helper_flood);
}

static void
part_packet(void *arg, struct bytes b)
{
	struct part *p = arg;
	struct helper *h = p->helper;
	struct packet packet;
	size_t used;
	int err = packet_get(b, p->end, MEDIA_CLIENT, &packet, &used);

	if (h->over)
		return;
	timer_stop(p->late);
	h->busy = true;
	if (err != 0 || used != b.n)
		helper_end(h, mem_format("the media helper (%s) sent what is "
		    "no packet", p->name));
	else if (part_floods(p))
		helper_end(h, mem_format("the media helper (%s) sends more "
		    "than anybody could use", p->name));
	else
		h->setup.on.packet(h->setup.arg, p->end, &packet);
	h->busy = false;
	if (h->over)
		helper_free(h);
}

static void
part_drained(void *arg)
{
	struct part *p = arg;
	struct helper *h = p->helper;

	if (h->over || h->setup.on.drained == NULL)
		return;
	h->busy = true;
	h->setup.on.drained(h->setup.arg, p->end);
	h->busy = false;
	if (h->over)
		helper_free(h);
}

static struct part *
part_of(const struct helper *h, enum media_end end)
{
	for (size_t i = 0; i < COUNT(h->part); i++)
		if (h->part[i].end == end)
			return (struct part *)&h->part[i];
	return NULL;
}

void
helper_put(struct helper *h, enum media_end to, const struct packet *packet)
{
	struct part *p = part_of(h, to);
	struct buf b = {0};

	if (h->over || p == NULL || p->pipe == NULL)
		return;
	packet_put(&b, packet);
	pipe_put(p->pipe, buf_view(&b));
	buf_free(&b);
}

bool
helper_full(const struct helper *h, enum media_end to)
{
	const struct part *p = part_of(h, to);

	return p == NULL || p->pipe == NULL || pipe_full(p->pipe);
}

void
helper_expect(struct helper *h, enum media_end from, int64_t ms)
{
	struct part *p = part_of(h, from);

	if (h->over || p == NULL)
		return;
	if (ms > 0 && defence(helper_watch))
		timer_set(p->late, ms);
	else
		timer_stop(p->late);
}

pid_t
helper_pid(const struct helper *h, enum media_end end)
{
	const struct part *p = part_of(h, end);

	return p != NULL && p->child != NULL ? child_pid(p->child) : -1;
}

/* ---- its beginning ---- */

/* Beside our own program, as in the source's build; else where it is installed.
 * NULL: nowhere. */
static char *
helper_path(void)
{
	char self[4096], *path, *slash;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

#ifdef TACET_TEST
	if (getenv("TACET_MEDIA") != NULL)
		return mem_string(getenv("TACET_MEDIA"));
#endif
	if (n > 0) {
		self[n] = '\0';
		if ((slash = strrchr(self, '/')) != NULL)
			*slash = '\0';
		path = path_join(self, HELPER_NAME);
		if (access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return access(LIBEXEC "/" HELPER_NAME, X_OK) == 0 ?
	    mem_string(LIBEXEC "/" HELPER_NAME) : NULL;
}

static uint64_t
part_memory(const struct part *p)
{
#if defined(__SANITIZE_ADDRESS__)
	(void)p;
	return 0;       /* the sanitizer wants all addresses there are */
#else
	return p->end == MEDIA_DECODE ? HELPER_MEMORY : 0;
#endif
}

static bool
part_start(struct part *p, char *path, int peer)
{
	const struct helper_setup *s = &p->helper->setup;
	static const struct pipe_events on = {part_packet, part_drained,
	    part_shut};
	char *argv[] = {path, (char *)p->name, NULL};
	struct child_setup cs = {.argv = argv, .memory = part_memory(p)};
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) != 0)
		return false;
	cs.fd[cs.fds++] = (struct child_fd){fd[1], MEDIA_FD_CLIENT};
	/* a film is not played from a file, nor made into one */
	if (s->source >= 0 && (p->end == MEDIA_SHOW ||
	    s->ends == MEDIA_DECODE))
		cs.fd[cs.fds++] = (struct child_fd){s->source, MEDIA_FD_SOURCE};
	if (peer >= 0)
		cs.fd[cs.fds++] = (struct child_fd){peer, MEDIA_FD_PEER};
	p->late = timer_new(s->loop, part_late, p);
	p->child = child_spawn(s->loop, &cs, part_exited, p);
	close(fd[1]);
	if (p->child == NULL || fcntl(fd[0], F_SETFL, O_NONBLOCK) != 0) {
		close(fd[0]);
		return false;
	}
	p->pipe = pipe_over(s->loop, fd[0], MEDIA_PACKET_MAX, HELPER_HELD, &on,
	    p);
	return true;
}

static bool
helper_parts(struct helper *h, char *path)
{
	static const enum media_end end[] = {MEDIA_DECODE, MEDIA_SHOW};
	static const char *const name[] = {"decode", "show"};
	bool both = h->setup.ends == (MEDIA_DECODE | MEDIA_SHOW), good = true;
	int peer[2] = {-1, -1};

	if (both && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, peer))
		return false;
	for (size_t i = 0; i < COUNT(end) && good; i++) {
		h->part[i].helper = h;
		if (!(h->setup.ends & end[i]))
			continue;
		h->part[i].end = end[i];
		h->part[i].name = name[i];
		good = part_start(&h->part[i], path, peer[i]);
	}
	for (size_t i = 0; both && i < COUNT(peer); i++)
		close(peer[i]);
	return good;
}

struct helper *
helper_start(const struct helper_setup *s, char **why)
{
	struct helper *h;
	char *path = helper_path();

	if (path == NULL) {
		*why = mem_string("films need the program " HELPER_NAME ", "
		    "which is not installed here: apt install " HELPER_NAME
		    ", or make install from the source");
		return NULL;
	}
	h = mem_alloc(sizeof(*h));
	h->setup = *s;
	if (!helper_parts(h, path)) {
		*why = mem_string("the media helper can't be started: no "
		    "process or no descriptor is left; close something and "
		    "try again");
		helper_free(h);
		h = NULL;
	}
	free(path);
	return h;
}

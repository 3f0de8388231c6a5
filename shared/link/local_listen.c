/* SPDX-License-Identifier: ISC */
/*
 * Who may open a local connection: over a Unix socket our own user (and root,
 * who can read our memory anyway), over loopback TCP whoever is on the machine.
 * The socket is born with mode 0600 in a folder of our own, so there is no
 * moment in which somebody else could connect.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LINK_INSIDE
#include "link.h"

#define LOCAL_PEERS 64          /* at once; more are closed */
#define LOCAL_TCP_IDLE_MS 60000
#define LOCAL_PAUSE_MS 100      /* no descriptors: don't spin */

struct local_listener {
	struct loop *loop;
	int fd;
	struct watch *watch;
	struct timer *timer;
	char *path;                     /* NULL: TCP */
	dev_t dev;
	ino_t ino;
	struct local_events on;
	void *arg;
	unsigned peers;
	bool stopped;
};

/* root is 0 for every user; a socket pair answers with our own id */
static bool
local_trusted(int fd)
{
	struct ucred cred;
	socklen_t n = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) != 0)
		return false;
	return cred.uid == geteuid() || cred.uid == 0;
}

static void
local_again(void *arg)
{
	struct local_listener *ll = arg;

	(void)watch_set(ll->watch, WATCH_READ);
}

static void
local_accept(void *arg, UNUSED int what)
{
	struct local_listener *ll = arg;
	struct local *l;
	int fd = accept4(ll->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
		    errno == ENOBUFS) {
			(void)watch_set(ll->watch, 0);
			timer_set(ll->timer, LOCAL_PAUSE_MS);
		}
		return;
	}
	if (ll->peers >= LOCAL_PEERS ||
	    (ll->path != NULL && !local_trusted(fd))) {
		close(fd);
		return;
	}
	ll->peers++;
	l = local_accepted(ll->loop, fd, &ll->on, ll->arg, ll,
	    ll->path == NULL ? LOCAL_TCP_IDLE_MS : 0);
	if (ll->on.open != NULL)
		ll->on.open(ll->arg, l);
}

static int
local_listener_new(struct local_listener **out, struct loop *loop, int fd,
    const struct local_events *on, void *arg)
{
	struct local_listener *ll = mem_alloc(sizeof(*ll));

	ll->loop = loop;
	ll->fd = fd;
	ll->on = *on;
	ll->arg = arg;
	ll->timer = timer_new(loop, local_again, ll);
	ll->watch = watch_fd(loop, fd, WATCH_READ, local_accept, ll);
	*out = ll;
	if (ll->watch == NULL) {
		local_stop(ll);
		return ERR_IO;
	}
	return 0;
}

static void
local_listener_free(struct local_listener *ll)
{
	if (ll->stopped && ll->peers == 0)
		free(ll);
}

void
local_gone(struct local_listener *ll)
{
	ll->peers--;
	local_listener_free(ll);
}

/* Removes the path only while it is ours: another may listen there by now. */
static void
local_unlink(struct local_listener *ll)
{
	struct stat st;

	if (lstat(ll->path, &st) == 0 && st.st_dev == ll->dev &&
	    st.st_ino == ll->ino)
		(void)unlink(ll->path);
}

void
local_stop(struct local_listener *ll)
{
	if (ll == NULL)
		return;
	watch_free(ll->watch);
	timer_free(ll->timer);
	if (ll->path != NULL && ll->ino != 0)
		local_unlink(ll);
	close(ll->fd);
	free(ll->path);
	ll->path = NULL;
	ll->stopped = true;
	local_listener_free(ll);
}

uint16_t
local_port(const struct local_listener *ll)
{
	return sock_port(ll->fd);
}

/*
 * A path longer than sun_path goes through /proc: *dir is then an open folder
 * to be closed after use, else -1.
 */
static int
local_sun(const char *path, struct sockaddr_un *sun, int *dir)
{
	const char *name = strrchr(path, '/');
	char *folder;

	*dir = -1;
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	if (strlen(path) < sizeof(sun->sun_path)) {
		memcpy(sun->sun_path, path, strlen(path));
		return 0;
	}
	if (name == NULL || strlen(name) > 64)
		return ERR_BIG;
	folder = mem_string(path);
	folder[name - path] = '\0';
	*dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	if (*dir < 0)
		return sock_err(errno);
	snprintf(sun->sun_path, sizeof(sun->sun_path), "/proc/self/fd/%d%s",
	    *dir, name);
	return 0;
}

static int
local_connect(const char *path, int *out)
{
	struct sockaddr_un sun;
	int dir, fd, err = local_sun(path, &sun, &dir);

	if (err != 0)
		return err;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		err = sock_err(errno);
	} else if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0) {
		err = errno == ECONNREFUSED || errno == ENOENT ? ERR_NONE :
		    errno == EAGAIN ? ERR_BUSY : sock_err(errno);
	} else if (!local_trusted(fd)) {
		err = ERR_DENIED;
	}
	if (err != 0 && fd >= 0)
		close(fd);
	if (dir >= 0)
		close(dir);
	*out = fd;
	return err;
}

/* Nobody answers: what lies there is left over from a crash. */
static int
local_clear(const char *path)
{
	struct stat st;
	int fd, err;

	if (lstat(path, &st) != 0)
		return errno == ENOENT ? 0 : sock_err(errno);
	if (!S_ISSOCK(st.st_mode))
		return ERR_EXISTS;
	err = local_connect(path, &fd);
	if (err == 0)
		close(fd);
	if (err != ERR_NONE)
		return err == 0 ? ERR_BUSY : err;
	return unlink(path) == 0 || errno == ENOENT ? 0 : sock_err(errno);
}

static int
local_bind(const char *path, int fd)
{
	struct sockaddr_un sun;
	int dir, err = local_sun(path, &sun, &dir);

	if (err != 0)
		return err;
	/* Linux gives the file the mode of the socket, less the umask */
	if (fchmod(fd, 0600) != 0 ||
	    bind(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0 ||
	    chmod(path, 0600) != 0 || listen(fd, LINK_BACKLOG) != 0)
		err = sock_err(errno);
	if (dir >= 0)
		close(dir);
	return err;
}

static int
local_folder(const char *path)
{
	char *copy = mem_string(path);
	int err = path_private_dir(dirname(copy));

	free(copy);
	return err;
}

int
local_listen(struct local_listener **out, struct loop *loop, const char *path,
    const struct local_events *on, void *arg)
{
	struct stat st;
	int fd, err;

	*out = NULL;
	if ((err = local_folder(path)) != 0 || (err = local_clear(path)) != 0)
		return err;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return sock_err(errno);
	if ((err = local_bind(path, fd)) != 0) {
		close(fd);
		return err;
	}
	if ((err = local_listener_new(out, loop, fd, on, arg)) != 0) {
		*out = NULL;
		return err;
	}
	(*out)->path = mem_string(path);
	if (lstat(path, &st) == 0) {
		(*out)->dev = st.st_dev;
		(*out)->ino = st.st_ino;
	}
	return 0;
}

int
local_listen_tcp(struct local_listener **out, struct loop *loop,
    const char *host, uint16_t port, const struct local_events *on, void *arg)
{
	int fd, err;

	*out = NULL;
	if ((err = sock_listen(host, port, &fd)) != 0)
		return err;
	err = local_listener_new(out, loop, fd, on, arg);
	if (err != 0)
		*out = NULL;
	return err;
}

int
local_dial(struct local **out, struct loop *loop, const char *path,
    const struct local_events *on, void *arg)
{
	int fd, err;

	*out = NULL;
	if ((err = local_connect(path, &fd)) != 0)
		return err;
	*out = local_accepted(loop, fd, on, arg, NULL, 0);
	return 0;
}

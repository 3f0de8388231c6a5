/* SPDX-License-Identifier: ISC */
/*
 * What the role show gives up before it opens anything, so that it holds for
 * the threads of the libraries, too: whose files are not theirs, other
 * programs, other machines. The packets that it reads come from a decoder that
 * a film may own. What is left is what a display and a sound device need, and
 * the folder that it was given, if it was given one.
 */
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "show.h"

#define FILES_OPEN 512
#define PLACES 24

/* Is what is asked for elsewhere: a display as host:0, a sound server by TCP? */
static bool
far_away(void)
{
	const char *x = getenv("DISPLAY"), *sound = getenv("PULSE_SERVER");

	if (x != NULL && x[0] != '\0' && x[0] != ':' && x[0] != '/' &&
	    strncmp(x, "unix:", 5) != 0)
		return true;
	return sound != NULL && sound[0] != '\0' && sound[0] != '/' &&
	    strncmp(sound, "unix:", 5) != 0;
}

static const struct jail_place fixed[] = {
	{"/usr", JAIL_READ}, {"/lib", JAIL_READ}, {"/lib64", JAIL_READ},
	{"/etc", JAIL_READ}, {"/proc", JAIL_READ}, {"/sys", JAIL_READ},
	{"/run", JAIL_READ}, {"/opt", JAIL_READ}, {"/var/lib", JAIL_READ},
	{"/dev", JAIL_DEVICE},
};

static size_t
add(struct jail_place *to, size_t n, char *path, enum jail_right right)
{
	if (path != NULL && path[0] != '\0')
		to[n++] = (struct jail_place){path, right};
	return n;
}

static const char *const home[] = {".Xauthority", ".asoundrc",
    ".config/pulse", ".pulse-cookie", ".config/pipewire", ".drirc"};

/* What a user's surroundings name: who may draw, and where sound is. */
static size_t
surroundings(struct jail_place *to, size_t n, char *made[static COUNT(home)])
{
	const char *dir = getenv("HOME");

	n = add(to, n, getenv("XAUTHORITY"), JAIL_READ);
	n = add(to, n, getenv("ALSA_CONFIG_PATH"), JAIL_READ);
	n = add(to, n, getenv("XDG_RUNTIME_DIR"), JAIL_WRITE);
	n = add(to, n, getenv("PULSE_RUNTIME_PATH"), JAIL_WRITE);
	for (size_t i = 0; dir != NULL && dir[0] == '/' && i < COUNT(home);
	    i++)
		n = add(to, n, made[i] = path_join(dir, home[i]), JAIL_READ);
	return n;
}

int
fence_close(void)
{
	struct rlimit few = {FILES_OPEN, FILES_OPEN};
	struct jail_place place[PLACES];
	char *made[COUNT(home)] = {0};
	size_t n = COUNT(fixed);
	struct stat st;
	int got;

	memcpy(place, fixed, sizeof(fixed));
	n = surroundings(place, n, made);
	/* a folder for the sink file: nothing else has a way there */
	if (fstat(MEDIA_FD_SOURCE, &st) == 0 && S_ISDIR(st.st_mode) &&
	    fchdir(MEDIA_FD_SOURCE) == 0)
		place[n++] = (struct jail_place){".", JAIL_WRITE};
	assert(n <= PLACES);
	if (setrlimit(RLIMIT_NOFILE, &few) != 0)
		return ERR_IO;
	got = jail_close(far_away() ? JAIL_OF_SHOW_FAR : JAIL_OF_SHOW, place,
	    n);
	for (size_t i = 0; i < COUNT(made); i++)
		free(made[i]);
	return got < 0 ? got : 0;
}

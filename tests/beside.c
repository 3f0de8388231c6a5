/* SPDX-License-Identifier: ISC */
/* See beside.h. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base.h"
#include "beside.h"
#include "tap.h"

#define TRIES 200
#define TRY_US 100000

bool
beside_runs(const char *cmd)
{
	char *quiet = mem_format("{ %s; } >/dev/null 2>&1", cmd);
	bool yes = system(quiet) == 0;

	free(quiet);
	return yes;
}

bool
beside_has(const char *program)
{
	char *cmd = mem_format("command -v %s", program);
	bool yes = beside_runs(cmd);

	free(cmd);
	return yes;
}

bool
beside_has_sound(void)
{
	return beside_has("pulseaudio") && beside_has("pactl") &&
	    beside_has("parec") && beside_runs(
	    "ls /usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so");
}

pid_t
beside_start(char *const argv[], int out)
{
	pid_t pid = fork();
	int null;

	if (pid < 0)
		bail("no process for %s", argv[0]);
	if (pid > 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	null = open("/dev/null", O_RDWR);
	if (null < 0 || dup2(null, 0) < 0 ||
	    dup2(out >= 0 ? out : null, 1) < 0 || dup2(null, 2) < 0)
		_exit(126);
	(void)execvp(argv[0], argv);
	_exit(127);
}

void
beside_stop(pid_t *pid)
{
	if (*pid <= 0)
		return;
	(void)kill(*pid, SIGTERM);
	(void)waitpid(*pid, NULL, 0);
	*pid = 0;
}

/* Xvfb chooses a free number and tells it on a descriptor. */
pid_t
beside_display(const char *size, const char *files, char **name)
{
	char number[16] = "", fdtext[8];
	char *argv[] = {"Xvfb", "-displayfd", fdtext, "-screen", "0",
	    (char *)(uintptr_t)size, "-nolisten", "tcp",
	    files != NULL ? "-fbdir" : NULL, (char *)(uintptr_t)files, NULL};
	int fd[2];
	pid_t pid;
	ssize_t got;

	if (pipe(fd) != 0)
		bail("no pipe");
	(void)snprintf(fdtext, sizeof(fdtext), "%d", fd[1]);
	pid = beside_start(argv, -1);
	(void)close(fd[1]);
	got = read(fd[0], number, sizeof(number) - 1);
	(void)close(fd[0]);
	if (got <= 0)
		bail("Xvfb does not start");
	number[strcspn(number, "\n")] = '\0';
	*name = mem_format(":%s", number);
	return pid;
}

static void
put_text(const char *dir, const char *name, const char *text)
{
	char *path = path_join(dir, name);

	if (path_write(path, bytes_of(text, strlen(text))) != 0)
		bail("%s can't be written", path);
	free(path);
}

static void
must_set(const char *name, const char *value)
{
	if (setenv(name, value, 1) != 0)
		bail("%s can't be set", name);
}

/* What the server is to do, and what finds it. */
static void
sound_files(const char *dir)
{
	/* without norewinds its monitor stalls */
	char *load = mem_format("load-module module-native-protocol-unix "
	    "socket=%s/native auth-anonymous=1\nload-module module-null-sink "
	    "sink_name=spk rate=48000 channels=1 norewinds=1\n"
	    "set-default-sink spk\n", dir);
	char *at = mem_format("unix:%s/native", dir);

	put_text(dir, "script.pa", load);
	put_text(dir, ".asoundrc", "pcm.!default {type pulse}\n"
	    "ctl.!default {type pulse}\n");
	must_set("HOME", dir);
	must_set("XDG_RUNTIME_DIR", dir);
	must_set("PULSE_RUNTIME_PATH", dir);
	must_set("PULSE_SERVER", at);
	free(load);
	free(at);
}

pid_t
beside_sound(const char *dir)
{
	char *script = path_join(dir, "script.pa");
	pid_t pid;
	int i;

	sound_files(dir);
	pid = beside_start((char *[]){"pulseaudio", "-n", "-F", script,
	    "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
	    NULL}, -1);
	for (i = 0; i < TRIES && !beside_runs("pactl info"); i++)
		(void)usleep(TRY_US);
	if (i == TRIES)
		bail("PulseAudio does not start");
	free(script);
	return pid;
}

/* SPDX-License-Identifier: ISC */
/*
 * The file of a database is made by us, 0600, or looked at through O_PATH:
 * closing any other descriptor of it would drop the locks that this process
 * holds on it. One that others may read is refused, never repaired in silence.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db.h"

int
db_file(const char *path, int flags)
{
	struct stat st;
	int fd;

	if (flags & DB_CREATE) {
		fd = path_open_private(path, O_RDWR | O_CREAT | O_EXCL);
		if (fd >= 0) {
			(void)close(fd);        /* nothing was written */
			return 0;
		}
		if (fd != ERR_EXISTS)
			return fd;
	}
	fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return ERR_NONE;
	if (fstat(fd, &st) < 0)
		st.st_mode = 0;
	(void)close(fd);
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 077) != 0)
		return ERR_DENIED;
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * What the whole process gives up. Early: a crash leaves no core file with keys
 * in it, other processes of the same user can't attach and read, and nothing
 * we run gains rights that we don't have. Later, when all is open: files other
 * than the named ones, ports, and every call of the kernel without a row in
 * the table of its role. What the kernel can't do is reported, never passed over.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <linux/landlock.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seccomp.h>

#include "base.h"

/* ASan reads /proc and traces itself at the end; gcov writes its counts */
#if defined(__SANITIZE_ADDRESS__) || defined(JAIL_NONE)
#define JAIL_ABLE 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define JAIL_ABLE 0
#endif
#endif
#ifndef JAIL_ABLE
#define JAIL_ABLE 1
#endif

int
jail_no_dumps(void)
{
	struct rlimit none = {0, 0};

	if (setrlimit(RLIMIT_CORE, &none) < 0 ||
	    prctl(PR_SET_DUMPABLE, !defence(dump), 0, 0, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return ERR_IO;
	return 0;
}

/* The address space as it is, which is mostly libraries; 0 if unknown. */
static size_t
jail_mapped(void)
{
	char text[64] = {0};
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		(void)close(fd);        /* it was only read */
	return n <= 0 ? 0 : (size_t)strtoull(text, NULL, 10) *
	    (size_t)sysconf(_SC_PAGESIZE);
}

int
jail_memory(size_t bytes)
{
	size_t mapped = JAIL_ABLE ? jail_mapped() : 0;
	struct rlimit data = {bytes, bytes};
	struct rlimit whole = {mapped + bytes, mapped + bytes};

	if (!JAIL_ABLE)
		return 0;       /* a sanitizer maps terabytes */
	if (setrlimit(RLIMIT_DATA, &data) < 0 ||
	    (mapped > 0 && setrlimit(RLIMIT_AS, &whole) < 0))
		return ERR_IO;
	return 0;
}

/* --- Landlock: files and ports, by its version (landlock(7)) --- */

/* The headers of an older kernel know less of this than a newer one does. */
struct jail_rules {
	uint64_t fs, net, scoped;
};
#define JAIL_FS1 0x1fffull              /* execute to make_sym */
#define JAIL_REFER (1ull << 13)         /* since 2 */
#define JAIL_TRUNCATE (1ull << 14)      /* since 3 */
#define JAIL_IOCTL_DEV (1ull << 15)     /* since 5 */
#define JAIL_NET_ALL 3ull               /* since 4: bind, connect (TCP) */
#define JAIL_ABSTRACT 1ull
#define JAIL_SCOPED_ALL 3ull            /* since 6: abstract sockets, signals */

#define JAIL_READS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define JAIL_ENTRIES (LANDLOCK_ACCESS_FS_READ_DIR | \
	LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE)
#define JAIL_WRITES (JAIL_READS | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	JAIL_TRUNCATE)
/* what a rule on a file, not a folder, may speak of */
#define JAIL_OF_FILE (LANDLOCK_ACCESS_FS_READ_FILE | \
	LANDLOCK_ACCESS_FS_WRITE_FILE | JAIL_TRUNCATE | JAIL_IOCTL_DEV)

static const uint64_t jail_right[] = {
	[JAIL_READ] = JAIL_READS, [JAIL_WRITE] = JAIL_WRITES,
	[JAIL_NAMES] = JAIL_ENTRIES,
	[JAIL_DEVICE] = JAIL_WRITES | JAIL_IOCTL_DEV,
};

static struct jail_rules
jail_known(long abi)
{
	struct jail_rules r = {.fs = JAIL_FS1};

	if (abi >= 2)
		r.fs |= JAIL_REFER;
	if (abi >= 3)
		r.fs |= JAIL_TRUNCATE;
	if (abi >= 4)
		r.net = JAIL_NET_ALL;
	if (abi >= 5)
		r.fs |= JAIL_IOCTL_DEV;
	if (abi >= 6)
		r.scoped = JAIL_SCOPED_ALL;
	return r;
}

static int
jail_place(int ruleset, const struct jail_place *p, uint64_t known)
{
	struct landlock_path_beneath_attr rule = {0};
	struct stat st;
	int err = 0;

	rule.parent_fd = open(p->path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)         /* what is not there can't be given */
		return errno == ENOENT || errno == EACCES ? 0 : ERR_IO;
	rule.allowed_access = jail_right[p->right] & known;
	if (fstat(rule.parent_fd, &st) < 0)
		err = ERR_IO;
	else if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= JAIL_OF_FILE;
	if (!err && syscall(SYS_landlock_add_rule, ruleset,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		err = ERR_IO;
	(void)close(rule.parent_fd);    /* it was only named */
	return err;
}

/* The parts that hold from now on. */
static int
jail_files(enum jail_of who, const struct jail_place *place, size_t n)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	struct jail_rules known = jail_known(abi);
	int fd, err = 0;
	size_t i;

	if (abi < 1)
		return 0;       /* an old kernel, or it was told not to */
	if (who == JAIL_OF_SHOW || who == JAIL_OF_SHOW_FAR)
		known.scoped &= ~JAIL_ABSTRACT; /* X11 listens at one */
	if (who == JAIL_OF_SHOW_FAR)
		known.net = 0;
	fd = (int)syscall(SYS_landlock_create_ruleset, &known, sizeof(known),
	    0);
	if (fd < 0)
		return ERR_IO;
	for (i = 0; i < n && !err; i++)
		err = jail_place(fd, &place[i], known.fs);
	if (!err && syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		err = ERR_IO;
	(void)close(fd);        /* the rules stay */
	if (err)
		return err;
	return known.net ? JAIL_FILES | JAIL_PORTS : JAIL_FILES;
}

/* --- seccomp: calls of the kernel --- */

enum jail_verdict {
	JAIL_ALLOW, JAIL_DATA, JAIL_SELF, JAIL_COUNT, JAIL_EPERM, JAIL_ENOSYS,
	JAIL_NEAR
};
struct jail_call {
	const char *name;
	enum jail_verdict verdict;
};
#define SYSCALL(name, verdict) {#name, JAIL_##verdict},
static const struct jail_call jail_relay[] = {
#include "syscall.def"
};
static const struct jail_call jail_signer[] = {
#include "syscall_signer.def"
};
static const struct jail_call jail_decode[] = {
#include "syscall_decode.def"
};
static const struct jail_call jail_show[] = {
#include "syscall_show.def"
};
#undef SYSCALL

static const struct {
	const struct jail_call *call;
	size_t n;
} jail_table[] = {
	[JAIL_OF_RELAY] = {jail_relay, COUNT(jail_relay)},
	[JAIL_OF_SIGNER] = {jail_signer, COUNT(jail_signer)},
	[JAIL_OF_DECODE] = {jail_decode, COUNT(jail_decode)},
	[JAIL_OF_SHOW] = {jail_show, COUNT(jail_show)},
	[JAIL_OF_SHOW_FAR] = {jail_show, COUNT(jail_show)},
};

/* Sockets of this machine only. */
static int
jail_near(scmp_filter_ctx ctx, int nr)
{
	static const int far[] = {AF_INET, AF_INET6, AF_PACKET, AF_VSOCK,
	    AF_BLUETOOTH};
	int rc = 0;

	for (size_t i = 0; i < COUNT(far) && rc == 0; i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EAFNOSUPPORT), nr, 1,
		    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)far[i], 0));
	return rc;
}

static int
jail_row(scmp_filter_ctx ctx, int nr, enum jail_verdict verdict)
{
	const unsigned yes = SCMP_ACT_ALLOW;
	int rc = 0;

	switch (verdict) {
	case JAIL_ALLOW:
		rc = seccomp_rule_add(ctx, yes, nr, 0);
		break;
	case JAIL_DATA:
		rc = seccomp_rule_add(ctx, yes, nr, 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
		break;
	case JAIL_SELF:
		rc = seccomp_rule_add(ctx, yes, nr, 1,
		    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
		break;
	case JAIL_COUNT:
		rc = seccomp_rule_add(ctx, yes, nr, 1,
		    SCMP_A1(SCMP_CMP_EQ, FIONREAD, 0));
		if (rc == 0)
			rc = seccomp_rule_add(ctx, yes, nr, 1,
			    SCMP_A1(SCMP_CMP_EQ, TIOCOUTQ, 0));
		if (rc == 0)
			rc = seccomp_rule_add(ctx, yes, nr, 1,
			    SCMP_A1(SCMP_CMP_EQ, TCGETS, 0));
		break;
	case JAIL_EPERM:
		rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), nr, 0);
		break;
	case JAIL_ENOSYS:
		rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), nr, 0);
		break;
	case JAIL_NEAR:
		rc = jail_near(ctx, nr);
		break;
	}
	return rc == 0 || rc == -EDOM ? 0 : ERR_IO;
}

static int
jail_filter(scmp_filter_ctx ctx, enum jail_of who)
{
	const struct jail_call *c = jail_table[who].call;
	size_t i, n = jail_table[who].n;
	int nr, err = 0;

	/* a program of another machine's calls has none of these rows */
	if (seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS) != 0)
		return ERR_IO;
	/* a search instead of a walk; older libraries only know the walk */
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (i = 0; i < n && !err; i++) {
		nr = seccomp_syscall_resolve_name(c[i].name);
		if (nr >= 0 && (c[i].verdict != JAIL_NEAR ||
		    who != JAIL_OF_SHOW_FAR))
			err = jail_row(ctx, nr, c[i].verdict);
	}
	return err;
}

static int
jail_calls(enum jail_of who)
{
	scmp_filter_ctx ctx;
	int err, rc;

	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
		return 0;       /* the kernel was built without it */
	ctx = seccomp_init(who == JAIL_OF_SHOW || who == JAIL_OF_SHOW_FAR ?
	    SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS);
	if (!ctx)
		return ERR_IO;
	err = jail_filter(ctx, who);
	rc = err ? 0 : seccomp_load(ctx);
	seccomp_release(ctx);
	if (!err && (rc == -EINVAL || rc == -ENOSYS))
		return 0;       /* filters it does not know */
	return err || rc ? ERR_IO : JAIL_CALLS;
}

int
jail_close(enum jail_of who, const struct jail_place *place, size_t n)
{
	int parts, calls;

	if (!JAIL_ABLE)
		return 0;
	parts = jail_files(who, place, n);
	if (parts < 0)
		return parts;
	calls = jail_calls(who);
	return calls < 0 ? calls : parts | calls;
}

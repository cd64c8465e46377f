/* SPDX-License-Identifier: MIT */
#include "privilege.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOBODY 65534 /* the kernel's own overflowuid */

/* Other processes of nobody may not look into this one; but a sanitizer looks for leaks so. */
#ifdef __SANITIZE_ADDRESS__
#define DEBUGGED 1UL
#else
#define DEBUGGED 0UL
#endif

bool privilege_is_user(const char *name)
{
	size_t length = strlen(name);
	if (!length || length >= PRIVILEGE_USER || *name == '-')
		return false;
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("._-", *c))
			return false;
	return true;
}

/* Of those that we hold. Also takes what a user other than root was given. */
static int keep_capabilities(uint64_t keep)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2];
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) ||
	    syscall(SYS_capget, &head, sets))
		return -errno;
	for (int i = 0; i < 2; i++) {
		sets[i].permitted &= (uint32_t)(keep >> 32 * i);
		sets[i].effective = sets[i].permitted;
		sets[i].inheritable = 0;
	}
	return syscall(SYS_capset, &head, sets) ? -errno : 0;
}

static int become(const struct passwd *user, uint64_t keep)
{
	bool other = geteuid() != user->pw_uid || getuid() != user->pw_uid;
	if (other && initgroups(user->pw_name, user->pw_gid))
		return -errno;
	prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
	if (other && (setresgid(user->pw_gid, user->pw_gid, user->pw_gid) ||
		      setresuid(user->pw_uid, user->pw_uid, user->pw_uid)))
		return -errno;
	return keep_capabilities(keep);
}

int privilege_drop(const char *name, uint64_t keep, struct reason *why)
{
	const struct passwd *user = getpwnam(name);
	if (!user)
		return reason_set(why, EINVAL,
				  "--agent-user %.40s: there is no such user on the agent's host",
				  name);
	int err = become(user, keep);
	if (err)
		return reason_set(why, -err,
				  "--agent-user %.40s: %s; start the agent as root or as that user",
				  name, strerror(-err));
	/* prctl(2): forgotten with every change of credentials. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return 0;
}

/* A user namespace may have no such user: then its root, without a capability, is the user. */
static void become_nobody(void)
{
	if (geteuid())
		return;
	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY))
		return;
	prctl(PR_SET_DUMPABLE, DEBUGGED, 0, 0, 0);
}

int privilege_leave(struct reason *why)
{
	int signal_of_parent = 0;
	/* Forgotten with every change of credentials, as in privilege_drop. */
	prctl(PR_GET_PDEATHSIG, &signal_of_parent);
	become_nobody();
	int err = keep_capabilities(0);
	prctl(PR_SET_PDEATHSIG, signal_of_parent);
	return err ? reason_set(why, -err, "giving up privileges: %s", strerror(-err)) : 0;
}

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

/* Also what a user other than root was given: capabilities outlive setuid only when asked to. */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0 }, { 0 } };
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
		return -errno;
	return syscall(SYS_capset, &head, none) ? -errno : 0;
}

static int become(const struct passwd *user)
{
	bool other = geteuid() != user->pw_uid || getuid() != user->pw_uid;
	if (other && initgroups(user->pw_name, user->pw_gid))
		return -errno;
	if (other && (setresgid(user->pw_gid, user->pw_gid, user->pw_gid) ||
		      setresuid(user->pw_uid, user->pw_uid, user->pw_uid)))
		return -errno;
	return drop_capabilities();
}

int privilege_drop(const char *name, struct reason *why)
{
	const struct passwd *user = getpwnam(name);
	if (!user)
		return reason_set(why, EINVAL,
				  "--agent-user %.40s: there is no such user on the agent's host",
				  name);
	int err = become(user);
	if (err)
		return reason_set(why, -err,
				  "--agent-user %.40s: %s; start the agent as root or as that user",
				  name, strerror(-err));
	/* prctl(2): forgotten with every change of credentials. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* hygiene_socket: what every new socket gets from the system. */
#include "hygiene.h"

#include <string.h>

#include "host.h"

#define OPTMEM_BYTES (128 << 10) /* the kernel's own preset: 20 KiB in 6.1, this in 6.12 */

static int optmem_max_run(struct hygiene_finding *finding)
{
	int64_t value;
	if (host_read_number(&value, "/proc/sys/net/core/optmem_max"))
		return hygiene_unknown(
			finding, "Look in the initial network namespace.",
			"net.core.optmem_max cannot be read; a namespace of its own does "
			"not show it on older kernels.");
	if (value < OPTMEM_BYTES)
		return hygiene_warning(
			finding, "sysctl -w net.core.optmem_max=1048576",
			"net.core.optmem_max is %lld: notifications of MSG_ZEROCOPY are "
			"charged to it, and sends fail with ENOBUFS when they pile up.",
			(long long)value);
	return hygiene_good(finding, "net.core.optmem_max is %lld.", (long long)value);
}

const struct hygiene_check hygiene_optmem_max = {
	.name = "optmem-max",
	.summary = "net.core.optmem_max, which bounds the notifications of MSG_ZEROCOPY",
	.run = optmem_max_run,
};

static int congestion_run(struct hygiene_finding *finding)
{
	char name[64];
	if (host_read(name, sizeof(name), "/proc/sys/net/ipv4/tcp_congestion_control") < 0)
		return hygiene_unknown(finding, NULL,
				       "net.ipv4.tcp_congestion_control cannot be read.");
	if (!strncmp(name, "bbr", 3))
		return hygiene_warning(
			finding,
			"Add --congestion cubic (or reno), or sysctl -w "
			"net.ipv4.tcp_congestion_control=cubic.",
			"TCP uses %s, which paces: on lo and veth its timers and its model "
			"of the path bound the speed, and hide what copying costs.",
			name);
	return hygiene_good(finding, "TCP uses %s, which does not pace by itself.", name);
}

const struct hygiene_check hygiene_congestion = {
	.name = "congestion",
	.summary = "the congestion control that new sockets get",
	.run = congestion_run,
};

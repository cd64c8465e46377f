/* SPDX-License-Identifier: MIT */
#include "xdp.h"

#include <errno.h>
#include <linux/if_link.h>
#include <string.h>
#include <unistd.h>

#include "bpf.h"
#include "netlink.h"
#include "netns.h"

static int attach_failed(int err, const char *device, unsigned int mtu, struct reason *why)
{
	switch (err) {
	case EPERM:
		return reason_set(why, err,
				  "attaching an XDP program to %s needs CAP_NET_ADMIN: run it as "
				  "root",
				  device);
	case ERANGE:
		return reason_set(
			why, err,
			"the kernel refuses native XDP on %s at mtu %u (%s); use a smaller "
			"--mtu",
			device, mtu, strerror(err));
	case EOPNOTSUPP:
		return reason_set(why, err,
				  "the driver of %s has no native XDP with fragments (for veth: "
				  "Linux 5.18), and its generic form copies once more; use --path "
				  "veth",
				  device);
	case EINVAL:
		return reason_set(why, err,
				  "the kernel refused a BPF link for XDP on %s at mtu %u; it needs "
				  "Linux 5.18, no generic XDP there, and perhaps a smaller --mtu",
				  device, mtu);
	default:
		return reason_set(why, err, "cannot attach an XDP program to %s: %s", device,
				  strerror(err));
	}
}

struct link_request {
	int program;
	unsigned int index;
};

/* Runs inside the namespace: the kernel looks the ifindex up in the caller's. */
static int link_make(void *argument)
{
	const struct link_request *request = argument;
	union bpf_attr attr = { 0 };
	attr.link_create.prog_fd = (uint32_t)request->program;
	attr.link_create.target_ifindex = request->index;
	attr.link_create.attach_type = BPF_XDP;
	attr.link_create.flags = XDP_FLAGS_DRV_MODE;
	return bpf_call(BPF_LINK_CREATE, &attr);
}

/* Asks the device, not the link: what it runs, and where. */
static int native_check(struct netlink *netlink, const char *device, int program,
			struct reason *why)
{
	struct netlink_link found;
	uint32_t id;
	int err = netlink_link_read(netlink, device, &found, why);
	if (err)
		return err;
	err = bpf_program_id(program, &id);
	if (err)
		return reason_set(why, -err, "cannot ask for the XDP program's id: %s",
				  strerror(-err));
	if (!found.native_xdp || found.xdp_program != id)
		return reason_set(why, EOPNOTSUPP,
				  "%s took the XDP program but does not run it in its driver; use "
				  "--path veth",
				  device);
	return 0;
}

/* The kernel would refuse a link beside it too (dev_xdp_attach), but not say whose it is. */
static int others_check(const struct netlink_link *found, const char *device, struct reason *why)
{
	if (!found->xdp_program)
		return 0;
	return reason_set(why, EBUSY,
			  "%s runs an XDP program of somebody else's (id %u), which is left alone; "
			  "see bpftool net; --force on takes it off for the time of a repeat",
			  device, found->xdp_program);
}

static int program_attach(struct netlink *netlink, int netns, const char *device, int program,
			  struct reason *why)
{
	struct netlink_link found;
	int err = netlink_link_read(netlink, device, &found, why);
	if (!err)
		err = others_check(&found, device, why);
	if (err)
		return err;
	struct link_request request = { program, found.index };
	int link = netns_run(netns, link_make, &request, why);
	if (link < 0)
		return attach_failed(-link, device, found.mtu, why);
	err = native_check(netlink, device, program, why);
	if (err) {
		close(link);
		return err;
	}
	return link;
}

int xdp_attach(int netns, const char *device, int program, struct reason *why)
{
	struct netlink netlink;
	int err = netlink_open(&netlink, netns, why);
	if (err)
		return err;
	int link = program_attach(&netlink, netns, device, program, why);
	netlink_close(&netlink);
	return link;
}

int xdp_attach_pass(int netns, const char *device, struct reason *why)
{
	static const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int program = bpf_program("zcbench_pass", pass, sizeof(pass) / sizeof(pass[0]), why);
	if (program < 0)
		return program;
	int link = xdp_attach(netns, device, program, why);
	close(program); /* the link keeps the program */
	return link;
}

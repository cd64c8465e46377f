/* SPDX-License-Identifier: MIT */
#include "xdp.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "compat.h"
#include "netlink.h"
#include "netns.h"

/* bpf(2) has no wrapper in glibc, and two instructions do not earn a dependency on libbpf. */
static int bpf_call(int command, union bpf_attr *attr)
{
	long got = syscall(SYS_bpf, command, attr, sizeof(*attr));
	return got < 0 ? -errno : (int)got;
}

static int load_failed(int err, struct reason *why)
{
	switch (err) {
	case EPERM:
		return reason_set(why, err,
				  "loading an XDP program needs CAP_BPF and CAP_NET_ADMIN (and a "
				  "kernel lockdown that allows it): run it as root, or use --path "
				  "veth");
	case EINVAL:
		return reason_set(why, err,
				  "the kernel refused an XDP program with BPF_F_XDP_HAS_FRAGS; it "
				  "needs Linux 5.18 or later, or use --path veth");
	case ENOSYS:
		return reason_set(why, err,
				  "this kernel has no bpf(2); it needs CONFIG_BPF_SYSCALL, or use "
				  "--path veth");
	default:
		return reason_set(why, err, "cannot load an XDP program: %s", strerror(err));
	}
}

/*
 * Without BPF_F_XDP_HAS_FRAGS veth refuses an MTU above about 3.5 KB (veth_xdp_set). With or
 * without it, native XDP takes TSO from the peer that sends (veth_fix_features).
 */
static int program_load(struct reason *why)
{
	static const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = { 0 };
	attr.prog_type = BPF_PROG_TYPE_XDP;
	attr.expected_attach_type = BPF_XDP;
	attr.prog_flags = BPF_F_XDP_HAS_FRAGS;
	attr.insns = (uintptr_t)pass;
	attr.insn_cnt = sizeof(pass) / sizeof(pass[0]);
	attr.license = (uintptr_t) "Dual MIT/GPL";
	memcpy(attr.prog_name, "zcbench_pass", sizeof("zcbench_pass"));
	int fd = bpf_call(BPF_PROG_LOAD, &attr);
	return fd < 0 ? load_failed(-fd, why) : fd;
}

static int program_id(int program, uint32_t *id)
{
	struct bpf_prog_info info = { 0 };
	union bpf_attr attr = { 0 };
	attr.info.bpf_fd = (uint32_t)program;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	int err = bpf_call(BPF_OBJ_GET_INFO_BY_FD, &attr);
	*id = info.id;
	return err;
}

static int attach_failed(int err, const char *device, unsigned int mtu, struct reason *why)
{
	switch (err) {
	case EPERM:
		return reason_set(why, err,
				  "attaching an XDP program to %s needs CAP_NET_ADMIN: run it as "
				  "root, or use --path veth",
				  device);
	case ERANGE:
		return reason_set(
			why, err,
			"the kernel refuses native XDP on %s at mtu %u (%s); use a smaller "
			"--mtu, or --path veth",
			device, mtu, strerror(err));
	case EOPNOTSUPP:
		return reason_set(why, err,
				  "the driver of %s has no native XDP with fragments (for veth: "
				  "Linux 5.18); use --path veth",
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
	err = program_id(program, &id);
	if (err < 0)
		return reason_set(why, -err, "cannot ask for the XDP program's id: %s",
				  strerror(-err));
	if (!found.native_xdp || found.xdp_program != id)
		return reason_set(why, EOPNOTSUPP,
				  "%s took the XDP program but does not run it in its driver; use "
				  "--path veth",
				  device);
	return 0;
}

static int program_attach(struct netlink *netlink, int netns, const char *device, int program,
			  struct reason *why)
{
	struct netlink_link found;
	int err = netlink_link_read(netlink, device, &found, why);
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

int xdp_attach(int netns, const char *device, struct reason *why)
{
	struct netlink netlink;
	int err = netlink_open(&netlink, netns, why);
	if (err)
		return err;
	int program = program_load(why);
	int link = program;
	if (program >= 0) {
		link = program_attach(&netlink, netns, device, program, why);
		close(program); /* the link keeps the program */
	}
	netlink_close(&netlink);
	return link;
}

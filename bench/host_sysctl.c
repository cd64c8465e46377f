/* SPDX-License-Identifier: MIT */
/* host_sysctl: the settings that move the numbers; one line each to add another. */
#include "host.h"

#include <stdio.h>

static const char *const names[] = {
	/* Sizes that the kernel allows a socket, and notifications of MSG_ZEROCOPY. */
	"net.core.rmem_default",
	"net.core.rmem_max",
	"net.core.wmem_default",
	"net.core.wmem_max",
	"net.core.optmem_max",
	"net.core.somaxconn",
	"net.core.max_skb_frags",
	"net.core.high_order_alloc_disable",
	"net.core.skb_defer_max",
	/* How received packets get to a CPU. */
	"net.core.default_qdisc",
	"net.core.netdev_budget",
	"net.core.netdev_budget_usecs",
	"net.core.netdev_max_backlog",
	"net.core.dev_weight",
	"net.core.gro_normal_batch",
	"net.core.busy_poll",
	"net.core.busy_read",
	"net.core.rps_default_mask",
	"net.core.rps_sock_flow_entries",
	"net.core.flow_limit_cpu_bitmap",
	"net.core.bpf_jit_enable",
	"net.core.bpf_jit_harden",
	/* TCP. */
	"net.ipv4.tcp_rmem",
	"net.ipv4.tcp_wmem",
	"net.ipv4.tcp_mem",
	"net.ipv4.tcp_congestion_control",
	"net.ipv4.tcp_available_congestion_control",
	"net.ipv4.tcp_allowed_congestion_control",
	"net.ipv4.tcp_timestamps",
	"net.ipv4.tcp_sack",
	"net.ipv4.tcp_window_scaling",
	"net.ipv4.tcp_ecn",
	"net.ipv4.tcp_autocorking",
	"net.ipv4.tcp_limit_output_bytes",
	"net.ipv4.tcp_notsent_lowat",
	"net.ipv4.tcp_min_tso_segs",
	"net.ipv4.tcp_tso_win_divisor",
	"net.ipv4.tcp_tso_rtt_log",
	"net.ipv4.tcp_adv_win_scale",
	"net.ipv4.tcp_moderate_rcvbuf",
	"net.ipv4.tcp_slow_start_after_idle",
	"net.ipv4.tcp_no_metrics_save",
	"net.ipv4.tcp_mtu_probing",
	"net.ipv4.tcp_base_mss",
	"net.ipv4.tcp_pacing_ss_ratio",
	"net.ipv4.tcp_pacing_ca_ratio",
	"net.ipv4.tcp_comp_sack_delay_ns",
	"net.ipv4.tcp_backlog_ack_defer",
	"net.ipv4.ip_local_port_range",
	"net.ipv6.conf.all.disable_ipv6",
	/* Who may do what. */
	"kernel.io_uring_disabled",
	"kernel.io_uring_group",
	"kernel.perf_event_paranoid",
	"kernel.unprivileged_bpf_disabled",
	"kernel.kptr_restrict",
	"kernel.yama.ptrace_scope",
	"user.max_net_namespaces",
	"user.max_user_namespaces",
	/* What runs beside us. */
	"kernel.numa_balancing",
	"kernel.nmi_watchdog",
	"kernel.sched_autogroup_enabled",
	"kernel.timer_migration",
	"kernel.sched_rt_runtime_us",
	"kernel.randomize_va_space",
	"vm.nr_hugepages",
	"vm.nr_overcommit_hugepages",
	"vm.compaction_proactiveness",
	"vm.max_map_count",
	"vm.overcommit_memory",
	"vm.swappiness",
	"vm.zone_reclaim_mode",
};

json_t *host_sysctls(void)
{
	char path[128];
	json_t *sysctls = json_object();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "/proc/sys/%s", names[i]);
		for (char *c = path; *c; c++)
			if (*c == '.')
				*c = '/';
		json_object_set_new(sysctls, names[i], host_json_file(path));
	}
	return sysctls;
}

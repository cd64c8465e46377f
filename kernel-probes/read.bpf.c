// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
#include "functions.bpf.h"
#include "interfaces.bpf.h"
#include "interfaces_kprobes.bpf.h"
#include "kprobes.bpf.h"
#include "tracepoints.bpf.h"
#include "xsk.bpf.h"

char _license[] SEC("license") = "Dual MIT/GPL";

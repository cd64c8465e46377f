# SPDX-License-Identifier: MIT
"""The metrics that are summarised and judged: where they come from and which way is better."""
import dataclasses
from typing import Callable

import numpy


@dataclasses.dataclass(frozen=True)
class Metric:
    name: str
    title: str
    unit: str
    better: int      # 1: higher is better, -1: lower, 0: neither
    speed: bool      # true: probes slow it down, so probed repeats are left out
    needs: tuple     # columns
    value: Callable  # of those columns, as arrays


def plain(name, title, unit, better, speed=True):
    return Metric(name, title, unit, better, speed, (name,), lambda column: column)


def total(a, b):
    return a + b


def share(copied, avoided):
    """Of the bytes that anybody told about; NaN if nobody did."""
    told = copied + avoided
    return numpy.divide(copied, told, out=numpy.full_like(told, numpy.nan), where=told > 0)


def each(part, whole):
    return numpy.divide(part, whole, out=numpy.full_like(whole, numpy.nan), where=whole > 0)


METRICS = {metric.name: metric for metric in (
    plain("goodput_bytes_per_s", "goodput", "B/s", 1),
    plain("tx_cpu_ns_per_byte", "CPU of the sender", "ns/B", -1),
    plain("rx_cpu_ns_per_byte", "CPU of the receiver", "ns/B", -1),
    Metric("ends_cpu_ns_per_byte", "CPU of both ends", "ns/B", -1, True,
           ("tx_cpu_ns_per_byte", "rx_cpu_ns_per_byte"), total),
    plain("host_cpu_ns_per_byte", "CPU of the host", "ns/B", -1),
    plain("latency_p50_ns", "latency, median", "ns", -1),
    plain("latency_p99_ns", "latency, 99th percentile", "ns", -1),
    plain("latency_p999_ns", "latency, 99.9th percentile", "ns", -1),
    plain("notify_p50_ns", "time to the notice, median", "ns", -1),
    Metric("tx_copied_share", "copied share of the sender's bytes", "", 0, False,
           ("abi_tx_copied_bytes", "abi_tx_zerocopy_bytes"), share),
    Metric("tx_syscalls_per_message", "system calls of the sender a message", "", 0, False,
           ("tx_syscalls", "tx_messages"), each),
    plain("copies_per_byte", "copies of each byte, counted in the kernel", "", 0, False),
)}
JUDGED = ("goodput_bytes_per_s", "ends_cpu_ns_per_byte", "latency_p99_ns")


def find(name):
    """The metric of that name, or of a short one: goodput, tx_cpu, host_cpu, latency_p99."""
    from .problem import Problem, printable
    near = [m for m in METRICS if m == name] or [m for m in METRICS if m.startswith(name)]
    if len(near) != 1:
        raise Problem(f"--metric '{printable(name)}' is none of: {' '.join(METRICS)}")
    return METRICS[near[0]]

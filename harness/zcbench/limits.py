# SPDX-License-Identifier: MIT
"""What held a cell back, as far as TCP, the CPUs, the wire and the memory tell."""
import numpy

from . import bounds
from .marks import column

WINDOWS = (("rwnd_limited_ns", "the receiver's window"), ("sndbuf_limited_ns", "the send buffer"))
WINDOW_SHARE = 0.3   # of the time that TCP had something to send
FULL = 0.9           # of a core
NEAR = 0.8           # of a bound that cannot be passed
BUSY = 0.7           # of the time: TCP had bytes to send, and nothing of the above kept them


def windows(run, rows):
    """Which of TCP's own windows it waited for, and the share of time that none of them explains."""
    busy = numpy.nansum(column(run, "busy_ns")[rows])
    if not busy:
        return None, 0.0
    waits = [(numpy.nansum(column(run, name)[rows]) / busy, words) for name, words in WINDOWS]
    longest = max(waits)
    return longest[1] if longest[0] > WINDOW_SHARE else None, 1 - sum(share for share, _ in waits)


def full_core(run, rows):
    for end, word in (("tx", "sender"), ("rx", "receiver")):
        user, system, elapsed, threads = (column(run, f"{end}_{name}")[rows] for name in (
            "cpu_user_ns", "cpu_sys_ns", "elapsed_ns", "threads"))
        with numpy.errstate(all="ignore"):
            share = (user + system) / (elapsed * numpy.where(threads > 0, threads, 1))
        share = share[~numpy.isnan(share)]
        if len(share) and numpy.median(share) > FULL:
            return f"a full core of the {word}"
    return None


def of(run, cell):
    """In words, or '-'."""
    speeds = run.matrix("goodput_bytes_per_s")[cell.index]
    if numpy.isnan(speeds).all():
        return "-"
    speed, rate, copies = float(numpy.nanmedian(speeds)), bounds.line_rate(run, cell), bounds.memcpy(run, cell)
    if rate and speed > NEAR * rate:
        return "line rate"
    rows = cell.rows[run.shown[cell.rows]]
    window, rest = windows(run, rows)
    core = full_core(run, rows)
    if core and copies and speed > NEAR * bounds.near(int(cell.dims["size"]), copies):
        return f"{core}, at the speed of memcpy"
    return window or core or ("the congestion window" if rest > BUSY else "-")

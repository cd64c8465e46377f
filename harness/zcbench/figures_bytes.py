# SPDX-License-Identifier: MIT
"""From a run to panels: where bytes and CPU time went, and latency by percentile."""
import math
import os

import numpy

from . import dimensions, stats
from .figures import families, names_of
from .panel import Panel, Point, Series, by_six
from .table import read_table

KERNEL = (("copied at send", "kern_tx_copied_bytes"), ("referenced", "kern_tx_referenced_bytes"),
          ("spliced", "kern_tx_spliced_bytes"), ("copied later", "kern_late_copied_bytes"),
          ("copied at receive", "kern_rx_copied_bytes"), ("mapped at receive", "kern_rx_mapped_bytes"),
          ("in lent memory", "kern_rx_device_bytes"))
ABI = (("copied at send, says the ABI", "abi_tx_copied_bytes"), ("not copied at send, says the ABI", "abi_tx_zerocopy_bytes"),
       ("copied at receive, says the ABI", "abi_rx_copied_bytes"), ("mapped at receive, says the ABI", "abi_rx_mapped_bytes"),
       ("in lent memory, says the ABI", "abi_rx_device_bytes"))
COSTS = (("sender, user", ("tx_cpu_user_ns", "tx_bytes")), ("sender, system", ("tx_cpu_sys_ns", "tx_bytes")),
         ("receiver, user", ("rx_cpu_user_ns", "rx_bytes")), ("receiver, system", ("rx_cpu_sys_ns", "rx_bytes")))
MOST_BARS = 16


def column(run, name):
    if name not in run.table.position:
        return numpy.full(len(run.table), numpy.nan)
    return numpy.where(run.shown, run.table.numbers(name), numpy.nan)


def quotient(run, above, below):
    with numpy.errstate(all="ignore"):
        return column(run, above) / column(run, below)


def bars(run, parts, title, y_label, total=None):
    """Stacked medians of each cell; the interval is that of the sum, so no bar is without spread."""
    panels = []
    for family, lines in families(run).items():
        names, cells = names_of(lines), []
        for modes, found in lines.items():
            # One size a mode: the one nearest to 64 KiB, as the figures over size show the rest.
            c = min(found, key=lambda c: abs(math.log2(int(c.dims["size"]) / 65536)))
            cells.append((f"{names[modes][0]} {dimensions.size_text(c.dims['size'])}", c))
        known = [c for c in cells if any(not numpy.isnan(rows[c[1].rows]).all() for _, rows in parts)]
        for start in range(0, len(known), MOST_BARS):
            some, series = known[start:start + MOST_BARS], []
            for name, rows in parts:
                middle = [numpy.nan_to_num(median(rows[c.rows])) for _, c in some]
                if any(middle):
                    series.append(Series(name, [Point(i, v) for i, v in enumerate(middle)]))
            whole = total if total is not None else numpy.nansum([rows for _, rows in parts], axis=0)
            for i, (_, c) in enumerate(some):
                if series:
                    value = stats.median_interval(v for v in whole[c.rows] if not math.isnan(v))
                    series[-1].points[i].low, series[-1].points[i].high = value.low, value.high
            if series:
                panels.append(Panel("bars", f"{title}, path {family}", "", y_label, series, "names", x_names=tuple(n for n, _ in some)))
    return panels


def median(values):
    values = values[~numpy.isnan(values)]
    return float(numpy.median(values)) if len(values) else math.nan


def ledger(run):
    seen = not all(numpy.isnan(column(run, name)).all() for _, name in KERNEL)
    parts = [(name, quotient(run, c, "rx_total_bytes")) for name, c in (KERNEL if seen else ABI)]
    who = "counted in the kernel" if seen else "as told to the programs"
    panels = bars(run, parts, f"Where the bytes went, {who}", "bytes per delivered byte")
    for panel in panels if not seen else ():
        panel.note = "a part that is missing: that interface tells nothing of it"
    return panels


def breakdown(run):
    parts = [(name, quotient(run, *names)) for name, names in COSTS]
    ends = numpy.sum([rows for _, rows in parts], axis=0)
    whole = column(run, "host_cpu_ns_per_byte")
    rest = numpy.where(whole - ends > 0, whole - ends, numpy.nan)
    parts.append(("rest of the host: softirq, interrupts, others", rest))
    panels = bars(run, parts, "CPU time", "CPU (ns/byte) \u2193 lower is better",
                numpy.where(numpy.isnan(whole), ends, numpy.maximum(whole, ends)))
    for panel in panels:
        panel.note = "bars: medians; lines: 95 % interval of the whole"
    return panels


def histograms(run):
    """{cell number: (latencies, counts)} merged over repeats; percentiles are never averaged."""
    path = os.path.join(run.path, "latency.csv")
    if not os.path.exists(path):
        return {}
    table = read_table(path)
    table.require("run_id", "cell", "repeat", "latency_ns", "count")
    cells, values, counts = (table.counts(name) for name in ("cell", "latency_ns", "count"))
    found = {}
    for cell in numpy.unique(cells):
        mine = cells == cell
        values_of, where = numpy.unique(values[mine], return_inverse=True)
        found[int(cell)] = (values_of, numpy.bincount(where, counts[mine]))
    return found


def latency(run):
    """Over 1/(1-p), so that each nine has the same room; percentiles need 10/(1-p) samples."""
    merged, panels = histograms(run), []
    for family, lines in families(run, "latency_p50_ns").items():
        names, series = names_of(lines), []
        for modes, cells in lines.items():
            for cell in cells:
                if cell.number in merged:
                    values, counts = merged[cell.number]
                    below = numpy.cumsum(counts) / counts.sum()
                    points = [Point(1 / (1 - p), v / 1e3) for p, v in zip(below, values)
                              if 0.01 < p < 1 and (1 - p) * counts.sum() >= 10]
                    size = dimensions.size_text(cell.dims["size"])
                    series.append(Series(f"{names[modes][0]} {size}", thin(points), names[modes][1]))
        series = [s for s in series if s.points]
        panels += [Panel("lines", f"Latency by percentile, path {family}", "percentile", "latency (us) \u2193 lower is better",
                         six, "hdr", "log") for six in (by_six(series) if series else [])]
    return panels


def thin(points, most=200):
    return points[::max(1, len(points) // most)]

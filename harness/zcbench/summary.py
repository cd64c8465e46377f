# SPDX-License-Identifier: MIT
"""The repeats of each cell as medians, against the anchor and against the copying cell."""
import dataclasses
import math

import numpy

from . import marks, stats, units
from .dimensions import size_text
from .metrics import METRICS

WIDEST = 0.05      # of the median: a cell whose interval stays wider is unstable
FEW = 6            # under this there is no 95 % interval
SERIOUS = 10       # repeats of an experiment that may be cited
ANCHOR_SIZE = "65536"


@dataclasses.dataclass
class Row:
    """One metric of one cell of one run."""
    run: object
    cell: object
    metric: object
    value: stats.Interval
    mad: float
    to_anchor: stats.Interval
    to_copy: stats.Interval
    state: str
    marks: str


def anchor_of(run, cell):
    """The plain modes of its service at 64 KiB, on the same path, alike in all else or else the plainest."""
    tx, rx = run.plain(cell)
    anchor = {"tx": tx, "rx": rx, "size": ANCHOR_SIZE}
    exact = run.by_identity.get(cell.same_but(**anchor))
    if exact:
        return exact
    alike = [c for c in run.cells if c.dims["path"] == cell.dims["path"]
             and c.dims["workload"] == cell.dims["workload"]
             and all(c.dims[name] == value for name, value in anchor.items())]
    return min(alike, key=lambda c: (len(c.identity), c.number), default=None)


def copy_of(run, cell):
    """The cell that is plain where this one is not: its tx is that of its service (send), or, if it
    is, its rx (recv)."""
    tx, rx = run.plain(cell)
    if cell.dims["tx"] != tx:
        return run.by_identity.get(cell.same_but(tx=tx))
    return run.by_identity.get(cell.same_but(rx=rx)) if cell.dims["rx"] != rx else None


def ratio(run, cell, other, name, strict=False):
    """Over the other cell's; nothing is sure of it if one of the two has no valid repeat."""
    if other is None or other is cell:
        return None
    grid = run.matrix(name, strict)
    found = stats.ratio_interval(grid[cell.index], grid[other.index])
    return dataclasses.replace(found, confident=found.confident and not run.spoilt(cell) and not run.spoilt(other))


def state_of(run, cell, value):
    """One word for how far the cell can be relied on."""
    verdicts = {run.verdicts[row] for row in cell.rows}
    if verdicts == {"skip"}:
        return "skip"
    if not run.measured[cell.rows].any():
        return "fail"
    valid = run.valid[cell.rows].sum()
    if not valid or valid < 0.75 * len(cell.rows):
        return "invalid"
    if not value.n:
        return "unknown"
    if value.n < FEW:
        return "few"
    return "unstable" if value.width > WIDEST else "ok"


def summarise(run, metrics=METRICS, strict=False):
    """Rows for each cell and metric with a known value; the goodput of a cell is always there.
    strict: of valid repeats alone."""
    rows, noted = [], marks.of_cells(run)
    others = [(anchor_of(run, cell), copy_of(run, cell)) for cell in run.cells]
    for name in metrics:
        grid = run.matrix(name, strict)
        medians = list(zip(*stats.median_rows(grid))) if len(run.cells) else []
        for cell in run.cells:
            n, median, low, high, confident = medians[cell.index]
            if not n and name != "goodput_bytes_per_s":
                continue
            value = stats.Interval(int(n), float(median), float(low), float(high), bool(confident))
            both, (anchor, copy) = METRICS[name].better != 0, others[cell.index]
            rows.append(Row(run, cell, METRICS[name], value, stats.mad(grid[cell.index]),
                            ratio(run, cell, anchor, name, strict) if both else None,
                            ratio(run, cell, copy, name, strict) if both else None,
                            state_of(run, cell, value), noted.get(cell.index, "")))
    order = {name: i for i, name in enumerate(METRICS)}
    return sorted(rows, key=lambda r: (r.cell.index, order[r.metric.name]))


HEADER = ("run_id", "cell", "label", "tx", "rx", "path", "workload", "size", "flows", "dimensions",
          "metric", "unit", "n", "median", "low", "high", "interval", "mad",
          "to_anchor", "to_anchor_low", "to_anchor_high", "to_copy", "to_copy_low", "to_copy_high",
          "state", "verdict", "reason", "marks", "service", "lost_share")


def interval_text(value):
    """The level of low to high: what its ranks cover exactly, which is at least 95 %."""
    if not value.n:
        return ""
    return f"{100 * stats.level(value.n):.1f}%" if value.confident else "range"


def csv_row(row):
    dims, none = row.cell.dims, stats.Interval(0, math.nan, math.nan, math.nan, False)
    fields = [row.run.id, row.cell.number, row.cell.label]
    fields += [dims["tx"], dims["rx"], dims["path"], dims["workload"], int(dims["size"]), int(dims["flows"])]
    fields += [" ".join(f"{n}={v}" for n, v in row.cell.identity), row.metric.name, row.metric.unit]
    fields += [row.value.n, row.value.median, row.value.low, row.value.high]
    fields += [interval_text(row.value), row.mad]
    for against in (row.to_anchor or none, row.to_copy or none):
        fields += [against.median, against.low, against.high]
    return fields + [row.state, row.run.verdict(row.cell), row.run.reason(row.cell), row.marks, row.cell.service,
                     lost_share(row.run, row.cell)]


TABLE = ("tx > rx", "path", "size", "n", "goodput", "+-", "ends ns/B", "host ns/B", "vs copy",
         "tx copied", "verdict", "state")


def further(run):
    """Are there several services, and one that may lose bytes? A speed means little without that."""
    return len(run.services) > 1, any(lost_share(run, cell) is not None for cell in run.cells)


def lost_share(run, cell):
    """Of the bytes of all its repeats, since a median would hide what one of them lost; None: of streams."""
    rows = cell.rows[run.shown[cell.rows] & ~run.probed[cell.rows]]
    lost, sent = (marks.column(run, name)[rows] for name in ("lost_bytes", "tx_total_bytes"))
    sent = numpy.where(numpy.isnan(lost), numpy.nan, sent)
    return float(numpy.nansum(lost) / numpy.nansum(sent)) if numpy.nansum(sent) > 0 else None


def table_header(run):
    several, lossy = further(run)
    header = TABLE[:1] + ("service",) * several + TABLE[1:]
    at = header.index("goodput") + 1
    return header[:at] + ("lost",) * lossy + header[at:]


def lost_text(run, cell):
    share = lost_share(run, cell)
    return "-" if share is None else f"{100 * share:.3g} %"


def table_rows(run, rows):
    """The lines of the terminal table: a cell each."""
    several, lossy = further(run)
    by_cell = {}
    for row in rows:
        by_cell.setdefault(row.cell.index, {})[row.metric.name] = row
    for index, found in by_cell.items():
        cell, goodput = run.cells[index], found["goodput_bytes_per_s"]

        def known(name, unit):
            return units.text(found[name].value.median, unit) if name in found else "-"
        copied = found.get("tx_copied_share")
        width = goodput.value.width / 2
        yield (f"{cell.dims['tx']} > {cell.dims['rx']}", *([cell.service] if several else []), cell.dims["path"], size_text(cell.dims["size"]),
               goodput.value.n, known("goodput_bytes_per_s", "B/s"), *([lost_text(run, cell)] if lossy else []),
               "-" if math.isnan(width) else f"{100 * width:.1f} %",
               known("ends_cpu_ns_per_byte", ""), known("host_cpu_ns_per_byte", ""),
               units.ratio(goodput.to_copy), f"{100 * copied.value.median:.0f} %" if copied else "-",
               run.verdict(cell), goodput.state)

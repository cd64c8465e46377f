# SPDX-License-Identifier: MIT
"""From a run to panels: figures over message size, and of repeats."""
import math

import numpy

from . import bounds, crossover, dimensions, stats, units
from .panel import Panel, Point, Series, by_six
from .summary import copy_of, ratio

SIZE = "message size (bytes)"


def point(x, value, factor=1.0, text=""):
    return Point(x, value.median * factor, value.low * factor, value.high * factor, value.confident, text)


def values(run, cell, name):
    return stats.median_interval(v for v in run.matrix(name)[cell.index] if not math.isnan(v))


def families(run, needs="goodput_bytes_per_s"):
    """{what all cells of a panel have in common: {modes: [cells by size]}}, of measured cells."""
    found = {}
    for cell in run.cells:
        if numpy.isnan(run.matrix(needs)[cell.index]).all():
            continue
        words = [cell.dims["path"]] + ([dimensions.extras(cell.dims)] if dimensions.extras(cell.dims) else [])
        modes = (cell.dims["tx"], cell.dims["rx"])
        found.setdefault(", ".join(words), {}).setdefault(modes, []).append(cell)
    for lines in found.values():
        for cells in lines.values():
            cells.sort(key=lambda cell: int(cell.dims["size"]))
    return found


def told(run, lines, series, note=""):
    """The note of a panel that is one of several services': what those of its lines give."""
    names = sorted({cells[0].service for cells in lines.values()})
    names = [name for name in names if len(names) > 1 and any(s.name.endswith(f"[{name}]") for s in series)]
    return "\n".join([note] * bool(note) + [f"{name}: {run.services[name]}" for name in names])


def names_of(lines):
    """The shortest names that tell the lines apart, and the mode that gives each its look; with the
    service, where there are several: no line is better than another's that gives less."""
    found = modes_of(lines)
    if len({cells[0].service for cells in lines.values()}) > 1:
        found = {modes: (f"{name} [{lines[modes][0].service}]", mode) for modes, (name, mode) in found.items()}
    return found


def modes_of(lines):
    receivers, senders = ({modes[i] for modes in lines} for i in (1, 0))
    if len(receivers) == 1:
        return {modes: (modes[0], modes[0]) for modes in lines}
    if len(senders) == 1:
        return {modes: (modes[1], modes[1]) for modes in lines}
    return {modes: (" > ".join(modes), " > ".join(modes) if modes[1] != "recv" else modes[0]) for modes in lines}


def over_size(run, name, title, y_label, factor=1.0, scale="linear", limits=lambda run, cells: []):
    panels = []
    for family, lines in families(run, name).items():
        names = names_of(lines)
        series = [Series(names[modes][0], [point(int(c.dims["size"]), values(run, c, name), factor) for c in cells],
                         names[modes][1]) for modes, cells in lines.items()]
        found = limits(run, [cell for cells in lines.values() for cell in cells])
        for six in by_six(series):
            more, note = bounds.seen(found, six)
            panels.append(Panel("lines", f"{title}, path {family}", SIZE, y_label, six + more, "size", scale,
                                note=told(run, lines, six, note)))
    return panels


def goodput(run):
    return over_size(run, "goodput_bytes_per_s", "Goodput", "goodput (GB/s) \u2191 higher is better", 1e-9, limits=bounds.of_goodput)


def cpu(run):
    label = "CPU (ns/byte) \u2193 lower is better"
    return (over_size(run, "ends_cpu_ns_per_byte", "CPU of both ends", label, scale="log", limits=bounds.of_cpu)
            + over_size(run, "host_cpu_ns_per_byte", "CPU of the whole host", label, scale="log", limits=bounds.of_cpu))


def crossing(run):
    """The ratio to the copying cell, with the size from which it pays."""
    answers = {(a.cell.same_but(size="65536"), a.way): a for a in crossover.answers(run)}
    panels = []
    for family, lines in families(run).items():
        names, series, notes = names_of(lines), [], []
        for modes, cells in lines.items():
            pairs = [(c, ratio(run, c, copy_of(run, c), "goodput_bytes_per_s")) for c in cells]
            points = [point(int(c.dims["size"]), r) for c, r in pairs if r is not None and r.n]
            answer = answers.get((cells[0].same_but(size="65536"), "goodput"))
            if points:
                series.append(Series(names[modes][0], points, names[modes][1]))
            if answer:
                notes.append((names[modes][0], answer))
        for six in by_six(series, lambda s: False) if series else []:
            kept = [(n, a) for n, a in notes if n in {s.name for s in six}]
            marks = tuple((2**a.at, f"{n}: {crossover.size(a.at)}") for n, a in kept if math.isfinite(a.at))
            panels.append(Panel("lines", f"Goodput over that of the copying mode, path {family}", SIZE,
                                "ratio \u2191 over 1 it pays", six, "size", "log", level=1, marks=marks,
                                note=told(run, lines, six, "\n".join(f"{n}: {a.text()}" for n, a in kept))))
    return panels


def heat(run):
    """log2 of the speed-up, modes by size."""
    panels = []
    for family, lines in families(run).items():
        names, rows = names_of(lines), []
        sizes = sorted({int(c.dims["size"]) for cells in lines.values() for c in cells})
        for modes, cells in lines.items():
            points = []
            for cell in cells:
                r = ratio(run, cell, copy_of(run, cell), "goodput_bytes_per_s")
                if r is not None and r.n:
                    points.append(Point(sizes.index(int(cell.dims["size"])), math.log2(r.median), math.log2(r.low),
                                        math.log2(r.high), r.excludes(1), f"{r.median:.2f}"))
            if points:
                rows.append(Series(names[modes][0], points, names[modes][1]))
        if rows:
            panels.append(Panel("heat", f"Goodput over that of the copying mode, path {family}", SIZE, "", rows, "names",
                                x_names=tuple(map(dimensions.size_text, sizes)),
                                note=told(run, lines, rows, "hatched: cannot be told from 1.00")))
    return panels


def repeats(run):
    """In run order: drifts, steps and outliers show here. Each cell over its own median."""
    panels = []
    for family, lines in families(run).items():
        names, series = names_of(lines), []
        for modes, cells in lines.items():
            cell = min(cells, key=lambda c: abs(math.log2(int(c.dims["size"]) / 65536)))
            row = run.matrix("goodput_bytes_per_s")[cell.index]
            points = [Point(int(b), v / numpy.nanmedian(row)) for b, v in zip(run.blocks, row) if not math.isnan(v)]
            series.append(Series(f"{names[modes][0]}, {dimensions.size_text(cell.dims['size'])}", points, names[modes][1]))
        panels += [Panel("lines", f"Repeats in run order, path {family}", "block", "goodput over its median", six, level=1)
                   for six in by_six(series)]
    return panels


def cores(run):
    """Goodput against what the host spent on it."""
    panels = []
    for family, lines in families(run, "host_cpu_ns_per_byte").items():
        names, series = names_of(lines), []
        for modes, cells in lines.items():
            points = []
            for cell in cells:
                speed, cost = (run.matrix(n)[cell.index] for n in ("goodput_bytes_per_s", "host_cpu_ns_per_byte"))
                used = stats.median_interval(u for u in speed * cost / 1e9 if not math.isnan(u))
                value = values(run, cell, "goodput_bytes_per_s")
                if used.n:
                    points.append(point(used.median, value, 1e-9, dimensions.size_text(cell.dims["size"])))
            series.append(Series(names[modes][0], points, names[modes][1], line=False))
        panels += [Panel("lines", f"Goodput against cores used, path {family}", "cores busy, whole host (\u2190 fewer is better)",
                         "goodput (GB/s) \u2191 higher is better", six, note=told(run, lines, six)) for six in by_six(series)]
    return panels


MOST_CELLS = 16  # of a panel whose names stand below it


def hosts(runs):
    """Host against host, cell by cell: ratios only. The interval is of the two medians' ends."""
    base, panels = runs[0], []
    for other in runs[1:]:
        pairs = [(cell.label, *(values(run, run.by_identity[cell.identity], "goodput_bytes_per_s") for run in (base, other)))
                 for cell in base.cells if cell.identity in other.by_identity]
        pairs = [pair for pair in pairs if pair[1].n and pair[2].n]
        common = dimensions.shared([label for label, _, _ in pairs])
        mean = stats.geometric_mean([b.median / a.median for _, a, b in pairs])
        title = ", ".join([f"{other.id} over {base.id}: geometric mean {units.digits(mean)} of {len(pairs)} cells", *common])
        for start in range(0, len(pairs), MOST_CELLS):
            some = pairs[start:start + MOST_CELLS]
            rows = [Point(i, b.median / a.median, b.low / a.high, b.high / a.low) for i, (_, a, b) in enumerate(some)]
            panels.append(Panel("lines", title, "", "goodput, ratio \u2191 higher is better", [Series(other.id, rows, line=False)], "names", "log",
                                tuple(dimensions.short(label, common) for label, _, _ in some), level=1))
    return panels

# SPDX-License-Identifier: MIT
"""Summaries and histories for other tools: OpenMetrics, InfluxDB, Bencher, Otava, JSON, Markdown."""
import datetime
import json
import math

from . import output, units
from .formats_judgement import cell_text, known
from .output import csv_text

# Base units, as Prometheus wants them: (name, factor).
GAUGES = {"B/s": ("bytes_per_second", 1), "ns/B": ("seconds_per_byte", 1e-9), "ns": ("seconds", 1e-9), "": ("ratio", 1)}
ENDINGS = ("_bytes_per_s", "_ns_per_byte", "_ns")


def gauge_name(metric):
    stem = metric.name
    for ending in ENDINGS:
        if stem.endswith(ending):
            stem = stem.removesuffix(ending)
            break
    unit = GAUGES[metric.unit][0] if metric.name not in ("copies_per_byte", "tx_syscalls_per_message") else ""
    return "_".join(word for word in ("zcbench", stem, unit) if word)


def label_text(value):
    return str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def labels_of(row, **more):
    dims = row.cell.dims
    values = {name: dims[name] for name in ("tx", "rx", "path", "workload", "size", "flows")}
    rest = " ".join(f"{n}={v}" for n, v in row.cell.identity if n not in values)
    values |= {"dimensions": rest, "experiment": row.run.experiment, **more}
    return "{" + ",".join(f'{name}="{label_text(value)}"' for name, value in values.items()) + "}"


def openmetrics(rows):
    """For node_exporter's textfile collector: no timestamps, since a night is judged elsewhere."""
    families = {}
    for row in rows:
        if row.value.n:
            families.setdefault(row.metric.name, []).append(row)
    lines = ["# HELP zcbench_run A run whose medians are here.", "# TYPE zcbench_run gauge"]
    for run in {id(row.run): row.run for row in rows}.values():
        kernel = label_text(run.told_of_ends("kernel", "release"))
        lines.append(f'zcbench_run{{run_id="{label_text(run.id)}",kernel="{kernel}",experiment="{label_text(run.experiment)}"}} 1')
    for found in families.values():
        metric = found[0].metric
        name, factor = gauge_name(metric), GAUGES[metric.unit][1]
        for suffix, word in (("", "median of the repeats"), ("_low", "low end of the median's interval"),
                             ("_high", "high end of the median's interval")):
            lines += [f"# HELP {name}{suffix} {metric.title}, {word}.", f"# TYPE {name}{suffix} gauge"]
            field = {"": "median", "_low": "low", "_high": "high"}[suffix]
            lines += [f"{name}{suffix}{labels_of(row)} {getattr(row.value, field) * factor:.9g}" for row in latest(found)]
    return "\n".join(lines + ["# EOF", ""])


def latest(rows):
    """Of several runs the newest: a textfile must not have a series twice."""
    kept = {}
    for row in sorted(rows, key=lambda row: row.run.started_at):
        kept[row.cell.identity] = row
    return kept.values()


def tag_text(value):
    """Line protocol: backslashes before commas, spaces and equals signs; it knows no line breaks."""
    text = "".join(c if c.isprintable() else " " for c in str(value)).rstrip("\\")
    for mark in (",", " ", "="):
        text = text.replace(mark, "\\" + mark)
    return text or "-"


def nanoseconds(started):
    moment = datetime.datetime.strptime(started[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)
    return int(moment.timestamp()) * 10**9


def influx(rows):
    lines = []
    for row in rows:
        if not row.value.n:
            continue
        dims, run = row.cell.dims, row.run
        tags = {name: dims[name] for name in ("tx", "rx", "path", "workload", "size", "flows")}
        tags |= {"metric": row.metric.name, "experiment": run.experiment, "host": run.told_of_ends("hostname") or "-",
                 "cell": " ".join(f"{n}={v}" for n, v in row.cell.identity)}
        text = ",".join(f"{name}={tag_text(value)}" for name, value in sorted(tags.items()))
        value = row.value
        lines.append(f"zcbench,{text} median={value.median!r},low={value.low!r},high={value.high!r},n={value.n}i "
                     f"{nanoseconds(run.started_at)}\n")
    return "".join(lines)


def bencher(rows):
    """Bencher Metric Format: benchmark, measure, value with its bounds."""
    tree = {}
    for row in sorted(rows, key=lambda row: row.run.started_at):
        if row.value.n:
            tree.setdefault(row.cell.label, {})[row.metric.name] = {
                "value": row.value.median, "lower_value": row.value.low, "upper_value": row.value.high}
    return json.dumps(tree, indent=1) + "\n"


def as_json(rows):
    def interval(value):
        return None if value is None or not value.n else {
            "n": value.n, "median": known(value.median), "low": known(value.low), "high": known(value.high),
            "confident": value.confident}
    rows = [{"run_id": row.run.id, "label": row.cell.label, "dimensions": row.cell.dims, "metric": row.metric.name,
             "unit": row.metric.unit, "value": interval(row.value), "mad": known(row.mad),
             "to_anchor": interval(row.to_anchor), "to_copy": interval(row.to_copy), "state": row.state,
             "verdict": row.run.verdict(row.cell), "reason": row.run.reason(row.cell)} for row in rows]
    return json.dumps({"schema": 1, "rows": rows}, indent=1) + "\n"


def markdown(rows):
    lines = ["| cell | goodput | ends ns/B | vs copy | n | verdict | state |", "| --- | ---: | ---: | ---: | ---: | --- | --- |"]
    ends = {(id(r.run), r.cell.index): r for r in rows if r.metric.name == "ends_cpu_ns_per_byte"}
    for row in rows:
        if row.metric.name != "goodput_bytes_per_s":
            continue
        value, cost = row.value, ends.get((id(row.run), row.cell.index))
        word = f"{units.text(value.median, 'B/s')} [{units.text(value.low, 'B/s')}, {units.text(value.high, 'B/s')}]"
        fields = (row.cell.label, word if value.n else "-", units.text(cost.value.median, "") if cost else "-",
                  units.ratio(row.to_copy), value.n, row.run.verdict(row.cell), row.state)
        lines.append("| " + " | ".join(map(cell_text, fields)) + " |")
    return "\n".join(lines) + "\n"


def otava(index, runs, metrics):
    """A row a night, a column a cell and metric: `type: csv`, `time_column: time`, `attributes:
    [run_id, kernel]`, and the rest as metrics."""
    cells = index.cells()
    columns, header = [], ["time", "run_id", "kernel"]
    for metric in metrics:
        grid = index.grid(metric, [run["id"] for run in runs], list(cells))[0]
        for column, (_, label, _, _) in zip(grid.T, cells.values()):
            if not all(map(math.isnan, column)):
                header.append(f"{label} {metric}")
                columns.append(column)
    rows = [[run["started"][:19] + "Z", run["run_id"], run["kernel"], *(float(c[i]) for c in columns)]
            for i, run in enumerate(runs)]
    return csv_text(list(map(output.field_text, header)), rows)

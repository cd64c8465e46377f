# SPDX-License-Identifier: MIT
"""Run folders with known answers, and the harness's verbs, for the tests."""
import contextlib
import csv
import io
import json
import os
import re
import subprocess
import sys
import tempfile

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(TREE, "harness"), os.path.join(TREE, "plots")]

from zcbench import cli, dimensions  # noqa: E402


def columns():
    """The header that the driver writes, from its own table."""
    with open(os.path.join(TREE, "bench/sample_table.c"), encoding="utf-8") as file:
        source = file.read()
    ends = re.findall(r"END\(end, (\w+),", source)
    rows = source.split("static const struct field rows[]")[1]
    names = []
    for kind, name in re.findall(r"\b(BOTH|COUNT|REAL|TEXT)\((\w+),", rows):
        names += [f"{name}_{end}" for end in ends] if kind == "BOTH" else [name]
    return [*dimensions.KEYS, *dimensions.PRESETS, *names]


HEADER = columns()


def foreign(values):
    """As the driver derives it; "" where it would not know."""
    from zcbench import validity  # here, since numpy takes its time
    parts = [values[name] for name in ("host_cpu_ns", *validity.OURS)]
    return "" if "" in parts else max(0, parts[0] - sum(parts[1:]))


def row(run_id, block, cell, dims, goodput=1e9, cpu=0.5, copied=1.0, **more):
    """One sample, filled in so that the derived columns agree with each other."""
    total = 1_000_000_000
    values = {**dimensions.PRESETS, **dims, "run_id": run_id, "block": block, "cell": cell,
              "repeat": block, "probed": 0, "started_at": "2026-01-01T00:00:00.000Z",
              "elapsed_ns": 10**9, "tx_bytes": total, "rx_bytes": total, "tx_total_bytes": total,
              "rx_total_bytes": total, "tx_messages": 1000, "tx_syscalls": 1000, "tx_elapsed_ns": 10**9,
              "goodput_bytes_per_s": repr(float(goodput)), "tx_cpu_ns_per_byte": repr(float(cpu)),
              "rx_cpu_ns_per_byte": repr(float(cpu)), "host_cpu_ns_per_byte": repr(float(2.5 * cpu)),
              "tx_cpu_user_ns": 10**7, "tx_cpu_sys_ns": 10**8, "rx_cpu_user_ns": 10**7,
              "rx_cpu_sys_ns": 10**8, "host_cpu_ns": 3 * 10**8, "host_softirq_ns": 5 * 10**7,
              "host_irq_ns": 0, "host_steal_ns": 0, "host_cpus": 2,
              "abi_tx_copied_bytes": round(copied * total), "verdict": "copied",
              "abi_tx_zerocopy_bytes": total - round(copied * total), "abi_rx_copied_bytes": total}
    values.update(more)
    if "host_foreign_ns" not in values:
        values["host_foreign_ns"] = foreign(values)
    return {name: str(values.get(name, "")) for name in HEADER}


def manifest(run_id, **more):
    return {"schema": 1, "run_id": run_id, "experiment": {"name": "planted"}, "arguments": ["run"],
            "build": {"version": "0.1.0", "commit": "abc"}, "seed": 1,
            "host": {"hostname": "planted", "kernel": {"release": "6.1.0-1"},
                     "cpu": {"model": "Test", "count_online": 2}}, **more}


def write(folder, rows, run_id="planted", names=HEADER, **more):
    """A run folder; returns its path."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "run.json"), "w", encoding="utf-8") as file:
        json.dump(manifest(run_id, **more), file)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([r.get(name, "") for name in names] for r in rows)
    with open(os.path.join(folder, "samples.csv"), "w", encoding="utf-8") as file:
        file.write(text.getvalue())
    return folder


def cells(run_id, plan, blocks):
    """plan: [(dims, function of the block -> keyword arguments of row())]."""
    return [row(run_id, block, number, dims, **values(block))
            for block in range(1, blocks + 1) for number, (dims, values) in enumerate(plan, 1)]


def verb(*argv):
    """(status, stdout, stderr) of a verb, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = cli.main("zcbench-harness", [str(word) for word in argv])
    return status, out.getvalue(), err.getvalue()


def program(*argv, **options):
    """The same as a process of its own."""
    command = ["/usr/bin/python3", os.path.join(TREE, "harness/bin/zcbench-harness"), *map(str, argv)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


def scratch(test):
    """A folder that goes with the test."""
    folder = tempfile.TemporaryDirectory(prefix="zcbench-test-")
    test.addCleanup(folder.cleanup)
    return folder.name

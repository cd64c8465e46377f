# SPDX-License-Identifier: MIT
"""A run folder: run.json and samples.csv, checked and arranged as cells by blocks."""
import dataclasses
import json
import operator
import os
import re

import numpy

from . import dimensions, validity
from .metrics import METRICS
from .problem import Problem, printable
from .table import read_table

SCHEMA = 1
LARGEST_MANIFEST = 16 << 20
NEEDED = dimensions.KEYS + dimensions.ALWAYS + (
    "started_at", "elapsed_ns", "goodput_bytes_per_s", "verdict", "reason")
TCP = {"tcp": {"tx": "send", "rx": "recv", "gives": "stream, reliable, ordered, not encrypted, checksums by the kernel"}}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", re.ASCII)
VERDICTS = {"zero-copy", "mixed", "copied", "contradicted", "unproven", "skip", "fail"}


@dataclasses.dataclass
class Cell:
    number: int
    dims: dict
    rows: numpy.ndarray  # of the table, in their order
    index: int           # of its row in Run.matrix()
    service: str = "tcp" # what carried its bytes

    def __post_init__(self):
        self.identity = dimensions.identity(self.dims)
        self.label = dimensions.label(self.dims)

    def same_but(self, **dims):
        return dimensions.identity({**self.dims, **dims})


class Run:
    """path, id, manifest, table, cells (in their order), by_identity."""

    def __init__(self, path, manifest, table):
        self.path, self.manifest, self.table = path, manifest, table
        self.id = manifest["run_id"]
        self.verdicts = table.texts("verdict")
        self.measured = numpy.array([v not in ("skip", "fail") for v in self.verdicts], dtype=bool)
        self.probed = table.counts("probed") > 0
        self._arrange()
        self._matrices = {}
        self.answers = {}    # of crossover, by seed
        self.moving = None   # of marks
        self.stolen = self.measured & validity.stolen(table, self.cpus)
        self.loaded = self.measured & validity.loaded(table, self.cpus) & ~self.stolen
        self.valid = self.measured & ~self.stolen & ~self.loaded
        self.shown = validity.shown(self.valid, self.measured, 2 * self.cell_of_row + self.probed)

    def _arrange(self):
        number, self.block = self.table.counts("cell", 1), self.table.counts("block", 1)
        check_rows(self.table, number, self.block, self.probed)
        numbers, first, inverse = numpy.unique(number, return_index=True, return_inverse=True)
        self.cell_of_row = inverse
        order = numpy.argsort(inverse, kind="stable")
        groups = numpy.split(order, numpy.cumsum(numpy.bincount(inverse))[:-1]) if len(number) else []
        names = dimension_names(self.table)
        take = operator.itemgetter(*(self.table.position[name] for name in names))
        self.cells = []
        carried = self.table.texts("service") if "service" in self.table.position else ["tcp"] * len(self.table)
        for i, rows in enumerate(groups):
            dims = take(self.table.rows[first[i]])
            for row in rows:
                if take(self.table.rows[row]) != dims:
                    self.table.refuse(int(row), "cell", f"cell {numbers[i]} has other dimensions here than "
                                      f"on line {self.table.line(int(first[i]))}")
            self.cells.append(Cell(int(numbers[i]), dict(zip(names, dims)), rows, i, carried[first[i]] or "tcp"))
        self.by_identity = {cell.identity: cell for cell in self.cells}
        self.blocks, self.block_index = numpy.unique(self.block, return_inverse=True)

    @property
    def host(self):
        host = self.manifest.get("host")
        return host if isinstance(host, dict) else {}

    @property
    def far(self):
        """Were there two ends that the user named, for the path hosts?"""
        return isinstance(self.manifest.get("ends"), dict)

    @property
    def ends(self):
        """[(whose, host)]: of the path hosts the two ends' hosts, else the one that there is."""
        found = [(word, dig(self.manifest, "ends", end, "host")) for end, word in (("tx", "sender"), ("rx", "receiver"))]
        return [(word, host) for word, host in found if isinstance(host, dict)] or [("", self.host)]

    def told_of_ends(self, *names):
        """A fact of the two ends as "sender's > receiver's", once where they are alike, "" where unknown."""
        found = [dig(host, *names) for _, host in self.ends]
        return " > ".join(dict.fromkeys(str(fact) for fact in found if fact is not None))

    def receiver_of(self, cell):
        """The host on which the cell's receiver ran."""
        return self.ends[-1][1] if cell.dims["path"] == "hosts" else self.host

    def plain(self, cell):
        """(tx, rx): the plainest modes of the cell's service, which its others are compared with."""
        known = dig(self.manifest, "services", cell.service) or TCP.get(cell.service)
        return (dig(known, "tx"), dig(known, "rx"))

    @property
    def services(self):
        """{name: what it gives} of the measured cells: more than one are no better or worse for their speed."""
        names = sorted({cell.service for cell in self.cells if self.measured[cell.rows].any()})
        return {name: str(dig(dig(self.manifest, "services", name) or TCP.get(name), "gives") or "unknown") for name in names}

    @property
    def cpus(self):
        """Of the receiver's host, which is where host_cpu_ns and host_steal_ns are counted."""
        count = dig(self.ends[-1][1], "cpu", "count_online")
        return count if isinstance(count, int) else 1

    @property
    def experiment(self):
        return str(dig(self.manifest, "experiment", "name") or "custom")

    @property
    def started_at(self):
        """By the clock as it was at the first row; rows stand in the order in which they were measured,
        whatever somebody set the clock to meanwhile."""
        return next(iter(self.table.texts("started_at")), "")

    def spoilt(self, cell):
        """Has the cell repeats, and no valid one? Then what is shown of it is not to be cited."""
        return bool(self.measured[cell.rows].any() and not self.valid[cell.rows].any())

    def values(self, name, strict=False):
        """A metric for each row of the table; NaN where unknown or without a say."""
        metric = METRICS[name]
        if any(column not in self.table.position for column in metric.needs):
            return numpy.full(len(self.table), numpy.nan)
        values = metric.value(*(self.table.numbers(column) for column in metric.needs))
        return numpy.where(self.valid if strict else self.shown, values, numpy.nan)

    def matrix(self, name, strict=False):
        """A metric as cells by blocks, NaN where there is no repeat with a say.

        A cell that was only measured with probes keeps those repeats, and one without a valid repeat
        those that are not: better such a figure than none, and its state says so. strict: none is
        better, since something will be judged by it.
        """
        if (name, strict) not in self._matrices:
            values, speed = self.values(name, strict), METRICS[name].speed
            grid = numpy.full((len(self.cells), len(self.blocks)), numpy.nan)
            known = ~numpy.isnan(values)
            for use in ((self.probed, ~self.probed) if not speed else (self._only_probed(), ~self.probed)):
                pick = known & use
                grid[self.cell_of_row[pick], self.block_index[pick]] = values[pick]
            self._matrices[name, strict] = grid
        return self._matrices[name, strict]

    def _only_probed(self):
        bare = numpy.zeros(len(self.cells), dtype=bool)
        bare[self.cell_of_row[~self.probed]] = True
        return self.probed & ~bare[self.cell_of_row] if len(self.cells) else self.probed

    def verdict(self, cell, with_probes=True):
        """What the repeats with kernel probes prove, where there are any: they have the evidence
        that the others lack, so the two are never mixed. 'varies' if repeats of one kind differ."""
        proved = self.said(cell, self.probed) if with_probes else set()
        seen = proved or self.said(cell, ~self.probed) or {self.verdicts[row] for row in cell.rows} - {"fail"} or {"fail"}
        return seen.pop() if len(seen) == 1 else "varies"

    def said(self, cell, which):
        """The verdicts of the cell's measured repeats of one kind."""
        return {self.verdicts[row] for row in cell.rows if which[row]} - {"fail", "skip"}

    def reason(self, cell):
        """Of a repeat with the cell's verdict, or of any."""
        position, verdict = self.table.position["reason"], self.verdict(cell)
        rows = sorted(cell.rows, key=lambda row: (self.verdicts[row] != verdict, not self.probed[row]))
        return next((r for r in (self.table.rows[row][position] for row in rows) if r), "")


def dig(tree, *names):
    for name in names:
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree


def dimension_names(table):
    """Columns before started_at that are no keys: also those of dimensions newer than this file."""
    end = table.position["started_at"]
    known = [n for n in table.names if n in dimensions.PRESETS]
    newer = [n for n in table.names[:end] if n not in dimensions.KEYS and n not in known]
    return known + newer


def check_rows(table, cell, block, probed):
    back = numpy.flatnonzero(numpy.diff(block) < 0)
    if len(back):
        row = int(back[0]) + 1
        table.refuse(row, "block", f"block {block[row]} follows block {block[row - 1]}: rows are appended "
                     "as they are measured, so this file was sorted or joined by hand")
    key = numpy.stack([cell, block, probed.astype(numpy.int64)])
    _, first, count = numpy.unique(key, axis=1, return_index=True, return_counts=True)
    if (count > 1).any():
        i = int(numpy.flatnonzero(count > 1)[0])
        row = int(numpy.flatnonzero((key == key[:, first[i]:first[i] + 1]).all(axis=0))[1])
        table.refuse(row, "repeat", f"cell {cell[row]} has a second row in block {block[row]} (the first: "
                     f"line {table.line(int(first[i]))})")
    wrong = set(table.texts("verdict")) - VERDICTS
    if wrong:
        row = next(i for i, v in enumerate(table.texts("verdict")) if v in wrong)
        table.refuse(row, "verdict", f"'{printable(table.texts('verdict')[row])}' is no verdict")


def read_manifest(path):
    try:
        if os.path.getsize(path) > LARGEST_MANIFEST:
            raise Problem(f"{path}: it is larger than {LARGEST_MANIFEST >> 20} MiB")
        with open(path, encoding="utf-8") as file:
            manifest = json.load(file)
    except FileNotFoundError:
        raise Problem(f"{path}: there is no such file, so this is no folder of a run") from None
    except OSError as error:
        raise Problem(f"{path}: {error.strerror or error}") from None
    except json.JSONDecodeError as error:
        raise Problem(f"{path} line {error.lineno}, column {error.colno}: {error.msg}") from None
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise Problem(f"{path}: {printable(error)}") from None
    schema = dig(manifest, "schema")
    if type(schema) is not int or not isinstance(dig(manifest, "run_id"), str):
        raise Problem(f"{path}: it has no keys schema and run_id, so zcbench has not written it")
    if schema > SCHEMA:
        raise Problem(f"{path}: its schema is {printable(schema)} and this program reads up to {SCHEMA}; "
                      "take the one that came with the zcbench that made the run")
    return manifest


def read_run(folder, thorough=True):
    """thorough: also look at every number that nobody asks for."""
    manifest = read_manifest(os.path.join(folder, "run.json"))
    table = read_table(os.path.join(folder, "samples.csv"))
    table.require(*NEEDED)
    if not len(table):
        raise Problem(f"{table.path} line 2: there is no row, so nothing was measured")
    for row, run_id in enumerate(table.texts("run_id")):
        if run_id != manifest["run_id"]:
            table.refuse(row, "run_id", f"'{printable(run_id)}' is another run than run.json's "
                         f"'{printable(manifest['run_id'])}'")
    for row, text in enumerate(table.texts("started_at")):
        if not TIME.fullmatch(text):
            table.refuse(row, "started_at", f"'{printable(text)}' is no time like 2026-01-31T23:59:59.123Z")
    for name in ("size", "flows"):
        table.counts(name, 1)
        for row, text in enumerate(table.texts(name)):
            if not text.isdigit():
                table.refuse(row, name, f"'{printable(text)}' is no whole number from 1")
    for name in table.names if thorough else ():
        if name.endswith(("_ns", "_bytes", "_per_byte", "_per_s")):
            table.amounts(name)
    return Run(os.path.normpath(folder), manifest, table)

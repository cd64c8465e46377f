# SPDX-License-Identifier: MIT
"""One number a cell and night, in an SQLite file beside the runs. It only saves time: it can be
deleted, and is made again from the folders."""
import concurrent.futures
import contextlib
import os
import sqlite3

import numpy

from . import likeness, stats, summary
from .problem import Problem, printable
from .run import read_run

NAME = ".zcbench-index.sqlite"
VERSION = 2
METRICS = ("goodput_bytes_per_s", "ends_cpu_ns_per_byte", "host_cpu_ns_per_byte", "latency_p99_ns",
           "tx_copied_share")
TABLES = """
CREATE TABLE runs (id INTEGER PRIMARY KEY, folder TEXT UNIQUE, stamp TEXT, run_id TEXT, host TEXT,
  kernel TEXT, experiment TEXT, started TEXT, invalid INTEGER, rows INTEGER, problem TEXT);
CREATE TABLE cells (id INTEGER PRIMARY KEY, identity TEXT UNIQUE, label TEXT, grouping TEXT, anchor INTEGER);
CREATE TABLE points (run INTEGER, cell INTEGER, metric INTEGER, value REAL, ratio REAL, half REAL, n INTEGER,
  PRIMARY KEY (run, metric, cell)) WITHOUT ROWID;
"""


def stamp(folder):
    """Changes when the run does: sizes and times of its two files."""
    parts = []
    for name in ("run.json", "samples.csv"):
        try:
            found = os.stat(os.path.join(folder, name))
            parts.append(f"{found.st_size}:{found.st_mtime_ns}")
        except OSError:
            parts.append("-")
    return " ".join(parts)


def digest(folder):
    """What the index keeps of a run: (row of runs, cells, points) or (problem,)."""
    try:
        run = read_run(folder, thorough=False)
    except Problem as problem:
        return (str(problem),)
    invalid = int((run.measured & ~run.valid).sum()) + sum(v == "fail" for v in run.verdicts)
    head = (run.id, likeness.host_key(run), printable(run.told_of_ends("kernel", "release")), run.experiment, run.started_at, invalid, len(run.table))
    cells = [(" ".join(f"{n}={v}" for n, v in c.identity), c.label,
              f"{c.dims['path']} {c.dims['tx']} > {c.dims['rx']}", int(summary.anchor_of(run, c) is c))
             for c in run.cells]
    return head, cells, points(run)


def points(run):
    """(cell, metric, value, ratio, half, n) where the value is known."""
    found = []
    if not run.cells:
        return found
    anchors = [summary.anchor_of(run, cell) for cell in run.cells]
    under = numpy.array([cell.index if anchor is None else anchor.index
                         for cell, anchor in zip(run.cells, anchors)])
    for number, name in enumerate(METRICS):
        grid = run.matrix(name, strict=True)
        n, value, low, high, _ = stats.median_rows(grid)
        with numpy.errstate(all="ignore"):
            over = numpy.log(numpy.where(grid > 0, grid, numpy.nan))
            ratio = numpy.exp(stats.median_rows(over - over[under])[1])
            half = (high - low) / 2 / numpy.abs(value)
        for i in numpy.flatnonzero(n):
            alone = anchors[i] is None or anchors[i].index == i
            found.append((int(i), number, float(value[i]), None if alone or ratio[i] != ratio[i] else float(ratio[i]),
                          float(half[i]) if half[i] == half[i] else None, int(n[i])))
    return found


class Index:
    def __init__(self, folder, rebuild=False):
        self.folder, self.path, self.database = folder, os.path.join(folder, NAME), None
        if not os.path.isdir(folder):
            raise Problem(f"{printable(folder)}: it is no folder")
        try:
            self.open()
        except sqlite3.DatabaseError:
            rebuild = True
        if rebuild:
            self.again()

    def again(self):
        """An index that cannot be read, or is of another version, is made anew."""
        self.close()
        try:
            for ending in ("", "-wal", "-shm"):
                if os.path.exists(self.path + ending):
                    os.unlink(self.path + ending)
            self.open()
        except (sqlite3.Error, OSError):
            self.close()
            self.database = sqlite3.connect(":memory:")  # a folder that cannot be written to
            self.database.executescript(TABLES)

    def open(self):
        self.database = sqlite3.connect(self.path, timeout=60)
        self.database.execute("PRAGMA synchronous=OFF")  # what a power cut spoils is made again
        version = self.database.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, VERSION):
            raise sqlite3.DatabaseError("another version")
        if version == 0:
            self.database.executescript(f"PRAGMA journal_mode=WAL; BEGIN; {TABLES} PRAGMA user_version={VERSION}; COMMIT;")

    def close(self):
        """Left open, it would be locked for the next one, whom a damaged file then makes wait."""
        if self.database:
            self.database.close()

    def update(self):
        """Reads what is new or has changed, forgets what is gone."""
        present = {entry.name: stamp(entry.path) for entry in os.scandir(self.folder) if entry.is_dir()
                   and not entry.name.startswith(".") and os.path.exists(os.path.join(entry.path, "samples.csv"))}
        known = dict(self.database.execute("SELECT folder, stamp FROM runs"))
        for name in known:
            if present.get(name) != known[name]:
                self.forget(name)
        fresh = sorted(name for name in present if present[name] != known.get(name))
        for name, result in zip(fresh, digests([os.path.join(self.folder, name) for name in fresh])):
            with self.database:
                self.add(name, present[name], result)
        return len(fresh)

    def forget(self, name):
        with self.database:
            self.database.execute("DELETE FROM points WHERE run = (SELECT id FROM runs WHERE folder = ?)", (name,))
            self.database.execute("DELETE FROM runs WHERE folder = ?", (name,))

    def add(self, name, when, result):
        if len(result) == 1:
            self.database.execute("INSERT INTO runs (folder, stamp, problem) VALUES (?,?,?)", (name, when, result[0]))
            return
        head, cells, found = result
        run = self.database.execute(
            "INSERT INTO runs (folder, stamp, run_id, host, kernel, experiment, started, invalid, rows) "
            "VALUES (?,?,?,?,?,?,?,?,?)", (name, when, *head)).lastrowid
        self.database.executemany("INSERT OR IGNORE INTO cells (identity, label, grouping, anchor) VALUES (?,?,?,?)", cells)
        ids = dict(self.database.execute("SELECT identity, id FROM cells"))
        self.database.executemany(
            "INSERT OR REPLACE INTO points VALUES (?,?,?,?,?,?,?)",
            [(run, ids[cells[i][0]], *rest) for i, *rest in found])

    def runs(self):
        """Good runs in the order of their starts, as dicts."""
        cursor = self.database.execute("SELECT id, folder, run_id, host, kernel, experiment, started, invalid, rows "
                                       "FROM runs WHERE problem IS NULL AND rows > 0 ORDER BY started, folder")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor]

    def problems(self):
        return [row[0] for row in self.database.execute("SELECT problem FROM runs WHERE problem IS NOT NULL ORDER BY folder")]

    def cells(self):
        return {row[0]: row[1:] for row in self.database.execute("SELECT id, identity, label, grouping, anchor FROM cells")}

    def grid(self, metric, runs, cells):
        """(value, ratio, half) as nights by cells, NaN where there is none."""
        row, column = ({key: i for i, key in enumerate(keys)} for keys in (runs, cells))
        grids = numpy.full((3, len(runs), len(cells)), numpy.nan)
        number = METRICS.index(metric)
        for run in runs:
            for cell, value, ratio, half in self.database.execute(
                    "SELECT cell, value, ratio, half FROM points WHERE run = ? AND metric = ?", (run, number)):
                if cell in column:
                    grids[:, row[run], column[cell]] = [numpy.nan if x is None else x for x in (value, ratio, half)]
        return grids


def using(folder, function, rebuild=False):
    """function(index, brought up to date); once more with one made anew if this one is damaged."""
    with contextlib.closing(Index(folder, rebuild)) as index:
        try:
            index.update()
            return function(index)
        except (sqlite3.Error, ValueError, TypeError, KeyError):
            index.again()
            index.update()
            return function(index)


def digests(folders):
    """In the order of the folders; many are read by as many processes as there are CPUs."""
    workers = len(os.sched_getaffinity(0))
    if len(folders) < 8 or workers < 2:
        yield from map(digest, folders)
        return
    with concurrent.futures.ProcessPoolExecutor(workers) as pool:
        yield from pool.map(digest, folders)

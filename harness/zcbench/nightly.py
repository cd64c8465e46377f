# SPDX-License-Identifier: MIT
"""One night: run, judge, re-run what is suspect, judge again."""
import datetime
import os
import shutil
import subprocess
import sys
import tempfile

from . import nights, summary
from .problem import FINE, INVALID, SKIPPED, Problem
from .run import read_run

RERUN_MOST = 8         # suspect cells: more is no outlier of a cell but a bad night


def beside(name):
    """A file that was built or installed next to the harness."""
    here = os.path.dirname(os.path.abspath(sys.argv[0]))
    tree = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    for path in (os.path.join(here, name), os.path.join(tree, name), os.path.join(tree, "build", name),
                 os.path.join(tree, "..", "..", "bin", name)):
        if os.path.exists(path):
            return os.path.normpath(path)
    return shutil.which(name)


def driver():
    path = os.environ.get("ZCBENCH") or beside("zcbench")
    if not path:
        raise Problem("there is no zcbench beside this program nor on PATH; the variable ZCBENCH can name it")
    return path


def measure(arguments, folder, run_id, environment=None):
    """Runs zcbench into folder/run_id, which appears there only when it is whole."""
    with tempfile.TemporaryDirectory(prefix=".night-", dir=folder) as out:
        command = [driver(), "run", *arguments, "--out", out, "--run-id", run_id]
        status = subprocess.run(command, env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL).returncode
        made = os.path.join(out, run_id)
        # A run of which some or all repeats failed is a night too; one that was stopped is none.
        if status not in (FINE, INVALID, SKIPPED) or not os.path.exists(os.path.join(made, "samples.csv")):
            raise Problem(f"`zcbench run` ended with status {status}; its own words are above")
        os.rename(made, os.path.join(folder, run_id))
    return os.path.join(folder, run_id)


def name_of_night(experiment, folder):
    """One that the folder does not have: two nights may start in the same second."""
    now = datetime.datetime.now(datetime.timezone.utc)
    name = f"{now:%Y%m%dT%H%M%SZ}-{os.path.splitext(os.path.basename(experiment))[0]}"
    return next(n for n in (name, *(f"{name}-{i}" for i in range(2, 1000))) if not os.path.exists(os.path.join(folder, n)))


def suspects(judgement):
    """The cells to measure again: few, since a whole bad night is not a cell's."""
    cells = {case.identity for case in judgement.having("suspect")}
    return cells if len(cells) <= RERUN_MOST else set()


def rerun(experiment, folder, run_id, identities, more):
    """The same experiment in fresh processes, cut down to the modes and paths that are suspect (their
    anchors included, which the ratio needs)."""
    run = read_run(os.path.join(folder, run_id), thorough=False)
    cells = [cell for cell in run.cells if " ".join(f"{n}={v}" for n, v in cell.identity) in identities]
    cells += [anchor for anchor in (summary.anchor_of(run, cell) for cell in cells) if anchor]
    options = []
    for name in ("tx", "rx", "path", "size"):
        values = {cell.dims[name] for cell in cells}
        options += [f"--{name}", ",".join(sorted(values))]
    return measure([experiment, *more, *options], folder, run_id + nights.RERUN)

# SPDX-License-Identifier: MIT
"""From the index to Nights, and what is wrong with the history as a whole."""
import datetime

import numpy

from .history import JUDGED, Nights, anchored
from .problem import SKIPPED, Problem, printable

RERUN, SLOW, SAME = ".rerun", ".control-slow", ".control-same"   # ends of the names of folders
INVALID = 0.25


def special(run):
    return next((end for end in (RERUN, SLOW, SAME) if run["folder"].endswith(end)), "")


def choose(runs, host, experiment):
    """The runs of one host and experiment: those of the newest run unless the user says."""
    kept = [r for r in runs if (not host or host in r["host"]) and (not experiment or r["experiment"] == experiment)]
    plain = [r for r in kept if not special(r)]
    if not plain:
        raise Problem("there is no run to judge; `zcbench run experiments/nightly.yaml` makes one a night", SKIPPED)
    newest = plain[-1]
    return [r for r in kept if (r["host"], r["experiment"]) == (newest["host"], newest["experiment"])]


def names_of(runs):
    """Dates; with the time where a date has several runs."""
    dates = [run["started"][:10] for run in runs]
    return [date if dates.count(date) == 1 else run["started"][:16] + "Z" for date, run in zip(dates, runs)]


def logs(grid):
    with numpy.errstate(all="ignore"):
        return numpy.log(numpy.where(grid > 0, grid, numpy.nan))


def load(index, runs, nights=None):
    """nights: only the last so many, which is all that tonight's verdict needs."""
    series = [run for run in runs if not special(run)]
    series = series[-nights:] if nights else series
    again = {run["folder"].removesuffix(RERUN): run for run in runs if special(run) == RERUN}
    ids, table = [run["id"] for run in series], index.cells()
    cells = list(table)
    anchors = numpy.array([bool(table[cell][3]) for cell in cells])
    raw, ratio, half, reruns = {}, {}, {}, {}
    for metric in JUDGED:
        value, over, half[metric] = index.grid(metric, ids, cells)
        raw[metric] = logs(value)
        ratio[metric] = anchored(raw[metric], logs(over), anchors)
        for night, run in enumerate(series):
            if run["folder"] in again and night >= len(series) - 2:
                value, over, _ = index.grid(metric, [again[run["folder"]]["id"]], cells)
                reruns[night, metric] = anchored(logs(value), logs(over), anchors)[0]
    share = index.grid("tx_copied_share", ids, cells)[0]
    return Nights(names_of(series), [table[cell] for cell in cells], raw, ratio, half, share, reruns)


def day(text):
    return datetime.date.fromisoformat(text[:10])


def problems(runs, today, nightly):
    """What is wrong with tonight as a whole. today: a date; nightly: a night must not be missing."""
    series = [run for run in runs if not special(run)]
    last, found = series[-1], []
    share = last["invalid"] / max(last["rows"], 1)
    if share > INVALID:
        found.append(f"{100 * share:.0f} % of the repeats of {printable(last['folder'])} are invalid or failed; `zcbench summary` of it says why")
    if nightly:
        age = (day(today) - day(last["started"])).days
        if age > 1:
            found.append(f"the newest run is of {last['started'][:10]}, {age} days before {today}: nights are missing")
        elif len(series) > 1 and (day(last["started"]) - day(series[-2]["started"])).days > 1:
            found.append(f"no night between {series[-2]['started'][:10]} and {last['started'][:10]}")
    return found


def remarks(runs):
    """Changes of the kernel are what a history is for: they are told, with their night."""
    series = [run for run in runs if not special(run)]
    return [f"kernel {b['kernel']} since {b['started'][:10]}, before it {a['kernel']}"
            for a, b in zip(series, series[1:]) if a["kernel"] != b["kernel"]][-3:]

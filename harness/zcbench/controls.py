# SPDX-License-Identifier: MIT
"""Controls of the gate itself: a sender slowed on purpose must be found, the same must not be.

Short runs of three sides are made in turn: base, slow and same. What compare says of slow and of
same against base is kept in control.json; the nightly job makes it anew once a week.
"""
import json
import os
import random
import sys
import tempfile

from . import compare, nightly
from .nights import day
from .output import write_file
from .problem import INVALID, REGRESSION, Problem, printable
from .run import read_run
from .units import percent

NAME = "control.json"
DAYS = 7               # from one control to the next
PERCENT = 5
METRICS = ("tx_cpu_ns_per_byte", "ends_cpu_ns_per_byte", "goodput_bytes_per_s")
CELLS = ("--tx", "send,sendfile", "--rx", "recv", "--path", "lo", "--size", "64K", "--repeats", "4",
         "--warmup", "0.05", "--duration", "0.2", "--congestion", "cubic", "--quiet")
ROUNDS = (8, 90)       # least and most: a round takes about 10 s
SHARP = 0.015          # half an interval: then a change of 5 % is sure to be over the 3 % that count
SIDES = ("base", "slow", "same")


def arguments():
    """Each end on a CPU of its own, where there are two: where they are put is most of the noise."""
    cpus = sorted(os.sched_getaffinity(0))
    return CELLS + (("--tx-cpu", str(cpus[0]), "--rx-cpu", str(cpus[1])) if len(cpus) > 1 else ())


def slowed(share=PERCENT):
    """The environment of a sender whose sendfile(2) takes so many percent more CPU time."""
    library = nightly.beside("zcbench-slow.so")
    if not library:
        raise Problem("there is no zcbench-slow.so beside this program; `make` builds it")
    return {"LD_PRELOAD": library, "ZCBENCH_SLOW_PERCENT": str(share)}


def round_of(folder, number, share=PERCENT):
    """One run a side, in random order: {side: folder}."""
    order = random.Random(number).sample(SIDES, len(SIDES))
    return {side: nightly.measure(arguments(), folder, f"{number:03}.{side}", slowed(share) if side == "slow" else None)
            for side in order}


def cases(base, new):
    return compare.Comparison(base, new, METRICS).cases()


def half(found):
    """Of the narrowest interval of what was slowed: how sharply this machine sees."""
    widths = [(c.high - c.low) / 2 for c in found if "tx=sendfile" in c.identity and c.high == c.high]
    return min(widths, default=float("inf"))


def status_of(found):
    return REGRESSION if any(case.state == "regression" for case in found) else 0


def verdict(sides):
    """{'slow': 2 found, 0 not, 3 too noisy to tell; 'same': 2 or 0; 'half': ..., 'told': sentence}"""
    slow, same = (cases(sides["base"], sides[side]) for side in ("slow", "same"))
    found, width = status_of(slow), half(slow)
    told = [f"{c.metric} {percent(c.change)} [{percent(c.low)}, {percent(c.high)}]" for c in slow
            if "tx=sendfile" in c.identity and c.change == c.change]
    return {"slow": found if found or width <= SHARP else INVALID, "same": status_of(same), "rounds": len(sides["base"]),
            "half": round(min(width, 9), 5), "told": "; ".join(told)}


def make(folder, night, rounds=ROUNDS):
    """Rounds until the interval is narrow: by its width and never by what it says."""
    sides = {side: [] for side in SIDES}
    with tempfile.TemporaryDirectory(prefix=".control-", dir=folder) as out:
        for number in range(1, rounds[1] + 1):
            for side, path in round_of(out, number).items():
                sides[side].append(read_run(path))
            print(f"\rcontrol: {number} rounds", end="", file=sys.stderr, flush=True)
            if number >= rounds[0] and number % 4 == 0 and half(cases(sides["base"], sides["slow"])) <= SHARP:
                break
    print(file=sys.stderr)
    result = {"night": night} | verdict(sides)
    write_file(os.path.join(folder, NAME), json.dumps(result, indent=1) + "\n")


def read(folder):
    """What control.json holds, or None."""
    path = os.path.join(folder, NAME)
    try:
        with open(path, encoding="utf-8") as file:
            tree = json.loads(file.read(1 << 20))
        day(tree["night"])
        half_of = float(tree.get("half", 0))
        return {"night": tree["night"][:10], "slow": int(tree["slow"]), "same": int(tree["same"]), "half": half_of}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        return {"night": "", "problem": f"{path}: {printable(error)}"}


def due(folder, today):
    """There is no control, or it is a week old, or it failed."""
    control = read(folder)
    return not control or bool(failures(control)) or not 0 <= (day(today) - day(control["night"])).days < DAYS


def failures(control):
    if "problem" in control:
        return [control["problem"]]
    found, when = [], f"control of {control['night']}"
    if control["slow"] == INVALID:
        found.append(f"{when}: {PERCENT} % cannot be seen here, the interval is +-{100 * control['half']:.1f} % wide")
    elif control["slow"] != REGRESSION:
        found.append(f"{when}: a sender slowed by {PERCENT} % was not found")
    if control["same"] == REGRESSION:
        found.append(f"{when}: a regression was found between two alike")
    return found


def judge(folder, today, nightly_job):
    """(notes, problems)"""
    control = read(folder)
    if control is None:
        return [], ["no control was ever made: `zcbench nightly --control` makes one"] if nightly_job else []
    problems = failures(control)
    if nightly_job and "problem" not in control and (day(today) - day(control["night"])).days > DAYS:
        problems.append(f"the last control is of {control['night']}, more than {DAYS} days ago")
    if problems:
        return [], problems
    return [f"control of {control['night']}: a sender slowed by {PERCENT} % was found, and nothing between two alike"], []

# SPDX-License-Identifier: MIT
"""Controls of the gate itself: a sender slowed on purpose must be found, the same must not be.

The nightly job makes them once a week, in a set of short runs in turn (see nightly.py), and keeps
what compare said in control.json.
"""
import json
import os

from .nights import CONTROL_DAYS, day
from .problem import printable

NAME = "control.json"


def read(folder):
    """{'night': ..., 'slow': status of compare, 'same': status} or None."""
    path = os.path.join(folder, NAME)
    try:
        with open(path, encoding="utf-8") as file:
            tree = json.loads(file.read(1 << 20))
        day(tree["night"])
        return {"night": tree["night"], "slow": int(tree["slow"]), "same": int(tree["same"])}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        return {"night": "", "problem": f"{path}: {printable(error)}"}


def judge(folder, today, nightly):
    """(notes, problems)"""
    control = read(folder)
    if control is None:
        return [], ["no control was ever made: `zcbench nightly --control` makes one"] if nightly else []
    if "problem" in control:
        return [], [control["problem"]]
    problems = []
    if control["slow"] != 2:
        problems.append(f"control of {control['night']}: a sender slowed on purpose was not found")
    if control["same"] == 2:
        problems.append(f"control of {control['night']}: a regression was found between two alike")
    if nightly and (day(today) - day(control["night"])).days > CONTROL_DAYS:
        problems.append(f"the last control is of {control['night']}, more than {CONTROL_DAYS} days ago")
    if problems:
        return [], problems
    return [f"control of {control['night']}: a slowed sender was found, and nothing between two alike"], []

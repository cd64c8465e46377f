# SPDX-License-Identifier: MIT
"""What compare and history found, in one shape: the outputs are made from this and nothing else."""
import dataclasses
import math

from .problem import FINE, INVALID, REGRESSION, SKIPPED

# state: (what it means for a gate)
PASS, FAILURE, TROUBLE, SKIP = "pass", "failure", "error", "skipped"
STATES = {
    "same": PASS, "improvement": PASS, "environment": PASS, "acknowledged": PASS, "advisory": PASS,
    "suspect": PASS, "regression": FAILURE, "copied": FAILURE, "invalid": TROUBLE, "unstable": TROUBLE,
    "missing": TROUBLE, "stale": TROUBLE, "skip": SKIP, "insufficient-history": SKIP, "quarantined": SKIP,
}
TOO_MANY = 0.25  # of the cells invalid or unstable: the measurement is at fault, not the cells


@dataclasses.dataclass
class Case:
    """One metric of one cell, judged."""
    label: str
    group: str               # host, path and modes: what an alarm is grouped by
    metric: str
    state: str
    message: str
    identity: str = ""
    unit: str = ""
    base: float = math.nan
    new: float = math.nan
    change: float = math.nan  # log-ratio of new to base
    low: float = math.nan
    high: float = math.nan
    p: float = math.nan       # adjusted
    since: str = ""           # the night of the change

    @property
    def outcome(self):
        return STATES[self.state]

    @property
    def name(self):
        return f"{self.label}: {self.metric}"


@dataclasses.dataclass
class Judgement:
    verb: str
    title: str
    cases: list
    notes: list = dataclasses.field(default_factory=list)      # said, and of no consequence
    problems: list = dataclasses.field(default_factory=list)   # the measurement as a whole is at fault

    def having(self, *states):
        return [case for case in self.cases if case.state in states]

    def count(self, outcome):
        return sum(case.outcome == outcome for case in self.cases)

    @property
    def status(self):
        if self.count(FAILURE):
            return REGRESSION
        judged = len(self.cases) - self.count(SKIP)
        if self.problems or (judged and self.count(TROUBLE) > TOO_MANY * judged):
            return INVALID
        return FINE if judged else SKIPPED

    @property
    def sentence(self):
        words = {0: "no confirmed regression", 2: "confirmed regression", 3: "the measurement is invalid or "
                 "unstable", 4: "nothing could be judged"}[self.status]
        counts = {}
        for case in self.cases:
            counts[case.state] = counts.get(case.state, 0) + 1
        told = ", ".join(f"{n} {state}" for state, n in sorted(counts.items(), key=lambda x: -x[1]))
        return f"{words} ({told or 'no cells'})"

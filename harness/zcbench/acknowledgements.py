# SPDX-License-Identifier: MIT
"""acknowledgements.csv: which alarms are known, why, and until when.

    cell,metric,action,since,reason,expires
    msg-zerocopy > recv*,*,acknowledge,2026-03-03,"kernel 6.12 copies on lo; bug 123",2026-06-01
    uring-*,*,quarantine,2026-03-01,"flaky since the move to the new host",2026-04-01

cell and metric are shell patterns over the label and the metric. An acknowledgement covers changes
up to and including `since`; quarantine leaves the cells out. Both end with the day in `expires`.
"""
import dataclasses
import datetime
import fnmatch
import os

from .problem import printable
from .table import read_table

NAME = "acknowledgements.csv"
COLUMNS = ("cell", "metric", "action", "since", "reason", "expires")


@dataclasses.dataclass(frozen=True)
class Entry:
    cell: str
    metric: str
    action: str
    since: str
    reason: str
    expires: str

    def covers(self, label, metric):
        return fnmatch.fnmatchcase(label, self.cell) and fnmatch.fnmatchcase(metric, self.metric)


def check(table, row, entry):
    for name in ("since", "expires"):
        try:
            datetime.date.fromisoformat(getattr(entry, name))
        except ValueError:
            table.refuse(row, name, f"'{printable(getattr(entry, name))}' is no date like 2026-01-31")
    if entry.action not in ("acknowledge", "quarantine"):
        table.refuse(row, "action", f"'{printable(entry.action)}' is neither acknowledge nor quarantine")
    if not entry.reason.strip():
        table.refuse(row, "reason", "it is empty; whoever reads this in a month needs it")


def read(path):
    """Entries; none if there is no such file."""
    if not os.path.exists(path):
        return []
    table = read_table(path)
    table.require(*COLUMNS)
    entries = []
    for row, fields in enumerate(zip(*(table.texts(name) for name in COLUMNS))):
        entries.append(Entry(*fields))
        check(table, row, entries[-1])
    return entries


class Acknowledgements:
    def __init__(self, entries, today):
        self.entries = [e for e in entries if e.expires >= today]
        self.expired = [e for e in entries if e.expires < today]

    def find(self, label, metric, action, since=""):
        for entry in self.entries:
            if entry.action == action and entry.covers(label, metric) and (action == "quarantine" or since <= entry.since):
                return entry
        return None

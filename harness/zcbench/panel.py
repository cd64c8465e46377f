# SPDX-License-Identifier: MIT
"""What a figure shows, apart from how it is drawn: matplotlib, gnuplot and the CSV beside each
figure are made from the same panels."""
import dataclasses
import math

from .output import csv_text

MOST_LINES = 6


@dataclasses.dataclass
class Point:
    x: float
    y: float
    low: float = math.nan
    high: float = math.nan
    sure: bool = True    # false: hatched or hollow, since it cannot be told from 1 or from nothing
    text: str = ""


@dataclasses.dataclass
class Series:
    name: str
    points: list
    mode: str = ""       # for the look: the same in every figure
    line: bool = True


@dataclasses.dataclass
class Panel:
    shape: str           # lines, heat or bars
    title: str
    x_label: str
    y_label: str
    series: list
    x_scale: str = "linear"   # size, linear, log, names (x counts from 0) or hdr
    y_scale: str = "linear"
    x_names: tuple = ()
    level: float = math.nan   # a line to compare with, such as a ratio of 1
    marks: tuple = ()         # (x, text): change points, crossings
    note: str = ""


def plain(text):
    """In the data files no field needs quotes, so that awk and gnuplot read them."""
    return str(text).replace(",", ";").replace('"', "'").replace("\n", " ")


HEADER = ("panel", "title", "shape", "x_label", "y_label", "x_scale", "y_scale", "level", "number", "series",
          "slot", "x", "x_name", "y", "low", "high", "sure", "text", "line")


def to_csv(panels):
    import style
    rows = []
    for number, panel in enumerate(panels, 1):
        head = [number, *(plain(x) for x in (panel.title, panel.shape, panel.x_label, panel.y_label)),
                panel.x_scale, panel.y_scale, panel.level]
        slots = style.slots([series.mode for series in panel.series])
        for i, series in enumerate(panel.series, 1):
            for p in series.points:
                name = panel.x_names[int(p.x)] if panel.x_names and p.x == p.x else ""
                rows.append([*head, i, plain(series.name), slots[series.mode], p.x, plain(name), p.y, p.low, p.high, int(p.sure), plain(p.text), int(series.line)])
    return csv_text(HEADER, rows)


def by_six(series, first=lambda s: s.mode == "send"):
    """At most six lines a panel; the ones to compare with are in each."""
    always = [s for s in series if first(s)][:1]
    rest = [s for s in series if s not in always]
    room = MOST_LINES - len(always)
    return [always + rest[i:i + room] for i in range(0, len(rest), room)] or [always]

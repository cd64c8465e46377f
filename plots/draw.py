# SPDX-License-Identifier: MIT
"""Panels (harness/zcbench/panel.py) drawn with matplotlib; one SVG or PNG for each kind of figure."""
import concurrent.futures
import io
import math
import multiprocessing
import os
import textwrap

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({
    "svg.hashsalt": "zcbench",  # the same input gives the same bytes
    "font.family": "DejaVu Sans", "font.size": 9, "axes.titlesize": 10, "axes.titlelocation": "left",
    "axes.edgecolor": "#1b1b1b", "text.color": "#1b1b1b", "axes.labelcolor": "#1b1b1b",
    "xtick.color": "#1b1b1b", "ytick.color": "#1b1b1b", "hatch.linewidth": 0.6})

import matplotlib.pyplot as plt  # noqa: E402
import matplotlib.ticker as ticker  # noqa: E402

import style  # noqa: E402

WIDTH, HEIGHT = 7.2, 4.2


def spread(ys, low, high, gap):
    """Label heights at least `gap` apart and inside the axes, in the order of the line ends."""
    order = sorted(range(len(ys)), key=lambda i: ys[i])
    placed, floor = [0.0] * len(ys), low
    for i in order:
        placed[i] = max(ys[i], floor)
        floor = placed[i] + gap
    ceiling = high
    for i in reversed(order):
        placed[i] = min(placed[i], ceiling)
        ceiling = placed[i] - gap
    return placed


def label_ends(axes, ends):
    """Names beside the ends of the lines, in place of a legend that has to be looked up."""
    if not ends:
        return
    axes.get_ylim()  # settles the limits; where the axes stand in the figure does not matter here
    within = axes.transScale + axes.transLimits
    heights = [within.transform((x, y))[1] for x, y, _, _ in ends]
    placed = spread(heights, 0.0, 1.0, 0.058)
    for (_, _, name, color), at, true in zip(ends, placed, heights):
        axes.annotate(name, (1.0, true), xytext=(1.035, at), xycoords="axes fraction", textcoords="axes fraction", va="center",
                      color=color, fontsize=8.5, annotation_clip=False,
                      arrowprops={"arrowstyle": "-", "color": color, "lw": 0.6, "shrinkA": 0, "shrinkB": 1,
                                  "relpos": (0, 0.5)})


def x_axis(axes, panel):
    xs = sorted({p.x for s in panel.series for p in s.points if p.y == p.y})
    if panel.x_scale == "size":
        axes.set_xscale("log", base=2)
        step = max(1, math.ceil(len(xs) / 12))
        axes.set_xticks(xs[::step], [style.size_label(int(x)) for x in xs[::step]])
        axes.minorticks_off()
    elif panel.x_scale == "hdr":
        axes.set_xscale("log")
        nines = [(2, "50"), (10, "90"), (100, "99"), (1000, "99.9"), (10**4, "99.99"), (10**5, "99.999")]
        nines = [pair for pair in nines if pair[0] <= max(xs) * 1.5]
        axes.set_xticks(*zip(*nines))
        axes.minorticks_off()
    elif panel.x_scale == "names":
        step = max(1, math.ceil(len(panel.x_names) / 16))
        names = list(panel.x_names)[::step]
        turn = sum(map(len, names)) > 70
        axes.set_xticks(range(0, len(panel.x_names), step), names, rotation=45 if turn else 0,
                        ha="right" if turn else "center", rotation_mode="anchor" if turn else None)
    elif all(float(x).is_integer() for x in xs):
        axes.xaxis.set_major_locator(ticker.MaxNLocator(integer=True))


def y_axis(axes, panel):
    if panel.y_scale == "log":
        axes.set_yscale("log", base=10 if panel.x_scale == "hdr" else 2)
        axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda y, _: f"{y:g}"))
        low, high = axes.get_ylim()
        if high / low < 8:
            axes.yaxis.set_major_locator(ticker.MaxNLocator(7))
        axes.yaxis.set_minor_formatter(ticker.NullFormatter())
    elif panel.level != panel.level:
        axes.set_ylim(bottom=0)


def draw_lines(axes, panel):
    modes, ends = [s.mode for s in panel.series], []
    for i, series in enumerate(panel.series):
        look = style.look(series.mode, modes)
        if series.mode in modes[:i]:  # the same mode again, such as at another size: hollow
            look |= {"markerfacecolor": "none"}
        xs, ys = [p.x for p in series.points], [p.y for p in series.points]
        lows, highs = [p.low for p in series.points], [p.high for p in series.points]
        if series.mode == "segment":
            look |= {"marker": None, "linestyle": "-"}
        if series.line:
            axes.plot(xs, ys, **look, markevery=max(1, len(xs) // 24))
            axes.fill_between(xs, lows, highs, color=look["color"], alpha=0.15, linewidth=0)
        else:
            errors = [[y - a for y, a in zip(ys, lows)], [b - y for y, b in zip(ys, highs)]]
            axes.errorbar(xs, ys, yerr=None if all(a != a for a in lows) else errors, **{**look, "linestyle": "none"}, elinewidth=0.8)
            label_points(axes, series, look["color"])
        known = [(x, y) for x, y in zip(xs, ys) if y == y]
        if known and (len(panel.series) > 1 or panel.x_scale in ("size", "hdr")):
            ends.append((*known[-1], series.name, look["color"]))
    finish_lines(axes, panel)
    label_ends(axes, ends)


def label_points(axes, series, color):
    """Points with texts are steps of one line: it is drawn thin, and its two ends have theirs."""
    if not any(p.text for p in series.points):
        return
    axes.plot([p.x for p in series.points], [p.y for p in series.points], color=color, linewidth=0.6, alpha=0.6)
    for p in {id(p): p for p in (series.points[0], series.points[-1])}.values():
        axes.annotate(p.text, (p.x, p.y), xytext=(4, 3), textcoords="offset points", fontsize=6.5, color=color)


def finish_lines(axes, panel):
    if panel.level == panel.level:
        axes.axhline(panel.level, color=style.INK, linewidth=0.8)
    x_axis(axes, panel)
    y_axis(axes, panel)
    if panel.x_scale != "size" and panel.x_scale != "hdr":
        axes.margins(x=0.05)
    for i, (x, text) in enumerate(sorted(panel.marks)):
        axes.axvline(x, color="#7F7F7F", linewidth=0.8, linestyle=":")
        right = axes.transLimits.transform(axes.transScale.transform((x, 1)))[0] > 0.5  # of the middle: its text to the left
        axes.annotate(text, (x, 1), xytext=(-3 if right else 3, -10 - 11 * (i % 4)), xycoords=("data", "axes fraction"),
                      textcoords="offset points", fontsize=7.5, ha="right" if right else "left")
    axes.grid(alpha=0.25)


def draw_heat(axes, panel):
    rows = [[math.nan] * len(panel.x_names) for _ in panel.series]
    for y, series in enumerate(panel.series):
        for p in series.points:
            rows[y][int(p.x)] = p.y
    reach = max([abs(v) for row in rows for v in row if v == v] + [0.1])
    image = axes.imshow(rows, cmap="PuOr", vmin=-reach, vmax=reach, aspect="auto")
    for y, series in enumerate(panel.series):
        for p in series.points:
            dark = abs(p.y) > 0.6 * reach
            axes.text(p.x, y, p.text, ha="center", va="center", fontsize=8, color="#ffffff" if dark else "#000000")
            if not p.sure:
                axes.add_patch(plt.Rectangle((p.x - 0.5, y - 0.5), 1, 1, fill=False, hatch="////", edgecolor="#8a8a8a", linewidth=0))
    axes.set_yticks(range(len(panel.series)), [s.name for s in panel.series])
    x_axis(axes, panel)
    bar = axes.figure.colorbar(image, ax=axes, label="log2 of the ratio", fraction=0.05)
    bar.outline.set_visible(False)


def draw_bars(axes, panel):
    base = [0.0] * len(panel.x_names)
    for i, series in enumerate(panel.series):
        heights = [p.y for p in series.points]
        color = style.PALETTE[1:][i % 7]
        axes.bar(range(len(heights)), heights, bottom=base, label=series.name, color=color, width=0.7,
                 hatch=("", "///", "...", "\\\\\\", "xxx", "---")[i % 6], edgecolor="#ffffff", linewidth=0.4)
        base = [a + b for a, b in zip(base, heights)]
    for x, p in enumerate(panel.series[-1].points):
        if p.low == p.low:
            axes.plot([x, x], [p.low, p.high], color=style.INK, linewidth=1.2)
    x_axis(axes, panel)
    axes.grid(axis="y", alpha=0.25)
    axes.set_axisbelow(True)
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False, fontsize=8, alignment="left")


def wrap(text, width=88):
    """Titles break at a comma rather than run out of the figure."""
    if len(text) <= width:
        return text
    cut = text.rfind(", ", 0, width)
    return text if cut < 0 else text[:cut + 1] + "\n" + wrap(text[cut + 2:], width)


def note_of(panel):
    """As wide as the figure; what goes on in a second line is set in."""
    return "\n".join(textwrap.fill(line, 108, subsequent_indent="    ") for line in panel.note.split("\n"))


def height_of(panel):
    extra = 0.16 * (note_of(panel).count("\n") + 1) if panel.note else 0
    if panel.shape == "heat":
        return 1.5 + 0.34 * len(panel.series) + extra
    return HEIGHT + extra + (1.2 if panel.shape == "bars" else 0.03 * max(map(len, panel.x_names), default=0))


def draw(panel):
    figure, axes = plt.subplots(figsize=(WIDTH, height_of(panel)), layout="constrained")
    {"lines": draw_lines, "heat": draw_heat, "bars": draw_bars}[panel.shape](axes, panel)
    axes.set_title(wrap(panel.title))
    axes.set_xlabel(panel.x_label)
    if panel.note:
        figure.supxlabel(note_of(panel), x=0.01, ha="left", fontsize=8, linespacing=1.3)
    axes.set_ylabel(panel.y_label)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def render(panel, form="svg"):
    """Bytes of an image. Deterministic: no date, and ids by a fixed salt."""
    figure, file = draw(panel), io.BytesIO()
    figure.draw_without_rendering()     # lays it out, once
    figure.set_layout_engine("none")
    figure.savefig(file, format=form, transparent=form == "svg", dpi=144, metadata={"Date": None} if form == "svg" else {"Software": None})
    plt.close(figure)
    return file.getvalue()


def render_all(panels):
    """The SVGs of many panels, on all CPUs: a report of many figures must not take minutes."""
    workers = min(len(os.sched_getaffinity(0)), 8)
    if len(panels) < 12 or workers < 2:
        return list(map(render, panels))
    with concurrent.futures.ProcessPoolExecutor(workers, multiprocessing.get_context("fork")) as pool:
        return list(pool.map(render, panels, chunksize=4))

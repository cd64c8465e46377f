#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Goodput against message size, a line for each tx mode, from the samples.csv of one run.

Usage: plots/goodput.py RUN_FOLDER -o FILE.svg

Lines are medians of the repeats, ribbons the order statistics that enclose the median with at
least 95 % (the extremes below 6 repeats). One panel for each path. Needs python3-matplotlib.
"""
import argparse
import csv
import math
import pathlib
import statistics

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "zcbench"  # the same input gives the same bytes

import matplotlib.pyplot as plt  # noqa: E402

import style  # noqa: E402


def interval(values):
    values, n, rank, below = sorted(values), len(values), 0, 0.0
    while rank < n and below + math.comb(n, rank) / 2**n <= 0.025:
        below += math.comb(n, rank) / 2**n
        rank += 1
    rank = max(rank, 1)
    return statistics.median(values), values[rank - 1], values[n - rank]


def load(folder):
    """{path: {tx: {size: [goodput]}}} of the stream samples that were measured."""
    figures = {}
    with open(pathlib.Path(folder) / "samples.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["verdict"] in ("skip", "fail") or not row["goodput_bytes_per_s"]:
                continue
            sizes = figures.setdefault(row["path"], {}).setdefault(row["tx"], {})
            sizes.setdefault(int(row["size"]), []).append(float(row["goodput_bytes_per_s"]))
    return figures


def spread_labels(ends, gap):
    """Moves the labels at the line ends apart, keeping their order."""
    placed = []
    for y, mode in sorted(ends):
        placed.append((max(y, placed[-1][0] + gap) if placed else y, mode))
    return placed


def draw(axes, path, modes):
    ends, sizes = [], sorted({size for mode in modes.values() for size in mode})
    for mode, by_size in modes.items():
        xs = sorted(by_size)
        rows = [interval(by_size[x]) for x in xs]
        middle, low, high = ([row[i] / 1e9 for row in rows] for i in range(3))
        look = style.look(mode, modes)
        axes.plot(xs, middle, **look)
        axes.fill_between(xs, low, high, color=look["color"], alpha=0.15, linewidth=0)
        ends.append((middle[-1], mode))
    axes.set_ylim(bottom=0)
    gap = axes.get_ylim()[1] * 0.055
    for y, mode in spread_labels(ends, gap):
        axes.annotate(mode, (sizes[-1], y), xytext=(8, 0), textcoords="offset points", va="center",
                      color=style.look(mode, modes)["color"], fontsize=9)
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes, [style.size_label(size) for size in sizes])
    axes.minorticks_off()
    axes.set_xlabel("message size (bytes)")
    axes.set_ylabel("goodput (GB/s), higher is better")
    axes.set_title(f"Goodput by tx mode, path {path}")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("-o", "--output", required=True)
    options = parser.parse_args()
    figures = load(options.folder)
    if not figures:
        parser.error(f"{options.folder}/samples.csv has no measured sample")
    figure, axes = plt.subplots(1, len(figures), figsize=(8 * len(figures), 4.8), squeeze=False,
                                layout="constrained")
    for panel, (path, modes) in zip(axes[0], figures.items()):
        draw(panel, path, modes)
    figure.savefig(options.output, metadata={"Date": None})


if __name__ == "__main__":
    main()

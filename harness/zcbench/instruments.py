# SPDX-License-Identifier: MIT
"""May the instruments be believed? Probe overhead, the laws of the ledger, the control of the gate."""
import os

import numpy

from . import controls, stats
from .marks import column
from .units import digits

KERNEL = ("kern_tx_copied_bytes", "kern_tx_referenced_bytes", "kern_tx_spliced_bytes")


def overhead(run, name="goodput_bytes_per_s"):
    """[(label, ratio)]: the probed repeat over the median of those without, where a cell has both."""
    values, found = column(run, name), []
    for cell in run.cells:
        bare, probed = (values[cell.rows[run.shown[cell.rows] & (run.probed[cell.rows] == kind)]] for kind in (False, True))
        bare, probed = (v[~numpy.isnan(v)] for v in (bare, probed))
        if len(bare) and len(probed):
            found.append((cell.label, float(numpy.median(probed) / numpy.median(bare))))
    return found


def overhead_text(run):
    found = overhead(run)
    if not found:
        return "Probe overhead is unknown: no cell was measured both with kernel probes and without."
    ratios = [ratio for _, ratio in found]
    label, least = min(found, key=lambda pair: pair[1])
    return (f"With kernel probes goodput is {stats.geometric_mean(ratios):.2f} of that without (geometric mean of {len(found)} "
            f"cells; the least is {least:.2f}, of {label}). Speeds are of repeats without.")


def law(run, whole, parts, maybe=()):
    """(samples in which all of it is known, samples in which the sum is not the whole); maybe: parts
    that only some samples have."""
    total, sums = column(run, whole), sum(column(run, part) for part in parts)
    sums = sums + sum(numpy.nan_to_num(column(run, part)) for part in maybe)
    known = ~numpy.isnan(total) & ~numpy.isnan(sums)
    return int(known.sum()), int((total[known] != sums[known]).sum())


def laws_text(run):
    told = []
    for words, *terms in (("bytes sent are bytes received and in flight, or lost by datagrams", "tx_total_bytes",
                           ("rx_total_bytes", "in_flight_bytes"), ("lost_bytes",)),
                          ("the kernel's bytes sent are copied, referenced or spliced", "kern_tx_bytes", KERNEL)):
        known, broken = law(run, *terms)
        told.append(f"{words}: {known - broken} of {known} samples" if known else f"{words}: no sample has the numbers")
    return "Laws of the ledger, checked again from samples.csv: " + "; ".join(told) + "."


def control_text(run):
    """Of the history in which the run lies."""
    control = controls.read(os.path.dirname(os.path.abspath(run.path)))
    if control is None:
        return "No control of the gate is beside this run (`zcbench nightly --control` makes one)."
    failures = controls.failures(control)
    if failures:
        return "; ".join(failures) + "."
    return (f"Control of {control['night']}: a sender slowed by {controls.PERCENT} % was found, with an interval of "
            f"+-{digits(100 * control['half'])} %, and nothing between two alike.")


def sentences(run):
    return [overhead_text(run), laws_text(run), control_text(run)]

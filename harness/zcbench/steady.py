# SPDX-License-Identifier: MIT
"""Did a transfer keep its pace within its window? bench/steady.c has the same test."""
import numpy

SLICES = 20
PETTITT_LIMIT = 75   # reached by 1 % of 20 values in random order (a test simulates it)
LEAST_SHIFT = 50     # thousandths: a smaller one is of no consequence


def pettitt(values):
    """(largest sum of signs, the cut before which it is) of each row.

    Pettitt, "A non-parametric approach to the change-point problem" (1979).
    """
    signs = numpy.sign(values[:, :, None] - values[:, None, :]).sum(axis=2)  # of each against all
    sums = numpy.abs(signs.cumsum(axis=1)[:, :-1])
    return sums.max(axis=1), sums.argmax(axis=1) + 1


def moves(values):
    """For each row of SLICES paces in thousandths: is there a trend or a step?"""
    largest, cuts = pettitt(values)
    return numpy.array([most >= PETTITT_LIMIT and abs(numpy.median(row[cut:]) - numpy.median(row[:cut])) >= LEAST_SHIFT
                        for row, most, cut in zip(values, largest, cuts)], dtype=bool)


def rows(table, name="rx_slices"):
    """Of a table's rows, those that moved; a row that does not tell did not."""
    found = numpy.zeros(len(table), dtype=bool)
    if name not in table.position:
        return found
    known, values = [], []
    for row, text in enumerate(table.texts(name)):
        if not text:
            continue
        words = text.split(" ")
        if len(words) != SLICES or not all(word.isascii() and word.isdigit() and len(word) < 10 for word in words):
            table.refuse(row, name, f"it has to hold {SLICES} whole numbers")
        known.append(row)
        values.append([int(word) for word in words])
    if known:
        found[known] = moves(numpy.array(values, dtype=float))
    return found

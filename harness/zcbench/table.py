# SPDX-License-Identifier: MIT
"""A CSV file, read strictly and within bounds; numbers are looked at when a column is asked for."""
import csv
import os
import re

import numpy

from .problem import Problem, printable

LARGEST_FILE = 2 << 30
LARGEST_FIELD = 64 << 10
MOST_COLUMNS = 1000
MOST_ROWS = 5_000_000
# What C's printf writes in any locale we set; no 1_000, no 1,5, no nan, no Arabic digits.
NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
LETTERS = frozenset("0123456789+-.eE")


class Table:
    """names: the header. rows: lists of text. path: for messages."""

    def __init__(self, path, names, rows):
        self.path, self.names, self.rows = path, names, rows
        self.position = {name: i for i, name in enumerate(names)}
        self._numbers = {}

    def __len__(self):
        return len(self.rows)

    def line(self, row):
        """The line of the file on which the row starts: fields may hold line breaks."""
        return 2 + row + sum(field.count("\n") for r in self.rows[:row] for field in r if "\n" in field)

    def refuse(self, row, name, what):
        where = f"{self.path} line {self.line(row)}, column {name}"
        raise Problem(f"{where}: {what}")

    def require(self, *names):
        for name in names:
            if name in self.position:
                continue
            hint = ("; its columns are not separated by commas" if len(self.names) == 1 else "")
            raise Problem(f"{self.path} line 1: there is no column {name}{hint}")

    def texts(self, name):
        self.require(name)
        i = self.position[name]
        return [row[i] for row in self.rows]

    def numbers(self, name):
        """A float for each row, NaN where the field is empty, which means unknown. Not to be written to."""
        if name not in self._numbers:
            self._numbers[name] = self._parse(name)
        return self._numbers[name]

    def amounts(self, name):
        """Numbers of what there cannot be less than none of."""
        values = self.numbers(name)
        below = numpy.flatnonzero(values < 0)
        if len(below):
            row = int(below[0])
            self.refuse(row, name, f"'{printable(self.texts(name)[row])}' is less than nothing")
        return values

    def _parse(self, name):
        texts = self.texts(name)
        if not set().union(*texts) <= LETTERS:
            self._refuse_number(name, texts)
        try:
            values = numpy.array([text or "nan" for text in texts], dtype=float)
        except ValueError:
            self._refuse_number(name, texts)
        if numpy.isnan(values).sum() != texts.count("") or numpy.isinf(values).any():
            self._refuse_number(name, texts)
        values.flags.writeable = False
        return values

    def _refuse_number(self, name, texts):
        for row, text in enumerate(texts):
            if text and not (NUMBER.fullmatch(text) and abs(float(text)) < float("inf")):
                self.refuse(row, name, f"'{printable(text)}' is no number; unknown is an empty field")
        raise Problem(f"{self.path}, column {name}: it has a field that is no number")

    def counts(self, name, least=0):
        """Whole numbers that must be known in every row: keys."""
        values = self.numbers(name)
        wrong = ~(values >= least) | (values != numpy.floor(values)) | (values > 2**53)
        if wrong.any():
            row = int(numpy.flatnonzero(wrong)[0])
            text = self.rows[row][self.position[name]]
            self.refuse(row, name, f"'{printable(text)}' is no whole number from {least}")
        return values.astype(numpy.int64)


def read_rows(path, file):
    reader = csv.reader(file, strict=True)
    rows = []
    try:
        for row in reader:
            rows.append(row)
            if len(rows) > MOST_ROWS:
                raise Problem(f"{path}: it has more than {MOST_ROWS} rows")
    except csv.Error as error:
        raise Problem(f"{path} line {reader.line_num}: {error}; the file was cut short or edited") from None
    except UnicodeDecodeError as error:
        raise Problem(f"{path} after line {reader.line_num}: it is not UTF-8 ({error.reason})") from None
    return rows


def check_header(path, names):
    if len(names) > MOST_COLUMNS:
        raise Problem(f"{path} line 1: it has more than {MOST_COLUMNS} columns")
    seen = set()
    for name in names:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name):
            if len(names) == 1 and re.search("[;\t]", name):
                raise Problem(f"{path} line 1: its columns are not separated by commas; a program of "
                              "another locale has written it anew")
            raise Problem(f"{path} line 1: '{printable(name)}' is no name of a column")
        if name in seen:
            raise Problem(f"{path} line 1: the column {name} is there twice")
        seen.add(name)


def check_end(path, size):
    with open(path, "rb") as file:
        file.seek(size - 1)
        if file.read(1) != b"\n":
            raise Problem(f"{path}: its last line has no end, so the file was cut short; "
                          "`zcbench run --resume` mends it")


def read_table(path):
    csv.field_size_limit(LARGEST_FIELD)
    try:
        size = os.path.getsize(path)
        if size > LARGEST_FILE:
            raise Problem(f"{path}: it is larger than {LARGEST_FILE >> 30} GiB")
        if not size:
            raise Problem(f"{path}: it is empty; not even a header was written")
        with open(path, newline="", encoding="utf-8") as file:
            rows = read_rows(path, file)
        names = rows.pop(0)
        check_header(path, names)
        check_end(path, size)
    except OSError as error:
        raise Problem(f"{path}: {error.strerror or error}") from None
    table = Table(path, names, rows)
    if set(map(len, rows)) - {len(names)}:
        row = next(i for i, r in enumerate(rows) if len(r) != len(names))
        last = names[min(len(rows[row]), len(names)) - 1] if rows[row] else names[0]
        table.refuse(row, last, f"the row has {len(rows[row])} fields and the header {len(names)}")
    return table

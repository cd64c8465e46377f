# SPDX-License-Identifier: MIT
"""Writing: whole files or none, CSV that no spreadsheet runs, tables for a terminal."""
import csv
import io
import os
import sys
import tempfile

from .problem import Problem, printable


def write_file(path, content):
    """'-' is stdout. A file appears whole, under its name, or not at all."""
    if path == "-":
        sys.stdout.write(content)
        return
    data = content if isinstance(content, bytes) else content.encode("utf-8")
    folder = os.path.dirname(path) or "."
    try:
        os.makedirs(folder, exist_ok=True)
        handle, fresh = tempfile.mkstemp(prefix=".zcbench-", dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.chmod(fresh, 0o666 & ~umask())
            os.replace(fresh, path)
        except BaseException:
            os.unlink(fresh)
            raise
    except OSError as error:
        raise Problem(f"writing {path}: {error.strerror or error}") from None


def umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def number_text(value):
    """Nine digits; unknown is empty."""
    if value is None or value != value:
        return ""
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def field_text(value):
    """Text that a spreadsheet would run as a formula gets a quote in front of it."""
    if isinstance(value, str):
        return "'" + value if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
    return number_text(float(value) if hasattr(value, "dtype") else value)


def csv_text(header, rows):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([field_text(value) for value in row] for row in rows)
    return text.getvalue()


def table_text(header, rows, left=1):
    """Columns aligned with two spaces between; the first `left` to the left."""
    rows = [[printable(x, 200) for x in row] for row in [header, *rows]]
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
    lines = []
    for row in rows:
        cells = [x.ljust(w) if i < left else x.rjust(w) for i, (x, w) in enumerate(zip(row, widths))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"

# SPDX-License-Identifier: MIT
"""What no mode can pass: the wire's rate, and one CPU's memcpy for a path that copies once."""
from . import units
from .panel import Point, Series
from .run import dig

NEAR = 1.5     # times the farthest value of a figure: a bound beyond it is told, and not drawn


def memcpy(run, cell):
    """{size: bytes per second} that one CPU of the receiver's host copies; {} where nobody measured it."""
    rates = dig(run.receiver_of(cell), "memory", "memcpy_bytes_per_s")
    if not isinstance(rates, dict):
        return {}
    found = {int(size): rate for size, rate in rates.items() if size.isascii() and size.isdigit() and type(rate) in (int, float)}
    return {size: float(rate) for size, rate in sorted(found.items()) if rate > 0 and size}


def line_rate(run, cell):
    """Bytes per second of the slower of the cell's two devices, or None where there is no wire."""
    nics, names = run.host.get("nics"), cell.dims.get("nics", "none").split("+")
    speeds = [nic.get("speed_mbps") for nic in nics if isinstance(nic, dict) and nic.get("name") in names] if isinstance(nics, list) else []
    known = [speed for speed in speeds if type(speed) is int and speed > 0]
    return min(known) * 1e6 / 8 if known and len(known) == len(set(names)) else None


def near(size, rates):
    """The rate of the measured size that is nearest."""
    return rates[min(rates, key=lambda known: max(known / size, size / known))]


def within(rates, cells):
    sizes = [int(cell.dims["size"]) for cell in cells]
    return {size: rate for size, rate in rates.items() if min(sizes) <= size <= max(sizes)}


def of_goodput(run, cells):
    """(name, points, unit): over the size, in GB/s."""
    found, rate = [], line_rate(run, cells[0])
    if rate:
        found.append(("line rate", [Point(int(c.dims["size"]), rate / 1e9) for c in sorted(cells, key=lambda c: int(c.dims["size"]))], "GB/s"))
    rates = within(memcpy(run, cells[0]), cells)
    if rates:
        found.append(("memcpy, one CPU", [Point(size, rate / 1e9) for size, rate in rates.items()], "GB/s"))
    return found


def of_cpu(run, cells):
    """One copy's CPU time per byte: less is only possible without any."""
    rates = within(memcpy(run, cells[0]), cells)
    return [("one memcpy", [Point(size, 1e9 / rate) for size, rate in rates.items()], "ns/B")] if rates else []


def seen(found, series):
    """(bounds to draw, a note of those that are too far from the values to be drawn)"""
    ys = [p.y for s in series for p in s.points if p.y > 0]
    drawn, told = [], []
    for name, points, unit in found:
        close = [p for p in points if ys and min(ys) / NEAR <= p.y <= max(ys) * NEAR]
        if close:
            drawn.append(Series(name, close, "bound"))
        else:
            low, high = (units.digits(f(p.y for p in points)) for f in (min, max))
            told.append(f"{name}: {low if low == high else f'{low} to {high}'} {unit}, outside of this figure")
    return drawn, "\n".join(told)

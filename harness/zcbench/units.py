# SPDX-License-Identifier: MIT
"""Numbers for people: three digits and a unit."""
import math


def scaled(value, units, step=1000):
    i = 0
    while abs(float(f"{value:.3g}")) >= step and i + 1 < len(units):
        value, i = value / step, i + 1
    return f"{digits(value)} {units[i]}"


def digits(value):
    """Three significant digits without an exponent where that is readable."""
    value = float(f"{value:.3g}")
    if value == 0 or not 1e-4 <= abs(value) < 1e7:
        return f"{value:.3g}"
    places = max(0, 2 - math.floor(math.log10(abs(value)) + 1e-9))
    return f"{value:.{places}f}"


def text(value, unit):
    if value is None or math.isnan(value):
        return "-"
    if unit == "B/s":
        return scaled(value, ("B/s", "kB/s", "MB/s", "GB/s", "TB/s"))
    if unit == "ns":
        return scaled(value, ("ns", "us", "ms", "s"))
    return f"{digits(value)} {unit}".rstrip()


def ratio(interval, mark=True):
    """'1.31x [1.27, 1.36]', '~' in front where 1 cannot be excluded."""
    if interval is None or not interval.n:
        return "-"
    word = f"{interval.median:.2f}x [{interval.low:.2f}, {interval.high:.2f}]"
    return word if not mark or interval.excludes(1) else "~ " + word


def percent(log_ratio):
    return f"{100 * math.expm1(log_ratio):+.1f} %"

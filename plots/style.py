# SPDX-License-Identifier: MIT
"""One look for all figures: a colour, a marker and a dash for each mode, safe for colour-blind readers.

Colours are those of Okabe and Ito, "Color Universal Design" (2008); shape and dash repeat what the
colour says.
"""

PALETTE = ["#000000", "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7", "#7F7F7F"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "*"]
DASHES = ["-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (7, 2, 1, 2))]

# The same mode looks the same in every figure; unlisted ones take what is left, in their order.
MODES = ["send", "sendfile", "msg-zerocopy", "uring-send", "uring-send-zc", "uring-send-zc-fixed"]


def look(mode, others=()):
    """Keyword arguments for matplotlib's plot()."""
    names = MODES + [name for name in others if name not in MODES]
    i = names.index(mode) % len(PALETTE)
    return {"color": PALETTE[i], "marker": MARKERS[i], "linestyle": DASHES[i], "markersize": 5}


def size_label(size):
    for unit in ("", "Ki", "Mi", "Gi"):
        if size < 1024 or size % 1024:
            return f"{size}{unit}"
        size //= 1024
    return f"{size}Ti"

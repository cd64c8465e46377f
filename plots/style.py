# SPDX-License-Identifier: MIT
"""One look for all figures: a colour, a marker and a dash for each mode, safe for colour-blind readers.

Colours are those of Okabe and Ito, "Color Universal Design" (2008); shape and dash repeat what the
colour says. Senders have filled markers and receivers open ones. style.gp is the same for gnuplot.
"""
import zlib

INK = "#1b1b1b"     # text and axes; the report turns it into the colour of its own text
PALETTE = [INK, "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7", "#7F7F7F"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "h"]
DASHES = ["-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (7, 2, 1, 2))]

# The same mode looks the same in every figure; those of one slot are never in one panel by default.
TX = ["send", "sendfile", "msg-zerocopy", "uring-send", "uring-send-zc", "uring-send-zc-fixed", "splice",
      "uring-sendmsg-zc", "null", "sendmsg", "uring-sendmsg-zc-fixed"]
RX = ["recv", "uring-recv", "tcp-zerocopy-receive", "uring-recv-multishot", "recvmsg", "uring-recv-bundle",
      "recv-trunc", "uring-zcrx"]  # splice has its slot above
OTHER = {"raw": 7, "ratio": 4, "segment": 5, "bound": 7}


def slot(mode):
    for names in (TX, RX):
        if mode in names:
            return names.index(mode) % len(PALETTE)
    return OTHER.get(mode, zlib.crc32(mode.encode()) % len(PALETTE))


def slots(modes):
    """A slot for each mode of a panel: its own, or the next one that is free."""
    taken, result = set(), {}
    for mode in sorted(dict.fromkeys(modes), key=lambda mode: (mode not in TX + RX, list(modes).index(mode))):
        wanted = slot(mode)
        free = [i % len(PALETTE) for i in range(wanted, wanted + len(PALETTE)) if i % len(PALETTE) not in taken]
        result[mode] = free[0] if free else wanted
        taken.add(result[mode])
    return result


def look(mode, modes=()):
    """Keyword arguments for matplotlib's plot()."""
    if mode.startswith("bound"):  # no measurement: grey, and no marks
        return {"color": PALETTE[7], "marker": None, "linestyle": ":"}
    i = slots(modes or [mode]).get(mode, slot(mode))
    face = "none" if mode in RX else PALETTE[i]
    return {"color": PALETTE[i], "marker": MARKERS[i], "linestyle": DASHES[i], "markersize": 5, "markerfacecolor": face}


def size_label(size):
    for unit in ("", "Ki", "Mi", "Gi"):
        if size < 1024 or size % 1024:
            return f"{size:g}{unit}"
        size //= 1024
    return f"{size}Ti"

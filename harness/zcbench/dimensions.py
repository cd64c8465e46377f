# SPDX-License-Identifier: MIT
"""The dimensions of a cell and their presets, as bench/cell_table.c has them (a test compares).

A cell is known by the dimensions that differ from their presets: so a run made before a dimension
existed still has the same cells as one made after.
"""

PRESETS = {
    "tx": "send", "rx": "recv", "path": "lo", "workload": "stream", "size": "65536", "response": "64",
    "rate": "1000", "flows": "1", "threads": "auto", "depth": "auto", "batch": "auto",
    "buffers": "auto", "parts": "4", "rx_size": "auto", "rx_queue": "auto", "steer": "on",
    "area": "memory", "areas": "1", "queue_areas": "1", "rx_buffer": "auto", "pages": "4k",
    "align": "0", "touch": "none", "verify": "off", "reuse": "safe", "sndbuf": "auto", "rcvbuf": "auto",
    "rcvlowat": "1",
    "nodelay": "auto", "cork": "off", "congestion": "auto", "mtu": "auto", "mss": "auto", "sg": "auto",
    "gso": "auto", "tso": "auto", "gro": "auto", "queues": "auto", "busy_poll": "0", "force": "off", "family": "ipv4",
    "nics": "none", "tx_cpu": "auto", "rx_cpu": "auto", "warmup": "0.2", "duration": "1",
    "bytes": "auto",
}
KEYS = ("run_id", "block", "cell", "repeat", "probed")
ALWAYS = ("tx", "rx", "path", "workload", "size", "flows")  # told in every label
TIMING = ("warmup", "duration", "bytes")                     # how long, not what: never in a label


def identity(dims):
    """What makes two cells of different runs the same cell: a tuple of (name, value), sorted."""
    return tuple(sorted((name, value) for name, value in {**PRESETS, **dims}.items()
                        if name in ALWAYS or value != PRESETS.get(name)))


def size_text(size):
    """65536 -> 64Ki; what is not a whole number of units stays in bytes."""
    try:
        number = int(size)
    except ValueError:
        return str(size)
    for unit in ("", "Ki", "Mi", "Gi"):
        if number < 1024 or number % 1024:
            return f"{number}{unit}"
        number //= 1024
    return f"{number}Ti"


def extras(dims):
    """The dimensions that a label has to tell beside modes, path and size: 'flows=4 pages=thp'."""
    words = [] if dims.get("workload", "stream") == "stream" else [dims["workload"]]
    for name, value in dims.items():
        if name in ("tx", "rx", "path", "workload", "size") or name in TIMING:
            continue
        if value != PRESETS.get(name):
            words.append(f"{name}={value}")
    return " ".join(words)


def label(dims):
    """A cell in words: 'msg-zerocopy > recv, lo, 64Ki, flows=4'."""
    parts = [f"{dims['tx']} > {dims['rx']}", dims["path"], size_text(dims["size"])]
    return ", ".join(parts + ([extras(dims)] if extras(dims) else []))


def shared(labels):
    """The parts of labels that all of them have: told once."""
    parts = [label.split(", ") for label in labels]
    return [part for part in parts[0] if all(part in other for other in parts)] if len(parts) > 1 else []


def short(label, common):
    return ", ".join(part for part in label.split(", ") if part not in common) or label

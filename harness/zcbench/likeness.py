# SPDX-License-Identifier: MIT
"""Are two runs of the same kind? What differs, as sentences."""
from .problem import printable
from .run import dig

IDENTITY = (("host", ("host", "hostname")), ("CPU", ("host", "cpu", "model")),
            ("number of CPUs", ("host", "cpu", "count_online")),
            ("kernel", ("host", "kernel", "release")),
            ("kernel's build", ("host", "kernel", "version")),
            ("kernel command line", ("host", "kernel", "command_line")),
            ("kernel config", ("host", "kernel", "config", "fnv1a64")))
ENDS = tuple((f"{word} of the {whose}", ("ends", end, *names)) for end, whose in (("tx", "sender"), ("rx", "receiver"))
             for word, names in IDENTITY)
CONTEXT = (("zcbench", ("build", "version")), ("commit", ("build", "commit")),
           ("compiler", ("build", "compiler")), ("compiler flags", ("build", "cflags")))


def differing(base, new, table):
    for word, names in table:
        a, b = dig(base.manifest, *names), dig(new.manifest, *names)
        if a != b:
            yield f"{word}: {printable(a)} and {printable(b)}"


def sysctls(base, new):
    a, b = dig(base.host, "sysctls") or {}, dig(new.host, "sysctls") or {}
    if isinstance(a, dict) and isinstance(b, dict):
        for name in sorted(set(a) & set(b)):
            if a[name] != b[name]:
                yield f"{printable(name)}: {printable(a[name])} and {printable(b[name])}"


def verdicts(base, new):
    for cell in base.cells:
        other = new.by_identity.get(cell.identity)
        if other is None:
            continue
        # With the same evidence: probes in one of them only are no difference of what happened.
        proved = bool(base.said(cell, base.probed) and new.said(other, new.probed))
        a, b = base.verdict(cell, proved), new.verdict(other, proved)
        if a != b and not {a, b} & {"skip", "fail"}:
            yield f"verdict of {printable(cell.label)}: {a} and {b}"


def obstacles(base, new):
    """Differences that make a ratio of the two meaningless, unless the user insists."""
    return [*differing(base, new, IDENTITY), *differing(base, new, ENDS), *verdicts(base, new)]


def remarks(base, new):
    """Differences that may well be what the comparison is about."""
    return [*differing(base, new, CONTEXT), *sysctls(base, new)]


def host_key(run):
    """Which history a run belongs to: host and CPU, and not the kernel, which is what may change."""
    return "/".join(printable(dig(run.host, *names)) for names in (("hostname",), ("cpu", "model")))

# SPDX-License-Identifier: MIT
"""Are two runs of the same kind? What differs, as sentences."""
from .problem import printable
from .run import dig

IDENTITY = (("host", ("hostname",)), ("CPU", ("cpu", "model")), ("number of CPUs", ("cpu", "count_online")),
            ("kernel", ("kernel", "release")), ("kernel's build", ("kernel", "version")),
            ("kernel command line", ("kernel", "command_line")), ("kernel config", ("kernel", "config", "fnv1a64")))
CONTEXT = (("zcbench", ("version",)), ("commit", ("commit",)), ("compiler", ("compiler",)), ("compiler flags", ("cflags",)))


def measured_on(run):
    """{whose: (its facts, host and build)}: what the cells were measured on, by the two ends of the path
    hosts and else by the one host that there is. A coordinator that only looked on is none of it."""
    found = {}
    if not run.far or any(cell.dims["path"] != "hosts" for cell in run.cells):
        found[""] = run.manifest
    for end, whose in (("tx", " of the sender"), ("rx", " of the receiver")) if run.far else ():
        found[whose] = dig(run.manifest, "ends", end) or {}
    return found


def differing(base, new, part, table):
    """Of all that both were measured on; an end that only one of them has is a difference in itself."""
    a, b = measured_on(base), measured_on(new)
    for whose in [whose for whose in a if whose in b]:
        for word, names in table:
            one, other = dig(a[whose], *part, *names), dig(b[whose], *part, *names)
            if one != other:
                yield f"{word}{whose}: {printable(one)} and {printable(other)}"


def ends(base, new):
    if base.far != new.far:
        far, near = (base, new) if base.far else (new, base)
        yield f"ends: {printable(far.id)} was measured between two named hosts, {printable(near.id)} on one"
    yield from differing(base, new, (), (("address", ("address",)),))


def sysctls(base, new):
    a, b = measured_on(base), measured_on(new)
    for whose in [whose for whose in a if whose in b]:
        one, other = (dig(tree[whose], "host", "sysctls") for tree in (a, b))
        for name in sorted(set(one) & set(other)) if isinstance(one, dict) and isinstance(other, dict) else ():
            if one[name] != other[name]:
                yield f"{printable(name)}{whose}: {printable(one[name])} and {printable(other[name])}"


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
    return [*differing(base, new, ("host",), IDENTITY), *ends(base, new), *verdicts(base, new)]


def remarks(base, new):
    """Differences that may well be what the comparison is about."""
    return [*differing(base, new, ("build",), CONTEXT), *sysctls(base, new)]


def host_key(run):
    """Which history a run belongs to: hosts and CPUs, and not the kernel, which is what may change."""
    return " > ".join("/".join(printable(dig(tree, "host", *names)) for names in (("hostname",), ("cpu", "model")))
                      for tree in measured_on(run).values())

# SPDX-License-Identifier: MIT
"""Unit tests: cmocka binaries, read as TAP, each test a case."""
import os
import re
import tempfile

from . import process

LIMIT = 120
PLAN = re.compile(r"^1\.\.(\d+)$")
SKIP = re.compile(r"^(?:not )?ok \d+ # SKIP (.*)$")
CASE = re.compile(r"^(not )?ok \d+ - (.*)$")


def binaries(folder):
    """One for each tests/unit/test_*.c, whether or not it was built: a missing one is a failure."""
    source = os.path.join(os.path.dirname(__file__), "..", "unit")
    names = sorted(n[:-2] for n in os.listdir(source) if n.startswith("test_") and n.endswith(".c"))
    return [os.path.join(folder, name) for name in names]


def read_tap(tally, name, output):
    """Counts the cases; returns how many were planned but never told. cmocka prints the reason of
    a skip before its line, and that of a failure after it."""
    planned = seen = 0
    before, failed = [], None
    for line in output.splitlines():
        plan, skip, case = PLAN.match(line), SKIP.match(line), CASE.match(line)
        if failed and (plan or skip or case):
            tally.fail(*failed)
            failed = None
        if plan:
            planned += int(plan[1])
        elif skip:
            tally.skip("%s: %s" % (name, skip[1]), " ".join(before))
        elif case and not case[1]:
            tally.ok("%s: %s" % (name, case[2]))
        elif case:
            failed = ("%s: %s" % (name, case[2]), "\n".join(before))
        elif failed:
            failed = (failed[0], failed[1] + "\n" + line)
        else:
            before.append(line)
            continue
        if skip or case:
            seen += 1
            before = []
    if failed:
        tally.fail(*failed)
    return planned - seen if planned else -1


def run(tally, build):
    for binary in binaries(os.path.join(build, "tests", "unit")):
        name = os.path.basename(binary)
        if not os.path.exists(binary):
            tally.fail(name, "%s is not built: make unit-tests" % binary)
            continue
        with tempfile.TemporaryDirectory() as folder:
            environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP", TMPDIR=folder)
            status, output, _ = process.run([binary], LIMIT, env=environment)
        failed = tally.failed
        untold = read_tap(tally, name, output)
        ended = process.how_it_ended(status, LIMIT)
        if untold:
            tally.fail(name, "%d cases were never told: %s\n%s" % (max(untold, 0), ended, output))
        elif status and tally.failed == failed:
            tally.fail(name, "no case failed, but %s\n%s" % (ended, output))

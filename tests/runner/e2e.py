# SPDX-License-Identifier: MIT
"""End-to-end tests: unittest, where a subtest counts as a case of its own."""
import faulthandler
import os
import signal
import time
import unittest

LIMIT = int(os.environ.get("E2E_LIMIT", "240"))
HELD_AT_MOST = 6


class Hung(Exception):
    pass


def on_alarm(number, frame):
    raise Hung("the test took more than %d s" % LIMIT)


class Result(unittest.TestResult):
    """Counts a test's cases when it has ended. A test that failed in the first round is held for the
    second: a busy host breaks what depends on time, and a defect breaks the second round, too."""

    def __init__(self, tally, last_round):
        super().__init__()
        self.tally = tally
        self.last_round = last_round
        self.held = []
        self.cases = []
        self.start = 0

    def startTest(self, test):
        super().startTest(test)
        self.cases = []
        self.start = time.monotonic()
        signal.alarm(LIMIT)

    def stopTest(self, test):
        signal.alarm(0)
        super().stopTest(test)
        failed = [case for case in self.cases if case[0] == self.tally.fail]
        if failed and not self.last_round:
            self.held.append(test)
            self.tally.hold(*failed[0][1:])
            return
        for count, *words in self.cases:
            count(*words)

    def addSuccess(self, test):
        if not self.cases:
            self.cases.append((self.tally.ok, test.id(), time.monotonic() - self.start))

    def addFailure(self, test, err):
        self.failed(test, err)

    def addError(self, test, err):
        self.failed(test, err)

    def failed(self, test, err):
        text = self._exc_info_to_string(err, test)
        if isinstance(test, unittest.TestCase):
            self.cases.append((self.tally.fail, test.id(), text))
        else:  # what is set up for a class or a module
            self.tally.fail(test.id().replace("unittest.suite._ErrorHolder.", ""), text)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        if isinstance(test, unittest.TestCase):
            self.cases.append((self.tally.skip, test.id(), reason))
        else:
            self.tally.skip(test.id(), reason)

    def addSubTest(self, test, subtest, err):
        if err:
            self.cases.append((self.tally.fail, subtest.id(), self._exc_info_to_string(err, test)))
        else:
            self.cases.append((self.tally.ok, subtest.id()))


def play(tally, suite):
    first = Result(tally, last_round=False)
    suite.run(first)
    if len(first.held) > HELD_AT_MOST:
        for test in first.held:
            tally.fail(test.id(), "it failed above, as %d tests did: no second round" % len(first.held))
        return
    # A suite of its own each: the set-up of its class and module is done again.
    for test in first.held:
        unittest.TestSuite([test]).run(Result(tally, last_round=True))


def run(tally, folder, patterns):
    faulthandler.enable()
    signal.signal(signal.SIGALRM, on_alarm)
    loader = unittest.TestLoader()
    if patterns:
        loader.testNamePatterns = ["*%s*" % pattern for pattern in patterns]
    suite = loader.discover(folder, pattern="test_*.py", top_level_dir=folder)
    if not os.path.exists(os.environ["ZCBENCH"]):
        tally.fail("e2e", "%s is not built: make" % os.environ["ZCBENCH"])
        return
    play(tally, suite)

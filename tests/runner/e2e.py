# SPDX-License-Identifier: MIT
"""End-to-end tests: unittest, where a subtest counts as a case of its own."""
import faulthandler
import os
import signal
import time
import unittest

LIMIT = int(os.environ.get("E2E_LIMIT", "240"))


class Hung(Exception):
    pass


def on_alarm(number, frame):
    raise Hung("the test took more than %d s" % LIMIT)


class Result(unittest.TestResult):
    def __init__(self, tally):
        super().__init__()
        self.tally = tally
        self.told = False
        self.start = 0

    def startTest(self, test):
        super().startTest(test)
        self.told = False
        self.start = time.monotonic()
        signal.alarm(LIMIT)

    def stopTest(self, test):
        signal.alarm(0)
        super().stopTest(test)

    def name(self, test):
        return test.id().replace("unittest.suite._ErrorHolder.", "") if hasattr(test, "id") else str(test)

    def addSuccess(self, test):
        if not self.told:
            self.tally.ok(self.name(test), time.monotonic() - self.start)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.tally.fail(self.name(test), self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self.tally.fail(self.name(test), self.errors[-1][1])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.told = True
        self.tally.skip(self.name(test), reason)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        self.told = True
        if not err:
            self.tally.ok(self.name(subtest))
        else:
            where = self.failures if issubclass(err[0], test.failureException) else self.errors
            self.tally.fail(self.name(subtest), where[-1][1])


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
    suite.run(Result(tally))

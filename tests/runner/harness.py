# SPDX-License-Identifier: MIT
"""Tests of the harness and the figures: unittest, each test a case of the one count."""
import importlib.util
import sys
import unittest

NEEDS = ("numpy", "scipy", "matplotlib")


class Result(unittest.TestResult):
    def __init__(self, tally):
        super().__init__()
        self.tally = tally

    def addSuccess(self, test):
        self.tally.ok(test.id())

    def addFailure(self, test, error):
        self.tally.fail(test.id(), self._exc_info_to_string(error, test))

    addError = addFailure

    def addSkip(self, test, reason):
        self.tally.skip(test.id(), reason)

    def addSubTest(self, test, subtest, error):
        if error:
            self.tally.fail(subtest.id(), self._exc_info_to_string(error, test))


def run(tally, folder):
    missing = [name for name in NEEDS if importlib.util.find_spec(name) is None]
    if missing:
        tally.skip("harness", "install " + " ".join("python3-" + name for name in missing))
        return
    sys.path.insert(0, folder)
    unittest.defaultTestLoader.discover(folder, top_level_dir=folder).run(Result(tally))

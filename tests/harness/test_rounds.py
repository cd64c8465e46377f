# SPDX-License-Identifier: MIT
"""The runner of end-to-end tests: what fails once is tried again, what fails twice has failed."""
import contextlib
import io
import unittest

from runner import e2e
from runner.tally import Tally


def fails(times):
    """A test with two subtests, which fails so many times."""
    class Case(unittest.TestCase):
        left = times

        def runTest(self):
            Case.left -= 1
            for number in range(2):
                with self.subTest(number=number):
                    self.assertFalse(number and Case.left >= 0)
    return Case()


def play(*cases):
    tally, text = Tally(), io.StringIO()
    with contextlib.redirect_stdout(text):
        e2e.play(tally, unittest.TestSuite(cases))
    return tally, text.getvalue()


class Rounds(unittest.TestCase):
    def counts(self, tally):
        return tally.passed, tally.failed, tally.skipped

    def test_once(self):
        tally, text = play(fails(1), fails(0))
        self.assertEqual(self.counts(tally), (4, 0, 0))
        self.assertEqual(text.count("held "), 1)
        self.assertIn("AssertionError", text)

    def test_twice(self):
        tally, text = play(fails(2))
        self.assertEqual(self.counts(tally), (1, 1, 0))
        self.assertIn("FAILED ", text)

    def test_too_many(self):
        tally, _ = play(*[fails(1) for _ in range(e2e.HELD_AT_MOST + 1)])
        self.assertEqual(self.counts(tally), (0, e2e.HELD_AT_MOST + 1, 0))

    def test_set_up(self):
        class Case(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                raise OSError("no such thing")

            def runTest(self):
                pass
        tally, text = play(Case())
        self.assertEqual(self.counts(tally), (0, 1, 0))
        self.assertIn("no such thing", text)

    def test_skip(self):
        class Case(unittest.TestCase):
            def runTest(self):
                self.skipTest("for a reason")
        tally, text = play(Case())
        self.assertEqual(self.counts(tally), (0, 0, 1))
        self.assertIn("for a reason", text)

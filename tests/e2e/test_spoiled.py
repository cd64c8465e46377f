# SPDX-License-Identifier: MIT
"""Run folders that are not what was written."""
import os
import random

from cases import call
from test_resume import Begun

SEED = int(os.environ.get("FAULT_SEED") or random.SystemRandom().randrange(10 ** 6))


class Spoiled(Begun):
    """A samples.csv that is not what was written is refused, and left as it is; nothing is lost."""

    def spoil(self, change):
        run = self.run_new("--bytes", "4K", "--size", "4K,8K", repeats=3)
        with open(run.path("samples.csv"), "rb") as file:
            whole = file.read()
        spoiled = change(whole)
        with open(run.path("samples.csv"), "wb") as file:
            file.write(spoiled)
        done = call("run", "--resume", run.folder)
        with open(run.path("samples.csv"), "rb") as file:
            return run, spoiled, done, file.read()

    def test_refused(self):
        def line(n, change):
            def apply(data):
                lines = data.split(b"\n")
                lines[n] = change(lines[n])
                return b"\n".join(lines)
            return apply
        for name, change in (("garbage in the middle", line(2, lambda text: os.urandom(200).replace(b"\n", b"x"))),
                             ("a comma less", line(3, lambda text: text.replace(b",", b"", 1))),
                             ("a number that is none", line(2, lambda text: text.replace(b",4096,", b",4o96,", 1))),
                             ("a cell that is none", line(2, lambda text: text.replace(b"r,1,", b"r,1,9", 1))),
                             ("NUL bytes", line(2, lambda text: b"\0" * len(text))),
                             ("another header", line(0, lambda text: text.replace(b"size", b"sise")))):
            with self.subTest(name=name):
                self.setUp()
                run, spoiled, done, after = self.spoil(change)
                self.assertEqual(done.status, 1, done)
                self.assertRegex(done.err, "samples.csv")
                self.assertEqual(after, spoiled)

    def test_a_row_twice(self):
        """Copied by hand, or by a file system: it is neither measured again nor written again."""
        run, spoiled, done, after = self.spoil(lambda data: data + data.split(b"\n")[1] + b"\n")
        self.assertIn(done.status, (0, 1), done)
        self.assertEqual(after, spoiled)

    def test_cut(self):
        """At any byte: whole rows stay, the rest is measured again."""
        chance = random.Random(SEED)
        for _ in range(8):
            self.setUp()
            cut = []

            def change(data):
                head = data.index(b"\n") + 1
                cut.append(data[:chance.randrange(0, len(data)) if chance.random() < 0.2
                                else chance.randrange(head, len(data))])
                return cut[0]
            run, spoiled, done, after = self.spoil(change)
            self.assertEqual(done.status, 0, "%s FAULT_SEED=%d" % (done, SEED))
            self.assertTrue(after.startswith(spoiled[:spoiled.rfind(b"\n") + 1]))
            keys = [(row["cell"], row["repeat"]) for row in run.rows]
            self.assertEqual(sorted(keys), [(c, r) for c in (1, 2) for r in (1, 2, 3)], "FAULT_SEED=%d" % SEED)

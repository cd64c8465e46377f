# SPDX-License-Identifier: MIT
"""The one count of passed, failed and skipped, and the last line of a run."""
import sys


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def ok(self, name, seconds=None):
        self.passed += 1
        self.say("ok", name, "" if seconds is None else " (%.1f s)" % seconds)

    def fail(self, name, text):
        """Failures are printed in full: a nightly log is often all that is left."""
        self.failed += 1
        self.tell("FAILED", name, "", text)

    def hold(self, name, text):
        """A failure that counts only if it happens again."""
        self.tell("held", name, ": it failed, and is tried once more when all else has ended", text)

    def skip(self, name, reason):
        self.skipped += 1
        self.say("skipped", name, ": " + (reason.strip() or "the test gives no reason"))

    def tell(self, word, name, tail, text):
        self.say(word, name, tail)
        for line in text.rstrip().splitlines():
            print("    " + line)
        sys.stdout.flush()

    @staticmethod
    def say(word, name, tail):
        print("%-8s %s%s" % (word, name, tail), flush=True)

    def finish(self):
        """Prints the last line; returns the exit status. A run that tested nothing has failed."""
        print("%d passed, %d failed, %d skipped" % (self.passed, self.failed, self.skipped), flush=True)
        return 1 if self.failed or not self.passed else 0

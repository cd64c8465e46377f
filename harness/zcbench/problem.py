# SPDX-License-Identifier: MIT
"""What goes wrong, as a sentence that names file, line and column, and the exit statuses."""

FINE, TOOL_ERROR, REGRESSION, INVALID, SKIPPED = range(5)


class Problem(Exception):
    """The user's input or request cannot be used; str() is the whole sentence."""

    def __init__(self, sentence, status=TOOL_ERROR):
        super().__init__(sentence)
        self.status = status


def printable(text, limit=60):
    """Text of a file inside a message: no control characters reach the terminal, and no novel."""
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(text)[:limit + 1])
    return text if len(text) <= limit else text[:limit] + "..."

# SPDX-License-Identifier: MIT
"""The verbs of this package, and the one place where errors are printed."""
import importlib
import os
import signal
import sys

from .problem import TOOL_ERROR, Problem, printable

VERBS = ("summary", "crossover", "compare", "history", "nightly", "export", "plot", "report")
NEEDS = "it needs Debian's packages python3-numpy, python3-scipy and python3-matplotlib"


def run(verb, argv):
    try:
        return importlib.import_module(f"zcbench.verb_{verb}").main(argv)
    except Problem as problem:
        print(f"zcbench {verb}: {problem}", file=sys.stderr)
        return problem.status
    except ImportError as error:
        print(f"zcbench {verb}: {printable(error, 200)}; {NEEDS}", file=sys.stderr)
    except BrokenPipeError:
        # The reader has seen enough (zcbench ... | head); nothing is left to flush to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 128 + signal.SIGPIPE
    except OSError as error:
        print(f"zcbench {verb}: {printable(error.filename or verb, 200)}: {error.strerror or error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return TOOL_ERROR


def main(name, argv):
    verb = os.path.basename(name).removeprefix("zcbench-")
    if verb not in VERBS and argv:
        verb, argv = argv[0], argv[1:]
    if verb not in VERBS:
        print(f"zcbench: the harness has the verbs {' '.join(VERBS)}", file=sys.stderr)
        return TOOL_ERROR
    # argparse exits with 2, which means a confirmed regression here.
    try:
        return run(verb, argv)
    except SystemExit as end:
        return TOOL_ERROR if end.code else 0

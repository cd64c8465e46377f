# SPDX-License-Identifier: MIT
"""The --output FORMAT=FILE of compare, history and nightly: a judgement as files for machines."""
import os

from . import formats_judgement as formats
from .output import write_file
from .problem import Problem, printable

FORMATS = {"junit": formats.junit, "markdown": formats.markdown, "json": formats.as_json,
           "github": formats.github}


def add_option(parser):
    parser.add_argument("--output", action="append", default=[], metavar="FORMAT=FILE",
                        help=f"write the judgement also as {', '.join(FORMATS)}; FILE - is stdout; "
                        "may be repeated")


def parse(words):
    pairs = [word.partition("=")[::2] for word in words]
    for name, path in pairs:
        if name not in FORMATS or not path:
            raise Problem(f"--output '{printable(name)}': it takes FORMAT=FILE, and FORMAT is one of "
                          f"{' '.join(FORMATS)}")
    return pairs


def write(judgement, pairs):
    """In a GitHub job the annotations and the step summary come by themselves."""
    texts = [(path, FORMATS[name](judgement)) for name, path in pairs]
    for path, text in texts:
        write_file(path, text)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        print(formats.github(judgement), end="")
        if os.environ.get("GITHUB_STEP_SUMMARY"):
            with open(os.environ["GITHUB_STEP_SUMMARY"], "a", encoding="utf-8") as file:
                file.write(formats.markdown(judgement))

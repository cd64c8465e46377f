# SPDX-License-Identifier: MIT
"""zcbench crossover: the message size from which each mode pays against the copying one."""
import argparse
import math
import os

from . import crossover, output
from .problem import FINE, SKIPPED, Problem, printable
from .run import read_run

HEADER = ("run_id", "tx", "rx", "path", "workload", "line", "way", "blocks", "smallest", "largest",
          "at_bytes", "low_bytes", "high_bytes", "state", "answer")


def parse(argv):
    parser = argparse.ArgumentParser(prog="zcbench crossover", description=__doc__.split(": ", 1)[1])
    parser.add_argument("run", metavar="RUN", help="folder of a run with several sizes")
    parser.add_argument("-o", "--output", metavar="FILE",
                        help="where to write the CSV; - is stdout (preset: RUN/crossover.csv)")
    parser.add_argument("--seed", type=int, default=1, help="of the bootstrap (preset: 1)")
    return parser.parse_args(argv)


def bytes_or_empty(log2):
    """Infinite is no number of bytes: the column answer has the words."""
    return "" if math.isinf(log2) else round(2**log2)


def csv_row(run, answer):
    dims = answer.cell.dims
    return [run.id, dims["tx"], dims["rx"], dims["path"], dims["workload"], answer.line, answer.way,
            answer.blocks, min(answer.sizes), max(answer.sizes), *map(bytes_or_empty, (
                answer.at, answer.low, answer.high)), answer.state, answer.text()]


def main(argv):
    options = parse(argv)
    if options.seed < 0:
        raise Problem(f"--seed {options.seed}: it has to be 0 or more")
    run = read_run(options.run)
    answers = crossover.answers(run, options.seed)
    if not answers:
        raise Problem(f"{printable(options.run)}: no mode was measured beside its copying cell at two "
                      "sizes or more, so there is no crossover; see experiments/crossover.yaml", SKIPPED)
    text = output.csv_text(HEADER, [csv_row(run, answer) for answer in answers])
    output.write_file(options.output or os.path.join(run.path, "crossover.csv"), text)
    if options.output != "-":
        rows = [(a.line, a.way, a.blocks, a.text(), a.state) for a in answers]
        print(output.table_text(("mode, path", "in", "n", "answer", "state"), rows, left=2), end="")
        print("Sizes are interpolated between the measured ones; [95 % interval], bootstrap over blocks.")
    return FINE

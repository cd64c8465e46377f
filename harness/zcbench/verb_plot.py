# SPDX-License-Identifier: MIT
"""zcbench plot: figures of a run or of a history, with the data of each beside it."""
import argparse
import dataclasses
import os
import shutil
import subprocess
import tempfile

from . import figures, figures_bytes, figures_nights, panel
from .output import write_file
from .problem import FINE, SKIPPED, Problem, printable
from .run import read_run

KINDS = {"goodput": figures.goodput, "cpu": figures.cpu, "crossover": figures.crossing, "heatmap": figures.heat,
         "bytes": figures_bytes.ledger, "cpu-breakdown": figures_bytes.breakdown, "latency": figures_bytes.latency,
         "cores": figures.cores, "repeats": figures.repeats}


def parse(argv):
    parser = argparse.ArgumentParser(
        prog="zcbench plot", description=__doc__.split(": ", 1)[1],
        epilog="nightly takes the folder of a history, hosts takes two runs or more; the other kinds take one run.")
    parser.add_argument("runs", nargs="+", metavar="RUN")
    parser.add_argument("--kind", action="append", choices=[*KINDS, "nightly", "hosts"],
                        help="may be repeated (preset: all that the run has data for)")
    parser.add_argument("--term", nargs="?", const="dumb", choices=["dumb", "sixel"],
                        help="draw in the terminal, with gnuplot; needs no display")
    parser.add_argument("--gnuplot", action="store_true", help="draw the SVGs with gnuplot from the CSVs")
    parser.add_argument("-o", "--output", metavar="DIR", help="a folder, or FILE.svg or FILE.png for a "
                        "single figure (preset: RUN/figures)")
    parser.add_argument("--format", choices=["svg", "png", "both"], default="svg")
    parser.add_argument("--metric", default="goodput_bytes_per_s", help="of nightly")
    return parser.parse_args(argv)


def collect(options):
    """{kind: panels} of the kinds that there are data for."""
    history = not os.path.exists(os.path.join(options.runs[0], "run.json")) and os.path.isdir(options.runs[0])
    kinds = options.kind or (["nightly"] if history else ["hosts"] if len(options.runs) > 1 else list(KINDS))
    found = {}
    for kind in kinds:
        if kind == "nightly":
            found[kind] = figures_nights.nightly(options.runs[0], options.metric)
        elif kind == "hosts":
            found[kind] = figures.hosts([read_run(path) for path in options.runs])
        else:
            found[kind] = KINDS[kind](read_run(options.runs[0]))
    missing = [kind for kind, panels in found.items() if not panels]
    if missing and (options.kind or len(missing) == len(found)):
        raise Problem(f"{printable(options.runs[0])} has no data for the figure {missing[0]}", SKIPPED)
    return {kind: panels for kind, panels in found.items() if panels}


def gnuplot(data, number, shape, target, terminal):
    """Runs plots/SHAPE.gp as a person would: gnuplot -c plots/lines.gp FILE.csv PANEL FILE.svg"""
    if not shutil.which("gnuplot"):
        raise Problem("gnuplot is not installed (package gnuplot-nox)")
    here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    script = os.path.join(here, "plots", {"heat": "heat.gp", "bars": "bars.gp"}.get(shape, "lines.gp"))
    size = shutil.get_terminal_size((100, 30))
    done = subprocess.run(["gnuplot", "-c", script, data, str(number), target, terminal, str(min(size.columns, 160)),
                           str(max(20, min(size.lines - 2, 40)))], capture_output=True, timeout=60)
    if done.returncode:
        raise Problem(f"gnuplot: {printable(done.stderr.decode(errors='replace'), 300)}")
    return done.stdout


def numbered(panel):
    """Long names overlap where letters cannot be turned: numbers in their place, and a list of them."""
    if sum(len(name) + 2 for name in panel.x_names) < shutil.get_terminal_size((100, 30)).columns - 20 or panel.shape == "heat" \
            or panel.x_label == "night":
        return panel, ""
    listed = "\n".join(f"  {i:2} {printable(name)}" for i, name in enumerate(panel.x_names, 1))
    return dataclasses.replace(panel, x_names=tuple(str(i) for i in range(1, len(panel.x_names) + 1))), listed + "\n"


def terminal(found, kind_of_terminal):
    with tempfile.TemporaryDirectory(prefix="zcbench-plot-") as folder:
        for kind, panels in found.items():
            data = os.path.join(folder, kind + ".csv")
            told = [numbered(one) if kind_of_terminal == "dumb" else (one, "") for one in panels]
            write_file(data, panel.to_csv([one for one, _ in told]))
            for number, (one, listed) in enumerate(told, 1):
                os.write(1, gnuplot(data, number, one.shape, "-", kind_of_terminal) + listed.encode())
                note = "".join(f"  {printable(line, 150)}\n" for line in one.note.splitlines())
                os.write(1, note.encode())


def name(kind, number, panels):
    return kind if len(panels) == 1 else f"{kind}-{number}"


def write(found, folder, forms, with_gnuplot=False):
    """The files written, data first."""
    written = []
    for kind, panels in found.items():
        data = os.path.join(folder, kind + ".csv")
        write_file(data, panel.to_csv(panels))
        written.append(data)
        for number, one in enumerate(panels, 1):
            for form in forms:
                target = os.path.join(folder, f"{name(kind, number, panels)}.{form}")
                draw_one(one, data, number, target, form, with_gnuplot)
                written.append(target)
    return written


def draw_one(one, data, number, target, form, with_gnuplot):
    if with_gnuplot:
        with tempfile.NamedTemporaryFile(prefix="zcbench-plot-") as fresh:
            gnuplot(data, number, one.shape, fresh.name, form)
            fresh.seek(0)
            write_file(target, fresh.read())
    else:
        import draw
        write_file(target, draw.render(one, form))


def main(argv):
    options = parse(argv)
    found = collect(options)
    if options.term:
        terminal(found, options.term)
        return FINE
    forms = ["svg", "png"] if options.format == "both" else [options.format]
    target = options.output or os.path.join(options.runs[0], "figures")
    stem, ending = os.path.splitext(target)
    if ending in (".svg", ".png"):
        kind, panels = next(iter(found.items()))
        if len(found) > 1 or len(panels) > 1:
            raise Problem(f"-o {printable(target)}: this makes {sum(map(len, found.values()))} figures; name a folder, or one --kind")
        write_file(stem + ".csv", panel.to_csv(panels))
        draw_one(panels[0], stem + ".csv", 1, target, ending[1:], options.gnuplot)
        print(target)
        return FINE
    print("\n".join(write(found, target, forms, options.gnuplot)))
    return FINE

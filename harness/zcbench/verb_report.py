# SPDX-License-Identifier: MIT
"""zcbench report: one HTML file and Markdown of a run, with what is needed to cite it."""
import argparse
import functools
import os
import shutil
import subprocess

from . import (compare, dimensions, figures, instruments, likeness, limits, metrics, redact, report_html as page, report_text as words,
               summary, units, verb_plot)
from .formats_judgement import cell_text, markdown as judged_markdown
from .formats_metrics import markdown as markdown_table
from .judgement import FAILURE, Judgement
from .output import write_file
from .problem import FINE, Problem, printable
from .run import read_run

HEADER = ("cell", "goodput", "95 % interval", "lost", "vs copy", "ends ns/B", "host ns/B", "p50", "p99", "tx copied", "n",
          "verdict", "state", "held back by", "marks")
MOST_FIGURES = 16


def parse(argv):
    parser = argparse.ArgumentParser(prog="zcbench report", description=__doc__.split(": ", 1)[1])
    parser.add_argument("runs", nargs="+", metavar="RUN", help="several: each is reported, and compared with the first")
    parser.add_argument("-o", "--output", metavar="DIR", help="(preset: RUN/report)")
    parser.add_argument("--redact", action="store_true", help="hash host names, addresses, serials and command lines")
    parser.add_argument("--pdf", action="store_true", help="also report.pdf, if chromium or wkhtmltopdf is installed")
    return parser.parse_args(argv)


def table_rows(run, rows):
    found = {}
    for row in rows:
        found.setdefault(row.cell.index, {})[row.metric.name] = row
    for known in found.values():
        row = known["goodput_bytes_per_s"]

        def of(name, unit):
            return units.text(known[name].value.median, unit) if name in known else "-"
        value, share = row.value, known.get("tx_copied_share")
        span = f"{units.text(value.low, 'B/s')} to {units.text(value.high, 'B/s')}" if value.n else "-"
        yield (row.cell.label, of("goodput_bytes_per_s", "B/s"), span, summary.lost_text(run, row.cell), units.ratio(row.to_copy),
               of("ends_cpu_ns_per_byte", ""), of("host_cpu_ns_per_byte", ""), of("latency_p50_ns", "ns"),
               of("latency_p99_ns", "ns"), f"{100 * share.value.median:.0f} %" if share else "-", value.n,
               run.verdict(row.cell), row.state, limits.of(run, row.cell), row.marks or "-")


def cells(run, rows):
    """The table of cells; what all labels share stands above it, and a column that says nothing is left out."""
    lines = list(table_rows(run, rows))
    common = dimensions.shared([line[0] for line in lines])
    kept = [i for i, name in enumerate(HEADER) if i == 0 or any(line[i] != "-" for line in lines)]
    lines = [[dimensions.short(line[0], common), *(line[i] for i in kept[1:])] for line in lines]
    note = f"<p class=quiet>All: {page.escape(', '.join(common))}</p>" if common else ""
    several = [f"service {name}: {gives}" for name, gives in run.services.items()] if len(run.services) > 1 else []
    return page.section("Cells", note, page.items(several), page.table([HEADER[i] for i in kept], lines))


@functools.lru_cache(maxsize=4)
def rows_of(run):
    return summary.summarise(run)


@functools.lru_cache(maxsize=4)
def panels_of(run):
    """{kind: panels} that there are data for: for the page, and for the data beside it."""
    return {kind: panels for kind, make in verb_plot.KINDS.items() if (panels := make(run))}


def chosen(found, most=None):
    """[(kind, panel)]: of many some of each kind, since those of the first kind alone could fill the page."""
    turns = [(turn, kind) for kind, panels in found.items() for turn in range(len(panels))]
    turns.sort(key=lambda pair: pair[0])  # stable: the kinds stay in their order
    kept = set(turns[:most or MOST_FIGURES])
    return [(kind, one) for kind, panels in found.items() for turn, one in enumerate(panels) if (turn, kind) in kept]


def drawings(run, prefix):
    """(figure tags, how many were left out)"""
    import draw
    tags, some = [], chosen(panels_of(run))
    for i, ((kind, one), svg) in enumerate(zip(some, draw.render_all([one for _, one in some]))):
        svg = page.inline(svg, f"{prefix}{i}-")
        tags.append(f"<figure>{svg}<figcaption>Data: figures/{kind}.csv</figcaption></figure>")
    return "".join(tags), sum(map(len, panels_of(run).values())) - len(some)


def opening(run, rows, found):
    stamp = "compliant" if not found else f"{len(found)} deviation{'s' if len(found) > 1 else ''}"
    return [f"<h1>{page.escape(run.id)}</h1><p><span class='stamp{' not' if found else ''}'>{stamp}</span> "
            f"<span class=quiet>{words.result_id(run)} · {page.escape(run.started_at[:10])} · experiment "
            f"{page.escape(run.experiment)}</span></p>",
            "<div class=answer>" + "".join(f"<p>{page.escape(text)}</p>" for text in words.answer(run, rows)) + "</div>"]


def changes(title, judgement):
    """What a comparison or a history found: what did not change is only counted."""
    told = [c for c in judgement.cases if c.state not in ("same", "insufficient-history")]
    told.sort(key=lambda c: c.outcome != FAILURE)
    rows = [(c.label, c.metric, c.state, units.text(c.base, c.unit), units.text(c.new, c.unit), c.message) for c in told]
    table = page.table(("cell", "metric", "state", "before", "now", "what"), rows, True) if rows else ""
    return page.section(title, f"<p>{page.escape(judgement.sentence)}</p>",
                        page.items(judgement.problems + judgement.notes), table)


def parts_of(run, base, prefix, judgement=None):
    rows = rows_of(run)
    found = words.deviations(run, rows)
    tags, left = drawings(run, prefix)
    skips = [(c.label, run.reason(c)) for c in run.cells if not run.measured[c.rows].any()]
    parts = opening(run, rows, found)
    if judgement is not None:
        parts.append(changes("Changes since the nights before", judgement))
    parts += [cells(run, rows),
              page.section("Figures", f"<p class=quiet>{page.escape(words.FIGURES)}</p>", tags, f"<p>{left} more are made by <code>zcbench plot</code>.</p>" if left else "")]
    if skips:
        parts.append(page.section("Not measured", page.table(("cell", "reason"), skips, True)))
    if base is not None:
        parts.append(changes(f"Changes against {base.id}", against(base, run)))
    return parts + closing(run, found)


def against(base, run):
    """What differs of the two, and what compare says of the cells that both have."""
    notes = [f"differs: {text}" for text in likeness.obstacles(base, run) + likeness.remarks(base, run)]
    return Judgement("compare", f"{base.id} to {run.id}", compare.Comparison([base], [run], metrics.JUDGED).cases(), notes)


def closing(run, found):
    sums = "\n".join(f"{digest}  {name}" for digest, name in words.sums(run))
    return [page.section("Deviations", page.items(found or ["none"])),
            page.section("Method", f"<p>{page.escape(words.METHOD)}</p>"),
            page.section("Instruments", page.items(instruments.sentences(run))),
            page.section("Make it again", f"<pre>{page.escape(words.command(run))}\nzcbench report {page.escape(run.id)}</pre>",
                         "<p>SHA256SUMS</p>", f"<pre>{page.escape(sums)}</pre>"),
            page.section("Cite", f"<p>{page.escape(words.citation(run))}</p>")]


def hosts(runs):
    """Side by side, with a mark where they differ; of one host a list."""
    columns = [(" ".join(filter(None, (run.id if len(runs) > 1 else "", whose))), dict(words.host_facts(host)))
               for run in runs for whose, host in run.ends]
    names = list(dict.fromkeys(name for _, facts in columns for name in facts))
    rows = [(name, *(facts.get(name, "unknown") for _, facts in columns)) for name in names]
    if len(columns) == 1:
        return page.section("Host", page.table(("what", "value"), rows, True))
    rows = [(*row, "" if len(set(row[1:])) == 1 else "differs") for row in rows]
    return page.section("Hosts side by side", page.table(("what", *(title for title, _ in columns), ""), rows, True))


def markdown(run):
    rows = rows_of(run)
    found = words.deviations(run, rows)
    lines = [f"# {cell_text(run.id)}", "", f"{words.result_id(run)}, {len(found)} deviations", ""]
    lines += [cell_text(text) + "\n" for text in words.answer(run, rows)]
    lines += [markdown_table(rows), "", "## Deviations", ""] + [f"- {cell_text(d)}" for d in found or ["none"]]
    lines += ["", "## Method", "", words.METHOD, "", "## Instruments", ""]
    lines += [f"- {cell_text(text)}" for text in instruments.sentences(run)]
    for whose, host in run.ends:
        lines += ["", f"## Host {whose}".rstrip(), ""] + [f"- {w}: {cell_text(v)}" for w, v in words.host_facts(host)]
    return "\n".join(lines + ["", "## Cite", "", cell_text(words.citation(run)), ""])


def pdf(folder):
    """With whatever turns HTML into PDF here."""
    source, target = (os.path.abspath(os.path.join(folder, "report." + e)) for e in ("html", "pdf"))
    tools = (["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--print-to-pdf={target}", "file://" + source],
             ["wkhtmltopdf", "-q", source, target])
    for command in tools:
        if shutil.which(command[0]):
            done = subprocess.run(command, capture_output=True, timeout=120)
            if done.returncode or not os.path.exists(target):
                raise Problem(f"{command[0]} could not make {target}: {printable(done.stderr.decode(errors='replace'), 200)}")
            return target
    raise Problem("--pdf: neither chromium nor wkhtmltopdf is installed")


def write(runs, target, judgement=None, more=()):
    """report.html and report.md. judgement: of the nights before; more: panels of them."""
    import draw
    parts = [part for i, run in enumerate(runs) for part in parts_of(run, runs[0] if i else None, f"r{i}-", judgement)]
    panels = list(figures.hosts(runs)) + list(more)
    tags = "".join(f"<figure>{page.inline(draw.render(p), f'h{i}-')}</figure>" for i, p in enumerate(panels))
    parts += [page.section("Nights" if more else "Host against host", tags)] if tags else []
    parts.append(hosts(runs))
    texts = {"report.html": page.page(f"zcbench {runs[0].id}", parts), "report.md": "<!-- SPDX-License-Identifier: MIT -->\n" + "\n".join(map(markdown, runs))}
    if judgement is not None:
        texts["report.md"] += "\n" + judged_markdown(judgement)
    for name, text in texts.items():
        write_file(os.path.join(target, name), text)
        print(os.path.join(target, name))


def main(argv):
    options = parse(argv)
    runs = [read_run(path) for path in options.runs]
    for run in runs if options.redact else ():
        redact.apply(run)
    target = options.output or os.path.join(runs[0].path, "report")
    write(runs, target)
    for run in runs:
        verb_plot.write(panels_of(run), os.path.join(
            target, "figures" if run is runs[0] else f"figures-{printable(run.id if options.redact else os.path.basename(run.path))}"), [])
    if options.pdf:
        print(pdf(target))
    return FINE

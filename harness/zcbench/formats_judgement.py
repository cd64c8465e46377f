# SPDX-License-Identifier: MIT
"""A judgement as JUnit XML, Markdown, JSON and GitHub annotations: pure functions to text."""
import json
import math
import xml.etree.ElementTree as xml

from . import units
from .judgement import FAILURE, SKIP, TROUBLE

MOST_ANNOTATIONS = 10  # of a kind: GitHub shows no more
SCHEMA = 1


def legal(text):
    """XML 1.0 has no control characters, not even escaped ones."""
    return "".join(c if c in "\t\n" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"
                   else "\N{REPLACEMENT CHARACTER}" for c in text)


def junit(judgement):
    names = {}
    counts = {"tests": len(judgement.cases) + len(judgement.problems), "failures": judgement.count(FAILURE),
              "errors": judgement.count(TROUBLE) + len(judgement.problems), "skipped": judgement.count(SKIP)}
    counts = {name: str(count) for name, count in counts.items()}
    root = xml.Element("testsuites", name="zcbench", **counts)
    suite = xml.SubElement(root, "testsuite", name=legal(f"zcbench {judgement.verb}"), **counts)
    for case in judgement.cases:
        name = legal(case.name)
        names[name] = names.get(name, 0) + 1
        unique = name if names[name] == 1 else f"{name} ({names[name]})"
        node = xml.SubElement(suite, "testcase", classname=legal(f"zcbench.{case.group}"), name=unique, time="0")
        tag = {FAILURE: "failure", TROUBLE: "error", SKIP: "skipped"}.get(case.outcome)
        if tag:
            more = {} if tag == "skipped" else {"type": case.state}
            xml.SubElement(node, tag, message=legal(case.message), **more)
        elif case.message:
            xml.SubElement(node, "system-out").text = legal(case.message)
    for i, problem in enumerate(judgement.problems, 1):
        node = xml.SubElement(suite, "testcase", classname="zcbench.harness", name=f"problem {i}", time="0")
        xml.SubElement(node, "error", message=legal(problem), type="harness")
    xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(root, encoding="unicode") + "\n"


def cell_text(text):
    """Inside a Markdown table; HTML in a label stays text."""
    text = "".join(c if c.isprintable() else " " for c in str(text))
    for mark, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "&#124;"), ("`", "&#96;"),
                         ("*", "&#42;"), ("_", "&#95;"), ("[", "&#91;"), ("@", "&#64;")):
        text = text.replace(mark, entity)
    return text


def markdown(judgement):
    lines = [f"## zcbench {judgement.verb}: {cell_text(judgement.title)}", "",
             f"**{judgement.sentence}**", ""]
    lines += [f"- {cell_text(text)}" for text in judgement.problems + judgement.notes]
    order = {FAILURE: 0, TROUBLE: 1, "pass": 2, SKIP: 3}
    cases = sorted(judgement.cases, key=lambda case: (order[case.outcome], case.state == "same"))
    told = [case for case in cases if case.state != "same"]
    if told:
        lines += ["", "| state | cell | metric | base | new | what |", "| --- | --- | --- | ---: | ---: | --- |"]
    for case in told[:200]:
        fields = (case.state, case.label, case.metric, units.text(case.base, case.unit),
                  units.text(case.new, case.unit), case.message)
        lines.append("| " + " | ".join(map(cell_text, fields)) + " |")
    if len(told) > 200:
        lines.append(f"\nand {len(told) - 200} more")
    same = len(cases) - len(told)
    return "\n".join(lines + ["", f"{same} of {len(cases)} unchanged.", ""])


def known(value):
    return None if isinstance(value, float) and not math.isfinite(value) else value


def as_json(judgement):
    cases = [{name: known(value) for name, value in vars(case).items()} | {"outcome": case.outcome}
             for case in judgement.cases]
    tree = {"schema": SCHEMA, "verb": judgement.verb, "title": judgement.title, "status": judgement.status,
            "sentence": judgement.sentence, "notes": judgement.notes, "problems": judgement.problems,
            "cases": cases}
    return json.dumps(tree, indent=1, ensure_ascii=True) + "\n"


def github_text(text, name=False):
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if name else text


def github(judgement):
    """Workflow commands; the last of each kind says how many were left out."""
    kinds = {"error": [(c.label, c.message) for c in judgement.cases if c.outcome == FAILURE],
             "warning": [(c.label, c.message) for c in judgement.cases if c.outcome == TROUBLE]
             + [("measurement", problem) for problem in judgement.problems],
             "notice": [(c.label, c.message) for c in judgement.having("improvement", "environment", "suspect")]}
    lines = []
    for kind, found in kinds.items():
        if len(found) > MOST_ANNOTATIONS:
            rest = len(found) - MOST_ANNOTATIONS + 1
            found = found[:MOST_ANNOTATIONS - 1] + [("zcbench", f"and {rest} more of this kind")]
        lines += [f"::{kind} title={github_text('zcbench: ' + title, True)}::{github_text(text)}\n"
                  for title, text in found]
    return "".join(lines)

# SPDX-License-Identifier: MIT
"""Hashes what tells whose machine it was: names, addresses, serials, kernel command line."""
import hashlib
import re

SECRET = ("hostname", "serial", "address", "mac", "uuid", "command_line", "pci", "ip")
PATTERNS = (re.compile(r"\b(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}\b"), re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b"),
            re.compile(r"\b(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{1,4}\b"))


def digest(text):
    return "x-" + hashlib.sha256(str(text).encode()).hexdigest()[:8]


def is_telling(key):
    return key in SECRET or any(part in SECRET for part in re.split("[._-]", key))


def names(tree, found):
    """Values under telling keys, so that they are also found inside other texts (run_id, paths)."""
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        if isinstance(value, (dict, list)):
            names(value, found)
        elif isinstance(value, str) and len(value) > 1 and is_telling(str(key).lower()):
            found.add(value)
    return found


class Redaction:
    def __init__(self, run):
        self.secrets = sorted(names(run.manifest, set()), key=len, reverse=True)

    def text(self, text):
        for secret in self.secrets:
            text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(secret)}(?![A-Za-z0-9])", digest(secret), text)
        for pattern in PATTERNS:
            text = pattern.sub(lambda match: digest(match[0]), text)
        return text

    def tree(self, value):
        if isinstance(value, dict):
            return {key: self.tree(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.tree(inner) for inner in value]
        return self.text(value) if isinstance(value, str) else value


def apply(run):
    """In place, before anything is cut or escaped. The result id stays that of the manifest as it was."""
    from .report_text import result_id
    run.result_id, redaction = result_id(run), Redaction(run)
    run.manifest = redaction.tree(run.manifest)
    run.id = redaction.text(run.id)
    at = run.table.position["reason"]
    for row in run.table.rows:
        row[at] = redaction.text(row[at]) if row[at] else ""
    for cell in run.cells:
        cell.dims = redaction.tree(cell.dims)
        cell.label = redaction.text(cell.label)

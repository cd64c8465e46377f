# SPDX-License-Identifier: MIT
"""What the end-to-end tests share: running zcbench, and reading what it wrote."""
import csv
import functools
import io
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from runner import process

TREE = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
ZCBENCH = os.environ.get("ZCBENCH") or os.path.join(TREE, "build", "zcbench")
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
# A sanitizer or another job on the machine makes everything slower: these only end hangs.
LIMIT = 180

ZC_TX = ("msg-zerocopy", "uring-send-zc", "uring-send-zc-fixed", "uring-sendmsg-zc",
         "uring-sendmsg-zc-fixed")


class Done:
    """A zcbench that has ended."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def __str__(self):
        return "exit status %s\nstdout:\n%s\nstderr:\n%s" % (self.status, self.out, self.err)


def start(*arguments, before=(), **options):
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.Popen([*before, ZCBENCH, *map(str, arguments)], text=True, errors="replace",
                            start_new_session=True, preexec_fn=process.die_with_parent, **options)


def finish(child, seconds=LIMIT):
    try:
        out, err = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        out, err = child.communicate()
        raise AssertionError("zcbench hung for %d s and was killed\n%s\n%s" % (seconds, out, err)) from None
    return Done(child.returncode, out, err)


def call(*arguments, before=(), seconds=LIMIT, **options):
    return finish(start(*arguments, before=before, **options), seconds)


@functools.lru_cache(None)
def modes(direction, service="tcp"):
    """Names of `list modes`, without null: a mode added to the registry is tested by itself."""
    lines = [line.split() for line in call("list", "modes").out.splitlines()]
    return [line[1] for line in lines if line[0] == direction and line[1] != "null" and line[2] == service]


@functools.lru_cache(None)
def services():
    return [line.split()[0] for line in call("list", "services").out.splitlines()]


@functools.lru_cache(None)
def paths():
    return [line.split()[0] for line in call("list", "paths").out.splitlines()]


@functools.lru_cache(None)
def paths_here():
    """{path: why it does not run here, or None}, asked once with one small transfer each."""
    with tempfile.TemporaryDirectory(prefix="zcbench-test-") as folder:
        done = call("run", "--path", "all", "--bytes", "4K", "--repeats", 1, "--out", folder, "--run-id", "r")
        if done.status:
            raise AssertionError("send and recv do not run on every path: %s" % done)
        return {row["path"]: row["reason"] if row["verdict"] == "skip" else None
                for row in Run(folder + "/r").rows}


def every_path():
    """For --path: those that run here. test_matrix says why the others do not."""
    return ",".join(path for path, reason in paths_here().items() if not reason)


def number(text):
    """A cell of a CSV as a number where it is one; unknown is None, as nothing is not 0."""
    if text == "":
        return None
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def parse(text):
    return [{k: number(v) for k, v in row.items()} for row in csv.DictReader(io.StringIO(text, newline=""))]


class Run:
    """The folder of one run."""

    def __init__(self, folder):
        self.folder = folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def text(self, name="samples.csv"):
        with open(self.path(name), newline="") as file:
            return file.read()

    @property
    def rows(self):
        return parse(self.text())

    @property
    def manifest(self):
        return json.loads(self.text("run.json"))


class Case(unittest.TestCase):
    """A test with a folder of its own, which is gone afterwards."""

    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        cls.class_folder = tempfile.mkdtemp(prefix="zcbench-test-")
        os.chmod(cls.class_folder, 0o755)
        cls.addClassCleanup(shutil.rmtree, cls.class_folder, ignore_errors=True)

    def setUp(self):
        self.folder = tempfile.mkdtemp(dir=self.class_folder)

    @staticmethod
    def end(child):
        """Ends a child of start(), with all that it started, if it still runs."""
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        for stream in (child.stdout, child.stderr):
            if stream:
                stream.close()

    @classmethod
    def measure_class(cls, name, *arguments, **options):
        """A run that all tests of a class look at."""
        done = call("run", "--out", cls.class_folder, "--run-id", name, "--repeats", 1, *arguments, **options)
        run = Run(os.path.join(cls.class_folder, name))
        run.done = done
        return run

    def run_new(self, *arguments, status=0, repeats=1, name="r", **options):
        done = call("run", "--out", self.folder, "--run-id", name, "--repeats", repeats, *arguments, **options)
        if status is not None:
            self.assertEqual(done.status, status, done)
        run = Run(os.path.join(self.folder, name))
        run.done = done
        return run

    def row_of(self, *arguments, **options):
        """The only row of a run; skips the test if this machine cannot run it."""
        options.setdefault("status", None)
        run = self.run_new(*arguments, **options)
        self.assertIn(run.done.status, (0, 3, 4), run.done)
        rows = run.rows
        self.assertEqual(len(rows), 1, run.done)
        self.skip_if_skipped(rows[0])
        return rows[0]

    def good_row_of(self, *arguments, **options):
        row = self.row_of(*arguments, **options)
        self.assert_sound(row)
        return row

    def skip_if_skipped(self, row):
        if row["verdict"] == "skip":
            self.skipTest("%s -> %s on %s: %s" % (row["tx"], row["rx"], row["path"], row["reason"]))

    def assert_sound(self, row):
        """The laws of every measured row."""
        about = "%(tx)s -> %(rx)s on %(path)s: %(verdict)s, %(reason)s" % row
        self.assertNotIn(row["verdict"], ("fail", "skip"), about)
        lost = row["lost_bytes"] or 0
        self.assertEqual(row["lost_bytes"] is None, row["delivery"] == "stream", about)
        self.assertEqual(row["tx_total_bytes"], row["rx_total_bytes"] + row["in_flight_bytes"] + lost, about)
        self.assertTrue(row["service"] and row["checksum_by"], about)
        if row["rx_tcp_bytes"] is not None:
            self.assertEqual(row["rx_tcp_bytes"], row["rx_total_bytes"], about)
        if row["tx_tcp_bytes"] is not None:
            self.assertEqual(row["tx_tcp_bytes"], row["tx_total_bytes"], about)
        for end, parts in (("tx", ("abi_tx_zerocopy_bytes", "abi_tx_copied_bytes")),
                           ("rx", ("abi_rx_mapped_bytes", "abi_rx_copied_bytes",
                                   "abi_rx_discarded_bytes"))):
            told = [row[part] for part in parts if row[part] is not None]
            if told:
                self.assertEqual(sum(told), row[end + "_total_bytes"], about + " " + end)
            self.assertLessEqual(row[end + "_bytes"], row[end + "_total_bytes"], about)
        self.assertGreater(row["elapsed_ns"], 0, about)
        if row["verdict"] == "unproven":
            self.assertTrue(row["reason"], about)
        for name in row:
            if name.startswith("kern_") and not row["kern_layer"]:
                self.assertIsNone(row[name], name + " is told without a probe")


def need_root():
    return unittest.skipUnless(os.geteuid() == 0, "needs root")


def need(*programs):
    missing = [p for p in programs if not shutil.which(p)]
    return unittest.skipIf(missing, "needs %s; see tests/packages" % ", ".join(missing))


def children(pid):
    """Processes whose parent is pid."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/stat" % name) as file:
                    if int(file.read().rsplit(")", 1)[1].split()[1]) == pid:
                        found.append(int(name))
            except OSError:
                pass
    return found


def agents(pid):
    return [c for c in children(pid) if process.command_of(c).startswith("zcbench agent")]


def wait_for(what, condition, child=None, seconds=30):
    """The first true value of condition(), which is not awaited of a child that has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ended = child and child.poll() is not None
        value = condition()
        if value:
            return value
        if ended:
            raise AssertionError("there was no %s: %s" % (what, finish(child)))
        time.sleep(0.01)
    raise AssertionError("waited %d s in vain for %s" % (seconds, what))

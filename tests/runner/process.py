# SPDX-License-Identifier: MIT
"""Children of a test run: bounded in time, and none of them outlives it."""
import ctypes
import os
import signal
import subprocess
import time

MARK = "ZCBENCH_TEST_RUN"
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None)


def die_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def mark():
    """Names this run in the environment, which every descendant inherits, whatever its session."""
    os.environ[MARK] = "%d-%d" % (os.getpid(), time.monotonic_ns())
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    os.environ["LC_ALL"] = "C.UTF-8"
    # What the person who runs the tests has set must not change what is tested.
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
        os.environ.setdefault(name, "")


def marked():
    """Processes with our mark, without this one and its zombies."""
    want = ("%s=%s" % (MARK, os.environ.get(MARK))).encode()
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            with open("/proc/%s/environ" % name, "rb") as file:
                if want not in file.read().split(b"\0"):
                    continue
            with open("/proc/%s/stat" % name) as file:
                state, parent = file.read().rsplit(")", 1)[1].split()[:2]
        except OSError:
            continue
        if state != "Z":
            found.append((int(name), int(parent), command_of(name)))
    return found


def command_of(pid):
    try:
        with open("/proc/%s/cmdline" % pid, "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return "?"


def kill_marked():
    for pid, _, _ in marked():
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass


def run(command, seconds, **options):
    """(exit status, output of both streams, seconds it took); status None: it hung and was killed."""
    start = time.monotonic()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, errors="replace",
                             start_new_session=True, preexec_fn=die_with_parent, **options)
    try:
        output, _ = child.communicate(timeout=seconds)
        status = child.returncode
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        output, _ = child.communicate()
        status = None
    return status, output, time.monotonic() - start


def how_it_ended(status, seconds):
    if status is None:
        return "it hung and was killed after %d s" % seconds
    if status < 0:
        return "it was ended by signal %d (%s)" % (-status, signal.strsignal(-status))
    return "its exit status is %d" % status

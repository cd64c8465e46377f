# SPDX-License-Identifier: MIT
"""Ways to break a run, and what to look for afterwards."""
import json
import os
import shutil
import signal
import subprocess
import time

from cases import children


def descendants(pid):
    found = children(pid)
    for child in found:
        found = found + descendants(child)
    return found


def kill(pid, number=signal.SIGKILL):
    try:
        os.kill(pid, number)
        return True
    except ProcessLookupError:
        return False


def interrupt_twice(pid):
    if not kill(pid, signal.SIGINT):
        return False
    time.sleep(0.05)
    kill(pid, signal.SIGINT)
    return True


def ids_of(pid):
    """Its user and group."""
    with open("/proc/%d/status" % pid) as file:
        return [int(line.split()[1]) for line in file if line.startswith(("Uid:", "Gid:"))]


def fill_disk(pid, path):
    """As good as a full disk: the next row, or the one after it, is written in part."""
    try:
        size = os.stat(path).st_size + 300
        user, group = ids_of(pid)
    except (FileNotFoundError, ProcessLookupError):
        return False
    # Its own user may do so; root only if it has CAP_SYS_RESOURCE, which containers take away.
    done = subprocess.run(["prlimit", "--pid", str(pid), "--fsize=%d:" % size], user=user, group=group, extra_groups=[],
                          stderr=subprocess.DEVNULL, timeout=20)
    return done.returncode == 0


def programs():
    """The numbers of the XDP programs in the kernel; none where there is no bpftool to tell."""
    tool = shutil.which("bpftool") or shutil.which("bpftool", path="/usr/sbin")
    told = subprocess.run([tool, "-j", "prog", "list"], capture_output=True, text=True) if tool else None
    return {one["id"] for one in json.loads(told.stdout or "[]") if one["type"] == "xdp"} if told else set()

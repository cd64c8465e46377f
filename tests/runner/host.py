# SPDX-License-Identifier: MIT
"""The host must be after the tests what it was before: nothing left, nothing changed."""
import glob
import os
import subprocess

from . import process


def read(path):
    try:
        with open(path, errors="replace") as file:
            return file.read().strip()
    except OSError as error:
        return str(error.strerror)


def output(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
        return done.stdout.strip()
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)


def devices():
    """MTU, flags, qdisc and XDP of every device of the namespace that we are in."""
    lines = output("ip", "-o", "-d", "link", "show").splitlines()
    # Devices of others may come and go; ours would be called veth-*, and lo is always there.
    return "\n".join(line for line in lines if ": lo:" in line or ": veth-" in line)


def sysctls():
    patterns = ("/proc/sys/net/core/*", "/proc/sys/net/ipv4/tcp_*", "/proc/sys/net/ipv6/conf/all/*",
                "/proc/sys/net/ipv6/conf/lo/*", "/proc/sys/vm/nr_hugepages", "/proc/sys/kernel/*",
                "/sys/kernel/mm/transparent_hugepage/enabled")
    # Counters and random numbers that change by themselves.
    own = ("random", "ns_last_pid", "pty", "tcp_fastopen_key", "tcp_available_ulp", "usermodehelper")
    names = sorted(n for p in patterns for n in glob.glob(p)
                   if os.path.isfile(n) and os.path.basename(n) not in own)
    return "\n".join("%s=%s" % (name, read(name)) for name in names)


def results(folder):
    return "\n".join(sorted(os.listdir(os.path.join(folder, "results"))))


def snapshot(folder):
    return {
        "devices": devices(),
        "offloads of lo": output("ethtool", "-k", "lo"),
        "named namespaces": output("ip", "netns", "list"),
        "sysctls": sysctls(),
        "mounts": "\n".join(sorted(read("/proc/self/mounts").splitlines())),
        "pinned BPF objects": "\n".join(sorted(glob.glob("/sys/fs/bpf/*"))),
        "System V shared memory": output("ipcs", "-m"),
        "run folders": results(folder),
    }


def differences(before, after):
    a, b = before.splitlines(), after.splitlines()
    return "\n".join(["was: " + line for line in a if line not in b] +
                     ["is:  " + line for line in b if line not in a])


def netns_mounts(mounts):
    return sum(line.split()[1] == "/run/netns" for line in mounts.splitlines())


def put_back(before):
    """`ip netns add` mounts /run/netns over itself when it is first used on a host, and leaves it so."""
    while netns_mounts(read("/proc/self/mounts")) > netns_mounts(before["mounts"]):
        if not output("ip", "netns", "list") and subprocess.run(["umount", "/run/netns"]).returncode == 0:
            continue
        return


def compare(tally, folder, before):
    put_back(before)
    after = snapshot(folder)
    for name, was in before.items():
        if was == after[name]:
            tally.ok("host: unchanged: " + name)
        else:
            tally.fail("host: unchanged: " + name, differences(was, after[name]) or "another order")
    # Namespaces and devices of ours live as long as a process that holds them.
    left = process.marked()
    if left:
        tally.fail("host: no process is left",
                   "\n".join("%d (child of %d): %s" % process_of for process_of in left))
    else:
        tally.ok("host: no process is left")

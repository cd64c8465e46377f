# SPDX-License-Identifier: MIT
"""One boot of a guest: QEMU in a process group that does not outlive us, its console read line by
line, a time limit, and the tar that comes back over the second serial line."""
import contextlib
import ctypes
import os
import re
import selectors
import signal
import subprocess
import tarfile
import time

PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None)

PANIC = re.compile(r"Kernel panic - not syncing")


class Outcome:
    def __init__(self):
        self.status = None  # of the scenario; None: the guest never said
        self.panicked = self.hung = False
        self.seconds = 0
        self.said = ""      # what QEMU itself had to say


def before_exec():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


# What joins the NICs. A hub needs no privilege, but no packet on it is larger than the MTU, nor
# without a checksum; taps carry both, and are made in a network namespace of QEMU's own. Two guests
# are joined by a socket in the work folder, which is like a hub.
WIRES = {"hub": "hubport,id=n%d,hubid=0", "taps": "tap,id=n%d,ifname=lab%d,script=no,downscript=no"}
SOCKETS = ("server=on", "server=off,reconnect-ms=200")


def nic_words(model, netdevs, queues):
    words = []
    for i, netdev in netdevs:
        words += ["-netdev", netdev + (",queues=%d" % queues if queues > 1 else ""),
                  "-device", "%s,netdev=n%d,mac=52:54:00:12:34:%02x" % (model, i, 0x10 + i)]
    return words


def netdevs_of(plan, work, peer):
    """(number, -netdev) of each NIC of this guest."""
    if plan.wire == "guests":
        return [(peer, "stream,id=n%d,addr.type=unix,addr.path=%s/wire,%s" % (peer, work, SOCKETS[peer]))]
    return [(i, WIRES[plan.wire].replace("%d", str(i))) for i in range(2)]


def in_namespace(words, count, queues):
    """Starts words where `count` taps lab0, lab1 ... hang on a bridge, and nothing else is."""
    if count == 0:
        return words
    unshare = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
    return [*unshare, os.path.join(os.path.dirname(os.path.realpath(__file__)), "taps"), str(count), str(queues),
            *words]


def command(qemu, image, initramfs, work, plan, peer=0):
    """peer: 1 for the second of two guests, which sends nothing home."""
    append = "console=ttyS0 quiet loglevel=4 panic=-1 oops=panic mitigations=off nokaslr tsc=reliable " \
        "random.trust_cpu=on" + " lab.peer" * peer
    words = [*qemu, "-machine", "q35", "-accel", "tcg", "-cpu", "max", "-smp", str(plan.cpus),
             "-m", str(plan.memory_mib), "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
             "-serial", "stdio", "-serial", "null" if peer else "file:" + channel_of(work),
             "-kernel", image, "-initrd", initramfs, "-append", append]
    if not plan.nic:
        return words
    return in_namespace(words + nic_words(plan.nic, netdevs_of(plan, work, peer), plan.queues),
                        2 if plan.wire == "taps" else 0, plan.queues)


def channel_of(work):
    return os.path.join(work, "channel")


@contextlib.contextmanager
def second(words, plan):
    """The other guest, if there is one, for as long as the first one plays."""
    if plan.wire != "guests":
        yield
        return
    with open(os.path.join(plan.out, "peer.log"), "w") as log:
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                 preexec_fn=before_exec)
    try:
        yield
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def lines_of(child, seconds):
    """Lines of the console until it closes; ends early, with the child still alive, on time-out."""
    end, rest = time.monotonic() + seconds, b""
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            left = end - time.monotonic()
            if left <= 0:
                return
            if not selector.select(left):
                continue
            data = os.read(child.stdout.fileno(), 65536)
            if not data:
                break
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                yield line.decode(errors="replace").rstrip("\r")
    if rest:
        yield rest.decode(errors="replace")


def boot(words, plan, log, show):
    outcome, start = Outcome(), time.monotonic()
    child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             start_new_session=True, preexec_fn=before_exec)
    try:
        for line in lines_of(child, plan.timeout):
            log.write(line + "\n")
            log.flush()
            show(line)
            ended = re.match(r"LAB-STATUS (\d+)$", line)
            if ended:
                outcome.status = int(ended.group(1))
            outcome.panicked |= bool(PANIC.search(line))
        try:
            # The console closes as QEMU ends; what comes after that is its own clean-up.
            child.wait(timeout=max(1, min(10, plan.timeout - (time.monotonic() - start))))
        except subprocess.TimeoutExpired:
            outcome.hung = True
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
        outcome.said = child.communicate()[1].decode(errors="replace").strip()
    outcome.seconds = time.monotonic() - start
    return outcome


def unpack(channel, folder):
    """What the guest left in /out. False: nothing, or not all of it, arrived."""
    try:
        with tarfile.open(channel, "r:gz") as tar:
            for member in tar:
                path = os.path.normpath(member.name)
                # Plain files and folders of its own only: a guest has no say in this machine's tree.
                if path.startswith(("/", "..")) or not (member.isfile() or member.isdir()):
                    continue
                member.mode |= 0o600
                tar.extract(member, folder, set_attrs=False)
        return True
    except (OSError, EOFError, tarfile.TarError):
        return False

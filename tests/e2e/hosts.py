# SPDX-License-Identifier: MIT
"""Network namespaces that stand in for hosts: two, `a` and `b`, with a real sshd in each, and a
third for the coordinator, each joined to the others by a veth pair. A namespace lives as long as the
sshd (or the sleep) in it, which dies with the test; keys and configs are in a folder of the test."""
import os
import pwd
import shutil
import subprocess

from runner import process
from cases import ZCBENCH, wait_for

PORT = 2222
SSHD = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/sbin")

# sshd insists on /run/sshd, which is made where nobody else sees it.
PRIVATE = 'mount -t tmpfs none /run && mkdir -p -m 755 /run/sshd && exec "$@"'

SSHD_CONFIG = """
Port {port}
ListenAddress 0.0.0.0
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 100:30:200
MaxSessions 100
UseDNS no
PrintMotd no
SetEnv PATH={path} HOME={folder}/home {mark}={value} LC_ALL=C.UTF-8
"""

SSH_CONFIG = """
Host a
    HostName 10.77.1.1
Host b
    HostName 10.77.2.1
Host nobody-there
    HostName 10.77.1.99
Host *
    Port {port}
    User root
    IdentityFile {folder}/key
    IdentitiesOnly yes
    StrictHostKeyChecking no
    UserKnownHostsFile {folder}/known_hosts
    ControlPath {folder}/control-%h-%p
    LogLevel ERROR
"""


def run(*command):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                   stderr=subprocess.STDOUT, timeout=60)


class Hosts:
    """shared: one connection to each host carries all sessions, which saves their handshakes."""

    def __init__(self, folder, shared=False):
        self.folder = folder
        self.children = {}
        self.make_keys()
        try:
            self.start_all()
            for name in "ab" if shared else "":
                self.share(name)
        except BaseException:
            self.close()
            raise

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w") as file:
            file.write(text)

    def make_keys(self):
        for name in ("key", "host_key"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", os.path.join(self.folder, name))
        shutil.copy(self.folder + "/key.pub", self.folder + "/authorized_keys")
        # zcbench on the hosts is whatever the test puts there.
        os.mkdir(self.folder + "/bin")
        os.mkdir(self.folder + "/home")
        self.install()
        path = self.folder + "/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        self.write("sshd_config", SSHD_CONFIG.format(
            port=PORT, folder=self.folder, path=path, mark=process.MARK, value=os.environ.get(process.MARK, "-")))
        self.write("ssh_config", SSH_CONFIG.format(port=PORT, folder=self.folder))
        self.environment = dict(os.environ, ZCBENCH_SSH="ssh -F %s/ssh_config" % self.folder)

    def install(self, text=None):
        """A script of the test in the place of zcbench, or zcbench itself."""
        path = self.folder + "/bin/zcbench"
        if os.path.lexists(path):
            os.unlink(path)
        if text is None:
            os.symlink(os.path.realpath(ZCBENCH), path)
            return
        self.write("bin/zcbench", text)
        os.chmod(path, 0o755)

    def install_after(self, command):
        """zcbench itself, once a shell has done something."""
        self.install('#!/bin/bash\n%s\nexec -a zcbench %s "$@"\n' % (command, os.path.realpath(ZCBENCH)))

    def start(self, name, *command):
        log = open("%s/%s.log" % (self.folder, name), "w")
        child = subprocess.Popen(["unshare", "--net", "--mount", "--propagation", "private", "sh", "-c", PRIVATE,
                                  "sh", *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                 start_new_session=True, preexec_fn=process.die_with_parent)
        log.close()
        self.children[name] = child
        home = os.readlink("/proc/self/ns/net")
        wait_for("namespace " + name, lambda: os.readlink("/proc/%d/ns/net" % child.pid) != home, seconds=10)

    def start_all(self):
        self.start("c", "sleep", "3600")
        for name in "ab":
            self.start(name, SSHD, "-D", "-e", "-f", self.folder + "/sshd_config")
        self.join("a", "10.77.1.1", "c", "10.77.1.2")
        self.join("b", "10.77.2.1", "c", "10.77.2.2")
        self.join("a", "10.77.3.1", "b", "10.77.3.2")
        for name in "abc":
            self.ip(name, "link", "set", "lo", "up")
        for name in "ab":
            wait_for("sshd " + name, lambda n=name: self.ssh(n, "true").returncode == 0, self.children[name])

    def share(self, name):
        child = subprocess.Popen([*self.inside("c"), "ssh", "-F", self.folder + "/ssh_config", "-M", "-N", name],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 start_new_session=True, preexec_fn=process.die_with_parent)
        self.children["connection to " + name] = child
        check = ["ssh", "-F", self.folder + "/ssh_config", "-O", "check", name]
        wait_for("connection to " + name, lambda: not subprocess.run(check, capture_output=True).returncode, child)

    def inside(self, name):
        return ["nsenter", "--net=/proc/%d/ns/net" % self.children[name].pid, "--"]

    def ip(self, name, *arguments):
        run(*self.inside(name), "ip", *arguments)

    def join(self, one, one_address, other, other_address):
        """Devices are called after the host at their other end."""
        run(*self.inside(one), "ip", "link", "add", "to-" + other, "type", "veth", "peer", "name", "to-" + one,
            "netns", str(self.children[other].pid))
        for name, peer, address in ((one, other, one_address), (other, one, other_address)):
            self.ip(name, "address", "add", address + "/24", "dev", "to-" + peer)
            self.ip(name, "link", "set", "to-" + peer, "up")

    def ssh(self, name, command):
        """For the tests themselves."""
        return subprocess.run([*self.inside("c"), "ssh", "-F", self.folder + "/ssh_config", name, command],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)

    def agents(self, name=None):
        """Processes `zcbench agent` in a host, or in both."""
        spaces = [os.readlink("/proc/%d/ns/net" % self.children[n].pid) for n in (name or "ab")]
        found = []
        for pid, _, command in process.marked():
            try:
                if command.startswith("zcbench agent") and os.readlink("/proc/%d/ns/net" % pid) in spaces:
                    found.append(pid)
            except OSError:
                pass
        return found

    def close(self):
        for child in self.children.values():
            child.kill()
            child.wait()


def missing():
    """Why there can be no such hosts here, or None."""
    if os.geteuid():
        return "needs root"
    if process.MARK not in os.environ:
        return "is run by tests/run, which cleans up after it"
    for program in (SSHD, "ssh", "ssh-keygen", "nsenter", "unshare", "ip"):
        if not program or not shutil.which(program):
            return "needs openssh-server, openssh-client, util-linux and iproute2; see tests/packages"
    pwd.getpwnam("nobody")
    return None

# SPDX-License-Identifier: MIT
"""An initramfs in the newc format (Documentation/driver-api/early-userspace/buffer-format.rst)."""
import gzip
import os
import re
import stat
import subprocess

from .archive import ArchiveError


class Initramfs:
    def __init__(self):
        self.parts = []
        self.seen = set()

    def entry(self, name, mode, data=b"", device=(0, 0)):
        if name in self.seen:
            return
        self.seen.add(name)
        fields = [len(self.parts) + 1, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0]
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
        self.parts.append(self.pad(head) + self.pad(data))

    @staticmethod
    def pad(data):
        return data + b"\0" * (-len(data) % 4)

    def folder(self, name):
        parent = os.path.dirname(name)
        if parent:
            self.folder(parent)
        self.entry(name, stat.S_IFDIR | 0o755)

    def data(self, name, data, mode=0o644):
        self.folder(os.path.dirname(name))
        self.entry(name, stat.S_IFREG | mode, data)

    def file(self, name, source, mode=0o644):
        with open(source, "rb") as file:
            self.data(name, file.read(), mode)

    def link(self, name, target):
        self.folder(os.path.dirname(name))
        self.entry(name, stat.S_IFLNK | 0o777, target.encode())

    def program(self, name, source):
        """A program with its interpreter and the shared libraries that ldd finds."""
        self.file(name, source, 0o755)
        done = subprocess.run(["ldd", source], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
        if "not found" in done.stdout:
            raise ArchiveError("%s misses a library here: %s" % (source, done.stdout.strip()))
        for path in re.findall(r"(?:=> )?(/\S+) \(0x", done.stdout):
            self.file(path.lstrip("/"), os.path.realpath(path), 0o755)

    def write(self, file):
        for name in ("proc", "sys", "dev", "tmp", "run", "out", "etc"):
            self.folder(name)
        self.entry("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
        self.entry("dev/null", stat.S_IFCHR | 0o666, device=(1, 3))
        self.entry("TRAILER!!!", 0)
        # Level 1: emulated CPUs unpack slowly, and the file is written for one boot.
        with gzip.open(file, "wb", compresslevel=1) as out:
            out.writelines(self.parts)

# SPDX-License-Identifier: MIT
"""QEMU from the archive, with every library that it needs, in a folder of its own: it runs by its
own dynamic linker, so that neither the system's packages nor its release matter."""
import os
import shutil

from .archive import tool

RELEASES = ["trixie", "trixie-security"]
PACKAGE = "qemu-system-x86"
# Dependencies of its packages that nobody runs here.
UNUSED = ("debconf", "passwd", "login.defs", "adduser", "base-passwd", "libpam", "libsemanage")


def fetch(archive, cache):
    """The words that start it."""
    version = archive.version(PACKAGE)
    root = os.path.join(cache, "qemu_" + version.replace(":", "%3a"))
    if not os.path.isdir(root):
        archive.say("fetching %s %s and its libraries" % (PACKAGE, version))
        work = "%s.%d" % (root, os.getpid())
        os.makedirs(work)
        try:
            unpack(archive, work)
            os.rename(work, root)
        except OSError:
            if not os.path.isdir(root):
                raise
        finally:
            shutil.rmtree(work, ignore_errors=True)
    libraries = ["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu/pulseaudio"]
    linker = os.path.join(root, "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")
    return [linker, "--library-path", ":".join(os.path.join(root, name) for name in libraries),
            os.path.join(root, "usr/bin/qemu-system-x86_64"),
            "-L", os.path.join(root, "usr/share/qemu"), "-L", os.path.join(root, "usr/share/seabios"),
            "-L", os.path.join(root, "usr/lib/ipxe/qemu")]


def unpack(archive, work):
    debs = os.path.join(work, "debs")
    os.makedirs(debs)
    wanted = ["%s=%s" % part for part in archive.closure(PACKAGE) if not part[0].startswith(UNUSED)]
    tool(["apt-get", *archive.options(), "-qq", "download", *wanted], 900, cwd=debs)
    for deb in sorted(os.listdir(debs)):
        tool(["dpkg-deb", "-x", os.path.join(debs, deb), work], 120)
    shutil.rmtree(debs)

# SPDX-License-Identifier: MIT
"""The lab's own network driver (lab/driver), built for a kernel of the lab.

A module needs the headers of just this kernel and the compiler that they ask for. Both come from
the archive, with all that they depend on, into a folder that make is then run in: nothing of this
system is used but a namespace and chroot.
"""
import glob
import hashlib
import os
import shutil
import subprocess

from .archive import ArchiveError, tool

# What the headers depend on and a module does not: the kernel itself, and packages that only set up a system.
UNUSED = ("linux-image", "linux-binary", "linux-modules", "linux-base", "initramfs", "kmod", "udev", "systemd", "debconf",
          "passwd", "login", "adduser", "apparmor", "firmware", "init-system-helpers", "libpam", "libsemanage")
TOOLS = ("make", "dash", "coreutils", "sed", "grep", "mawk", "findutils", "binutils", "diffutils", "libc-bin")


def build(tree, kernel, archive, cache):
    """The bytes of zclab.ko."""
    if int(kernel.release.split(".")[0]) < 7:
        raise ArchiveError("the lab's driver is written for Linux 7, as its queue operations changed before")
    source = os.path.join(tree, "lab", "driver")
    name = "zclab-%s-%s.ko" % (kernel.release, digest(source))
    kept = os.path.join(cache, "drivers", name)
    if not os.path.exists(kept):
        root = toolchain(kernel, archive, cache)
        archive.say("building %s" % name)
        os.makedirs(os.path.dirname(kept), exist_ok=True)
        compile_in(root, source, kernel.release, kept)
    with open(kept, "rb") as file:
        return file.read()


def digest(source):
    total = hashlib.sha256()
    for file in sorted(glob.glob(source + "/*")):
        with open(file, "rb") as part:
            total.update(part.read())
    return total.hexdigest()[:12]


def toolchain(kernel, archive, cache):
    root = os.path.join(cache, "headers_" + kernel.release)
    if os.path.isdir(root):
        return root
    headers = kernel.package.replace("linux-image-", "linux-headers-")
    archive.say("fetching %s and the compiler for it" % headers)
    work = "%s.%d" % (root, os.getpid())
    os.makedirs(work)
    try:
        unpack(archive, work, archive.closure(headers, *TOOLS))
        complete(work)
        os.rename(work, root)
    except OSError:
        if not os.path.isdir(root):
            raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return root


def unpack(archive, work, parts):
    debs = os.path.join(work, "debs")
    os.makedirs(debs)
    wanted = ["%s=%s" % part for part in parts if not part[0].startswith(UNUSED)]
    tool(["apt-get", *archive.options(), "-qq", "download", *wanted], 900, cwd=debs)
    for folder in ("bin", "lib", "lib64", "sbin"):
        os.makedirs(os.path.join(work, "usr", folder), exist_ok=True)
        os.symlink("usr/" + folder, os.path.join(work, folder))
    for deb in sorted(os.listdir(debs)):
        # Not dpkg-deb -x: it would put a folder where a package still has /lib and we have a link.
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", os.path.join(debs, deb)], stdout=subprocess.PIPE) as files:
            tool(["tar", "-x", "--keep-directory-symlink", "-C", work], 300, stdin=files.stdout)
    shutil.rmtree(debs)


def complete(root):
    """What the packages' own scripts would have done."""
    for link, target in (("sh", "dash"), ("awk", "mawk")):
        path = os.path.join(root, "usr/bin", link)
        if not os.path.lexists(path):
            os.symlink(target, path)
    for folder in ("tmp", "dev", "proc"):
        os.makedirs(os.path.join(root, folder), exist_ok=True)
    # A file will do: nothing is read from it, and what is written is thrown away with it.
    open(os.path.join(root, "dev/null"), "a").close()


def compile_in(root, source, release, kept):
    """In a copy of the sources below the root, which goes again."""
    folder = os.path.join(root, "tmp", "zclab.%d" % os.getpid())
    shutil.copytree(source, folder)
    # objtool looks into /proc; the mount goes with its namespace.
    words = ["unshare", "--mount", *(["--map-root-user"] if os.geteuid() else []),
             "sh", "-c", 'mount --rbind /proc "$0/proc" && exec chroot "$0" "$@"', root,
             "make", "-s", "-C", "/usr/src/linux-headers-" + release, "M=/tmp/" + os.path.basename(folder), "modules"]
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "HOME": "/tmp"}
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, env=environment)
        if done.returncode:
            raise SystemExit("lab: building the driver: " + (done.stderr.strip() or done.stdout.strip())[-4000:])
        shutil.copy(os.path.join(folder, "zclab.ko"), "%s.%d" % (kept, os.getpid()))
        os.rename("%s.%d" % (kept, os.getpid()), kept)
    finally:
        shutil.rmtree(folder, ignore_errors=True)

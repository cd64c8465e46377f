# SPDX-License-Identifier: MIT
"""Programs of the archive's newest release for a guest, each with its libraries and their linker, so
that neither this system's nor the kernel's release matters."""
import glob
import os

LIBRARIES = "usr/lib/x86_64-linux-gnu"
WRAPPER = '#!/bin/sh\nexec /tools/lib/ld-linux-x86-64.so.2 --library-path /tools/lib /tools/bin/%s "$@"\n'


def fetch(archive, names):
    """name -> the folders of its package, which has the same name, and of all that this needs."""
    return {name: [archive.fetch(*part) for part in archive.closure(name)] for name in names}


def put(image, tools):
    for name, folders in tools.items():
        for folder in folders:
            for file in glob.glob("%s/%s/*.so*" % (folder, LIBRARIES)):
                image.file("tools/lib/" + os.path.basename(file), os.path.realpath(file), 0o755)
            for file in glob.glob("%s/usr/*bin/%s" % (folder, name)):
                image.file("tools/bin/" + name, file, 0o755)
        image.data("bin/" + name, (WRAPPER % name).encode(), 0o755)

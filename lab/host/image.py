# SPDX-License-Identifier: MIT
"""What goes into a guest: busybox, the programs under test, the modules, the scenario."""
import os

from . import tools
from .archive import ArchiveError
from .initramfs import Initramfs

PROGRAMS = ("zcbench", "zcprobe", "lab/packet-tap", "lab/veth-pair", "lab/xsk-traffic",
            "lab/zerocopy-traffic")


def build(tree, plan, kernel, parts, file):
    image = Initramfs()
    image.file("bin/busybox", parts["busybox"], 0o755)
    image.link("bin/sh", "busybox")
    lab = os.path.join(tree, "lab")
    image.file("init", os.path.join(lab, "guest", "init"), 0o755)
    for name in ("common.sh", "csv.awk"):
        image.file("lab/" + name, os.path.join(lab, "guest", name))
    image.file("lab/scenario.sh", plan.file)
    put_experiments(image, os.path.join(tree, "experiments"))
    put_programs(image, plan.build)
    put_modules(image, plan, kernel)
    put_driver(image, plan.driver, parts["driver"], kernel)
    tools.put(image, parts["tools"])
    image.write(file)


def put_experiments(image, folder):
    for name in sorted(os.listdir(folder)):
        if name.endswith(".yaml"):
            image.file("lab/experiments/" + name, os.path.join(folder, name))


def put_programs(image, build_folder):
    for name in PROGRAMS:
        source = os.path.join(build_folder, name)
        if os.access(source, os.X_OK):
            image.program("bin/" + os.path.basename(name), source)
        elif name == "zcbench":
            raise ArchiveError("%s has not been built; run make first" % source)


def put_modules(image, plan, kernel):
    """Each module with a list of what is loaded for it: no depmod, and busybox needs no more."""
    for name in plan.load + plan.offer:
        order = kernel.closure([name])
        for one, data in order:
            image.data("lab/ko/%s.ko" % one, data)
        if order:
            put_list(image, name, [one for one, _ in order])
    image.data("lab/modules", "".join(name + "\n" for name in plan.load).encode())


def put_driver(image, name, data, kernel):
    if name:
        order = kernel.closure(kernel.needs(data)) + [(name, data)]
        for one, module in order:
            image.data("lab/ko/%s.ko" % one, module)
        put_list(image, name, [one for one, _ in order])


def put_list(image, name, order):
    image.data("lab/ko/%s.list" % name, "".join(one + "\n" for one in order).encode())

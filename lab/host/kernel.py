# SPDX-License-Identifier: MIT
"""A kernel of the lab: which package it is, its image, and its modules with what they need."""
import lzma
import os
import re

from .archive import ArchiveError


def table(tree):
    """name -> (flavour, releases), in the order of lab/kernels."""
    found = {}
    with open(os.path.join(tree, "lab", "kernels")) as file:
        for line in file:
            words = line.split("#")[0].split()
            if words:
                found[words[0]] = (words[1], words[2:])
    return found


def newest(names):
    return max(names, key=lambda name: [int(number) for number in re.findall(r"\d+", name)])


class Kernel:
    def __init__(self, name, tree, archive):
        kernels = table(tree)
        if name not in kernels:
            raise ArchiveError("lab/kernels has no kernel %s; it has %s" % (name, ", ".join(kernels)))
        flavour = kernels[name][0]
        pattern = re.compile(r"linux-image-%s[.][^-]*(-\d+)?-%s$" % (re.escape(name), flavour))
        images = [image for image in archive.find("linux-image-%s." % name) if pattern.match(image)]
        if not images:
            raise ArchiveError("the archive has no image of Linux %s (%s)" % (name, flavour))
        self.package = newest(images)
        self.release = self.package[len("linux-image-"):]
        self.folders = [archive.fetch(part, archive.version(part)) for part in self.parts(archive)]
        self.image = self.find("boot/vmlinuz-" + self.release, "usr/lib/modules/%s/vmlinuz" % self.release)
        self.modules = self.find("usr/lib/modules/%s/kernel" % self.release, "lib/modules/%s/kernel" % self.release)
        self.files = None

    def parts(self, archive):
        """From 7.x on an image is split: it depends on linux-binary- and linux-modules-."""
        found = [self.package]
        for package in found:
            found += [other for other in archive.depends(package)
                      if re.match(r"linux-(image|binary|modules)-\d", other) and other not in found]
        return found

    def find(self, *places):
        for folder in self.folders:
            for place in places:
                if os.path.exists(os.path.join(folder, place)):
                    return os.path.join(folder, place)
        raise ArchiveError("%s has no %s" % (self.package, places[0]))

    def module_file(self, name):
        if self.files is None:
            self.files = {}
            for folder, _, files in os.walk(self.modules):
                for file in files:
                    if ".ko" in file:
                        plain = file.split(".ko")[0].replace("-", "_")
                        self.files[plain] = os.path.join(folder, file)
        return self.files.get(name.replace("-", "_"))

    @staticmethod
    def read(file):
        with open(file, "rb") as packed:
            data = packed.read()
        return lzma.decompress(data) if file.endswith(".xz") else data

    @staticmethod
    def needs(module):
        """Names of the modules that this one, given as bytes, is loaded after."""
        lists = re.findall(rb"\0depends=([^\0]*)", module)
        return [name.replace("-", "_") for names in lists for name in names.decode().split(",") if name]

    def closure(self, names):
        """[(name, bytes)] in the order in which they have to be loaded. What is built in or not
        there is left out: a scenario sees that by itself, as `load` fails in the guest."""
        loaded, order = set(), []

        def add(name):
            file = self.module_file(name)
            if not file or name in loaded:
                return
            loaded.add(name)
            data = self.read(file)
            for other in self.needs(data):
                add(other)
            order.append((name, data))

        for name in names:
            add(name.replace("-", "_"))
        return order

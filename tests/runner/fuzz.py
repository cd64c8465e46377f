# SPDX-License-Identifier: MIT
"""Fuzz targets: each for a bounded time from its checked-in corpus; a finding is a failure."""
import glob
import os
import shutil
import subprocess
import tempfile

from . import process

SECONDS = int(os.environ.get("FUZZ_SECONDS", "10"))
FLAGS = "-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all"


def have_fuzzer():
    """Whether clang links libFuzzer here (Debian: clang and libclang-rt-dev)."""
    if not shutil.which("clang"):
        return "clang is not installed; apt-get install clang libclang-rt-dev"
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "t.c")
        with open(source, "w") as file:
            file.write("int LLVMFuzzerTestOneInput(const void *d, unsigned long n);\n"
                       "int LLVMFuzzerTestOneInput(const void *d, unsigned long n)"
                       "{ return d && n > 8 ? 0 : 0; }\n")
        command = ["clang", "-fsanitize=fuzzer,address,undefined", source, "-o", source + ".out"]
        if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            return "clang links no libFuzzer; apt-get install libclang-rt-dev"
    return None


def run_one(tally, tree, build, name):
    target = os.path.join(build, "fuzz", "tests", "fuzz", name)
    seeds = glob.glob(os.path.join(tree, "tests", "fuzz", "corpus", name)) or \
        glob.glob(os.path.join(tree, "tests", "fuzz", "corpus", name.replace("fuzz_", "")))
    with tempfile.TemporaryDirectory() as folder:
        found = os.path.join(folder, "found")
        os.mkdir(found)
        # What it finds on its way goes to the first folder, a crash to the artifact prefix.
        command = [target, "-max_total_time=%d" % SECONDS, "-timeout=10", "-rss_limit_mb=1024",
                   "-verbosity=0", "-print_final_stats=1", "-artifact_prefix=%s/" % folder,
                   found] + seeds
        status, output, seconds = process.run(command, SECONDS + 60)
        if status == 0:
            tally.ok(name, seconds)
            return
        crash = "".join("\n%s: %r" % (path, open(path, "rb").read(4096))
                        for path in glob.glob(folder + "/*-*") if os.path.isfile(path))
    tally.fail(name, process.how_it_ended(status, SECONDS + 60) + "\n" + output[-20000:] + crash)


def run(tally, tree, build):
    names = sorted(os.path.basename(path)[:-2] for path in glob.glob(tree + "/tests/fuzz/fuzz_*.c"))
    missing = have_fuzzer()
    if missing:
        for name in names:
            tally.skip(name, missing)
        return
    command = ["make", "-s", "-C", tree, "-j%d" % (os.cpu_count() or 1), "BUILD=%s/fuzz" % build,
               "CC=clang", "CFLAGS=-O1 -g", "EXTRA_CFLAGS=" + FLAGS, "fuzz-targets"]
    # A make above us would hand its own flags and job server on.
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    status, output, _ = process.run(command, 600, env=environment)
    if status:
        tally.fail("building the fuzz targets", process.how_it_ended(status, 600) + "\n" + output)
        return
    for name in names:
        run_one(tally, tree, build, name)

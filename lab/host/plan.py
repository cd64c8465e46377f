# SPDX-License-Identifier: MIT
"""What is asked of one boot: the command line, and the lines `# lab: WORD VALUE...` of a scenario.

  nic MODEL        two NICs of this model; what follows a comma goes to QEMU's -device
  queues N         of each NIC's tap (preset: 1)
  wire hub|taps|guests   what joins them (preset: hub); guest.py says what the difference is. guests: of
                   each of two guests one; in the second the scenario runs with the argument peer
  modules NAME...  loaded before the scenario starts, where the kernel has them
  offer NAME...    modules that the scenario itself may load
  tools NAME...    programs that the guest has beside busybox's: packages of these names (tools.py)
  driver zclab     the lab's own pair of NICs (lab/driver), built for this kernel
  cpus N, memory MIB, timeout S
"""
import argparse
import os
import re

DRIVERS = {"vmxnet3": "vmxnet3", "e1000": "e1000", "e1000e": "e1000e", "igb": "igb",
           "virtio-net-pci": "virtio_net", "virtio-net": "virtio_net"}


def directives(file):
    found = {}
    with open(file) as scenario:
        for line in scenario:
            words = re.match(r"# lab: (\w+) (.+)$", line)
            if words:
                found.setdefault(words.group(1), []).extend(words.group(2).split())
    return found


def read(words, tree, text):
    parser = argparse.ArgumentParser(prog="lab/run", usage=text, add_help=False)
    parser.add_argument("kernel")
    parser.add_argument("scenario")
    parser.add_argument("--nic")
    parser.add_argument("--out")
    parser.add_argument("--timeout", type=int)
    parser.add_argument("--fetch", action="store_true")
    if not words or set(words) & {"-h", "--help"}:
        print(text)
        raise SystemExit(0 if words else 2)
    options = parser.parse_args(words)
    complete(options, tree)
    return options


def complete(options, tree):
    named = os.path.join(tree, "lab", "scenarios", options.scenario + ".sh")
    options.file = named if os.path.exists(named) else options.scenario
    if not os.path.isfile(options.file):
        raise SystemExit("lab: there is no scenario %s in lab/scenarios" % options.scenario)
    options.scenario = os.path.basename(options.file).rsplit(".", 1)[0]
    asked = directives(options.file)
    options.nic = options.nic or asked.get("nic", [None])[0]
    options.wire = asked.get("wire", ["hub"])[0]
    options.queues = int(asked.get("queues", ["1"])[0])
    options.cpus = int(asked.get("cpus", ["1"])[0])
    options.memory_mib = int(asked.get("memory", ["1024"])[0])
    options.timeout = options.timeout or int(asked.get("timeout", ["300"])[0])
    options.load = asked.get("modules", [])
    if options.nic:
        model = options.nic.split(",")[0]
        options.load = [DRIVERS.get(model, model.replace("-", "_"))] + options.load
        if options.nic.startswith("virtio"):
            options.load = ["virtio_pci"] + options.load
    options.offer = asked.get("offer", [])
    options.tools = asked.get("tools", [])
    options.driver = asked.get("driver", [None])[0]
    options.build = os.path.join(tree, os.environ.get("BUILD", "build"))
    options.out = options.out or os.path.join(options.build, "lab", "%s-%s" % (options.kernel, options.scenario))

#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Stands in for zcbench in tests of the nightly job: `run ... --out DIR --run-id NAME` writes a planted
run at once. FAKE_SLOW names a tx mode that is 10 % slower, FAKE_STATUS is the exit status."""
import datetime
import os
import random
import sys

import planted

MODES = "send,sendfile,msg-zerocopy,uring-send,splice"


def option(words, name, preset):
    return words[words.index(name) + 1] if name in words else preset


def main(words):
    if words[0] != "run" or os.environ.get("FAKE_STATUS") not in (None, "0", "3"):
        return int(os.environ.get("FAKE_STATUS", "1"))
    folder, run_id = option(words, "--out", "results"), option(words, "--run-id", "x")
    slow = float(os.environ.get("ZCBENCH_SLOW_PERCENT", "0")) / 100
    rng, plan = random.Random(run_id), []
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    for tx in option(words, "--tx", MODES).split(","):
        scale = 1 - slow * (tx == "sendfile") - 0.1 * (tx == os.environ.get("FAKE_SLOW"))
        plan.append(({"tx": tx}, lambda block, s=scale: {
            "goodput": 1e9 * s * (1 + 0.004 * rng.gauss(0, 1)), "cpu": 0.5 / s * (1 + 0.004 * rng.gauss(0, 1)), "started_at": now,
            "host_foreign_ns": 0}))
    planted.write(os.path.join(folder, run_id), planted.cells(run_id, plan, 8), run_id=run_id,
                  experiment={"name": "planted", "duration": ["1"]})
    return int(os.environ.get("FAKE_STATUS", "0"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

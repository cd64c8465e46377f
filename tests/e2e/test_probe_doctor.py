# SPDX-License-Identifier: MIT
"""What zcprobe says of this kernel, what it costs, and what it does in bad weather."""
import json
import os
import subprocess
import time

from cases import NOBODY, ZCBENCH, need, need_root
from probing import Counting, ProbeCase, probe


@need_root()
class Doctor(ProbeCase):
    def test_every_counter_has_a_layer_or_a_reason(self):
        rows = json.loads(probe("doctor", "--json")[1])
        self.assertGreater(len(rows), 20)
        for name, row in rows.items():
            self.assertTrue(row["layer"] in ("fentry", "kprobe", "tracepoint") or row["reason"], name)

    def test_not_root(self):
        for verb in (["doctor"], ["audit", "--port", "1"]):
            status, _, err = probe(*verb, before=NOBODY)
            self.assertEqual(status, 4, err)
            self.assertIn("CAP_BPF", err)

    @need("prlimit", "unshare")
    def test_bad_weather(self):
        """Each a sentence and no number; a limit on locked memory is no hindrance."""
        bare = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /sys/kernel/btf && exec "$0" "$@"']
        for before, word in ((["prlimit", "--nofile=12"], "ulimit -n"), (bare, "BTF")):
            status, out, _ = probe("count", before=before)
            self.assertEqual(status, 4, out)
            self.assertRegex(out, "^skip .*" + word)
            self.assertEqual(len(out.splitlines()), 1, out)
        status, out, _ = probe("count", before=["prlimit", "--memlock=8388608"])
        self.assertEqual((status, out.splitlines()[0]), (0, "ready"))

    def test_mistakes(self):
        for words in (["doctor", "--layer", "x"], ["audit"], ["audit", "--port", "0"], ["nothing"],
                      ["audit", "--pid", "1", "--port", "2"], ["audit", "--netns", "no-such"], []):
            status, _, err = probe(*words)
            self.assertEqual(status, 1, (words, err))
            self.assertTrue(err.strip(), words)

    def test_cost(self):
        """Ratios at three sizes, and the time of each program, as the kernel measures it."""
        here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        done = subprocess.run([os.path.join(here, "probe-cost"), ZCBENCH, "--repeats", "1", "--seconds", "0.3"],
                              capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done)
        ratios = [float(line.split()[1]) for line in done.stdout.splitlines() if line.split()[0] in ("64", "4K", "64K")]
        self.assertEqual(len(ratios), 3, done)
        self.assertGreater(min(ratios), 0)
        self.assertRegex(done.stdout, r"tp_rx_consume +\d+ calls +[1-9]\d* ns each|fe_rx_consume|kp_rx_consume")

    @need("bpftool")
    def test_killed(self):
        with Counting() as count:
            mine = subprocess.run(["bpftool", "-j", "prog", "list"], capture_output=True, text=True).stdout
            self.assertIn('"tp_sock_state"', mine)
            count.child.kill()
        left = None
        for _ in range(100):
            left = [p for p in json.loads(subprocess.run(["bpftool", "-j", "prog", "list"],
                                                         capture_output=True, text=True).stdout)
                    if any(o.get("pid") == count.child.pid for o in p.get("pids", []))]
            if not left:
                break
            time.sleep(0.1)
        self.assertEqual(left, [])

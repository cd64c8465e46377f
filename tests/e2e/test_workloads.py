# SPDX-License-Identifier: MIT
"""Requests and responses, in a closed loop and at a rate."""
from cases import Case, modes, parse

QUANTILES = ("p50", "p90", "p99", "p999", "p9999")


class Workloads(Case):
    def measure(self, *arguments):
        run = self.run_new("--duration", 1, "--warmup", 0.1, *arguments)
        self.assertEqual(len(run.rows), 1)
        row = run.rows[0]
        self.assert_sound(row)
        return run, row

    def check_latency(self, run, row):
        told = [row["latency_%s_ns" % q] for q in QUANTILES if row["latency_%s_ns" % q] is not None]
        self.assertEqual(told, sorted(told))
        # A quantile is the upper end of its bucket, so it may exceed the exact maximum by 1/32.
        self.assertLessEqual(told[0], row["latency_max_ns"] * 1.05)
        histogram = parse(run.text("latency.csv"))
        self.assertEqual(sum(h["count"] for h in histogram), row["latency_count"])
        self.assertEqual({(h["run_id"], h["cell"], h["repeat"]) for h in histogram}, {("r", 1, 1)})
        half, below = row["latency_count"] / 2, 0
        for bucket in histogram:
            below += bucket["count"]
            if below >= half:
                self.assertEqual(bucket["latency_ns"], row["latency_p50_ns"])
                break

    def test_stream_has_no_latency(self):
        run, row = self.measure()
        self.assertIsNone(row["latency_count"])
        self.assertGreater(row["goodput_bytes_per_s"], 0)
        self.assertAlmostEqual(row["goodput_bytes_per_s"], row["rx_bytes"] / row["elapsed_ns"] * 1e9,
                               delta=0.001 * row["goodput_bytes_per_s"])
        self.assertAlmostEqual(row["elapsed_ns"], 1e9, delta=0.25e9)
        self.assertGreater(row["rx_total_bytes"], row["rx_bytes"])  # the warm-up is in one only

    def test_closed_loop(self):
        run, row = self.measure("--workload", "rr", "--size", "1K", "--response", "2K")
        self.check_latency(run, row)
        # One request at a time on a flow: their times cannot add up to more than the window.
        self.assertLess(row["latency_count"] * row["latency_p50_ns"] / 2, row["elapsed_ns"] * 1.1)
        self.assertGreater(row["latency_count"], 20)

    def test_rate_is_kept(self):
        for flows in (1, 4):
            with self.subTest(flows=flows):
                self.setUp()
                run, row = self.measure("--workload", "rr-open", "--rate", 500, "--size", 64, "--flows", flows)
                self.check_latency(run, row)
                rate = row["latency_count"] / (row["elapsed_ns"] / 1e9)
                self.assertAlmostEqual(rate, 500 * flows, delta=0.1 * 500 * flows)

    def test_coordinated_omission_cannot_hide(self):
        """Asked for more than it can do, the open loop counts from when each request was due."""
        _, closed = self.measure("--workload", "rr", "--size", "64K")
        self.setUp()
        run, opened = self.measure("--workload", "rr-open", "--rate", 1000000, "--size", "64K")
        self.check_latency(run, opened)
        self.assertGreater(opened["latency_p50_ns"], 20 * closed["latency_p50_ns"])
        self.assertGreater(opened["latency_p50_ns"], 100e6)

    def test_every_sender_answers_requests(self):
        run = self.run_new("--tx", ",".join(modes("tx")), "--workload", "rr,rr-open", "--rate", 200,
                           "--duration", 0.1, "--warmup", 0)
        for row in run.rows:
            with self.subTest(tx=row["tx"], workload=row["workload"]):
                self.skip_if_skipped(row)
                self.assert_sound(row)
                self.assertGreater(row["latency_count"], 0)

# SPDX-License-Identifier: MIT
"""Each dimension does what it says, as seen in what the kernel or the program reports back."""
import os

from cases import Case


def read(path):
    with open(path) as file:
        return file.read().strip()


class Dimensions(Case):
    def short(self, *arguments):
        return self.good_row_of("--bytes", "2M", *arguments)

    def test_1000_flows(self):
        row = self.short("--flows", 1000, "--size", "4K", "--bytes", "8M")
        self.assertEqual(row["flows"], 1000)
        self.assertEqual(row["rx_total_bytes"], -(-8 * 1024 * 1024 // 1000 // 4096) * 4096 * 1000)

    def test_flows_of_every_kind_of_waiting(self):
        for tx, rx in (("msg-zerocopy", "recv"), ("uring-send-zc", "uring-recv-multishot"),
                       ("sendfile", "uring-recv")):
            with self.subTest(tx=tx, rx=rx):
                self.setUp()
                row = self.short("--tx", tx, "--rx", rx, "--flows", 50, "--size", "4K")
                self.assertGreaterEqual(row["rx_total_bytes"], 2 << 20)

    def test_threads(self):
        row = self.short("--flows", 6, "--threads", 3)
        self.assertEqual((row["tx_threads"], row["rx_threads"]), (3, 3))

    def test_threads_follow_the_cpus(self):
        row = self.short("--flows", 64, "--size", "4K")
        self.assertEqual(row["tx_threads"], min(64, len(os.sched_getaffinity(0))))

    def test_sizes(self):
        for size, total in ((1, 4096), (16 << 20, 64 << 20), (100000, 1000000)):
            with self.subTest(size=size):
                self.setUp()
                row = self.good_row_of("--size", size, "--bytes", total)
                self.assertEqual((row["tx_messages"], row["rx_messages"]), (total // size,) * 2)

    def test_bytes_are_rounded_up_to_messages(self):
        row = self.good_row_of("--size", "10000", "--bytes", "25000")
        self.assertEqual(row["rx_total_bytes"], 30000)

    def test_ipv6(self):
        for path in ("lo", "veth", "veth-xdp"):
            with self.subTest(path=path):
                self.setUp()
                four = self.short("--path", path)
                self.setUp()
                six = self.short("--path", path, "--family", "ipv6")
                if path != "lo":
                    self.assertEqual(four["mss_used"] - six["mss_used"], 20)

    def test_mtu(self):
        for path, mtu in (("lo", 9000), ("veth", 9000), ("veth", "page")):
            with self.subTest(path=path, mtu=mtu):
                self.setUp()
                row = self.short("--path", path, "--mtu", mtu)
                if mtu == "page":
                    self.assertEqual(row["mss_used"] % 4096, 0)
                else:
                    self.assertEqual(row["mss_used"], 9000 - 40 - 12)  # IP, TCP, timestamps

    def test_mss(self):
        row = self.short("--mss", 1000)
        self.assertEqual(row["mss_used"], 1000 - 12)
        self.setUp()
        self.assertEqual(self.short("--mss", "page")["mss_used"], 4096)

    def test_socket_buffers(self):
        row = self.short("--sndbuf", "64K", "--rcvbuf", "128K")
        self.assertEqual((row["sndbuf_used"], row["rcvbuf_used"]), (2 * 65536, 2 * 131072))  # socket(7)

    def test_rcvlowat(self):
        self.assertEqual(self.short()["rcvlowat_used"], 1)
        self.setUp()
        self.assertEqual(self.short("--rcvlowat", "8K")["rcvlowat_used"], 8192)
        self.setUp()
        run = self.run_new("--bytes", "2M", "--rcvlowat", "1M", "--rcvbuf", "64K", status=None)
        self.assertRegex(run.rows[0]["reason"], "--rcvlowat 1048576 is cut to [0-9]+, .*raise --rcvbuf")

    def test_congestion(self):
        self.assertEqual(self.short("--congestion", "reno")["congestion_used"], "reno")
        self.setUp()
        self.assertEqual(self.short()["congestion_used"],
                         read("/proc/sys/net/ipv4/tcp_congestion_control"))

    def test_unknown_congestion_is_a_skip(self):
        run = self.run_new("--congestion", "nosuch", "--bytes", "4K", status=4)
        self.assertEqual(run.rows[0]["verdict"], "skip")
        self.assertIn("nosuch", run.rows[0]["reason"])

    def test_offloads(self):
        for what in ("sg", "gso", "tso", "gro"):
            with self.subTest(off=what):
                self.setUp()
                self.short("--path", "veth", "--" + what, "off")

    def test_offloads_off_changes_the_path(self):
        """With XDP the kernel says zero-copy for every send; a device without scatter-gather has
        each GSO packet copied on its way out, and says so for some of them at least."""
        copied = {}
        for sg in ("auto", "off"):
            run = self.run_new("--tx", "uring-send-zc", "--path", "veth-xdp", "--sg", sg, "--bytes", "2M",
                               repeats=3, name=sg, status=None)
            self.skip_if_skipped(run.rows[0])
            copied[sg] = sum(row["abi_tx_copied_bytes"] for row in run.rows)
        self.assertEqual(copied["auto"], 0)
        self.assertGreater(copied["off"], 0)

    def test_a_buffer_that_the_host_does_not_allow(self):
        limit = int(read("/proc/sys/net/core/wmem_max"))
        if limit >= 1 << 29:
            self.skipTest("net.core.wmem_max allows everything")
        run = self.run_new("--sndbuf", limit * 2, "--bytes", "4K", status=4)
        self.assertIn("net.core.wmem_max", run.rows[0]["reason"])

    def test_pages_thp(self):
        if "[never]" in read("/sys/kernel/mm/transparent_hugepage/enabled"):
            self.skipTest("transparent_hugepage/enabled is never")
        self.short("--tx", "msg-zerocopy", "--pages", "thp", "--size", "256K")

    def test_pages_hugetlb(self):
        run = self.run_new("--pages", "hugetlb", "--bytes", "1M", status=None)
        if int(read("/proc/sys/vm/nr_hugepages")) > 8:
            self.assert_sound(run.rows[0])
        else:
            self.assertEqual(run.rows[0]["verdict"], "skip", run.rows[0]["reason"])
            self.assertIn("vm.nr_hugepages", run.rows[0]["reason"])

    def test_placement_is_recorded(self):
        cpus = sorted(os.sched_getaffinity(0))
        row = self.short("--tx-cpu", cpus[0], "--rx-cpu", cpus[-1])
        self.assertEqual((row["tx_cpus"], row["rx_cpus"]), (cpus[0], cpus[-1]))
        self.setUp()
        row = self.short("--tx-cpu", "none", "--rx-cpu", "auto")
        self.assertEqual(row["tx_cpus"], "none")
        allowed = {str(cpu) for cpu in os.sched_getaffinity(0)}
        for place in ("near", "far"):
            self.setUp()
            row = self.short("--tx-cpu", place, "--rx-cpu", place, "--flows", 2, "--threads", 2)
            for end in ("tx_cpus", "rx_cpus"):  # one for each thread
                self.assertEqual(len(str(row[end]).split("+")), 2)
                self.assertLessEqual(set(str(row[end]).split("+")), allowed)
        self.assertNotEqual(row["rx_cpus"], "")

    def test_a_cpu_that_is_not_there(self):
        run = self.run_new("--tx-cpu", 1000, "--bytes", "4K", status=None)
        self.assertIn(run.rows[0]["verdict"], ("skip", "fail"))
        self.assertIn("'1000' names a CPU", run.rows[0]["reason"])

    def test_depth_batch_and_buffers_are_recorded(self):
        row = self.short("--tx", "uring-send-zc", "--depth", 8, "--batch", 3, "--buffers", 12, "--size", "4K")
        self.assertEqual((row["depth_used"], row["batch_used"], row["buffers_used"]), (8, 3, 12))
        self.assertLessEqual(row["outstanding_max_bytes"], 8 * 4096)

    def test_other_dimensions_run(self):
        for arguments in (("--cork", "on"), ("--nodelay", "on"), ("--nodelay", "off"),
                          ("--align", 64, "--tx", "msg-zerocopy"), ("--touch", "both"), ("--touch", "tx"),
                          ("--parts", 7, "--tx", "sendmsg", "--rx", "recvmsg"), ("--rx-size", "10K"),
                          ("--parts", 3, "--tx", "uring-sendmsg-zc"), ("--buffers", 100)):
            with self.subTest(arguments=" ".join(map(str, arguments))):
                self.setUp()
                self.short(*arguments)

    def test_ranges_and_lists(self):
        run = self.run_new("--size", "4K..16K", "--flows", "1,2", "--bytes", "16K")
        self.assertEqual(sorted((r["size"], r["flows"]) for r in run.rows),
                         [(s, f) for s in (4096, 8192, 16384) for f in (1, 2)])

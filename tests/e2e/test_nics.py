# SPDX-License-Identifier: MIT
"""The path nics, with a veth pair in a namespace of our own in place of network cards."""
import os
import unittest

from cases import Case, Run, finish, need, need_root, paths, start

SCRIPT = """
set -e
ip link add eth1 type veth peer name eth2
ip link set eth2 mtu 1400
ip -o link show | sed 's/^[0-9]*: //; s/ qlen.*//' | sort > "$0/before"
set +e
"$@"; status=$?
for i in 1 2 3 4 5 6 7 8 9 10; do
    ip -o link show | sed 's/^[0-9]*: //; s/ qlen.*//' | sort > "$0/after"
    cmp -s "$0/before" "$0/after" && break
    sleep 0.2
done
exit $status
"""

# The coordinator is killed once a device has left its namespace.
KILLED = SCRIPT.replace('"$@"; status=$?', """"$@" & child=$!
for i in $(seq 300); do ip link show eth1 > "$0/there" 2>&1 || break; sleep 0.1; done
sleep 0.5; kill -9 $child; wait $child; status=$?""")


@unittest.skipUnless("nics" in paths(), "this zcbench has no path nics")
@need_root()
@need("unshare", "ip")
class Nics(Case):
    def measure(self, *arguments, script=SCRIPT):
        done = finish(start("run", "--path", "nics", "--repeats", 2, "--bytes", "1M", "--out", self.folder, "--run-id",
                            "r", *arguments, before=["unshare", "-n", "bash", "-c", script, self.folder]))
        return done, Run(self.folder + "/r").rows if os.path.exists(self.folder + "/r") else []

    def assert_put_back(self):
        texts = [open(self.folder + "/" + name).read() for name in ("before", "after")]
        self.assertIn("eth1", texts[0])
        self.assertEqual(*texts)

    def test_two_devices(self):
        done, rows = self.measure("--nics", "eth1+eth2", "--tx", "send,msg-zerocopy")
        self.assertEqual(done.status, 0, done)
        self.assertEqual(len(rows), 4)
        for row in rows:
            self.assert_sound(row)
        self.assert_put_back()

    def test_a_device_that_is_not_there(self):
        done, rows = self.measure("--nics", "eth1+eth9")
        self.assertEqual(done.status, 4, done)
        self.assertIn("eth9", rows[0]["reason"])
        self.assert_put_back()

    def test_given_back_though_the_coordinator_is_killed(self):
        """By its keeper: the kernel would end a veth device with its namespace."""
        done, rows = self.measure("--nics", "eth1+eth2", "--mtu", 1280, "--bytes", "auto", "--duration", 20,
                                  "--tso", "off", script=KILLED)
        self.assertEqual(done.status, 137, done)
        self.assertIn("does not exist", open(self.folder + "/there").read())
        self.assertEqual(rows, [])
        self.assert_put_back()

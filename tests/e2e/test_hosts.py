# SPDX-License-Identifier: MIT
"""Runs between hosts: network namespaces behind real sshds (see hosts.py)."""
import os
import shutil
import subprocess

from cases import NOBODY, ZCBENCH, ZC_TX, Run, finish, modes, need, start, wait_for
from host_case import ENDS, QUICK, HostCase


class Pair(HostCase):
    def test_modes(self):
        run = self.run_hosts(*ENDS, "--tx", "send," + ",".join(ZC_TX), "--rx", "recv,tcp-zerocopy-receive", *QUICK,
                             "--verify", "on", "--flows", 3)
        self.assertEqual(len(run.rows), 12)
        for row in run.rows:
            with self.subTest(tx=row["tx"], rx=row["rx"]):
                self.skip_if_skipped(row)
                self.assert_sound(row)
                self.assertEqual(row["strangers"], 0)
        self.assert_no_agent()

    def test_both_directions_and_workloads(self):
        run = self.run_hosts("--path", "hosts", "--tx-agent", "ssh:root@b", "--rx-agent", "ssh:a:2222", "--rx-address",
                             "10.77.3.1", "--tx-address", "10.77.3.2", "--workload", "stream,rr,rr-open",
                             "--warmup", 0, "--duration", 0.3, "--repeats", 1)
        for row in run.rows:
            self.assert_sound(row)
            self.assertGreater(row["goodput_bytes_per_s"], 0)
            if row["workload"] != "stream":
                self.assertGreater(row["latency_p50_ns"], 0)
        self.assertEqual(len(run.rows), 3)

    @need("nft")
    def test_ports_are_rewritten(self):
        """As by a router between the hosts: a flow is known by what it says, not by where it comes from."""
        rules = ('table ip nat { chain post { type nat hook postrouting priority 100; oifname "to-b" '
                 'meta l4proto { tcp, udp } masquerade to :50000-50999; }; }')
        done = subprocess.run([*self.hosts.inside("a"), "nft", rules], capture_output=True, text=True, timeout=20)
        if done.returncode:
            self.skipTest("this kernel rewrites no ports: " + done.stderr)
        self.addCleanup(subprocess.run, [*self.hosts.inside("a"), "nft", "delete table ip nat"], timeout=20)
        for modes_named in (("--tx", "send,sendfile"), ("--tx", "udp-send", "--rx", "udp-recv")):
            with self.subTest(modes=modes_named):
                self.setUp()
                for row in self.run_hosts(*ENDS, *QUICK, *modes_named, "--verify", "on", "--flows", 3).rows:
                    self.assert_sound(row)
                    self.assertEqual((row["verify_errors"], row["strangers"]), (0, 0))

    def test_each_end_is_recorded(self):
        run = self.run_hosts(*ENDS, *QUICK)
        ends = run.manifest["ends"]
        self.assertEqual(set(ends), {"tx", "rx"})
        for end, other in (("tx", "to-b"), ("rx", "to-a")):
            facts = ends[end]
            self.assertEqual(facts["kernel"], os.uname().release)
            self.assertRegex(facts["capabilities"], "^[0-9a-f]{16}$")
            self.assertEqual(facts["host"]["kernel"]["release"], os.uname().release)
            self.assertIn("congestion", [check["check"] for check in facts["checks"]])
            self.assertEqual(facts["build"]["version"], facts["zcbench"])
            self.assertGreaterEqual({trial["mode"] for trial in facts["modes"]}, {*modes(end), "null"})
            self.assertEqual({trial["direction"] for trial in facts["modes"]}, {end})
            for trial in facts["modes"]:
                self.assertEqual(trial["path"], "lo")
                self.assertTrue(trial["runs"] or len(trial["reason"]) > 20, trial)
            devices = [nic["name"] for nic in facts["host"]["nics"]]
            self.assertEqual(sorted(devices), sorted(["lo", "to-c", other]))  # of that host, and of no other
        self.assertEqual((ends["tx"]["agent"], ends["rx"]["agent"]), ("ssh:a", "ssh:b"))
        self.assertEqual((ends["tx"]["address"], ends["rx"]["address"]), (None, "10.77.3.2"))
        self.assertIsNotNone(run.rows[0]["tx_host_cpu_ns"])

    def test_coordinator_without_privilege(self):
        os.chmod(self.folder, 0o777)
        key = self.class_folder + "/hosts/nobody"
        os.makedirs(key, exist_ok=True)
        os.chmod(self.class_folder + "/hosts", 0o755)
        for name in ("key", "ssh_config"):
            shutil.copy(self.class_folder + "/hosts/" + name, key)
        with open(key + "/ssh_config") as file:
            config = file.read().replace("/hosts/key", "/hosts/nobody/key").replace("known_hosts", "nobody/known_hosts") \
                .replace("control-", "nobody/control-")
        with open(key + "/ssh_config", "w") as file:
            file.write(config)
        for name in (key, key + "/key", key + "/ssh_config"):
            os.chown(name, 65534, 65534)
        environment = dict(self.hosts.environment, ZCBENCH_SSH="ssh -F %s/ssh_config" % key, HOME="/nonexistent")
        shutil.copy(os.path.realpath(ZCBENCH), key + "/zcbench")
        child = start("run", "--out", self.folder, "--run-id", "r", *ENDS, *QUICK, env=environment,
                      before=[*self.hosts.inside("c"), *NOBODY])
        self.addCleanup(self.end, child)
        done = finish(child)
        self.assertEqual(done.status, 0, done)
        self.assert_sound(Run(self.folder + "/r").rows[0])
        self.assertEqual(os.stat(self.folder + "/r/samples.csv").st_uid, 65534)

    def credentials(self, pid):
        """Of an agent that has become its user; {} of one that has ended, or that is still on its way."""
        try:
            with open("/proc/%d/status" % pid) as file:
                status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
        except OSError:
            return {}
        return status if "65534" in status.get("Uid", "") and status.get("NoNewPrivs") == "1" else {}

    def agents_as_nobody(self, child):
        return wait_for("both agents as nobody", lambda: [
            status for status in map(self.credentials, self.hosts.agents()) if status][1:], child)

    def test_agents_without_privilege(self):
        child = self.start(*ENDS, "--agent-user", "nobody", "--duration", 2, "--repeats", 1, "--tx", "msg-zerocopy")
        run = Run(self.folder + "/r")
        seen = self.agents_as_nobody(child)
        groups = os.popen("id -G nobody").read().split()
        for status in seen:
            self.assertEqual(set(status["Uid"].split()), {"65534"})
            self.assertEqual(set(status["Gid"].split()), {"65534"})
            self.assertEqual(status["Groups"].split(), groups)
            self.assertEqual({status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")}, {"0" * 16})
            self.assertEqual(status["NoNewPrivs"], "1")
        self.assertEqual(finish(child).status, 0)
        self.assert_sound(run.rows[0])
        self.assertEqual(run.manifest["agent_user"], "nobody")
        self.assertIn("--agent-user nobody", self.resume(*ENDS[2:], status=1).err)
        self.resume(*ENDS[2:], "--agent-user", "nobody")
        for user, pattern in (("no-such-user", "no such user"), ("$(x)", "no name of a user")):
            self.setUp()
            done = finish(self.start(*ENDS, *QUICK, "--agent-user", user))
            self.assertIn(done.status, (1, 3), done)
            self.assertRegex(done.out + done.err, pattern)

    def test_agents_with_the_privilege_of_their_mode(self):
        """A mode that needs a capability runs as nobody too, with that one and no other."""
        child = self.start(*ENDS, "--agent-user", "nobody", "--duration", 1, "--repeats", 1, "--tx", "packet-mmap", "--rx",
                           "packet-mmap")
        seen = self.agents_as_nobody(child)
        self.assertEqual(finish(child).status, 0)
        for status in seen:
            self.assertEqual(set(status["Uid"].split()), {"65534"})
            self.assertEqual({status[name] for name in ("CapPrm", "CapEff")}, {"%016x" % (1 << 13)})  # CAP_NET_RAW
            self.assertEqual({status[name] for name in ("CapInh", "CapAmb")}, {"0" * 16})
            self.assertEqual(status["NoNewPrivs"], "1")
        self.assert_sound(Run(self.folder + "/r").rows[0])

    def test_any_command(self):
        """As srun, kubectl exec and docker exec would be used: words, and no shell."""
        ssh = "ssh -F %s/ssh_config" % self.hosts.folder
        marker = self.folder + "/marker"
        run = self.run_hosts("--path", "hosts", "--tx-agent", "cmd:%s a 'zcbench agent'" % ssh, "--rx-agent",
                             'cmd:%s b zcbench "agent"' % ssh, "--rx-address", "10.77.3.2", *QUICK)
        self.assert_sound(run.rows[0])
        done = finish(self.start("--path", "hosts", "--rx-agent", "cmd:true ; touch %s" % marker, "--rx-address",
                                 "10.77.3.2", *QUICK))
        self.assertEqual(done.status, 1, done)
        self.assertIn("rx agent ended without an answer", done.err)
        self.assertFalse(os.path.exists(marker))

    def test_namespaces_by_path(self):
        run = self.run_hosts("--path", "hosts", "--tx-agent", "netns:/proc/%d/ns/net" % self.hosts.children["a"].pid,
                             "--rx-agent", "netns:/proc/%d/ns/net" % self.hosts.children["b"].pid, "--rx-address",
                             "10.77.3.2", *QUICK)
        self.assert_sound(run.rows[0])

    def test_what_cannot_be(self):
        for options, reason in ((("--mtu", 1400), "--mtu"), (("--gro", "off"), "--gro"),
                                (("--family", "ipv6"), "--family")):
            with self.subTest(options=options):
                self.setUp()
                row = self.run_hosts(*ENDS, *QUICK, *options, status=4).rows[0]
                self.assertEqual(row["verdict"], "skip")
                self.assertIn(reason, row["reason"])

    def test_address_of_nobody(self):
        row = self.run_hosts(*ENDS[:-1], "10.77.3.77", *QUICK, status=3).rows[0]
        self.assertEqual(row["verdict"], "fail")
        self.assertIn("10.77.3.77", row["reason"])
        row = Run(self.folder + "/r").rows[0]
        self.setUp()
        row = self.run_hosts(*ENDS, "--tx-address", "10.77.3.77", *QUICK, status=3).rows[0]
        self.assertIn("--tx-address 10.77.3.77", row["reason"])

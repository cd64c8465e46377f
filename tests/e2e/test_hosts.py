# SPDX-License-Identifier: MIT
"""Runs between hosts: network namespaces behind real sshds (see hosts.py)."""
import json
import os
import shutil
import signal
import stat
import time
import unittest

import hosts
from cases import NOBODY, ZCBENCH, ZC_TX, Case, Run, call, finish, need_root, start, wait_for

ENDS = ("--path", "hosts", "--tx-agent", "ssh:a", "--rx-agent", "ssh:b", "--rx-address", "10.77.3.2")
QUICK = ("--bytes", "256K", "--repeats", 1)


class HostCase(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        reason = hosts.missing()
        if reason:
            raise unittest.SkipTest(reason)
        folder = cls.class_folder + "/hosts"
        os.mkdir(folder)
        cls.hosts = hosts.Hosts(folder)
        cls.addClassCleanup(cls.hosts.close)

    def start(self, *arguments, before=(), **options):
        """zcbench run as the coordinator, which is on a host of its own."""
        options.setdefault("env", self.hosts.environment)
        child = start("run", "--out", self.folder, "--run-id", "r", *arguments,
                      before=[*self.hosts.inside("c"), *before], **options)
        self.addCleanup(self.end, child)
        return child

    @staticmethod
    def end(child):
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        for stream in (child.stdout, child.stderr):
            if stream:
                stream.close()

    def run_hosts(self, *arguments, status=0, **options):
        done = finish(self.start(*arguments, **options))
        self.assertEqual(done.status, status, done)
        run = Run(self.folder + "/r")
        run.done = done
        return run

    def resume(self, *arguments, status=0):
        done = finish(start("run", "--resume", self.folder + "/r", *arguments, before=self.hosts.inside("c"),
                            env=self.hosts.environment))
        self.assertEqual(done.status, status, done)
        return done

    def assert_no_agent(self):
        wait_for("the end of all agents", lambda: not self.hosts.agents(), seconds=20)


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
            config = file.read().replace("/hosts/key", "/hosts/nobody/key").replace("known_hosts", "nobody/known_hosts")
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
        with open("/proc/%d/status" % pid) as file:
            lines = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
        return lines

    def test_agents_without_privilege(self):
        child = self.start(*ENDS, "--agent-user", "nobody", "--duration", 2, "--repeats", 1, "--tx", "msg-zerocopy")
        run = Run(self.folder + "/r")
        seen = wait_for("both agents as nobody", lambda: [
            status for status in map(self.credentials, self.hosts.agents()) if "65534" in status["Uid"]][1:], child)
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


class Reach(HostCase):
    """What can be wrong before the first row is said at once, and leaves no run behind."""

    def refused(self, *arguments, **options):
        done = finish(self.start(*arguments, *QUICK, **options))
        self.assertEqual(done.status, 1, done)
        self.assertFalse(os.path.exists(self.folder + "/r"))
        return done.err

    def test_unreachable(self):
        ends = list(ENDS)
        ends[5] = "ssh:a:1"
        self.assertRegex(self.refused(*ends), r"rx agent was not reached.*ssh://a:1")

    def test_not_installed(self):
        self.addCleanup(self.hosts.install)
        os.unlink(self.hosts.folder + "/bin/zcbench")
        self.assertRegex(self.refused(*ENDS), "tx agent is not there.*zcbench push a")

    def test_pushed(self):
        """The bundle starts although nothing is installed, and is found before what is."""
        self.addCleanup(self.hosts.install)
        self.addCleanup(shutil.rmtree, self.hosts.folder + "/home/.local", ignore_errors=True)
        self.hosts.install("#!/bin/sh\nexit 5\n")
        for hosts_named in (("a", "b"), ("a",)):  # and once more over what is there
            done = call("push", *hosts_named, before=self.hosts.inside("c"), env=self.hosts.environment)
            self.assertEqual(done.status, 0, done)
            self.assertRegex(done.out, r"a: zcbench \d.* in ~/.local/lib/zcbench")
        self.assertEqual(os.listdir(self.hosts.folder + "/home/.local/lib"), ["zcbench"])
        self.assert_sound(self.run_hosts(*ENDS, *QUICK).rows[0])
        for host, pattern in (("nobody-there", "was not reached"), ("-x", "no host")):
            done = call("push", host, before=self.hosts.inside("c"), env=self.hosts.environment)
            self.assertEqual(done.status, 1, done)
            self.assertRegex(done.err, pattern)

    def test_versions(self):
        self.addCleanup(self.hosts.install)
        for greeting, pattern in (("hello 1 0.0.9", "0.0.9.*protocol 1.*update zcbench on the agent's host"),
                                  ("hello 99 9.9 x y", "9.9.*protocol 99.*update zcbench here"),
                                  ("fail it is broken", "tx: it is broken"), ("welcome", "not due"),
                                  ("hello", "does not listen|did not greet|without an answer"),
                                  ("x" * 3000, "no line of the protocol")):
            with self.subTest(greeting=greeting[:20]):
                self.hosts.install("#!/bin/sh\necho %s\nexec cat > /dev/null\n" % greeting)
                self.assertRegex(self.refused(*ENDS), pattern)

    def test_hostile_facts(self):
        """Bounded and parsed: nothing of them is believed."""
        self.addCleanup(self.hosts.install)
        script = "#!/bin/sh\nread x\necho 'hello 2 0.1.0 6.1 0000'\nread x\n%s\nexec cat > /dev/null\n"
        for lines, pattern in (("echo 'json {'; echo done", "no JSON object"), ("echo 'json []'; echo done", "no JSON"),
                               ("echo done", "no JSON"), ("echo port 1", "not due"),
                               ("yes 'json xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'", "too long")):
            with self.subTest(lines=lines[:20]):
                self.hosts.install(script % lines)
                self.assertRegex(self.refused(*ENDS), "facts .*" + pattern)

    def test_options(self):
        for arguments, pattern in ((("--rx-agent", "ssh:b"), "--rx-address"),
                                   ((*ENDS[:-1], "b"), "no numeric address"),
                                   (ENDS[2:], "--path hosts"), (("--path", "hosts", "--rx-agent", "ssh:-ox"), "ssh:"),
                                   (("--path", "hosts", "--rx-agent", "carrier-pigeon:1"), "unknown")):
            with self.subTest(arguments=arguments):
                self.assertRegex(self.refused(*arguments), pattern)

    def test_no_experiment_names_a_command(self):
        """What a file says is never started."""
        with open(self.folder + "/x.yaml", "w") as file:
            file.write("path: hosts\nrx-agent: 'cmd:touch %s/marker'\n" % self.folder)
        self.assertIn("rx-agent", self.refused(self.folder + "/x.yaml"))
        self.assertFalse(os.path.exists(self.folder + "/marker"))


if __name__ == "__main__":
    unittest.main()

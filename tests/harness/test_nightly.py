# SPDX-License-Identifier: MIT
"""The nightly job as a whole, with a driver that plants its runs; and every command line of the
examples in harness/nightly/, run as cron, systemd or a CI would."""
import datetime
import json
import os
import re
import shlex
import shutil
import subprocess
import unittest
from unittest import mock

import planted
from fake_driver import MODES
from zcbench import controls

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLES = os.path.join(planted.TREE, "harness/nightly")
TODAY = datetime.datetime.now(datetime.timezone.utc).date()


def before(days):
    return (TODAY - datetime.timedelta(days=days)).isoformat()


class Job(unittest.TestCase):
    def setUp(self):
        self.folder = planted.scratch(self)
        self.history = os.path.join(self.folder, "history")
        self.bin = os.path.join(self.folder, "bin")
        os.makedirs(self.bin)
        library = os.path.join(self.bin, "zcbench-slow.so")
        with open(os.path.join(self.bin, "zcbench"), "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\n[ "$1" = run ] && exec "{HERE}/fake_driver.py" "$@"\n'
                       f'verb=$1; shift; exec "{self.bin}/zcbench-$verb" "$@"\n')
        os.chmod(file.name, 0o755)
        for verb in ("nightly", "history", "export"):
            os.symlink(os.path.join(planted.TREE, "harness/bin/zcbench-harness"), os.path.join(self.bin, f"zcbench-{verb}"))
        subprocess.run(["cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", library,
                        os.path.join(planted.TREE, "harness/slow/slow_send.c")], check=True)
        self.environment = {**os.environ, "ZCBENCH": os.path.join(self.bin, "zcbench"), "HOME": self.folder,
                            "PATH": self.bin + ":" + os.environ["PATH"]}
        for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
            self.environment.pop(name, None)

    def past(self, nights, history=None):
        """Quiet nights up to yesterday."""
        for i in range(nights, 0, -1):
            plan = [({"tx": tx}, lambda block, i=i: {"goodput": 1e9 * (1 + 0.002 * (i % 3)), "started_at": f"{before(i)}T01:00:00.000Z"})
                    for tx in MODES.split(",")]
            planted.write(os.path.join(history or self.history, before(i)), planted.cells(before(i), plan, 8), run_id=before(i))

    def shell(self, command, **environment):
        return subprocess.run(["bash", "-e", "-c", command], cwd=self.folder, capture_output=True, text=True, timeout=120,
                              env={**self.environment, **environment})

    def nightly(self, *words, **environment):
        words = ["zcbench", "nightly", os.path.join(planted.TREE, "experiments/nightly.yaml"), "--dir", self.history, "--no-report", *words]
        return self.shell(shlex.join(words), **environment)

    def control(self):
        with open(os.path.join(self.history, controls.NAME), encoding="utf-8") as file:
            return json.load(file)

    def put_control(self, days, slow=2, same=0, history=None):
        history = history or self.history
        os.makedirs(history, exist_ok=True)
        with open(os.path.join(history, controls.NAME), "w", encoding="utf-8") as file:
            json.dump({"night": before(days), "slow": slow, "same": same, "half": 0.01}, file)

    def test_first_night_makes_its_control(self):
        done = self.nightly()
        self.assertEqual(done.returncode, 4, done.stdout + done.stderr)
        self.assertIn("a sender slowed by 5 % was found", done.stdout)
        self.assertEqual((self.control()["slow"], self.control()["same"], self.control()["rounds"]), (2, 0, 8))
        left = [n for n in os.listdir(self.history) if not re.fullmatch(r"\d{8}T\d{6}Z-nightly(-\d)?|control.json|\.zcbench-index\.sqlite.*", n)]
        self.assertEqual(left, [])

    def test_control_is_weekly(self):
        self.past(16)
        self.put_control(3)
        done = self.nightly()
        self.assertEqual((done.returncode, self.control()["night"]), (0, before(3)), done.stdout)
        for more in (dict(days=7), dict(days=1, slow=0), dict(days=1, same=2), dict(days=-3)):
            self.put_control(**more)
            self.assertTrue(controls.due(self.history, TODAY.isoformat()), more)
        self.put_control(1, slow=0)
        done = self.nightly("--control", "never")
        self.assertEqual((done.returncode, self.control()["night"]), (3, before(1)))
        self.assertIn("was not found", done.stdout)
        os.unlink(os.path.join(self.history, controls.NAME))
        self.assertEqual(self.nightly("--control", "never").returncode, 0)

    def test_control_that_cannot_be_made_is_told(self):
        """The night is judged all the same."""
        self.past(16)
        with mock.patch.dict(os.environ, self.environment), mock.patch("zcbench.nightly.beside", return_value=None):
            status, out, _ = planted.verb("nightly", os.path.join(planted.TREE, "experiments/nightly.yaml"), "--dir", self.history,
                                          "--no-report")
        self.assertEqual(status, 3)
        self.assertIn("no control could be made: there is no zcbench-slow.so", out)
        self.assertIn("10 same", out)

    def test_suspect_is_measured_again(self):
        self.past(20)
        self.put_control(1)
        done = self.nightly("--", "--repeats", "8", FAKE_SLOW="sendfile")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("1 suspect cells: measured again", done.stdout)
        self.assertEqual(sum(name.endswith(".rerun") for name in os.listdir(self.history)), 1)

    def test_driver_that_fails(self):
        for status in ("1", "130"):
            done = self.nightly(FAKE_STATUS=status)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"ended with status {status}", done.stderr)
            self.assertEqual(os.listdir(self.history), [])
        self.assertEqual(self.nightly("--what").returncode, 1)

    def test_some_repeats_failed(self):
        self.past(16)
        self.put_control(1)
        self.assertEqual(self.nightly(FAKE_STATUS="3").returncode, 0)

    def test_check_control(self):
        """Measuring and judging apart; what was stopped goes on; alarms end with 1."""
        words = [os.path.join(HERE, "control.py"), os.path.join(self.folder, "runs")]

        def control(*more, **environment):
            done = subprocess.run(["/usr/bin/python3", *words, *more], capture_output=True, text=True, env={**self.environment, **environment})
            return done.returncode, done.stdout

        status, first = control("--runs", "3", "--rounds", "2")
        self.assertIn("A/A: 0 alarms in 3 attempts", first)
        self.assertIn("each two of 3 runs of experiments/nightly.yaml (5 cells, 8 repeats of 1 s)", first)
        self.assertIn("slowed by 5 %: found (6 rounds", first)
        self.assertEqual(status, 0)
        self.assertEqual(control("--judge"), (0, first))
        shutil.rmtree(os.path.join(self.folder, "runs", "004.same"))
        status, more = control("--runs", "4", "--rounds", "2", FAKE_SLOW="splice")
        self.assertEqual(status, 1)
        self.assertIn("A/A: 3 alarms in 6 attempts", more)
        self.assertIn("001.night to 004.night: splice > recv", more)
        self.assertIn("(8 rounds", more)

    def test_slowed_by_what_it_says(self):
        """The clocks that it reads must not slow the sender by more than the share."""
        work = os.path.join(self.folder, "work")
        subprocess.run(["cc", "-O2", "-D_GNU_SOURCE", "-o", work, os.path.join(HERE, "slow_work.c")], check=True)

        def cost(percent):
            more = {"LD_PRELOAD": os.path.join(self.bin, "zcbench-slow.so"), "ZCBENCH_SLOW_PERCENT": str(percent)} if percent else {}
            return float(subprocess.run([work], capture_output=True, text=True, check=True, env={**self.environment, **more}).stdout)

        # In turn, since the machine's own speed changes; the least of many nears what it costs undisturbed.
        least = dict.fromkeys((0, 5, 50), float("inf"))
        for _ in range(40):
            least = {percent: min(known, cost(percent)) for percent, known in least.items()}
            some, much = (least[percent] / least[0] for percent in (5, 50))
            if 1.03 < some < 1.09 and 1.4 < much < 1.7:
                return
        self.fail(str(least))

    def example(self, name):
        with open(os.path.join(EXAMPLES, name), encoding="utf-8") as file:
            return file.read()

    def here(self, command):
        """The command of an example, with this test's folders in place of an installation's, and with
        the week's control made: making one has tests of its own."""
        for name in ("nightly", "zcbench-history"):
            self.put_control(1, history=os.path.join(self.folder, name))
        return (command.replace("/usr/local/share/zcbench/", planted.TREE + "/").replace("/usr/local/bin/", "")
                .replace("/var/lib/prometheus/node-exporter", self.folder).replace("/var/lib/zcbench", self.folder))

    def test_cron(self):
        lines = [line for line in self.example("crontab.example").splitlines() if line and not line.startswith("#")]
        self.assertTrue(lines)
        for line in lines:
            *when, user, command = line.split(None, 6)
            self.assertTrue(all(re.fullmatch(r"[\d*,/-]+", field) for field in when) and user == "root", line)
            self.assertNotIn("%", command)  # a line break to cron
            done = self.shell(self.here(command))
            self.assertEqual(done.returncode, 4, done.stderr)

    def test_github_actions(self):
        import yaml
        tree = yaml.safe_load(self.example("github-actions.yml"))
        self.assertEqual(set(tree), {"name", True, "jobs"})  # YAML 1.1 reads the key `on` as true
        steps = [step for job in tree["jobs"].values() for step in job["steps"]]
        commands = [step["run"] for step in steps if "run" in step]
        summary = os.path.join(self.folder, "summary.md")
        self.past(16, os.path.join(self.folder, "zcbench-history"))
        for command in commands:
            done = self.shell(self.here(command), GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=summary)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        kept = next(step["with"]["path"] for step in steps if "upload" in step.get("uses", ""))
        for path in kept.split():
            self.assertTrue(os.path.exists(os.path.join(self.folder, path)), path)
        with open(summary, encoding="utf-8") as file:
            self.assertIn("## zcbench history", file.read())
        shutil.rmtree(os.path.join(self.folder, "zcbench-history"))
        young = self.shell(self.here(commands[0]))
        self.assertEqual(young.returncode, 0, young.stderr)  # too few nights is no failure

    def test_gitlab(self):
        import yaml
        job = yaml.safe_load(self.example("gitlab-ci.yml"))["zcbench"]
        for command in job["script"]:
            done = self.shell(self.here(command))
            self.assertIn(done.returncode, job["allow_failure"]["exit_codes"], done.stderr)
        for path in (*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]):
            self.assertTrue(os.path.exists(os.path.join(self.folder, path)), path)

    def unit(self):
        """{key: values} of the service, with lines joined as systemd joins them."""
        found = {}
        for line in re.sub(r"\\\n\s*", " ", self.example("zcbench-nightly.service")).splitlines():
            name, is_setting, value = line.partition("=")
            if is_setting and not line.startswith("#"):
                found.setdefault(name, []).append(value)
        return found

    def test_service(self):
        unit = self.unit()
        [command] = unit["ExecStart"]
        done = self.shell(self.here(command))
        self.assertIn(str(done.returncode), unit["SuccessExitStatus"], done.stdout + done.stderr)
        for name in ("junit.xml", "verdict.json"):
            self.assertTrue(os.path.exists(os.path.join(self.folder, name)))
        [after] = re.findall(r"^# ExecStopPost=-(.*)", self.example("zcbench-nightly.service"), re.M)
        done = self.shell(self.here(after))
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(os.path.join(self.folder, "zcbench.prom"), encoding="utf-8") as file:
            self.assertIn("# EOF", file.read())

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
    def test_systemd_accepts_the_units(self):
        for name in ("zcbench-nightly.service", "zcbench-nightly.timer"):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(self.example(name).replace("/usr/local/bin/", self.bin + "/"))
        done = subprocess.run(["systemd-analyze", "verify", os.path.join(self.folder, "zcbench-nightly.timer"),
                               os.path.join(self.folder, "zcbench-nightly.service")], capture_output=True, text=True)
        self.assertEqual((done.returncode, [line for line in done.stderr.splitlines() if "zcbench" in line]), (0, []), done.stderr)
        when = re.search(r"OnCalendar=(.*)", self.example("zcbench-nightly.timer"))[1]
        self.assertEqual(subprocess.run(["systemd-analyze", "calendar", when], capture_output=True).returncode, 0)


if __name__ == "__main__":
    unittest.main()

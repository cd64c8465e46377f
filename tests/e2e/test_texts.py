# SPDX-License-Identifier: MIT
"""What the program prints about itself: lists, help, man page, completion, doctor."""
import json
import os
import re
import shutil
import subprocess
import unittest

from cases import NOBODY, TREE, ZCBENCH, Case, Run, call, modes, need, need_root, paths, services

VERBS = ("run", "doctor", "list", "help", "agent")
BUILD = os.path.dirname(ZCBENCH)


class Texts(Case):
    def good(self, *arguments):
        done = call(*arguments)
        self.assertEqual(done.status, 0, done)
        self.assertEqual(done.err, "", done)
        self.assertTrue(done.out.endswith("\n"))
        return done.out

    def test_lists(self):
        self.assertIn("null", self.good("list", "modes"))
        self.assertEqual(len(set(modes("tx"))), len(modes("tx")))
        self.assertGreaterEqual(set(paths()), {"lo", "veth", "veth-xdp"})
        listed = self.good("list", "modes").splitlines()
        self.assertEqual({line.split()[2] for line in listed}, set(services()))
        for mode in (line.split()[1] for line in listed):
            self.assertRegex(mode, "^[a-z0-9-]+$")

    def test_experiments(self):
        done = call("list", "experiments", cwd=TREE)
        self.assertEqual(done.status, 0, done)
        for name in os.listdir(TREE + "/experiments"):
            with self.subTest(name=name):
                self.assertIn(name.rsplit(".", 1)[0], done.out)
                dry = call("run", "--dry-run", "experiments/" + name, cwd=TREE)
                self.assertEqual(dry.status, 0, dry)

    def test_fields_are_the_columns(self):
        columns = self.good("list", "fields").split("\n## Settings")[0]
        listed = [line.split("`")[1] for line in columns.splitlines() if line.startswith("| `")]
        run = self.run_new("--bytes", "4K")
        self.assertEqual(run.text().splitlines()[0].split(","), listed)

    def test_the_column_manual_is_current(self):
        file = TREE + "/results/COLUMNS.md"
        if not os.path.exists(file):
            self.skipTest("results/COLUMNS.md is not in the tree; make results/COLUMNS.md")
        with open(file) as text:
            self.assertEqual(text.read(), self.good("list", "fields"))

    def test_help(self):
        overview = self.good("help")
        for verb in VERBS:
            self.assertIn("  %s " % verb, overview)
            self.assertIn("Usage: zcbench " + verb, self.good("help", verb))
        text = self.good("help", "run")
        for option in ("--tx", "--size", "--out", "--resume", "--rx-size", "--limit"):
            self.assertIn(option, text)

    def test_verbs_in_programs_of_their_own(self):
        """The table names what the build made: all of the harness, and audit where it could."""
        _, _, table = self.good("help").partition("In programs of their own")
        told = {line.split()[0] for line in table.splitlines() if line.startswith("  ")}
        made = {name[8:] for name in os.listdir(BUILD) if name.startswith("zcbench-") and "." not in name}
        self.assertLessEqual(made, told)
        self.assertLessEqual(told - made, {"audit"})
        for verb in sorted(made - {"audit"}):
            self.assertIn("usage: zcbench " + verb, self.good("help", verb))
        done = call("help", "no-such")
        self.assertEqual((done.status, done.out), (1, ""))
        self.assertIn("no-such", done.err)

    def test_help_of_every_verb_by_option(self):
        for verb in VERBS:
            done = call(verb, "--help")
            self.assertEqual(done.status, 0, done)

    @need("man")
    def test_man_page(self):
        page = self.folder + "/zcbench.1"
        with open(page, "w") as file:
            file.write(self.good("help", "--man"))
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", page], capture_output=True, text=True,
                              env=dict(os.environ, MANWIDTH="80", MANPAGER="cat", MANROFFOPT="-ww"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for word in ("--rx-size", "SYNOPSIS", "--congestion", "msg-zerocopy"):
            self.assertIn(word, done.stdout)

    @need("mandoc")
    def test_man_page_by_mandoc(self):
        done = subprocess.run(["mandoc", "-Tlint", "-Werror"], input=self.good("help", "--man"),
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)

    def complete(self, *words):
        file = self.folder + "/zcbench.bash"
        with open(file, "w") as out:
            out.write(self.good("help", "--completion"))
        script = """
            source "$0" || exit 1
            f=$(complete -p zcbench | sed -E 's/.*-F ([^ ]+).*/\\1/')
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
            "$f" zcbench "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\\n' "${COMPREPLY[@]}" """
        self.assertEqual(subprocess.run(["bash", "-n", file]).returncode, 0)
        done = subprocess.run(["bash", "-c", script, file, *words], capture_output=True, text=True,
                              cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return [word.strip() for word in done.stdout.splitlines()]

    @need("bash")
    def test_completion(self):
        self.assertIn("run", self.complete("zcbench", "r"))
        self.assertIn("--tx", " ".join(self.complete("zcbench", "run", "--t")))
        self.assertEqual({w.rstrip("=") for w in self.complete("zcbench", "run", "--tx")} - {"--tx", "--tx-cpu", "--tx-address",
                                                                                            "--tx-agent"}, set())
        self.assertEqual(self.complete("zcbench", "list", "pa"), ["paths"])
        self.assertIn("msg-zerocopy", self.complete("zcbench", "run", "--tx", "msg"))

    def test_version(self):
        with open(TREE + "/bench/version.h") as file:
            version = file.read().split('ZCBENCH_VERSION "')[1].split('"')[0]
        self.assertIn(version, call("--version").out)

    def test_writing_to_a_closed_pipe(self):
        for arguments in ("help run", "list fields", "help --man"):
            done = subprocess.run("set -o pipefail; '%s' %s | true" % (ZCBENCH, arguments), shell=True,
                                  executable="/bin/bash", capture_output=True, text=True)
            self.assertEqual(done.stderr, "", arguments)


class Doctor(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.done = call("doctor", "--json")

    def test_a_row_for_each_mode_and_path(self):
        self.assertEqual(self.done.status, 0, self.done)
        told = json.loads(self.done.out)
        self.assertGreaterEqual({(m["direction"], m["mode"], m["path"]) for m in told["modes"]},
                                {(d, m, p) for d in ("tx", "rx") for m in modes(d) + ["null"] for p in paths()} |
                                {(d, m, "lo") for d in ("tx", "rx") for s in services() for m in modes(d, s)})
        for mode in told["modes"]:
            with self.subTest(mode=mode["mode"], path=mode["path"]):
                self.assertNotEqual(mode["verdict"], "fail", mode)
                self.assertEqual(mode["runs"], mode["verdict"] != "skip")
                if not mode["runs"]:
                    self.assertRegex(mode["reason"], r"\w+ \w+ \w+")
                if mode["path"] == "lo":
                    words = ("io_uring", "6.", "udmabuf", "dma-buf", "--path veth")
                    self.assertTrue(mode["runs"] or any(word in mode["reason"] for word in words), mode)

    def test_host(self):
        for check in json.loads(self.done.out)["host"]:
            self.assertIn(check["status"], ("good", "warning", "unknown", "bad"))
            self.assertTrue(check["finding"].endswith("."), check)
            if check["status"] == "warning":
                self.assertTrue(check["remedy"], check)


@need_root()
@need("setpriv")
class Unprivileged(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Where nobody can read it, whatever the modes of the folders above the build.
        cls.program = shutil.copy(ZCBENCH, cls.class_folder + "/zcbench")

    def setUp(self):
        super().setUp()
        os.chmod(self.folder, 0o777)

    def call(self, *arguments):
        done = subprocess.run([*NOBODY, self.program, *map(str, arguments)], capture_output=True, text=True,
                              timeout=180, stdin=subprocess.DEVNULL, cwd=self.folder)
        return done

    def rows(self, *arguments):
        done = self.call("run", "--out", self.folder, "--run-id", "r", "--repeats", 1, "--bytes", "256K", *arguments)
        self.assertIn(done.returncode, (0, 4), done)
        return Run(self.folder + "/r").rows

    def test_every_sender_on_lo(self):
        for row in self.rows("--tx", ",".join(modes("tx"))):
            with self.subTest(tx=row["tx"]):
                self.skip_if_skipped(row)
                self.assert_sound(row)

    def test_every_receiver_on_lo(self):
        for row in self.rows("--rx", ",".join(modes("rx"))):
            with self.subTest(rx=row["rx"]):
                self.skip_if_skipped(row)
                self.assert_sound(row)

    def test_namespaces_are_a_skip_with_a_sentence(self):
        for row in self.rows("--path", "veth,veth-xdp"):
            with self.subTest(path=row["path"]):
                self.assertEqual(row["verdict"], "skip", row["reason"])
                self.assertRegex(row["reason"], "CAP_NET_ADMIN|root")

    def test_doctor(self):
        done = self.call("doctor")
        self.assertEqual(done.returncode, 0, done)
        self.assertRegex(done.stdout, r"(?m)^ +lo +veth +veth-xdp +nics +hosts *$")
        number = re.search(r"(?m)^  tx  send +tcp +copied +(\[\d+\])", done.stdout)
        self.assertTrue(number, done.stdout)
        self.assertRegex(done.stdout, r"(?m)^  %s does not run: .*CAP_NET_ADMIN" % re.escape(number[1]))


if __name__ == "__main__":
    unittest.main()

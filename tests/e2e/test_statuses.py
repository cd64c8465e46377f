# SPDX-License-Identifier: MIT
"""Exit statuses, and errors that say what to change."""
import os
import stat

from cases import Case, call


class Statuses(Case):
    def test_fine(self):
        self.assertEqual(self.run_new("--bytes", "4K").done.status, 0)

    def assert_refused(self, done, *words):
        self.assertEqual(done.status, 1, done)
        self.assertEqual(done.out, "", done)
        for word in words:
            self.assertIn(word, done.err)
        self.assertNotIn("\n\n", done.err.strip())

    def refused(self, *arguments):
        return call("run", "--out", self.folder + "/none", *arguments)

    def test_bad_options(self):
        for arguments, words in ((("--nosuch", "1"), ("nosuch",)), (("--size", "x"), ("size", "x")),
                                 (("--tx", "sned"), ("sned", "send")), (("--size", "4K..1x"), ("1x",)),
                                 (("--flows", "0"), ("flows",)), (("--duration", "-1"), ("duration",)),
                                 (("--repeats", "1001"), ("repeats",)), (("--verify", "maybe"), ("maybe",)),
                                 (("--run-id", "a/b"), ("run-id",)), (("nosuch.yaml",), ("nosuch.yaml",))):
            with self.subTest(arguments=arguments):
                self.assert_refused(self.refused(*arguments), *words)
                self.assertFalse(os.path.exists(self.folder + "/none/a/b"))

    def test_bad_verbs(self):
        for arguments in (("nosuchverb",), ("list", "nosuch"), ("help", "nosuch"), ("doctor", "--nosuch")):
            with self.subTest(arguments=arguments):
                done = call(*arguments)
                self.assertEqual(done.status, 1, done)
                self.assertTrue(done.err)

    def test_bad_yaml_names_the_line(self):
        for text, line, word in (("name: x\ntx: send\nnosuch: 1\n", 3, "nosuch"),
                                 ("tx: [send,\n", None, ""), ("name: a\nsize: 4Q\n", 2, "4Q"),
                                 ("name: a\n\n\ntx:\n  - send\n  - sned\n", 6, "sned"),
                                 ("- a\n- b\n", 1, ""), ("tx: send\ntx: send\n", 2, "second time"), ("\tx: 1\n", 1, "")):
            with self.subTest(text=text):
                file = self.folder + "/bad.yaml"
                with open(file, "w") as out:
                    out.write(text)
                done = self.refused(file)
                self.assert_refused(done, "bad.yaml", word)
                if line:
                    self.assertRegex(done.err, r"(line |bad\.yaml:)%d\b" % line)

    def test_all_skipped(self):
        run = self.run_new("--tx", "null", "--rx", "recv", "--bytes", "4K", status=4, repeats=3)
        self.assertEqual([r["verdict"] for r in run.rows], ["skip"])  # once: it would be so each time
        self.assertIn("null", run.rows[0]["reason"])

    def test_a_skip_beside_a_measurement_is_fine(self):
        run = self.run_new("--tx", "null,send", "--bytes", "4K", status=0)
        self.assertEqual(sorted(r["verdict"] for r in run.rows), ["copied", "skip"])

    def test_a_folder_that_is_there(self):
        self.run_new("--bytes", "4K")
        self.assert_refused(call("run", "--out", self.folder, "--run-id", "r", "--bytes", "4K"), "--run-id")

    def test_a_folder_that_cannot_be_made(self):
        file = self.folder + "/file"
        open(file, "w").close()
        self.assert_refused(call("run", "--out", file, "--bytes", "4K"), "--out")

    def test_resume_of_nothing(self):
        self.assert_refused(call("run", "--resume", self.folder), "run.json")

    def test_resume_takes_no_other_experiment(self):
        run = self.run_new("--bytes", "4K")
        self.assert_refused(call("run", "--resume", run.folder, "--size", "4K"), "--resume")


class Outputs(Case):
    def test_quiet_is_silent(self):
        done = self.run_new("--bytes", "4K", "--quiet").done
        self.assertEqual((done.out, done.err), ("", ""))

    def test_plain_lines_without_a_terminal(self):
        done = self.run_new("--bytes", "4K", repeats=2).done
        self.assertNotIn("\r", done.out + done.err)
        self.assertNotIn("\033", done.out + done.err)
        self.assertIn("samples.csv", done.out)

    def test_csv_on_stdout_is_samples_csv(self):
        run = self.run_new("--tx", "send,null", "--bytes", "4K", "--csv", "-", repeats=3)
        self.assertEqual(run.done.out, run.text())
        self.assertEqual(len(run.rows), 4)

    def test_csv_in_a_file_is_samples_csv(self):
        run = self.run_new("--bytes", "4K", "--csv", self.folder + "/copy.csv", repeats=2)
        with open(self.folder + "/copy.csv", newline="") as file:
            self.assertEqual(file.read(), run.text())

    def test_dry_run_writes_nothing(self):
        done = call("run", "--dry-run", "--out", self.folder + "/none", "--tx", "send,null", "--size", "4K,8K")
        self.assertEqual(done.status, 0, done)
        self.assertEqual(os.listdir(self.folder), [])
        self.assertIn("4 cells, 2 of them make sense", done.out)

    def test_yaml_and_options(self):
        """The file first, whatever the order; an option overrides its key."""
        file = self.folder + "/e.yaml"
        with open(file, "w") as out:
            out.write("name: mine\nrepeats: 5\ntx: [send, sendmsg]\nsize: 4K..16K\nbytes: 32K\n")
        done = call("run", "--out", self.folder, "--run-id", "r", "--repeats", 1, file, "--size", "4K")
        self.assertEqual(done.status, 0, done)
        with open(self.folder + "/r/samples.csv") as text:
            self.assertEqual(len(text.readlines()), 3)

    def test_run_json(self):
        run = self.run_new("--bytes", "4K", "--seed", 42, repeats=2)
        manifest = run.manifest
        self.assertEqual((manifest["seed"], manifest["state"], manifest["run_id"]), (42, "complete", "r"))
        self.assertEqual(manifest["host"]["kernel"]["release"] if isinstance(manifest["host"].get("kernel"), dict)
                         else os.uname().release, os.uname().release)
        self.assertIn("--seed", manifest["arguments"])
        self.assertEqual({r["run_id"] for r in run.rows}, {"r"})
        self.assertEqual(stat.S_IMODE(os.stat(run.path("samples.csv")).st_mode) & 0o111, 0)

    def test_the_seed_decides_the_order(self):
        def order(seed, name):
            run = self.run_new("--tx", "send,sendmsg", "--size", "1K,2K,4K,8K", "--bytes", "8K", "--seed", seed,
                               repeats=2, name=name)
            return [(r["block"], r["cell"]) for r in run.rows]
        first = order(7, "a")
        self.assertEqual(first, order(7, "b"))
        self.assertNotEqual(first, order(8, "c"))
        self.assertEqual([b for b, _ in first], [1] * 8 + [2] * 8)
        self.assertEqual(sorted(c for _, c in first[:8]), list(range(1, 9)))

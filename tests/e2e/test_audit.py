# SPDX-License-Identifier: MIT
"""`zcbench audit`: the ledger of programs that know nothing of it."""
import json
import os
import signal
import subprocess
import time

from runner import process
from cases import ZCBENCH, need, need_root
from probing import AUDIT, ProbeCase, start_audit

SENDER = """
import socket, threading, sys, time
ls = socket.create_server(("127.0.0.1", 0)); c = socket.create_connection(ls.getsockname()); s, _ = ls.accept()
print("up", flush=True); sys.stdin.readline()
t = threading.Thread(target=lambda: [0 for _ in iter(lambda: s.recv(1 << 17), b"")]); t.start()
for i in range(10): c.sendall(b"a" * 100000)
c.close(); t.join(); sys.exit(%d)
"""


ENDLESS = """
import socket, threading
ls = socket.create_server(("127.0.0.1", 0)); c = socket.create_connection(ls.getsockname()); s, _ = ls.accept()
threading.Thread(target=lambda: [0 for _ in iter(lambda: s.recv(1 << 17), b"")]).start()
print("up", flush=True)
while True: c.sendall(b"e" * 100000)
"""


ZEROCOPY_SENDER = """
import socket, threading
ls = socket.create_server(("127.0.0.1", 0)); c = socket.create_connection(ls.getsockname()); s, _ = ls.accept()
t = threading.Thread(target=lambda: [0 for _ in iter(lambda: s.recv(1 << 17), b"")]); t.start()
c.setsockopt(socket.SOL_SOCKET, 60, 1)
for i in range(50): assert c.send(b"z" * 60000, 0x4000000) == 60000
c.close(); t.join()
"""


@need_root()
class Audit(ProbeCase):
    def test_command(self):
        """By way of zcbench, as git hands over; the command's status is ours."""
        done = subprocess.run([ZCBENCH, "audit", "--json", "--", "/usr/bin/python3", "-c", SENDER % 7], text=True,
                              capture_output=True, input="go\n", timeout=60)
        self.assertEqual(done.returncode, 7, done)
        ledger = json.loads(done.stdout[done.stdout.index("{"):])
        self.assertEqual(ledger["audited"]["tx_bytes"], 1000000)
        self.assertEqual(ledger["audited"]["rx_bytes"], 1000000)
        self.assertEqual(ledger["audited"]["tx_copied_bytes"], 1000000)
        self.assertEqual([d["name"] for d in ledger["devices"]], ["lo"])
        self.assertTrue(any("asked for zero-copy" in cause for cause in ledger["causes"]))

    def test_pid(self):
        """Sockets that were there before the audit, and an end of the process during it."""
        child = subprocess.Popen(["/usr/bin/python3", "-c", SENDER % 0], text=True, stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, preexec_fn=process.die_with_parent)
        child.stdout.readline()
        audit = start_audit("--pid", child.pid, "--json")
        child.communicate("go\n", timeout=30)
        ledger = json.loads(audit.communicate(timeout=30)[0])
        self.assertEqual(audit.returncode, 0)
        for name in ("tx_bytes", "tx_copied_bytes", "rx_bytes", "rx_copied_bytes"):
            self.assertEqual(ledger["audited"][name], 1000000 if self.layer[name] else None, name)

    def audited(self, *command):
        done = subprocess.run([AUDIT, "--json", "--", *command], text=True, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0, done)
        # The command's own output comes first, the ledger last.
        at = done.stdout.rindex('{\n  "seconds"')
        return done.stdout[:at], json.loads(done.stdout[at:])

    def test_copies(self):
        """Of a zero-copy sender over loopback: all bytes, late; a bound is given as no number."""
        program = os.path.join(self.folder, "sender.py")
        with open(program, "w") as file:
            file.write(ZEROCOPY_SENDER)
        ledger = self.audited("/usr/bin/python3", program)[1]
        audited, causes = ledger["audited"], "\n".join(ledger["causes"])
        self.assertEqual(audited["tx_referenced_bytes"], 3000000)
        self.assertIn("local delivery on lo copied", causes)
        if audited["unseen_bytes"]:
            self.assertIsNone(audited["copies_per_byte"])
            self.assertIn("see nothing", causes)
        else:
            self.assertEqual(audited["late_copied_bytes"], 3000000)
            self.assertEqual(audited["copies_per_byte"], 1)

    @need("curl")
    def test_curl(self):
        os.truncate(os.open(os.path.join(self.folder, "file"), os.O_CREAT | os.O_WRONLY), 5000000)
        server = subprocess.Popen(["/usr/bin/python3", "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "-d",
                                   self.folder], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                  preexec_fn=process.die_with_parent)
        try:
            port = server.stdout.readline().split(" port ")[1].split()[0]
            out, ledger = self.audited("curl", "-s", "-o", "/dev/null", "-w", "%{size_download} %{size_header} "
                                       "%{size_request}", "http://127.0.0.1:%s/file" % port)
        finally:
            server.kill()
            server.communicate()
        body, headers, request = map(int, out.split())
        self.assertEqual(body, 5000000)
        self.assertEqual(ledger["audited"]["rx_bytes"], body + headers)
        self.assertEqual(ledger["audited"]["rx_copied_bytes"], body + headers)
        self.assertEqual(ledger["audited"]["tx_bytes"], request)
        self.assertEqual([(d["name"], d["rx_bytes"]) for d in ledger["devices"]], [("lo", body + headers)])

    @need("iperf3")
    def test_iperf3_sendfile(self):
        """Its data goes by sendfile, its control connection by write."""
        server = subprocess.Popen(["iperf3", "-s", "-1", "-p", "5399", "--forceflush"], stdout=subprocess.PIPE, text=True,
                                  preexec_fn=process.die_with_parent)
        try:
            for line in server.stdout:
                if "listening" in line:
                    break
            out, ledger = self.audited("iperf3", "-c", "127.0.0.1", "-p", "5399", "-Z", "-n", "30M", "-J")
        finally:
            server.kill()
            server.communicate()
        sent = json.loads(out)["end"]["sum_sent"]["bytes"]
        self.assertGreaterEqual(sent, 30 << 20)
        self.assertEqual(ledger["audited"]["tx_spliced_bytes"], sent)
        self.assertLess(ledger["audited"]["tx_copied_bytes"], 10000)

    def test_killed(self):
        """The audited process dies in the middle: what it did until then is told."""
        child = subprocess.Popen(["/usr/bin/python3", "-c", ENDLESS], stdout=subprocess.PIPE, text=True,
                                 preexec_fn=process.die_with_parent)
        child.stdout.readline()
        audit = start_audit("--pid", child.pid, "--json")
        time.sleep(0.5)
        child.kill()
        child.communicate()
        ledger = json.loads(audit.communicate(timeout=30)[0])
        self.assertEqual(audit.returncode, 0)
        audited = ledger["audited"]
        self.assertGreater(audited["tx_bytes"], 100000)
        self.assertGreater(audited["rx_bytes"], 100000)
        if audited["tx_copied_bytes"] is not None:
            self.assertEqual(audited["tx_copied_bytes"], audited["tx_bytes"])

    def test_command_killed(self):
        done = subprocess.run([AUDIT, "--json", "--", "sh", "-c", "kill -9 $$"], text=True, capture_output=True,
                              timeout=60)
        self.assertEqual(done.returncode, 128 + signal.SIGKILL, done)
        self.assertEqual(json.loads(done.stdout)["audited"]["tx_bytes"], 0)

    def test_gone(self):
        done = subprocess.run([AUDIT, "--pid", "4194303"], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no such process", done.stderr)

    def test_interrupted(self):
        audit = start_audit("--port", 9)
        audit.send_signal(signal.SIGINT)
        out, _ = audit.communicate(timeout=30)
        self.assertEqual(audit.returncode, 0)
        self.assertIn("tx_bytes", out)

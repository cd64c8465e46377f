# SPDX-License-Identifier: MIT
"""`zcbench audit` of servers that others wrote, to the byte: what they sent is what we received."""
import json
import os
import signal
import socket
import subprocess

from runner import process
from cases import need, need_root, wait_for
from probing import AUDIT, ProbeCase

NGINX = """
daemon off; user root; worker_processes 1; pid %(folder)s/pid; error_log %(folder)s/errors;
events {}
http { access_log off; client_body_temp_path %(folder)s/t1; proxy_temp_path %(folder)s/t2; sendfile on;
  fastcgi_temp_path %(folder)s/t3; uwsgi_temp_path %(folder)s/t4; scgi_temp_path %(folder)s/t5;
  server { listen 127.0.0.1:%(port)d; root %(folder)s; } }
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def answer(port, request, until=None):
    """What the server says until so many bytes are there, or until it closes."""
    with socket.create_connection(("127.0.0.1", port)) as s:
        s.sendall(request)
        got = b""
        while until is None or len(got) < until:
            part = s.recv(1 << 20)
            if not part:
                break
            got += part
        return got


@need_root()
class Servers(ProbeCase):
    def setUp(self):
        super().setUp()
        self.port = free_port()

    def listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
            return True
        except ConnectionRefusedError:
            return False

    def serve(self, talk, *command):
        """What talk() returned, and the ledger of the server that it talked with."""
        audit = subprocess.Popen([AUDIT, "--json", "--", *command], text=True, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=process.die_with_parent)
        try:
            wait_for("server", lambda: self.listens() or audit.poll() is not None)
            answered = talk()
        finally:
            audit.send_signal(signal.SIGTERM)
            out, err = audit.communicate(timeout=60)
        self.assertEqual(audit.returncode, 0, err)
        return answered, json.loads(out[out.rindex('{\n  "seconds"'):])

    def expect(self, ledger, **numbers):
        for name, number in numbers.items():
            self.assertEqual(ledger["audited"][name], number if self.layer[name] else None, name)

    @need("nginx")
    def test_nginx_sendfile(self):
        """The file goes in pages of the page cache, the headers are copied."""
        with open(os.path.join(self.folder, "file"), "wb") as file:
            file.write(os.urandom(3000000))
        with open(os.path.join(self.folder, "conf"), "w") as file:
            file.write(NGINX % {"folder": self.folder, "port": self.port})
        request = b"GET /file HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
        got, ledger = self.serve(lambda: answer(self.port, request), "nginx", "-c", self.folder + "/conf",
                                 "-e", self.folder + "/errors")
        head = got.index(b"\r\n\r\n") + 4
        self.assertEqual(len(got) - head, 3000000)
        self.expect(ledger, rx_bytes=len(request), rx_copied_bytes=len(request), tx_bytes=len(got),
                    tx_spliced_bytes=3000000, tx_copied_bytes=head, tx_referenced_bytes=0)

    @need("redis-server")
    def test_redis(self):
        """It copies all that it sends, and the audit says what it could have asked for."""
        value = b"v" * 1000000
        requests = (b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\n" + value + b"\r\n", b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n")
        replies = (b"+OK\r\n", b"$1000000\r\n" + value + b"\r\n")
        got, ledger = self.serve(
            lambda: [answer(self.port, request, len(reply)) for request, reply in zip(requests, replies)],
            "redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--dir", self.folder)
        self.assertEqual(got, list(replies))
        sent, received = (sum(map(len, parts)) for parts in (replies, requests))
        self.expect(ledger, rx_bytes=received, rx_copied_bytes=received, tx_bytes=sent, tx_copied_bytes=sent,
                    tx_spliced_bytes=0, tx_referenced_bytes=0, late_copied_bytes=0)
        self.assertEqual(ledger["audited"]["copies_per_byte"], 1)
        self.assertTrue(any("asked for zero-copy" in cause for cause in ledger["causes"]), ledger["causes"])

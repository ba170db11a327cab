"""What the tests of access share: a haasd over TLS with users and nodes, and streams that are read until they end."""

import http.client
import json
import re
import socket
import ssl
import subprocess
import threading

from haas_e2e import BASIC, MOCK, Answer, Case, Haasd, basic

ADMIN_TOKEN = "Wrmbl-admin-0123456789"
# yescrypt of "secret": alice may work with a1 and a2, bert looks at all, rita administers r1.
HASH = "$y$j9T$sBS4K9kxpJeIX20t2BqGh1$4m.vJocKe73TNBgbEtn1cUeSHujBjekMO9O3N/Ycgz1"
ALICE = f"alice:{HASH}:operator:a[1-2],a9\n"
BERT = f"bert:{HASH}:viewer\n"
RITA = f"rita:{HASH}:admin:r[1-2]\n"
CONFIG = (BASIC.replace("127.0.0.1:0", "https://127.0.0.1:0")
          .replace("mode = none", "admin_token_file = admin.token\nusers_file = users")
          .replace("[extensions]", "[tls]\ncertificate = cert.pem\nprivate_key = key.pem\n[extensions]"))
AT_ONCE = 1.0  # seconds in which a stream must end

TRUSTING = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
TRUSTING.check_hostname = False
TRUSTING.verify_mode = ssl.CERT_NONE


class Secure(Haasd):
    """Its listener speaks TLS with a certificate that only a test would trust."""

    def start(self):
        self.launch()
        line = self._first_line()
        match = re.fullmatch(r"haasd: listening on https://127\.0\.0\.1:(\d+)\n", line)
        if not match:
            self.case.fail(f"no ready line but {line!r}; its log:\n{self.log()}")
        self.port = int(match[1])

    def connect(self, timeout=60):
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout, context=TRUSTING)

    def call(self, method, path, body=None, headers=None, timeout=60):
        connection = self.connect(timeout)
        try:
            if body is not None and not isinstance(body, (str, bytes)):
                body = json.dumps(body)
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read().decode())
        finally:
            connection.close()


class Stream:
    """A call whose answer has begun and goes on, read by a thread of its own until it ends."""

    def __init__(self, case, daemon, method, path, body, headers):
        self.connection = daemon.connect()
        self.connection.request(method, path, json.dumps(body) if body else None, headers)
        self.sock = self.connection.sock
        self.response = self.connection.getresponse()
        case.assertEqual(self.response.status, 200)
        self.text = b""
        self.whole = False
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        case.addCleanup(self.close)

    def _read(self):
        try:
            while piece := self.response.read1(65536):
                self.text += piece
            self.whole = True
        except (OSError, http.client.HTTPException):
            pass
        self.ended.set()

    def close(self):
        if self.sock.fileno() >= 0:
            self.sock.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.connection.close()


class Access(Case):
    def setUp(self):
        super().setUp()
        self.write("users", ALICE + BERT + RITA)
        self.write("admin.token", ADMIN_TOKEN + "\n")
        self.new_certificate()
        self.daemon = self.start_secure()
        self.admin = basic("admin", ADMIN_TOKEN)
        self.alice = basic("alice", "secret")
        for node in ("a1", "a2", "hidden"):
            self.ask("PUT", f"/node/{node}", {"obm": {"type": MOCK, "host": node, "password": "p"}, "metadata": {"rack": "7"}})

    def start_secure(self, extra=""):
        return Secure(self, CONFIG, extra, self.folder)

    def write(self, name, text):
        file = self.folder / name
        file.write_text(text)
        file.chmod(0o600)

    def new_certificate(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=haasd",
                        "-days", "2", "-keyout", self.folder / "key.pem", "-out", self.folder / "cert.pem"],
                       check=True, capture_output=True)
        (self.folder / "key.pem").chmod(0o600)

    def ask(self, method, path, body=None, headers=None):
        answer = self.daemon.call(method, path, body, self.admin if headers is None else headers)
        self.assertIn(answer.status, (200, 202), answer.body)
        return answer

    def open(self, method, path, body=None, headers=None):
        return Stream(self, self.daemon, method, path, body, headers or self.admin)

    def assertCut(self, stream, what, end):
        """`end` ends the stream at once, and not as if it were whole."""
        self.assertFalse(stream.ended.is_set(), f"{what}: ended before")
        end()
        self.assertTrue(stream.ended.wait(AT_ONCE), f"{what}: still open after {AT_ONCE} s")
        self.assertFalse(stream.whole, f"{what}: ended as if it were whole: {stream.text[-200:]}")

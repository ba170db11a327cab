"""The API of the real daemon as real clients use it: curl, Python's http.client, bare sockets that misbehave."""

import concurrent.futures
import json
import re
import socket
import subprocess
import time
import unittest

import haas_e2e
from haas_e2e import BASIC, MOCK, Case



class Http(Case):
    def setUp(self):
        super().setUp()
        self.daemon = self.start(BASIC.replace("[auth]", "header_timeout = 1\nbody_timeout = 1\nmax_connections = 20\n"
                                               "allowed_origins = https://ui.example.org\n[auth]"))

    def raw(self, data, seconds=10):
        """Sends bytes, returns all that comes until the daemon closes."""
        with socket.create_connection(("127.0.0.1", self.daemon.port), timeout=seconds) as connection:
            connection.sendall(data)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
            return answer

    def curl(self, *arguments):
        return subprocess.run(["curl", "-sS", "--max-time", "20", *arguments], capture_output=True, text=True, check=True).stdout

    def url(self, path):
        return f"http://127.0.0.1:{self.daemon.port}{path}"

    def assertError(self, answer, status, type_, *words):
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        self.assertEqual(answer.json["type"], type_)
        for word in words:
            self.assertIn(word, answer.json["msg"])

    def test_curl_without_special_care(self):
        body = json.dumps({"obm": {"type": MOCK, "host": "h"}})
        self.assertEqual(self.curl("-X", "PUT", self.url("/node/n1"), "-d", body), "")  # as form data: parsed all the same
        self.assertEqual(self.curl("-X", "POST", self.url("/node/n1/power_on")), "")
        self.assertEqual(json.loads(self.curl(self.url("/v0/node/n1/power_status"))), {"power_status": "on"})
        self.assertIn("HTTP/1.1 200 OK", self.curl("-I", self.url("/nodes/all")))
        large = self.folder / "large"
        large.write_text(json.dumps({"value": "x" * 200_000}))  # curl asks first: Expect: 100-continue
        said = self.curl("-v", "-X", "PUT", "-T", str(large), "-H", "Expect: 100-continue", "-o", "/dev/null", "-w", "%{http_code}",
                         self.url("/node/n1/metadata/big"))
        self.assertEqual(said, "200")

    def test_a_body_of_10_mb_is_413(self):
        self.assertError(self.daemon.call("PUT", "/node/n1", b"x" * 10_000_000), 413, "ValidationError", "max_body")
        self.assertEqual(self.daemon.call("GET", "/nodes/all").json, [])

    def test_a_header_of_20_kib_is_431(self):
        self.assertError(self.daemon.call("GET", "/nodes/all", headers={"X-Long": "x" * 20_000}), 431, "ValidationError", "max_header")

    def test_slow_headers_and_a_slow_body_end(self):
        begin = time.monotonic()
        self.assertIn(b"408", self.raw(b"GET /nodes/all HT").split(b"\r\n")[0])
        self.assertIn(b"408", self.raw(b"PUT /node/n HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{").split(b"\r\n")[0])
        self.assertLess(time.monotonic() - begin, 8)

    def test_pipelined_requests_are_answered_in_order(self):
        request = b"GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
        answer = self.raw(request % (b"/nodes/all", b"") + request % (b"/no/such", b"") +
                          request % (b"/active_extensions", b"Connection: close\r\n"))
        self.assertEqual(re.findall(rb"HTTP/1\.1 (\d+)", answer), [b"200", b"404", b"200"])
        self.assertTrue(answer.endswith(b'["haas.ext.obm.ipmi","haas.ext.obm.mock"]'))

    def test_what_is_no_http_is_400(self):
        self.assertIn(b" 400 ", self.raw(b"\x16\x03\x01\x00\xa5\r\n\r\n").split(b"\r\n")[0])

    def test_smuggling_is_400(self):
        for header in (b"Content-Length: 5\r\nContent-Length: 6\r\n", b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"):
            answer = self.raw(b"PUT /node/n HTTP/1.1\r\nHost: localhost\r\n" + header + b"\r\nhello")
            self.assertIn(b" 400 ", answer.split(b"\r\n")[0])

    def test_a_web_page_must_not_press_buttons(self):
        foreign = self.daemon.call("POST", "/node/n1/power_off", headers={"Origin": "http://evil.example.com"})
        self.assertError(foreign, 403, "AuthorizationError", "http://evil.example.com", "allowed_origins")
        rebound = self.daemon.call("GET", "/nodes/all", headers={"Host": "evil.example.com"})
        self.assertEqual(rebound.status, 403)
        for own in (f"http://127.0.0.1:{self.daemon.port}", "https://ui.example.org"):
            self.assertEqual(self.daemon.call("GET", "/nodes/all", headers={"Origin": own}).status, 200, own)

    def test_methods_and_get_with_a_body(self):
        answer = self.daemon.call("PATCH", "/node/n1")
        self.assertError(answer, 405, "ValidationError", "PATCH")
        self.assertEqual(answer.headers["Allow"], "DELETE, GET, HEAD, PUT")
        self.assertError(self.daemon.call("GET", "/nodes/all", "{}"), 400, "ValidationError", "GET takes no body")

    def test_deep_json(self):
        self.assertError(self.daemon.call("PUT", "/node/n1", "[" * 100_000), 400, "ValidationError", "32 levels", "max_depth")

    def test_more_connections_than_allowed(self):
        held = [socket.create_connection(("127.0.0.1", self.daemon.port)) for _ in range(20)]
        try:
            answer = self.raw(b"GET /nodes/all HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertIn(b" 503 ", answer.split(b"\r\n")[0])
            self.assertIn(b"Retry-After", answer)
        finally:
            for connection in held:
                connection.close()

    def test_one_silent_node_delays_no_other(self):
        self.daemon.register("silent", MOCK, host="s", lose_completion=True)
        for index in range(10):
            self.daemon.register(f"n{index}", MOCK, host="h")
        with concurrent.futures.ThreadPoolExecutor(11) as pool:
            silent = pool.submit(self.daemon.call, "POST", "/node/silent/power_on", timeout=0.5)
            begin = time.monotonic()
            answers = list(pool.map(lambda index: self.daemon.call("POST", f"/node/n{index}/power_on").status, range(10)))
            self.assertEqual(answers, [200] * 10)
            self.assertLess(time.monotonic() - begin, 10)  # the silent one's deadline is 30 s away
            self.assertIsInstance(silent.exception(), OSError)

    def test_a_lost_completion_ends_at_the_deadline(self):
        self.daemon.terminate()
        daemon = self.start(BASIC + "[haas.ext.obm.mock]\ndeadline = 1\n")
        daemon.register("lost", MOCK, host="l", lose_completion=True, fail_verb="reset", power="on")
        answer = daemon.call("POST", "/node/lost/reset")
        self.assertEqual((answer.status, answer.json["code"]), (504, "timeout"))


if __name__ == "__main__":
    haas_e2e.main()

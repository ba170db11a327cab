"""The clients that were there before haasd, against a running one: docs/compatibility.md, row by row.

original_clients.py has their requests, byte for byte.
"""
import http.server
import json
import threading

import haas_e2e
from haas_e2e import BASIC, IPMI, MOCK, Case
from original_clients import (ADMIN, ADMIN_TOKEN, MALLORY, STRANGER, Client, FailedAPICall, Hil04, curl, followed_new, followed_old,
                              haas, hil_new, hil_old)

# One user who administers, one who may look at n1 and n2 only; both have the password "secret" (yescrypt).
HASH = "$y$j9T$sBS4K9kxpJeIX20t2BqGh1$4m.vJocKe73TNBgbEtn1cUeSHujBjekMO9O3N/Ycgz1"
USERS = f"eve:{HASH}:admin\nmallory:{HASH}:viewer:n[1-2]\n"

OPEN = BASIC
CLOSED = BASIC.replace("mode = none", "admin_token_file = admin.token\nusers_file = users")


class Compat(Case):
    def once(self, request):
        """Over a connection of its own; status and body."""
        status, _, body = Client(self, self.daemon.port).send(request)
        return status, body

    def assertRefused(self, client, request, status, error_type, *words):
        with self.assertRaises(FailedAPICall) as caught:
            client.check(request)
        self.assertEqual((caught.exception.status, caught.exception.error_type), (status, error_type), caught.exception.message)
        for word in words:
            self.assertIn(word, caught.exception.message)

    def power(self, node, how=None):
        return self.daemon.call("GET", f"/v0/node/{node}/power_status", headers=how).json["power_status"]

    def start_closed(self):
        for name, text in (("users", USERS), ("admin.token", ADMIN_TOKEN + "\n")):
            file = self.folder / name
            file.write_text(text)
            file.chmod(0o600)
        return self.start(CLOSED)


REGISTER = b'{"obm": {"host": "h", "password": "p", "type": "http://schema.massopencloud.org/haas/v0/obm/mock", "user": "u"}}'


class HaasCommandLine(Compat):
    """haas/cli.py at 13ce16e4: no authentication, no /v0."""

    def setUp(self):
        super().setUp()
        self.daemon = self.start(OPEN)

    def test_a_session(self):
        self.assertEqual(self.once(haas(b"PUT", b"/node/n1", REGISTER)), (200, b""))
        self.assertEqual(self.once(haas(b"GET", b"/free_nodes")), (200, b'["n1"]'))
        status, body = self.once(haas(b"GET", b"/node/n1"))
        self.assertEqual(status, 200)
        shown = json.loads(body)
        self.assertEqual((shown["name"], shown["project"], shown["nics"]), ("n1", None, []))
        self.assertNotIn(b'"p"', body)
        self.daemon.call("PUT", "/node/n1/boot_device", {"bootdev": "disk"})
        self.assertEqual(self.once(haas(b"POST", b"/node/n1/power_cycle", b"{}")), (200, b""))  # it was off
        self.assertEqual(self.power("n1"), "on")
        # PXE for one boot took the disk's place, and was used up by that boot.
        self.assertEqual(self.daemon.call("GET", "/node/n1/boot_device").json, {"bootdev": "none", "persistent": False})
        for _ in range(2):
            self.assertEqual(self.once(haas(b"POST", b"/node/n1/power_off", b"{}")), (200, b""))
        self.assertEqual(self.power("n1"), "off")
        self.assertEqual(self.once(haas(b"DELETE", b"/node/n1")), (200, b""))
        self.assertEqual(self.once(haas(b"GET", b"/free_nodes")), (200, b"[]"))

    def test_what_goes_wrong_is_said_in_its_shape(self):
        client = Client(self, self.daemon.port)
        self.assertIsNone(client.check(haas(b"PUT", b"/node/n1", REGISTER)))
        self.assertRefused(client, haas(b"PUT", b"/node/n1", REGISTER), 409, "DuplicateError", "Node n1 already exists.")
        wrong = REGISTER.replace(b"obm/mock", b"obm/redfish")
        self.assertRefused(client, haas(b"PUT", b"/node/n2", wrong), 400, "BadArgumentError", "is not a valid OBM type.")
        self.assertRefused(client, haas(b"PUT", b"/node/n2", REGISTER.replace(b"host", b"hots")), 400, "ValidationError", "hots")
        self.assertRefused(client, haas(b"PUT", b"/node/n2", b"{"), 400, "ValidationError")
        self.assertRefused(client, haas(b"POST", b"/node/n2/power_cycle", b"{}"), 404, "NotFoundError", "n2")
        self.assertRefused(client, haas(b"POST", b"/node/n2/power_off", b"{}"), 404, "NotFoundError", "n2")
        self.assertRefused(client, haas(b"DELETE", b"/node/n2"), 404, "NotFoundError", "n2")
        self.assertRefused(client, haas(b"GET", b"/node/n2"), 404, "NotFoundError", "n2")
        self.assertRefused(client, haas(b"GET", b"/projects"), 404, "NotFoundError")
        for fail, status, error_type in (("unreachable", 502, "OBMError"), ("credentials", 502, "OBMError"), ("busy", 503, "BusyError"),
                                         ("timed_out", 504, "OBMError")):
            self.daemon.register(fail, MOCK, host="h", fail=fail)
            for call in (b"power_off", b"power_cycle"):
                self.assertRefused(client, haas(b"POST", f"/node/{fail}/".encode() + call, b"{}"), status, error_type)

    def test_where_haasd_is_stricter(self):
        client = Client(self, self.daemon.port)
        client.check(haas(b"PUT", b"/node/n1", REGISTER))
        self.assertRefused(client, haas(b"PUT", b"/node/n%201", REGISTER), 400, "ValidationError", "characters")
        self.assertRefused(client, haas(b"POST", b"/node/n1/power_off", b'{"force": true}'), 400, "ValidationError", "force")
        self.assertRefused(client, haas(b"GET", b"/nodes/mine"), 404, "NotFoundError")
        self.assertRefused(client, curl(b"GET", b"/nodes/all", b"{}"), 400, "ValidationError", "no body")
        self.assertRefused(client, haas(b"PUT", b"/node/n1/boot_device", b'{"bootdev": "A"}'), 400, "BadArgumentError")
        for device in (b"none", b"pxe", b"disk", b"cdrom", b"bios"):
            body = b'{"bootdev": "' + device + b'", "persistent": false}'
            self.assertIsNone(client.check(haas(b"PUT", b"/node/n1/boot_device", body)))
            self.assertEqual(client.check(haas(b"GET", b"/node/n1/boot_device")), {"bootdev": device.decode(), "persistent": False})

    def test_the_console_log(self):
        body = b'{"obm": {"type": "' + MOCK.encode() + b'", "host": "h", "console_text": "caf\\u00e9\\r\\nlogin: "}}'
        self.assertEqual(self.once(haas(b"PUT", b"/node/n1", body))[0], 200)
        self.assertEqual(self.once(haas(b"DELETE", b"/node/n1/console")), (200, b""))
        status, text = self.once(haas(b"GET", b"/node/n1/console"))
        self.assertEqual((status, json.loads(text)["msg"]), (404, "The console log for n1 does not exist."))
        self.assertEqual(self.once(haas(b"PUT", b"/node/n1/console", b"{}")), (200, b""))
        self.assertEqual(self.once(haas(b"POST", b"/node/n1/power_cycle"))[0], 200)
        haas_e2e.wait_for("the log", lambda: self.once(haas(b"GET", b"/node/n1/console"))[1].endswith(b"caf\r\nlogin: "))
        self.assertEqual(self.once(haas(b"DELETE", b"/node/n1/console")), (200, b""))
        self.assertEqual(self.once(haas(b"GET", b"/node/n1/console"))[0], 404)

    def test_a_form_that_is_json(self):
        """HIL took it for no body at all: a soft cycle instead of a reset, and 400 for a boot device."""
        self.daemon.register("n1", MOCK, host="h", power="on", fail="unsupported", fail_verb="power_cycle")
        self.assertEqual(self.once(curl(b"POST", b"/node/n1/power_cycle", b'{"force": true}')), (200, b""))
        self.assertEqual(self.once(curl(b"POST", b"/node/n1/power_cycle", b'{"force": false}'))[0], 501)
        self.assertEqual(self.once(curl(b"PUT", b"/node/n1/boot_device", b'{"bootdev": "disk"}')), (200, b""))
        self.assertEqual(self.daemon.call("GET", "/node/n1/boot_device").json, {"bootdev": "disk", "persistent": True})
        self.assertEqual(self.once(curl(b"POST", b"/node/n1/power_cycle", b"force=true"))[0], 400)


class HilClient(Compat):
    """hil/client of 0.2 (no /v0) and 0.3, with HTTP Basic."""

    def setUp(self):
        super().setUp()
        self.daemon = self.start_closed()

    def test_a_session_of_hil_0_3(self):
        for request in (hil_old, hil_new):
            with self.subTest(request.__name__):
                client = Client(self, self.daemon.port)
                self.assertIsNone(client.check(request(b"PUT", b"/v0/node/n1", REGISTER)))
                self.assertEqual(client.check(request(b"GET", b"/v0/nodes/all")), ["n1"])
                self.assertEqual(client.check(request(b"GET", b"/v0/nodes/free")), ["n1"])
                self.assertIsNone(client.check(request(b"PUT", b"/v0/node/n1/metadata/rack", b'{"value": "r7"}')))
                shown = client.check(request(b"GET", b"/v0/node/n1"))
                self.assertEqual((shown["name"], shown["project"], shown["nics"], shown["metadata"]), ("n1", None, [], {"rack": '"r7"'}))
                self.assertIsNone(client.check(request(b"POST", b"/v0/node/n1/power_cycle", b'{"force": false}')))
                self.assertIsNone(client.check(request(b"POST", b"/v0/node/n1/power_cycle", b'{"force": true}')))
                self.assertIsNone(client.check(request(b"POST", b"/v0/node/n1/power_off")))
                self.assertIsNone(client.check(request(b"PUT", b"/v0/node/n1/boot_device", b'{"bootdev": "pxe"}')))
                self.assertIsNone(client.check(request(b"DELETE", b"/v0/node/n1/metadata/rack")))
                self.assertRefused(client, request(b"GET", b"/v0/node/n1/console"), 404, "NotFoundError", "console log")
                self.assertIsNone(client.check(request(b"PUT", b"/v0/node/n1/console")))
                self.assertIsNone(client.check(request(b"DELETE", b"/v0/node/n1/console")))
                self.assertEqual(client.check(request(b"GET", b"/v0/active_extensions")), ["haas.ext.obm.ipmi", "haas.ext.obm.mock"])
                self.assertIsNone(client.check(request(b"DELETE", b"/v0/node/n1")))

    def test_a_session_of_hil_0_2(self):
        client = Client(self, self.daemon.port)
        self.assertIsNone(client.check(hil_old(b"PUT", b"/node/n1", REGISTER)))
        self.assertEqual(client.check(hil_old(b"GET", b"/nodes/all")), ["n1"])
        self.assertEqual(client.check(hil_old(b"GET", b"/nodes/free")), ["n1"])
        self.assertEqual(client.check(hil_old(b"GET", b"/node/n1"))["metadata"], {})
        self.assertIsNone(client.check(hil_old(b"POST", b"/node/n1/power_cycle", b'{"force": false}')))
        self.assertIsNone(client.check(hil_old(b"POST", b"/node/n1/power_cycle", b'{"force": true}')))
        self.assertIsNone(client.check(hil_old(b"POST", b"/node/n1/power_off")))
        self.assertIsNone(client.check(hil_old(b"PUT", b"/node/n1/console")))
        self.assertEqual(client.check(hil_old(b"GET", b"/active_extensions")), ["haas.ext.obm.ipmi", "haas.ext.obm.mock"])
        self.assertIsNone(client.check(hil_old(b"DELETE", b"/node/n1")))

    def test_errors_as_the_library_reads_them(self):
        client = Client(self, self.daemon.port)
        client.check(hil_new(b"PUT", b"/v0/node/n1", REGISTER))
        self.assertRefused(client, hil_new(b"PUT", b"/v0/node/n1", REGISTER), 409, "DuplicateError", "Node n1 already exists.")
        self.assertRefused(client, hil_new(b"GET", b"/v0/node/n9"), 404, "NotFoundError", "Node n9 does not exist.")
        self.assertRefused(client, hil_new(b"DELETE", b"/v0/node/n1/metadata/x"), 404, "NotFoundError")
        self.assertRefused(client, hil_new(b"PUT", b"/v0/node/n1/boot_device", b'{"bootdev": "tape"}'), 400, "BadArgumentError", "Invald boot device")
        self.assertRefused(client, hil_new(b"POST", b"/v0/node/n1/power_off", b'{"now": true}'), 400, "ValidationError", "now")
        self.assertRefused(client, hil_new(b"GET", b"/v0/project/p/nodes"), 404, "NotFoundError")
        # What HIL 0.4 serves itself is none of our calls, nor is a registration that points at an obmd.
        self.assertRefused(client, hil_new(b"PUT", b"/v0/node/n1/obm", b'{"enabled": true}'), 404, "NotFoundError")
        obmd = b'{"obmd": {"admin_token": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "uri": "http://127.0.0.1:1/node/n2"}}'
        self.assertRefused(client, hil_new(b"PUT", b"/v0/node/n2", obmd), 400, "ValidationError", "obmd")

    def test_who_may_not(self):
        client = Client(self, self.daemon.port)
        for node in (b"n1", b"n3"):
            client.check(hil_new(b"PUT", b"/v0/node/" + node, REGISTER))
        wrong = b"Authorization: Basic ZXZlOndyb25n\r\n"
        for who in (b"", wrong):
            self.assertRefused(client, hil_new(b"POST", b"/v0/node/n1/power_off", who=who), 401, "AuthorizationError")
        # A viewer of n1 and n2.
        self.assertEqual(client.check(hil_new(b"GET", b"/v0/nodes/all", who=MALLORY)), ["n1"])
        self.assertEqual(len(client.check(hil_new(b"GET", b"/v0/active_extensions", who=MALLORY))), 2)
        self.assertEqual(client.check(hil_new(b"GET", b"/obmd/node/n1/power_status", who=MALLORY)), {"power_status": "off"})
        self.assertRefused(client, hil_new(b"POST", b"/v0/node/n1/power_off", who=MALLORY), 401, "AuthorizationError")
        self.assertRefused(client, hil_new(b"PUT", b"/v0/node/n2", REGISTER, who=MALLORY), 401, "AuthorizationError")
        self.assertRefused(client, hil_new(b"POST", b"/v0/node/n3/power_off", who=MALLORY), 404, "NotFoundError", "Node n3 does not exist.")
        self.assertRefused(client, hil_new(b"POST", b"/v0/node/n4/power_off", who=MALLORY), 404, "NotFoundError", "Node n4 does not exist.")


class Hil04WithObmd(Compat):
    """obmd.uri points to /obmd/node/<n> of a haasd."""

    def setUp(self):
        super().setUp()
        self.daemon = self.start_closed()
        self.hil = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hil04)
        self.hil.nodes, self.hil.case = {}, self
        thread = threading.Thread(target=self.hil.serve_forever)
        thread.start()
        self.addCleanup(self.hil.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(self.hil.shutdown)
        self.admin = haas_e2e.basic("admin", ADMIN_TOKEN)

    def obmd(self, request):
        return self.once(request)

    def ask_hil(self, method, path, body=b""):
        return Client(self, self.hil.server_address[1]).send(hil_new(method, path, body, STRANGER))

    def follow(self, method, call, body=b"", send=followed_new):
        """Asks HIL, and goes where it points, with the same method and body: 307 says so."""
        status, headers, said = self.ask_hil(method, b"/v0/node/node-99/" + call, body)
        if status != 307:
            return status, said
        port, path = headers["location"].removeprefix("http://127.0.0.1:").split("/", 1)
        return Client(self, int(port)).send(send(method, b"/" + path.encode(), body))[::2]

    def enabled(self):
        """Registers node-99 as HIL's own test of its integration does, and enables its OBM; the token."""
        body = b'{"info": {"addr": "10.0.0.4", "NumWrites": 0}, "type": "mock"}'
        self.assertEqual(self.obmd(hil_new(b"PUT", b"/obmd/node/node-99", body, ADMIN)), (200, b""))
        uri = f"http://127.0.0.1:{self.daemon.port}/obmd/node/node-99"
        self.ask_hil(b"PUT", b"/v0/node/node-99", json.dumps({"obmd": {"uri": uri, "admin_token": ADMIN_TOKEN}}).encode())
        self.assertEqual(self.follow(b"POST", b"power_on")[0], 409)
        return self.enable()

    def enable(self, enabled=True):
        self.assertEqual(self.ask_hil(b"PUT", b"/v0/node/node-99/obm", json.dumps({"enabled": enabled}).encode())[0], 200)
        return self.hil.nodes["node-99"]["token"]

    def test_power_through_hil(self):
        self.assertRegex(self.enabled(), "^[0-9a-f]{32}$")
        for send in (followed_new, followed_old):
            with self.subTest(send.__name__):
                self.assertEqual(self.follow(b"POST", b"power_off", send=send), (200, b""))
                self.assertEqual(json.loads(self.follow(b"GET", b"power_status", send=send)[1]), {"power_status": "off"})
                self.assertEqual(self.follow(b"POST", b"power_on", send=send), (200, b""))
                self.assertEqual(json.loads(self.follow(b"GET", b"power_status", send=send)[1]), {"power_status": "on"})
                self.assertEqual(self.follow(b"PUT", b"boot_device", b'{"bootdev": "disk"}', send), (200, b""))
                for force in (b"true", b"false"):
                    self.assertEqual(self.follow(b"POST", b"power_cycle", b'{"force": ' + force + b"}", send), (200, b""))
        # A cycle left the boot device alone: obmd has no PXE step.
        shown = self.daemon.call("GET", "/node/node-99/boot_device", headers=self.admin)
        self.assertEqual(shown.json, {"bootdev": "disk", "persistent": True})

    def test_tokens_end(self):
        first = self.enabled()
        off = lambda token, node="node-99": self.obmd(
            hil_new(b"POST", f"/obmd/node/{node}/power_off?token={token}".encode(), who=b""))[0]
        self.assertEqual(off(first), 200)
        second = self.enable()
        self.assertEqual((off(first), off(second)), (401, 200))
        for wrong in ("", "0" * 32, second[:-1], "Z" * 32):
            self.assertEqual(off(wrong), 401, wrong)
        self.assertEqual(off(second, "nobody"), 401)
        self.assertEqual(self.obmd(hil_new(b"POST", b"/obmd/node/nobody/power_off", who=ADMIN))[0], 404)
        self.assertEqual(self.obmd(hil_new(b"POST", b"/obmd/node/node-99/power_off", who=ADMIN))[0], 200)
        # A token outlives a restart, as obmd's did not, and no log or file has it.
        self.daemon.terminate()
        log = self.daemon.log()
        self.daemon = self.start(CLOSED)
        self.assertEqual(off(second), 200)
        for token in (first, second, ADMIN_TOKEN):
            self.assertNotIn(token, log + self.daemon.log())
            for file in self.folder.glob("haas.db*"):
                self.assertNotIn(token.encode(), file.read_bytes())
        self.hil.nodes["node-99"]["uri"] = f"http://127.0.0.1:{self.daemon.port}/obmd/node/node-99"
        self.enable(False)
        self.assertEqual(off(second), 401)
        self.assertEqual(self.follow(b"POST", b"power_off")[0], 409)
        third = self.enable()
        self.assertEqual(self.obmd(hil_new(b"DELETE", b"/obmd/node/node-99", who=ADMIN)), (200, b""))
        self.assertEqual(off(third), 401)

    def test_the_administrators_calls(self):
        put = lambda node, body, who=ADMIN: self.obmd(hil_new(b"PUT", b"/obmd/node/" + node, body, who))
        ipmi = b'{"info": {"addr": "127.0.0.1:1", "pass": "tellnobody", "user": "ipmiuser"}, "type": "ipmi"}'
        self.assertEqual(put(b"n1", ipmi), (200, b""))
        shown = self.daemon.call("GET", "/node/n1", headers=self.admin)
        self.assertEqual(shown.json["obm"], {"type": IPMI, "host": "127.0.0.1:1", "user": "ipmiuser"})
        self.assertNotIn("tellnobody", shown.body)
        for node, body, status, error in ((b"n1", ipmi, 409, "DuplicateError"), (b"n2", b"{", 400, "ValidationError"),
                                          (b"n2", b'{"type": "dummy", "info": {"addr": "h"}}', 400, "BadArgumentError"),
                                          (b"n2", b'{"type": "ipmi"}', 400, "ValidationError")):
            answer = put(node, body)
            self.assertEqual((answer[0], json.loads(answer[1])["type"]), (status, error))
        stranger = b"Authorization: Basic YWRtaW46AAAA\r\n"
        for who in (b"", STRANGER, stranger, MALLORY):
            self.assertEqual(put(b"n2", ipmi, who)[0], 401)
            self.assertEqual(self.obmd(hil_new(b"POST", b"/obmd/node/n1/token", who=who))[0], 401)
            self.assertEqual(self.obmd(hil_new(b"DELETE", b"/obmd/node/n1", who=who))[0], 401)
        for _ in range(2):
            self.assertEqual(self.obmd(hil_new(b"DELETE", b"/obmd/node/n1", who=ADMIN)), (200, b""))
        for method in (b"POST", b"DELETE"):
            self.assertEqual(self.obmd(hil_new(method, b"/obmd/node/n1/token", who=ADMIN))[0], 404)

    def test_bodies(self):
        self.enabled()
        for body in (b"", b"force", b'{"force": 1}'):
            self.assertEqual(self.follow(b"POST", b"power_cycle", body)[0], 400, body)
        for body in (b"", b"{}", b'{"bootdev": "A"}'):
            self.assertEqual(self.follow(b"PUT", b"boot_device", body)[0], 400, body)


if __name__ == "__main__":
    haas_e2e.main()

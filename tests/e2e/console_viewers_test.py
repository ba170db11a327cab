"""Who may look at a console, who may type, and how many: fifty viewers of whom some do not read, tokens that end, tickets that
work once, and the trail that all of them leave."""
import os
import re
import time

import haas_e2e
from console_peer import Reader, Sockets, read, refusal
from fleet_test import Simulator
from haas_e2e import BASIC, MOCK, Case, wait_for

CLOSED = BASIC.replace("mode = none", "admin_token_file = admin.token")
ADMIN_TOKEN = "the administrator's own 0123456789"
AT_ONCE = 1.0  # seconds in which what was revoked must end
VIEWERS = int(os.environ.get("HAAS_CONSOLE_VIEWERS", "50"))


class Many(Case):
    def test_of_fifty_viewers_some_do_not_read(self):
        bmc = Simulator(self, 1, "--power", "on", "--console-period", "0", "--console-raw", "--console-rate", "150000")
        haasd = self.start()
        haasd.register_bmc("n1", bmc.host(1))
        haasd.call("PUT", "/node/n1/console")
        stream = "/v0/node/n1/console/stream?tail_bytes=0"
        stalled_raw = Reader(self, haasd, stream, small_window=True, reads=False)
        stalled_json = Reader(self, haasd, stream, {"Accept": "application/x-ndjson"}, small_window=True, reads=False)
        sockets = Sockets(self)
        typists = [sockets.connect(haasd, "n1") for _ in range(VIEWERS // 6)]
        readers = [Reader(self, haasd, stream) for _ in range(VIEWERS - 2 - len(typists))]
        wait_for("all are there", lambda: len(haasd.call("GET", "/v0/node/n1/console/state").json["viewers"]) == VIEWERS)
        wait_for("who cannot be told what he missed is cut off",
                 lambda: len(haasd.call("GET", "/v0/node/n1/console/state").json["viewers"]) == VIEWERS - 1)
        typists[0].send(b"<are you all there?>")
        begin = time.monotonic()
        for one in typists + readers:
            one.until_bytes(b"<are you all there?>", 5)
        print(f"all {len(typists) + len(readers)} saw it {time.monotonic() - begin:.2f} s after it was typed")
        for one in typists + readers:
            self.assertFalse(one.ended.is_set())
            data = bytes(one.bytes).replace(b"<are you all there?>", b"")
            numbers = [int(line) for line in re.findall(rb"\nmachine 00001 prints line (\d{10}) and it ends with [0-9a-f]{8}\r", data)]
            self.assertGreater(len(numbers), 1000)
            self.assertEqual(numbers, list(range(numbers[0], numbers[0] + len(numbers))))
            self.assertAlmostEqual(len(data), 64 * len(numbers), delta=256)
        stalled_raw.read()
        self.assertTrue(stalled_raw.ended.wait(haas_e2e.PATIENCE))
        self.assertFalse(stalled_raw.whole, "it ended as if it were whole")
        stalled_json.read()
        wait_for("who can be told is told", lambda: any(one["kind"] == "missing" for one in stalled_json.objects()))
        def went_on():
            objects = stalled_json.objects()
            after = next(at for at, one in enumerate(objects) if one["kind"] == "missing")
            return any(one["kind"] == "data" for one in objects[after:])
        wait_for("and goes on", went_on)
        at = None
        for one in stalled_json.objects():
            if one["kind"] == "missing":
                self.assertGreater(one["lost"], 0)
                at += one["lost"]
            elif one["kind"] == "data":
                self.assertEqual(one["offset"], at if at is not None else one["offset"])
                at = one["offset"] + len(one["data"])


class Rights(Case):
    def setUp(self):
        super().setUp()
        file = self.folder / "admin.token"
        file.write_text(ADMIN_TOKEN + "\n")
        file.chmod(0o600)
        self.haasd = self.start(CLOSED)
        self.admin = haas_e2e.basic("admin", ADMIN_TOKEN)
        self.sockets = Sockets(self)
        self.register("n1")

    def register(self, node, **fields):
        self.ask("PUT", f"/node/{node}", {"obm": {"type": MOCK, "host": "h", "password": "p", **fields}})
        self.ask("POST", f"/node/{node}/power_on")

    def ask(self, method, path, body=None, headers=None):
        answer = self.haasd.call(method, path, body, self.admin if headers is None else headers)
        self.assertEqual(answer.status, 200, answer.body)
        return answer

    def token(self, rights, node="n1"):
        """Its headers, its id."""
        made = self.ask("POST", f"/v0/node/{node}/token", {"rights": rights, "label": rights}).json
        return {"Authorization": "Bearer " + made["token"]}, made["id"]

    def attach(self, headers, query="replay=0"):
        one = self.sockets.connect(self.haasd, "n1", query, headers)
        one.until_connected()
        return one

    def audited(self, operation):
        return [one for one in self.ask("GET", "/v0/audit?node=n1").json["records"] if one["operation"] == operation]

    def test_who_may_read_may_not_type(self):
        looks, _ = self.token("console-read")
        types, _ = self.token("console-read,console-write")
        viewer, typist = self.attach(looks), self.attach(types)
        self.assertFalse(viewer.state()["you"]["may_write"])
        self.assertTrue(typist.state()["you"]["may_write"])
        viewer.send(b"rm -rf")
        viewer.until("refusal", lambda one: one.errors())
        self.assertEqual(viewer.errors()[0]["accepted"], 0)
        viewer.control(take=True)
        viewer.until("refusal", lambda one: len(one.errors()) == 2)
        typist.send(b"ls")
        for one in (viewer, typist):
            one.until_bytes(b"ls")
            self.assertEqual(bytes(one.bytes), b"ls", "nothing else was typed")
        for refused in (self.haasd.call("POST", "/v0/node/n1/console/steal", headers=looks),
                        refusal(self, self.haasd, "n1", "conflict=steal", looks)):
            self.assertIn(refused.status, (401, 403))
        status, _ = self.token("status")
        for path in ("/v0/node/n1/console/log", "/v0/node/n1/console/stream", "/node/n1/console", "/v0/node/n1/console/state"):
            self.assertIn(self.haasd.call("GET", path, headers=status).status, (401, 403), path)
        self.assertIn(refusal(self, self.haasd, "n1", headers=status).status, (401, 403))
        self.assertEqual(refusal(self, self.haasd, "n1").status, 401)

    def test_what_is_revoked_ends_at_once(self):
        holder, token = self.token("console-read,console-write")
        typist = self.attach(holder)
        reader = Reader(self, self.haasd, "/v0/node/n1/console/stream", holder)
        by_ticket = self.attach({}, "ticket=" + self.ask("POST", "/v0/node/n1/console/ticket", headers=holder).json["ticket"])
        typist.send(b"x")
        for one in (typist, reader, by_ticket):
            one.until_bytes(b"x")
        self.ask("DELETE", f"/v0/node/n1/token/{token}")
        begin = time.monotonic()
        for one in (typist, reader, by_ticket):
            self.assertTrue(one.ended.wait(max(0, AT_ONCE - (time.monotonic() - begin))), f"still open after {AT_ONCE} s")
        self.assertEqual((typist.code, by_ticket.code), (1008, 1008))
        self.assertFalse(reader.whole)

    def test_a_ticket_works_once(self):
        holder, _ = self.token("console-read")
        self.register("n2")
        made = self.ask("POST", "/v0/node/n1/console/ticket", headers=holder).json
        self.assertEqual(made["expires_in"], 30)
        self.assertNotEqual(refusal(self, self.haasd, "n2", "ticket=" + made["ticket"]).status, 200)
        one = self.attach({}, "ticket=" + made["ticket"])
        self.assertFalse(one.state()["you"]["may_write"], "it has the rights of who asked for it")
        self.assertEqual(refusal(self, self.haasd, "n1", "ticket=" + made["ticket"]).status, 401)
        self.assertEqual(refusal(self, self.haasd, "n1", "ticket=hwt_" + "A" * 43).status, 401)
        # It opens nothing else.
        other = self.ask("POST", "/v0/node/n1/console/ticket", headers=holder).json["ticket"]
        self.assertEqual(self.haasd.call("GET", "/v0/node/n1/console/log?ticket=" + other).status, 401)
        self.assertNotIn(made["ticket"], self.haasd.log())

    def test_one_types_and_the_hand_over_is_seen(self):
        first, _ = self.token("console-read,console-write")
        typist, second = self.attach(first), self.attach(self.admin)
        typist.send(b"a")
        second.until_bytes(b"a")
        typist.until("right", lambda one: one.state()["you"]["writer"])
        name = typist.state()["you"]["name"]
        self.assertEqual(second.state()["state"]["writer"], name)
        second.send(b"b")
        second.until("refusal", lambda one: one.errors())
        self.assertIn(name, second.errors()[0]["msg"])
        second.control(take=True)
        second.until("right", lambda one: one.state()["you"]["writer"])
        typist.until("loss", lambda one: not one.state()["you"]["writer"])
        self.assertIn(name, typist.events("writer")[-1]["text"])
        self.assertIn("admin", typist.events("writer")[-1]["text"])
        second.send(b"c")
        typist.until_bytes(b"ac")
        typist.send(b"d")
        typist.until("refusal", lambda one: one.errors())
        second.until_bytes(b"ac")
        self.assertEqual(bytes(second.bytes), b"ac")
        second.control(take=False)
        second.until("release", lambda one: not one.state()["state"]["writer"])
        typist.send(b"e")
        second.until_bytes(b"ace")
        self.assertEqual({one["who"] for one in self.audited("console_attach")}, {name, "admin"})
        grabs = [(one["who"], one.get("detail") or one.get("error") or "") for one in reversed(self.audited("console_grab"))]
        self.assertEqual([who for who, _ in grabs], [name, "admin", name])
        self.assertIn(name, str(self.audited("console_grab")[1]))

    def test_a_steal_is_audited(self):
        self.ask("PATCH", "/v0/node/n1", {"obm": {"console_owner": "somebody"}})
        refused = self.haasd.call("GET", "/v0/node/n1/console/stream", headers=self.admin)
        self.assertEqual(refused.status, 503)
        self.assertIn("somebody", refused.json["msg"])
        self.assertTrue(self.ask("POST", "/v0/node/n1/console/steal").json["connected"])
        steals = self.audited("console_steal")
        self.assertEqual([one["who"] for one in steals], ["admin"])
        self.assertIn("somebody", str(steals[0]))

    def test_a_deleted_node_takes_its_history_along_unless_it_is_to_stay(self):
        def begin():
            self.register("n3")
            self.ask("PUT", "/node/n3/console")
            one = self.sockets.connect(self.haasd, "n3", "replay=0", self.admin)
            one.until_connected()
            one.send(b"remember")
            wait_for("it is stored", lambda: b"remember" in self.log("n3"))
        begin()
        self.ask("DELETE", "/node/n3")
        self.register("n3")
        self.assertEqual(self.log("n3"), b"")
        self.ask("DELETE", "/node/n3")
        begin()
        self.ask("DELETE", "/node/n3?keep_console=1")
        self.assertEqual(self.haasd.call("GET", "/v0/node/n3/console/log", headers=self.admin).status, 404)
        self.register("n3")
        self.assertEqual(self.log("n3"), b"remember")

    def log(self, node):
        return read(self.haasd, f"/v0/node/{node}/console/log", self.admin)

    def test_obmd_streams_without_end(self):
        token = self.ask("POST", "/obmd/node/n1/token").json["token"]
        typist = self.attach(self.admin)
        typist.send(b"before")
        typist.until_bytes(b"before")
        reader = Reader(self, self.haasd, "/obmd/node/n1/console?token=" + token)
        self.assertEqual(reader.response.headers["Content-Type"], "application/octet-stream")
        typist.send(b" and after")
        reader.until_bytes(b" and after")
        self.assertEqual(bytes(reader.bytes), b" and after", "what is live, and nothing of before")
        self.ask("DELETE", "/obmd/node/n1/token")
        self.assertTrue(reader.ended.wait(AT_ONCE))


if __name__ == "__main__":
    haas_e2e.main()

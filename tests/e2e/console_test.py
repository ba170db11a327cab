"""The console of a node from end to end: BMCs of haas-bmcsim and ipmi_sim behind haasd, WebSocket clients of Debian before it,
and ipmitool beside it, who wants the same console."""
import json
import random
import re
import signal
import time
import unittest

import haas_e2e
from console_peer import AtOnce, IpmiSimWithSerial, IpmitoolSol, Reader, Sockets, ipmitool, read, refusal
from fleet_test import Simulator
from haas_e2e import Case, wait_for

ALL_BYTES = bytes(range(256))
PASTE = 64 * 1024


class Console(Case):
    """One node, "n1"; a subclass says what it is."""

    def setUp(self):
        super().setUp()
        self.sockets = Sockets(self)
        self.haasd = None

    def begin(self, host, **fields):
        self.host = host
        self.haasd = self.start()
        self.assertEqual(self.haasd.register_bmc("n1", host, **fields).status, 200)

    def ask(self, method, path, body=None):
        answer = self.haasd.call(method, path, body)
        self.assertEqual(answer.status, 200, answer.body)
        return answer

    def state(self):
        return self.ask("GET", "/v0/node/n1/console/state").json

    def record(self):
        self.assertEqual(self.ask("PUT", "/node/n1/console").body, "")
        self.until_connected()

    def until_connected(self, patience=haas_e2e.PATIENCE):
        wait_for("the console is connected", lambda: self.state()["connected"], patience)

    def attach(self, query="replay=0"):
        one = self.sockets.connect(self.haasd, "n1", query)
        one.until_connected()
        return one

    def type(self, typist, text):
        """In two packets: ipmi_sim takes the first packet of an activation for a repeat if it has the number of the last one
        of the activation before, and drops it."""
        seen = len(typist.bytes)
        for part in (text[:1], text[1:]):
            typist.send(part)
            typist.until(f"echo of {part!r}", lambda one: one.bytes[seen:].endswith(part))

    def log(self):
        return read(self.haasd, "/v0/node/n1/console/log")

    def until_log(self, wanted):
        return wait_for(f"{wanted!r} is in the log", lambda: wanted in (log := self.log()) and log)

    def lines(self, query=""):
        return [json.loads(line) for line in
                self.ask("GET", "/v0/node/n1/console/log?format=ndjson" + query).body.splitlines()]

    def marks(self, kind):
        return [line for line in self.lines() if line["kind"] == kind]


class Both:
    """What must hold with every BMC."""

    def test_it_is_recorded_shown_live_and_typed_into(self):
        missing = self.haasd.call("GET", "/node/n1/console")
        self.assertEqual((missing.status, missing.json["type"]), (404, "NotFoundError"))
        self.record()
        reader = Reader(self, self.haasd, "/v0/node/n1/console/stream?tail_bytes=0")
        typist = self.attach()
        typist.send(b"ls\x1b[1m \xc3\xa9")
        echo = self.echo_of(b"ls\x1b[1m \xc3\xa9")
        typist.until_bytes(echo)
        reader.until_bytes(echo)
        self.until_log(echo)
        # HaaS's form of it has no byte above 127, and the plain one no control sequence.
        self.assertIn(echo.replace(b"\xc3\xa9", b"").decode(), self.ask("GET", "/node/n1/console").body)
        self.assertIn("ls \u00e9", read(self.haasd, "/v0/node/n1/console/log?format=text").decode())
        lines = self.lines()
        self.assertIn("ls\x1b[1m \u00e9", "".join(line["data"] for line in lines if line["kind"] == "data"))
        kinds = [line["kind"] for line in lines]
        for kind in ("capture_on", "connected", "writer", "typed"):
            self.assertIn(kind, kinds)
        # What was said to be the end is where one goes on.
        end = int(self.ask("GET", "/v0/node/n1/console/log").headers["X-Haas-Console-End"])
        typist.send(b"second")
        self.until_log(echo + self.echo_of(b"second"))
        self.assertEqual(self.ask("GET", f"/v0/node/n1/console/log?since={end}").body, self.echo_of(b"second").decode())
        self.assertEqual(self.ask("DELETE", "/node/n1/console").body, "")
        self.assertEqual(self.haasd.call("GET", "/node/n1/console").status, 404)
        self.assertIn(echo, self.log(), "the history stays")

    def test_all_bytes_survive_both_ways(self):
        self.raw()
        self.record()
        typist = self.attach()
        typist.send(ALL_BYTES)
        self.until_typed(ALL_BYTES)
        typist.until_bytes(ALL_BYTES)
        self.assertIn(ALL_BYTES, self.until_log(ALL_BYTES))

    def test_a_conflict_names_ipmitool_and_then_ipmitool_finds_it_taken(self):
        tool = IpmitoolSol(self, self.host)
        tool.until_operational()
        for answer in (refusal(self, self.haasd, "n1"), self.haasd.call("GET", "/v0/node/n1/console/stream")):
            self.assertEqual((answer.status, answer.json["code"]), (503, "busy"))
            self.assertRegex(answer.json["msg"], self.owner)
        self.assertRegex(self.state()["owner"], self.owner)
        tool.leave()
        wait_for("it can be had", lambda: self.haasd.call("POST", "/v0/node/n1/console/steal").status == 200)
        self.attach()
        self.assertRegex(ipmitool(self.host, "sol", "activate", check=False)[0], "SOL payload already active")

    def test_a_steal_is_one_and_not_a_fight(self):
        self.raw()
        tool = IpmitoolSol(self, self.host)
        tool.until_operational()
        self.record_in_vain()
        stolen = self.ask("POST", "/v0/node/n1/console/steal").json
        self.assertTrue(stolen["connected"])
        typist = self.attach()
        self.type(typist, b"stolen")
        self.assertNotIn(b"stolen", tool.seen)
        # He takes it back, and keeps it, however often we ask for it.
        ipmitool(self.host, "sol", "deactivate")
        again = IpmitoolSol(self, self.host)
        again.until_operational()
        wait_for("haasd has asked again", lambda: re.search(self.owner, self.state()["owner"] or ""), 60)
        self.assertFalse(self.state()["connected"])
        again.type(b"still")
        again.until(b"still")
        again.type(b" mine")
        again.until(b"still mine")
        typist.until("the loss is told", lambda one: one.events("stolen") or one.events("disconnected"))
        # When he leaves, nobody needs to ask for it.
        again.leave()
        self.until_connected(40)

    def test_it_comes_back_after_the_daemon_was_killed(self):
        self.raw()
        self.record()
        typist = self.attach()
        self.type(typist, b"before")
        self.until_log(b"before")
        typist.close()
        # The session of the killed one still has the console, until the BMC forgets it.
        self.forget_soon()
        self.haasd.terminate(signal.SIGKILL)
        self.haasd.process.stdout.close()
        self.haasd.start()
        self.assertIn(b"before", self.log())
        begin = time.monotonic()
        self.until_connected(90)
        print(f"connected {time.monotonic() - begin:.1f} s after the restart")
        typist = self.attach()
        self.type(typist, b"after")
        self.until_log(b"after")
        kinds = [line["kind"] for line in self.lines() if line["kind"] in ("data", "capture_on", "connected")]
        kinds = [kind for kind, before in zip(kinds, [None, *kinds]) if (kind, before) != ("data", "data")]
        self.assertEqual(kinds, ["capture_on", "connected", "data"] * 2, "the restart is to be seen")

    def test_power_is_marked(self):
        self.record()
        self.ask("POST", "/node/n1/power_off")
        self.ask("POST", "/node/n1/power_on")
        self.print_boot()
        self.until_log(b"login: ")
        texts = [line["text"] for line in self.marks("power")]
        self.assertTrue(any(text.startswith("power_off") for text in texts), texts)
        self.assertTrue(any(text.startswith("power_on") for text in texts), texts)


class Bmcsim(Both, Console):
    owner = r"in use by user 1 at 127\.0\.0\.1"

    def setUp(self):
        super().setUp()
        self.bmc = Simulator(self, 1, "--power", "on", "--console-period", "0", "--latency", "5")
        self.begin(self.bmc.host(1))

    def raw(self):
        self.bmc.ask("at all: console-raw")

    def echo_of(self, typed):
        return typed

    def forget_soon(self):
        self.bmc.ask("at all: session-timeout=5")

    def until_typed(self, data):
        wait_for("all is typed", lambda: self.bmc.ask("counters 1")["sol_in"] == len(data))

    def print_boot(self):
        """It does so by itself."""

    def record_in_vain(self):
        self.ask("PUT", "/node/n1/console")
        wait_for("the conflict is shown", lambda: re.search(self.owner, self.state()["owner"] or ""))

    def test_a_paste_arrives_whole_and_in_order_over_a_bad_link(self):
        self.bmc.ask("at all: console-raw loss=1% duplicate=2% reorder=2% reorder-by=5 latency=0")
        self.record()
        typist = self.attach()
        paste = random.Random(64).randbytes(PASTE)
        typist.send(paste)
        typist.until("echo of the paste", lambda one: len(one.bytes) >= PASTE, 60)
        self.assertEqual(bytes(typist.bytes), paste)
        self.assertEqual(typist.errors(), [])
        self.assertEqual(self.bmc.ask("counters 1")["sol_in"], PASTE)
        wait_for("the log has it", lambda: len(self.log()) >= PASTE)
        self.assertEqual(self.log(), paste)

    def test_a_break(self):
        typist = self.attach()
        typist.control(**{"break": True})
        wait_for("the break", lambda: self.bmc.ask("counters 1")["sol_breaks"] == 1)
        typist.until("event of it", lambda one: one.events("break"))
        self.assertEqual([one["text"] for one in typist.events("break")], ["anonymous"])

    def test_an_intel_82571_wants_its_own_way(self):
        self.bmc.ask("at all: quirk=i82571spt")
        self.ask("PATCH", "/v0/node/n1", {"obm": {"quirks": "i82571spt"}})
        self.record()
        typist = self.attach()
        typist.send(b"by the way")
        self.until_log(b"by the way")
        self.ask("POST", "/node/n1/power_cycle")
        self.until_log(b"machine-1 login: ")
        counters = self.bmc.ask("counters 1")
        self.assertEqual(counters["sessions_opened"], 1)
        self.assertEqual(counters["executed"]["cycle"], 1)

    def test_the_conflict_of_a_call(self):
        tool = IpmitoolSol(self, self.host)
        tool.until_operational()
        waiting = self.sockets.connect(self.haasd, "n1", "replay=0&conflict=wait")
        waiting.until("the conflict", lambda one: any("in use by" in text["event"]["text"] for text in one.texts
                                                      if "event" in text and text["event"]["kind"] == "disconnected"))
        thief = self.sockets.connect(self.haasd, "n1", "replay=0&conflict=steal")
        thief.until_connected()
        waiting.until_connected()
        steals = [one for one in self.ask("GET", "/v0/audit?node=n1").json["records"] if one["operation"] == "console_steal"]
        self.assertEqual(len(steals), 1, steals)
        self.assertRegex(str(steals[0]), self.owner)

    def test_other_credentials_while_it_is_open(self):
        self.raw()
        self.record()
        typist = self.attach()
        self.bmc.ask("at all: user=admin:other:admin")
        self.ask("PATCH", "/v0/node/n1", {"obm": {"user": "oper", "password": "operpass", "privilege": "operator"}})
        self.until_connected()
        typist.until("connection", lambda one: one.state()["state"]["connected"] and not one.ended.is_set())

        def types():
            typist.send(b"new account")
            time.sleep(0.2)
            return b"new account" in typist.bytes
        wait_for("typing works again", types)
        self.until_log(b"new account")
        self.assertGreaterEqual(len(self.marks("connected")), 2)

    def test_a_cycle_prints_what_a_boot_prints(self):
        self.record()
        reader = Reader(self, self.haasd, "/v0/node/n1/console/stream?tail_bytes=0",
                        {"Accept": "application/x-ndjson"})
        self.ask("POST", "/node/n1/power_cycle")
        self.until_log(b"Booting from pxe")
        self.until_log(b"machine-1 login: ")
        wait_for("the stream has it", lambda: "login: " in "".join(one.get("data", "") for one in reader.objects()))
        kinds = [one["kind"] for one in reader.objects() if one["kind"] in ("power", "data")]
        self.assertEqual(kinds[0], "power", "the marker comes before what the machine then prints")
        self.assertTrue(self.marks("power")[0]["text"].startswith("power_cycle"))


class IpmiSimulator(Both, Console):
    # It tells neither a user nor an address.
    owner = r"in use by "

    def setUp(self):
        super().setUp()
        self.bmc = IpmiSimWithSerial(self)
        self.bmc.line.echoes = True
        self.begin(self.bmc.host)

    def raw(self):
        """It is."""

    def echo_of(self, typed):
        return typed

    def forget_soon(self):
        """It does so when it likes."""

    def until_typed(self, data):
        wait_for("all is typed", lambda: data in self.bmc.line.typed)

    def print_boot(self):
        self.bmc.line.print(b"\r\nGRUB\r\nn1 login: ")

    def record_in_vain(self):
        self.ask("PUT", "/node/n1/console")
        wait_for("the conflict is shown", lambda: self.state()["owner"])

    def test_what_the_machine_prints_is_all_there(self):
        self.record()
        printed = ALL_BYTES * 64
        self.bmc.line.print(printed)
        wait_for("the log has it", lambda: len(self.log()) >= len(printed))
        self.assertEqual(self.log(), printed)


if __name__ == "__main__":
    unittest.defaultTestLoader.suiteClass = AtOnce
    haas_e2e.main()

#!/usr/bin/python3
"""haas-bmcsim against programs that others wrote: ipmitool and ipmipower, both suites, and its own counters.

usage: e2e_test.py --bmcsim PROGRAM [CASE]..."""
import argparse
import json
import os
import pathlib
import pty
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

import simulator
from simulator import Case

SUITES = (3, 17)


class Ipmitool(Case):
    def test_power_verbs(self):
        for suite in SUITES:
            with self.subTest(suite=suite):
                sim = self.start("--cycle-time", "200ms", "--soft-delay", "200ms")

                def power(verb, fails=False):
                    return self.ipmitool(sim, "chassis", "power", verb, suite=suite, fails=fails)

                self.assertIn("Chassis Power is off", power("status"))
                self.assertIn("not supported in present state", power("reset", fails=True))
                power("on")
                self.assertIn("Chassis Power is on", power("status"))
                power("reset")
                power("diag")
                power("cycle")
                self.until(lambda: sim.bmc(1)["boots"] == 3, "on again after the cycle")
                power("soft")
                self.until(lambda: sim.bmc(1)["power"] == "off", "off by the operating system")
                power("on")
                power("off")
                self.assertIn("Chassis Power is off", power("status"))
                self.assertEqual(sim.executed(1), {"on": 2, "reset": 1, "nmi": 1, "cycle": 1, "soft": 1, "off": 1})
                bmc = sim.bmc(1)
                self.assertEqual(bmc["controls_refused"], 1)
                self.assertEqual(bmc["sessions_opened"], 11)
                self.assertEqual((bmc["sessions"], bmc["half_open"]), (0, 0))
                self.assertEqual((bmc["malformed"], bmc["bad_mac"], bmc["replays"]), (0, 0, 0))

    def test_boot_device(self):
        sim = self.start("-n", "2")
        for number, suite in enumerate(SUITES, 1):
            self.ipmitool(sim, "chassis", "bootdev", "pxe", "options=efiboot", number=number, suite=suite)
            shown = self.ipmitool(sim, "chassis", "bootparam", "get", "5", number=number, suite=suite)
            self.assertIn("a004000000", shown)
            self.assertIn("Boot Device Selector : Force PXE", shown)
            self.ipmitool(sim, "chassis", "power", "on", number=number, suite=suite)
            self.assertEqual(sim.bmc(number)["booted_from"], "pxe")
            shown = self.ipmitool(sim, "chassis", "bootparam", "get", "5", number=number, suite=suite)
            self.assertIn("Boot Flag Invalid", shown)

    def test_what_a_bmc_says_of_itself(self):
        sim = self.start()
        for suite in SUITES:
            self.assertIn("Firmware Revision         : 1.02", self.ipmitool(sim, "mc", "info", suite=suite))
            shown = self.ipmitool(sim, "session", "info", "active", suite=suite)
            self.assertRegex(shown, r"privilege level +: ADMINISTRATOR")
            self.assertRegex(shown, r"console ip +: 127\.0\.0\.1")
            self.assertRegex(shown, r"slot count +: 4")
            self.assertRegex(self.ipmitool(sim, "chassis", "status", suite=suite), r"System Power +: off")
            self.assertRegex(self.ipmitool(sim, "sol", "info", suite=suite), r"Privilege Level +: OPERATOR")
        self.ipmitool(sim, "power", "on")
        self.assertIn("chassis power control", self.ipmitool(sim, "chassis", "restart_cause"))

    def test_who_may_what(self):
        sim = self.start()
        for suite in SUITES:
            self.ipmitool(sim, "power", "status", suite=suite, password="wrong", fails=True)
            self.ipmitool(sim, "power", "status", suite=suite, user="nobody", fails=True)
            self.assertIn("is off", self.ipmitool(sim, "power", "status", suite=suite, user="oper", password="operpass",
                                                  level="OPERATOR"))
            said = self.ipmitool(sim, "power", "on", suite=suite, user="user", password="userpass", level="USER",
                                 fails=True)
            self.assertIn("Insufficient privilege", said)
        self.assertEqual(sim.executed(1), {})
        self.assertGreaterEqual(sim.bmc(1)["logins_refused"], 2)

    def test_quirks_that_ipmitool_knows(self):
        sim = self.start("-n", "3", "--at", "1: quirk=icts", "--at", "2: quirk=i82571spt", "--at", "3: quirk=intel20")
        for number, workaround in enumerate(("icts", "i82571spt", "intelplus"), 1):
            said = self.ipmitool(sim, "power", "status", number=number, suite=3, options=("-o", workaround))
            self.assertIn("Chassis Power is off", said)
        self.ipmitool(sim, "power", "status", number=1, suite=3, options=("-N", "1", "-R", "1"), fails=True)
        self.ipmitool(sim, "power", "on", number=2, suite=3, options=("-o", "i82571spt"))
        self.assertEqual(sim.executed(2), {"on": 1})

    def test_other_suites(self):
        sim = self.start("--suites", "0,1,2,3,15,16,17")
        for suite in (0, 1, 2, 15, 16):
            self.assertIn("Chassis Power is off", self.ipmitool(sim, "power", "status", suite=suite))

    def test_best_suite_is_found(self):
        sim = self.start("--suites", "17")
        arguments = self.ipmitool_arguments(sim, 1, 17, "admin", "password", None)[:-2]
        done = subprocess.run([*arguments, "power", "status"], capture_output=True, text=True, timeout=60, check=False)
        self.assertIn("Chassis Power is off", done.stdout)


class Ipmipower(Case):
    FIFTY = [f"127.1.0.{number}" for number in range(1, 51)]

    def test_power_verbs_of_fifty(self):
        for suite in SUITES:
            with self.subTest(suite=suite):
                sim = self.start("-n", "50", "--cycle-time", "200ms", "--soft-delay", "200ms")

                def all_say(verb, said):
                    # Patient, so that a busy machine does not make it send a command twice.
                    answers = self.ipmipower(sim, verb, "--retransmission-timeout=5000", hosts="127.1.0.[1-50]",
                                             suite=suite)
                    self.assertEqual(answers, dict.fromkeys(self.FIFTY, said))

                all_say("stat", "off")
                all_say("on", "ok")
                all_say("stat", "on")
                all_say("reset", "ok")
                all_say("cycle", "ok")
                self.until(lambda: sim.total()["on"] == 50, "all on again")
                all_say("soft", "ok")
                self.until(lambda: sim.total()["on"] == 0, "all off by their operating systems")
                all_say("on", "ok")
                all_say("off", "ok")
                all_say("stat", "off")
                for number in range(1, 51):
                    self.assertEqual(sim.executed(number), {"on": 2, "off": 1, "cycle": 1, "reset": 1, "soft": 1})
                total = sim.total()
                self.assertEqual(total["executed"]["total"], 300)
                self.assertEqual((total["malformed"], total["bad_mac"], total["controls_refused"]), (0, 0, 0))

    def test_waits_until_it_is_reached(self):
        sim = self.start("--on-delay", "1")
        self.assertEqual(self.ipmipower(sim, "on", "--wait-until-on"), {"127.1.0.1": "ok"})
        self.assertEqual(sim.bmc(1)["power"], "on")

    def test_workarounds_that_ipmipower_knows(self):
        names = ("opensesspriv", "supermicro20", "sun20", "nochecksumcheck", "intel20", "authcap")
        rules = [word for number, name in enumerate(names, 1) for word in ("--at", f"{number}: quirk={name}")]
        sim = self.start("-n", "7", *rules, "--at", "7: suites=0 quirk=integritycheckvalue")
        cases = [(number, name, 3) for number, name in enumerate(names, 1)] + [(7, "integritycheckvalue", 0)]
        for number, name, suite in cases:
            with self.subTest(quirk=name):
                address = f"127.1.0.{number}"
                without = self.ipmipower(sim, "stat", "--session-timeout=2000", hosts=address, suite=suite)
                self.assertNotEqual(without, {address: "off"})
                said = self.ipmipower(sim, "stat", "-W", name, hosts=address, suite=suite)
                self.assertEqual(said, {address: "off"})

    def test_generating_key(self):
        sim = self.start("--kg", "0x00112233")
        self.assertEqual(self.ipmipower(sim, "stat", "-k", "0x00112233"), {"127.1.0.1": "off"})
        self.assertEqual(self.ipmipower(sim, "stat", "-k", "0x00112234"), {"127.1.0.1": "k_g invalid"})

    def test_who_may_what(self):
        sim = self.start()
        self.assertEqual(self.ipmipower(sim, "stat", password="wrong"), {"127.1.0.1": "password invalid"})
        self.assertEqual(self.ipmipower(sim, "stat", user="nobody"), {"127.1.0.1": "username invalid"})


class Console(Case):
    def read_until(self, descriptor, text, seen=b"", within=30):
        deadline = time.monotonic() + within
        while text not in seen:
            self.assertLess(time.monotonic(), deadline, f"{text!r} did not come: {seen!r}")
            if select.select([descriptor], [], [], 0.2)[0]:
                try:
                    seen += os.read(descriptor, 4096)
                except OSError:  # the other end of the terminal is closed
                    self.assertIn(text, seen)
        return seen

    def test_a_person_types(self):
        for suite in SUITES:
            with self.subTest(suite=suite):
                sim = self.start("--console-period", "300ms", "--power", "on")
                child, terminal = pty.fork()
                if child == 0:
                    os.execvp("ipmitool", self.ipmitool_arguments(sim, 1, suite, "admin", "password", None) +
                              ["sol", "activate"])
                try:
                    self.read_until(terminal, b"SOL Session operational")
                    self.read_until(terminal, b"still alive")
                    os.write(terminal, b"hello machine\r")
                    self.read_until(terminal, b"hello machine\r\n$ ")
                    self.assertTrue(sim.bmc(1)["sol_active"])
                    self.ipmitool(sim, "power", "reset", suite=suite)
                    self.read_until(terminal, b"machine-1 login: ")
                    os.write(terminal, b"\r~.")
                    self.read_until(terminal, b"terminated ipmitool")
                    # It has two commands to send still; a closed terminal would end it before.
                    self.until(lambda sim=sim: sim.bmc(1)["sessions"] == 0, "closed")
                finally:
                    os.close(terminal)
                    os.waitpid(child, 0)
                bmc = sim.bmc(1)
                self.assertFalse(bmc["sol_active"])
                self.assertGreaterEqual(bmc["sol_in"], len("hello machine\r"))
                self.assertEqual((bmc["sol_out_of_sequence"], bmc["sessions"]), (0, 0))

    def test_one_at_a_time_and_taken_away(self):
        sim = self.start()
        child, terminal = pty.fork()
        if child == 0:
            os.execvp("ipmitool", self.ipmitool_arguments(sim, 1, 17, "admin", "password", None) + ["sol", "activate"])
        try:
            self.read_until(terminal, b"SOL Session operational")
            self.assertIn("already active", self.ipmitool(sim, "sol", "activate", fails=True))
            self.ipmitool(sim, "sol", "deactivate")
            self.assertFalse(sim.bmc(1)["sol_active"])
            self.assertEqual([event["event"] for event in sim.ask("log 1")["log"] if event["event"].startswith("sol")],
                             ["sol activated", "sol deactivated"])
        finally:
            os.close(terminal)
            os.waitpid(child, 0)


class Relay:
    """A UDP relay in front of one BMC that sends each packet of a session twice, and keeps what it saw."""

    def __init__(self, host, port):
        self.server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.server.bind(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.client.connect((host, port))
        self.stopping, self.stopper = os.pipe()
        self.seen = []
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    @staticmethod
    def in_session(datagram):
        return len(datagram) > 16 and datagram[4] == 6 and datagram[6:10] != bytes(4)

    def run(self):
        peer = None
        while True:
            ready = select.select([self.server, self.client, self.stopping], [], [])[0]
            if self.stopping in ready:
                return
            if self.server in ready:
                datagram, peer = self.server.recvfrom(2048)
                self.seen.append(datagram)
                for _ in range(2 if self.in_session(datagram) else 1):
                    self.client.send(datagram)
            if self.client in ready:
                self.server.sendto(self.client.recv(2048), peer)

    def close(self):
        os.write(self.stopper, b"x")
        self.thread.join()
        self.server.close()
        self.client.close()
        os.close(self.stopping)
        os.close(self.stopper)


class Faults(Case):
    def test_a_replay_is_not_executed(self):
        for suite in SUITES:
            sim = self.start("--power", "on")
            relay = Relay("127.1.0.1", sim.port)
            self.addCleanup(relay.close)
            arguments = ["ipmitool", "-I", "lanplus", "-H", "127.0.0.1", "-p", str(relay.port), "-U", "admin", "-P",
                         "password", "-C", str(suite), "power", "reset"]
            done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(sim.executed(1), {"reset": 1})
            in_session = [datagram for datagram in relay.seen if relay.in_session(datagram)]
            # The second copy of the last, which closed the session, finds none.
            self.until(lambda sim=sim: sim.bmc(1)["unknown_session"] == 1, "the last copy")
            self.assertEqual(sim.bmc(1)["replays"], len(in_session) - 1)
            # A day later somebody sends the recording again.
            relay.client.send(in_session[-2])
            self.until(lambda sim=sim: sim.bmc(1)["unknown_session"] == 2, "the recording")
            self.assertEqual(sim.executed(1), {"reset": 1})

    def test_loss(self):
        sim = self.start("-n", "20", "--loss", "10%", "--quirk", "rakp-repeat-same")
        self.ipmipower(sim, "on", hosts="127.1.0.[1-20]")
        for number in (1, 2, 3):
            self.assertIn("Chassis Power is", self.ipmitool(sim, "power", "status", number=number))
        total = sim.total()
        self.assertGreater(total["lost_in"], 5)
        self.assertGreater(total["lost_out"], 5)
        self.assertGreater(total["executed"]["on"], 15)

    def test_session_limit(self):
        sim = self.start("-n", "2", "--at", "1: foreign=4", "--at", "2: foreign=3")
        said = self.ipmitool(sim, "power", "status", options=("-N", "1", "-R", "1"), fails=True)
        self.assertIn("insufficient resources", said)
        self.assertEqual(self.ipmipower(sim, "stat"), {"127.1.0.1": "BMC busy"})
        self.ipmitool(sim, "power", "status", number=2)
        self.assertGreaterEqual(sim.bmc(1)["no_slot"], 2)
        sim.ask("at 1: foreign=0")
        self.assertIn("Chassis Power is off", self.ipmitool(sim, "power", "status"))

    def test_latency_and_death(self):
        sim = self.start("-n", "3", "--latency", "50", "--at", "2: dead")
        began = time.monotonic()
        said = self.ipmipower(sim, "stat", "--session-timeout=3000", hosts="127.1.0.[1-3]")
        self.assertEqual((said["127.1.0.1"], said["127.1.0.3"]), ("off", "off"))
        self.assertIn("timeout", said["127.1.0.2"])
        self.assertGreater(time.monotonic() - began, 6 * 0.05)
        self.assertGreater(sim.bmc(2)["silent"], 0)
        self.assertEqual(sim.bmc(2)["out"], 0)

    def test_refused_suites(self):
        sim = self.start("--suites", "3", "--refuse-suite", "01")
        self.assertEqual(self.ipmipower(sim, "stat", suite=17), {"127.1.0.1": "BMC busy"})
        self.assertEqual(self.ipmipower(sim, "stat", suite=3), {"127.1.0.1": "off"})

    def test_reboot_on_request(self):
        sim = self.start("--reboot-silence", "300ms", "--power", "on")
        self.assertEqual(sim.ask("reboot 1"), {"ok": True})
        self.assertIn("Chassis Power is on", self.ipmitool(sim, "power", "status"))
        self.assertGreater(sim.bmc(1)["silent"], 0)


class Program(Case):
    def test_ready_line_and_exit(self):
        sim = self.start("-n", "300")
        self.assertEqual(sim.ready_line, f"haas-bmcsim: 300 BMCs on 127.1.0.1 to 127.1.1.46, port {sim.port}")
        self.ipmitool(sim, "power", "on")
        self.assertEqual(sim.stop(), 0)
        counters = json.loads(sim.counters_path.read_text())
        self.assertEqual(counters["bmc"]["1"]["executed"]["on"], 1)
        self.assertEqual(counters["total"]["executed"]["total"], 1)
        self.assertFalse(os.path.exists(sim.control_path))

    def test_counters_on_signal(self):
        sim = self.start()
        sim.process.send_signal(signal.SIGUSR1)
        self.until(sim.counters_path.exists, "the counters file")
        self.assertEqual(json.loads(sim.counters_path.read_text())["total"]["in"], 0)

    def test_requests(self):
        sim = self.start("-n", "5")
        self.assertEqual(sim.ask("set power 2 on"), {"ok": True})
        self.assertEqual(sim.bmc(2)["power"], "on")
        self.assertEqual(sim.ask("counters")["total"]["on"], 1)
        self.ipmitool(sim, "power", "on", number=3)
        events = [event["event"] for event in sim.ask("log 3")["log"]]
        self.assertEqual(events, ["session opened", "chassis control", "boot", "session closed"])
        for line in ("", "nonsense", "counters 6", "counters 0", "at 9: dead", "at 1: odd", "set power 1 maybe"):
            self.assertIn("error", sim.ask(line), line)

    def test_readme_names_every_quirk(self):
        listed = subprocess.run([simulator.BMCSIM, "--list-quirks"], capture_output=True, text=True, timeout=20, check=True)
        quirks = {line.split()[0] for line in listed.stdout.splitlines()}
        folder = pathlib.Path(__file__).resolve().parents[3]
        section = (folder / "tools/bmcsim/README.md").read_text().split("## Quirks")[1].split("## ")[0]
        named = {word for part in section.split("\n- ")[1:] for word in part.split(":", 1)[1].split()}
        self.assertEqual(named, quirks)

    def test_only_its_addresses_answer_and_only_loopback(self):
        sim = self.start("-n", "2")
        ping = bytes.fromhex("0600ff06000011be80010000")
        for host, answers in (("127.1.0.1", True), ("127.1.0.2", True), ("127.1.0.3", False), ("127.0.0.1", False)):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as console:
                console.sendto(ping, (host, sim.port))
                ready = select.select([console], [], [], 10 if answers else 0.3)[0]
                self.assertEqual(bool(ready), answers, host)
                if answers:
                    datagram, source = console.recvfrom(2048)
                    self.assertEqual(source, (host, sim.port))
                    self.assertEqual(datagram[8:10], b"\x40\x01")
        self.assertEqual(sim.total()["no_such_bmc"], 2)

    def test_a_taken_port_or_a_wrong_argument_ends_it(self):
        sim = self.start()
        for arguments, code in ((["--port", str(sim.port)], 1), (["--latency", "fast"], 2), (["--at", "2: dead"], 2)):
            done = subprocess.run([simulator.BMCSIM, *arguments], capture_output=True, text=True, timeout=20, check=False)
            self.assertEqual(done.returncode, code, done)
            self.assertNotEqual(done.stderr, "")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bmcsim", required=True)
    parser.add_argument("cases", nargs="*")
    chosen = parser.parse_args()
    simulator.BMCSIM = chosen.bmcsim
    simulator.environment_has("ipmitool", "ipmipower")
    unittest.main(argv=[sys.argv[0], "-v", *chosen.cases])

"""haasd before a fleet of haas-bmcsim: power stays honest over a lossy network, and odd BMCs are told apart.

What the simulator counts is the truth: it was written apart from the driver, executes every fresh session sequence
number, and drops replays."""
import concurrent.futures
import json
import os
import random
import socket
import subprocess
import time
import unittest

import haas_e2e
from haas_e2e import Case, wait_for

# ./test keeps to what takes seconds; `HAAS_FLEET=1000 HAAS_FLEET_OPERATIONS=10000` is the whole of it.
NODES = int(os.environ.get("HAAS_FLEET", "40"))
OPERATIONS = int(os.environ.get("HAAS_FLEET_OPERATIONS", "160"))
SESSIONS = int(os.environ.get("HAAS_FLEET_SESSIONS", "10000"))


class Simulator:
    """A haas-bmcsim with these arguments; BMC number i is `host(i)`."""

    def __init__(self, case, count, *arguments):
        self.control = case.folder / "bmcsim"
        self.process = subprocess.Popen(
            [haas_e2e.options.bmcsim, "--count", str(count), "--port", "0", "--control", self.control, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        case.addCleanup(self.stop)
        line = self.process.stdout.readline()
        case.assertRegex(line, r"port \d+$", "haas-bmcsim did not start")
        self.port = int(line.split()[-1])

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.process.stdout.close()

    def host(self, number):
        return f"127.1.{(number - 1) // 254}.{(number - 1) % 254 + 1}:{self.port}"

    def ask(self, request):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.control))
            connection.sendall(request.encode() + b"\n")
            return json.loads(connection.makefile().readline())

    def executed(self, number):
        return self.ask(f"counters {number}")["executed"]


class Lossy(Case):
    def test_every_power_operation_ends_truly(self):
        """A fifth of all datagrams lost, doubled or held back, each way."""
        simulator = Simulator(self, NODES, "--loss", "0.2", "--duplicate", "0.2", "--reorder", "0.2", "--cycle-time", "0")
        daemon = self.start(extra="[haas.ext.obm.ipmi]\ndeadline = 60\n")
        for number in range(1, NODES + 1):
            self.assertEqual(daemon.register_bmc(f"n{number}", simulator.host(number)).status, 200)
        chance = random.Random(6230)
        calls = [("power_on", {"always": True}), ("power_off", {"always": True}), ("power_on", {"always": True}),
                 ("reset", None), ("power_cycle", {"force": True})]
        wanted = [(chance.randrange(1, NODES + 1), *chance.choice(calls)) for _ in range(OPERATIONS)]

        def act(one):
            number, verb, body = one
            answer = daemon.call("POST", f"/node/n{number}/{verb}", body, timeout=120)
            return number, answer.status, answer.body and answer.json

        with concurrent.futures.ThreadPoolExecutor(max(64, NODES // 4)) as pool:
            answers = list(pool.map(act, wanted))
        requested, done, unknown, other = {}, {}, {}, {}
        for number, status, body in answers:
            requested[number] = requested.get(number, 0) + 1
            if status == 200:
                kind = done
            elif status == 504 and body.get("outcome") == "unknown":
                kind = unknown
            else:
                kind = other
                self.assertIn(status, (409, 502, 503, 504), body)
            kind[number] = kind.get(number, 0) + 1
        in_vain = 0  # unknown, and not executed
        for number, count in requested.items():
            executed = simulator.executed(number)["total"]
            in_vain += max(0, done.get(number, 0) + unknown.get(number, 0) - executed)
            self.assertLessEqual(executed, count, f"n{number}: a button was pressed twice")
            self.assertGreaterEqual(executed, done.get(number, 0), f"n{number}: answered 200 and not executed")
            self.assertLessEqual(executed, done.get(number, 0) + unknown.get(number, 0),
                                 f"n{number}: executed, and the answer said that it was not")
        share = sum(unknown.values()) / OPERATIONS
        print(f"{OPERATIONS} operations on {NODES} nodes: {sum(done.values())} done, {sum(unknown.values())} unknown "
              f"({share:.1%}), of which {in_vain} were not executed; {sum(other.values())} failed and not executed")
        # What was not executed can be found out, and sent again.
        self.assertLess(in_vain / OPERATIONS, 0.02)
        # What was executed cannot where the answer was lost, a fifth of all, and the power state bears no trace of it (a
        # reset, "on" to what is on): nobody but that answer says that the BMC did not refuse.
        self.assertLess(share, 0.2)


class Odd(Case):
    def status(self, daemon, label):
        return daemon.call("GET", f"/node/{label}/power_status")

    def test_the_ways_of_refusing_suite_17(self):
        rules = [f"--at={number}: suites=3 refuse-suite={way}"
                 for number, way in enumerate(("01", "04", "09", "0A", "11", "12"), 1)]
        simulator = Simulator(self, 7, *rules, "--at=7: suites=17")
        daemon = self.start()
        for number in range(1, 8):
            daemon.register_bmc(f"n{number}", simulator.host(number))
            self.assertEqual(self.status(daemon, f"n{number}").json, {"power_status": "off"}, number)
            suite = wait_for("the suite is shown", lambda: daemon.call("GET", f"/node/n{number}").json["bmc"].get("cipher_suite"))
            self.assertEqual(suite, 17 if number == 7 else 3)
        daemon.register_bmc("pinned", simulator.host(5), cipher_suite=17)
        refused = self.status(daemon, "pinned")
        self.assertEqual((refused.status, refused.json["code"]), (502, "cipher"))

    def test_a_wrong_name_answered_with_tag_0_is_no_time_out_and_is_final(self):
        simulator = Simulator(self, 1, "--quirk", "tag0-errors")
        daemon = self.start()
        daemon.register_bmc("n1", simulator.host(1), "nobody")
        begin = time.monotonic()
        refused = self.status(daemon, "n1")
        self.assertLess(time.monotonic() - begin, 4)
        self.assertEqual((refused.status, refused.json["code"]), (502, "credentials"))
        refusals = simulator.ask("counters 1")["logins_refused"]
        for _ in range(3):
            self.assertEqual(self.status(daemon, "n1").json["code"], "credentials")
        self.assertEqual(simulator.ask("counters 1")["logins_refused"], refusals, "a refused account was tried again")
        daemon.terminate()
        again = self.start()
        self.assertEqual(self.status(again, "n1").json["code"], "credentials")
        self.assertEqual(simulator.ask("counters 1")["logins_refused"], refusals, "it was tried again after a restart")
        self.assertEqual(again.call("POST", "/v0/node/n1/retry").status, 200)
        self.status(again, "n1")
        self.assertGreater(simulator.ask("counters 1")["logins_refused"], refusals)

    def test_quirks_of_sessions_that_are_pinned(self):
        """Each with both suites, where the BMC has it; the driver's name, if it differs from FreeIPMI's, second."""
        quirks = (("opensesspriv",), ("intel20",), ("supermicro20",), ("sun20",), ("icts",), ("clear-flag", "clear_flag"),
                  ("highest-only", "highest_privilege"), ("i82571spt",))
        bmcs = [(quirk[0], quirk[-1], suite) for quirk in quirks for suite in (17, 3)]
        rules = [f"--at={number}: suites={suite} quirk={quirk}" for number, (quirk, _, suite) in enumerate(bmcs, 1)]
        simulator = Simulator(self, len(bmcs), *rules)
        daemon = self.start()
        for number, (quirk, pinned, suite) in enumerate(bmcs, 1):
            with self.subTest(quirk=quirk, suite=suite):
                daemon.register_bmc(f"n{number}", simulator.host(number), quirks=pinned)
                self.assertEqual(self.status(daemon, f"n{number}").json, {"power_status": "off"})
        # It is the quirk that does it.
        number = bmcs.index(("intel20", "intel20", 3)) + 1
        daemon.register_bmc("unpinned", simulator.host(number))
        self.assertEqual(self.status(daemon, "unpinned").status, 502)

    def test_quirks_of_sessions_that_are_found_out(self):
        quirks = ("highest-only", "opensesspriv", "authcap", "no-authcap", "no-ipmi15", "no-suite-list", "supermicro20",
                  "sun20", "exact-lookup", "tag0-errors", "c7-length", "rakp-repeat-silent", "rakp-repeat-same",
                  "hidden-suites", "listed-not-enabled", "nochecksumcheck", "skip-sequence", "no-close-answer")
        simulator = Simulator(self, len(quirks), *(f"--at={number}: quirk={quirk}" for number, quirk in enumerate(quirks, 1)))
        daemon = self.start()
        for number, quirk in enumerate(quirks, 1):
            with self.subTest(quirk=quirk):
                daemon.register_bmc(f"n{number}", simulator.host(number))
                self.assertEqual(self.status(daemon, f"n{number}").json, {"power_status": "off"})

    def test_an_account_below_the_level_is_refused_for_good(self):
        simulator = Simulator(self, 1)
        daemon = self.start()
        daemon.register_bmc("n1", simulator.host(1), "user", "userpass")

        def refused(asked):
            answer = self.status(asked, "n1")
            self.assertEqual((answer.status, answer.json["type"], answer.json["code"]), (502, "OBMError", "privilege"))
            self.assertIn("privilege level", answer.json["msg"])

        refused(daemon)
        counters = simulator.ask("counters 1")
        self.assertLessEqual(counters["logins_refused"], 3)
        for _ in range(3):
            refused(daemon)
        self.assertEqual(daemon.call("POST", "/v0/node/n1/diagnose").status, 200)
        self.assertEqual(daemon.call("POST", "/node/n1/power_on").json["code"], "privilege")
        daemon.terminate()
        again = self.start()
        refused(again)
        self.assertEqual(simulator.ask("counters 1")["in"], counters["in"], "a refused account was tried again")
        self.assertEqual(again.call("POST", "/v0/node/n1/retry").status, 200)
        refused(again)
        self.assertGreater(simulator.ask("counters 1")["logins_refused"], counters["logins_refused"])
        # A level that the account has is a new beginning.
        self.assertEqual(again.call("PATCH", "/v0/node/n1", {"obm": {"privilege": "user"}}).status, 200)
        self.assertEqual(self.status(again, "n1").json, {"power_status": "off"})

    def test_all_sessions_taken_by_others_for_a_while(self):
        simulator = Simulator(self, 1, "--foreign", "4", "--foreign-for", "3")
        daemon = self.start()
        daemon.register_bmc("n1", simulator.host(1))
        self.assertEqual(self.status(daemon, "n1").json, {"power_status": "off"})

    def test_a_killed_daemon_gets_its_sessions_back(self):
        simulator = Simulator(self, 5, "--sessions", "1", "--session-timeout", "5")
        daemon = self.start()
        for number in range(1, 6):
            daemon.register_bmc(f"n{number}", simulator.host(number))
            self.assertEqual(self.status(daemon, f"n{number}").status, 200)
        daemon.kill()
        again = self.start()
        with concurrent.futures.ThreadPoolExecutor(5) as pool:
            answers = pool.map(lambda number: self.status(again, f"n{number}").status, range(1, 6))
            self.assertEqual(list(answers), [200] * 5)

    def test_a_bmc_that_reboots_in_the_middle(self):
        simulator = Simulator(self, 1, "--reboot-after", "6", "--reboot-silence", "2", "--power", "on")
        daemon = self.start()
        daemon.register_bmc("n1", simulator.host(1))
        done = sum(daemon.call("POST", "/node/n1/reset").status == 200 for _ in range(5))
        executed = simulator.executed(1)["reset"]
        self.assertGreaterEqual(executed, done)
        self.assertLessEqual(executed, 5)
        self.assertGreaterEqual(done, 3)

    def test_two_accounts_of_one_bmc(self):
        simulator = Simulator(self, 1, "--sessions", "2")
        daemon = self.start()
        daemon.register_bmc("as-admin", simulator.host(1))
        daemon.register_bmc("as-oper", simulator.host(1), "oper", "operpass")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = pool.map(lambda label: self.status(daemon, label).status, ["as-admin", "as-oper"] * 4)
            self.assertEqual(list(answers), [200] * 8)
        self.assertLessEqual(simulator.ask("counters 1")["sessions"], 2)

    def test_sessions_are_given_back_at_the_end(self):
        simulator = Simulator(self, 200)
        daemon = self.start()
        for number in range(1, 201):
            daemon.register_bmc(f"n{number}", simulator.host(number))
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            answers = pool.map(lambda number: self.status(daemon, f"n{number}").status, range(1, 201))
            self.assertEqual(set(answers), {200})
        self.assertEqual(simulator.ask("totals")["total"]["sessions_now"], 200)
        self.assertEqual(daemon.terminate()[0], 0)
        self.assertEqual(simulator.ask("totals")["total"]["sessions_now"], 0)

    def test_ten_thousand_sessions_are_given_back_in_bounded_time(self):
        simulator = Simulator(self, SESSIONS, "--session-timeout", "600")
        daemon = self.start(extra="[haas.ext.obm.ipmi]\nidle_close = 55\n")
        labels = range(1, SESSIONS + 1)
        bodies = (json.dumps({"obm": {"type": haas_e2e.IPMI, "host": simulator.host(n), "user": "admin",
                                      "password": "password"}}) for n in labels)
        self.assertEqual(daemon.call_all((f"/node/n{n}", body) for n, body in zip(labels, bodies)), {200})
        self.assertEqual(daemon.call_all((f"/node/n{n}/power_status", None) for n in labels), {200})
        self.assertEqual(simulator.ask("totals")["total"]["sessions_now"], SESSIONS)
        # Some die before they can be told; nobody waits longer for them than for an answer to the repeat.
        died = SESSIONS // 100
        simulator.ask(f"at 1-{died}: dead")
        code, seconds = daemon.terminate()
        self.assertEqual(code, 0)
        self.assertLess(seconds, 8)
        self.assertEqual(simulator.ask("totals")["total"]["sessions_now"], died)
        print(f"{SESSIONS} sessions given back in {seconds:.1f} s")

    def test_boot_device_is_read_back(self):
        simulator = Simulator(self, 1)
        daemon = self.start()
        daemon.register_bmc("n1", simulator.host(1))
        for wish in ({"bootdev": "pxe", "persistent": False}, {"bootdev": "disk", "persistent": True},
                     {"bootdev": "bios", "persistent": False}):
            self.assertEqual(daemon.call("PUT", "/node/n1/boot_device", wish).status, 200)
            self.assertEqual(daemon.call("GET", "/node/n1/boot_device").json, wish)

    def test_accepted_is_not_reached(self):
        simulator = Simulator(self, 2, "--on-delay", "2", "--at=2: quirk=power-ignored")
        daemon = self.start()
        daemon.register_bmc("slow", simulator.host(1))
        daemon.register_bmc("liar", simulator.host(2))
        slow = daemon.call("POST", "/node/slow/power_on?wait=15")
        self.assertEqual(slow.json, {"power_status": "on", "outcome": "reached", "sent": "power_on"})
        liar = daemon.call("POST", "/node/liar/power_on?wait=3")
        self.assertEqual(liar.json, {"power_status": "off", "outcome": "accepted", "sent": "power_on"})
        self.assertEqual(simulator.executed(1)["on"], 1)


if __name__ == "__main__":
    haas_e2e.main()

"""haasd, its ipmi driver, and real BMCs of ipmi_sim, with ipmitool as the witness."""
import socket
import threading
import time
import unittest

import haas_e2e
from haas_e2e import Haasd, IpmiSim, wait_for


class OneBmc(unittest.TestCase):
    """Register a node, use every call on it, and look at what the BMC was told."""

    def setUp(self):
        self.bmc = IpmiSim(self)
        self.haasd = Haasd(self)
        self.assert_done(self.haasd.register_bmc("node-1", self.bmc.host))

    def assert_done(self, answer):
        self.assertEqual((answer.status, answer.body), (200, ""))

    def press(self, verb, body=None):
        """A call that must work; gives what the chassis was told because of it."""
        before = len(self.bmc.changes())
        self.assert_done(self.haasd.call("POST", f"/node/node-1/{verb}", body))
        return self.bmc.changes()[before:]

    def status(self):
        answer = self.haasd.call("GET", "/node/node-1/power_status")
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json["power_status"]

    def test_power(self):
        self.assertEqual(self.status(), "off")
        self.assertEqual(self.press("power_on"), ["power 1"])
        self.assertEqual(self.status(), "on")
        self.assertEqual(self.bmc.ipmitool("power", "status"), "Chassis Power is on")
        self.assertEqual(self.press("power_on"), [], "it is on already")

        self.assertEqual(self.press("reset"), ["reset 1"])
        self.assertEqual(self.status(), "on")

        self.assertEqual(self.press("soft_off"), ["shutdown 1"])
        self.assertEqual(self.status(), "off")
        self.assertEqual(self.bmc.ipmitool("power", "status"), "Chassis Power is off")

        self.assertEqual(self.press("power_on"), ["power 1"])
        self.assertEqual(self.press("power_off"), ["power 0"])
        self.assertEqual(self.status(), "off")
        self.assertEqual(self.press("power_off"), [], "it is off already")

    def test_power_cycle(self):
        self.assertEqual(self.press("power_cycle"), ["boot pxe", "power 1"], "an off node is switched on")
        # The simulator switches off now, and on by its own timer a second later.
        self.assertEqual(self.press("power_cycle"), ["boot pxe", "power 0"])
        # What comes next waits for that, instead of taking the machine for one that is off.
        self.assertEqual(self.press("reset"), ["power 1", "reset 1"])
        self.assertTrue(self.bmc.power())
        self.assertEqual(self.press("power_cycle", {"force": True}), ["boot pxe", "reset 1"])

    def test_boot_device(self):
        for device, told in (("pxe", "pxe"), ("disk", "default"), ("none", "none")):
            with self.subTest(device):
                before = len(self.bmc.changes())
                self.assert_done(self.haasd.call("PUT", "/node/node-1/boot_device", {"bootdev": device}))
                self.assertEqual(self.bmc.changes()[before:], [f"boot {told}"])
        answer = self.haasd.call("PUT", "/node/node-1/boot_device", {"bootdev": "A"})
        self.assertEqual((answer.status, answer.json["type"]), (400, "BadArgumentError"))
        self.assertIn("remote_cdrom", answer.json["msg"])

    def test_facts(self):
        self.status()
        shown = wait_for("facts", lambda: self.haasd.call("GET", "/node/node-1").json["bmc"])
        self.assertEqual(shown, {"cipher_suite": 3, "privilege": "administrator", "bmc_address": self.bmc.host})

    def test_other_accounts(self):
        # Without the field the simulator lets this account in as administrator.
        self.assert_done(self.haasd.register_bmc("by-oper", self.bmc.host, "oper", "operpass", privilege="operator"))
        self.assert_done(self.haasd.call("POST", "/node/by-oper/power_on"))
        self.assertTrue(self.bmc.power())
        self.assertEqual(self.haasd.call("GET", "/node/by-oper").json["bmc"]["privilege"], "operator")

        self.assert_done(self.haasd.register_bmc("by-reader", self.bmc.host, "reader", "readerpass", privilege="user"))
        self.assertEqual(self.haasd.call("GET", "/node/by-reader/power_status").json, {"power_status": "on"})
        answer = self.haasd.call("POST", "/node/by-reader/power_off")
        self.assertEqual((answer.status, answer.json["code"]), (502, "privilege"))
        self.assertTrue(self.bmc.power())

    def test_sessions_are_shared_and_closed(self):
        self.assert_done(self.haasd.register_bmc("alias", self.bmc.host))
        self.status()
        self.assertEqual(self.haasd.call("GET", "/node/alias/power_status").status, 200)
        self.assertEqual(self.bmc.sessions(), 1)
        code, seconds = self.haasd.terminate()
        self.assertEqual(code, 0)
        self.assertLess(seconds, 5)
        self.assertEqual(self.bmc.sessions(), 0)

    def test_idle_session_is_closed(self):
        impatient = Haasd(self, extra="[haas.ext.obm.ipmi]\nidle_close = 1\n")
        impatient.register_bmc("node-1", self.bmc.host)
        self.assertEqual(impatient.call("GET", "/node/node-1/power_status").status, 200)
        wait_for("no session is open", lambda: self.bmc.sessions() == 0)

    def test_deleted_node_gives_its_session_back(self):
        self.status()
        self.assert_done(self.haasd.call("DELETE", "/node/node-1"))
        wait_for("no session is open", lambda: self.bmc.sessions() == 0)

    def test_bmc_that_was_restarted(self):
        self.press("power_on")
        self.bmc.stop()
        self.bmc.start()
        self.assertEqual(self.status(), "on")
        self.bmc.stop()
        self.bmc.start()
        self.assertEqual(self.press("reset"), ["reset 1"])

    def test_registration_survives_the_daemon(self):
        self.haasd.kill()
        self.haasd.start()
        self.assertEqual(self.status(), "off")

    def test_wrong_password(self):
        secret = "not-the-password-1"
        self.assert_done(self.haasd.register_bmc("wrong", self.bmc.host, "admin", secret))
        start = time.monotonic()
        answer = self.haasd.call("POST", "/node/wrong/power_on")
        self.assertLess(time.monotonic() - start, 2, "refused, not timed out")
        self.assertEqual((answer.status, answer.json["type"], answer.json["code"]),
                         (502, "OBMError", "credentials"))
        self.assertTrue(answer.json["msg"].startswith(self.bmc.host + ": "), answer.json["msg"])
        self.assertIn("password", answer.json["msg"])
        self.assertFalse(self.bmc.power())
        self.assertNotIn(secret, answer.body + self.haasd.log() + self.haasd.call("GET", "/node/wrong").body)

    def test_wrong_user(self):
        self.assert_done(self.haasd.register_bmc("wrong", self.bmc.host, "nobody"))
        start = time.monotonic()
        answer = self.haasd.call("POST", "/node/wrong/power_on")
        self.assertLess(time.monotonic() - start, 2, "refused, not timed out")
        self.assertEqual((answer.status, answer.json["code"]), (502, "credentials"))
        self.assertIn("user", answer.json["msg"])

    def test_lengths(self):
        def refusal(**fields):
            answer = self.haasd.register_bmc("long", self.bmc.host, **fields)
            self.assertEqual((answer.status, answer.json["type"]), (400, "ValidationError"))
            return answer.json["msg"]

        self.assertIn("21", refusal(password="p" * 21))
        self.assertIn("20", refusal(password="p" * 21))
        self.assertIn("22", refusal(password="\u00e9" * 11), "bytes count, not characters")
        self.assertIn("17", refusal(user="u" * 17))
        self.assertIn("21", refusal(kg="k" * 21))
        self.assertIn("kg", refusal(kg="0x123"))
        self.assert_done(self.haasd.register_bmc("longest", self.bmc.host, "u" * 16, "p" * 20, kg="0x" + "00" * 20))


class NoBmc(unittest.TestCase):
    """A host that leads nowhere: a sentence with its name and the reason, and nobody else waits."""

    def setUp(self):
        self.haasd = Haasd(self, extra="[haas.ext.obm.ipmi]\ndeadline = 15\n")
        self.bmc = IpmiSim(self)
        self.assertEqual(self.haasd.register_bmc("fine", self.bmc.host).status, 200)

    def fail_while_others_work(self, label, verb):
        """Gives the failure; the node that is fine must answer meanwhile."""
        answers = []
        asking = threading.Thread(target=lambda: answers.append(self.haasd.call("POST", f"/node/{label}/{verb}")))
        asking.start()
        start = time.monotonic()
        self.assertEqual(self.haasd.call("GET", "/node/fine/power_status").status, 200)
        self.assertLess(time.monotonic() - start, 2)
        asking.join()
        return answers[0]

    def test_readme_registration(self):
        """The registration body of the HaaS documentation."""
        body = {"obm": {"type": haas_e2e.IPMI, "host": "ipmi_node-01", "user": "ipmi_user", "password": "ipmi_pass"}}
        self.assertEqual(self.haasd.call("PUT", "/node/node-01", body).status, 200)
        start = time.monotonic()
        answer = self.fail_while_others_work("node-01", "power_cycle")
        self.assertLess(time.monotonic() - start, 16)
        self.assertIn(answer.status, (502, 504))
        self.assertEqual((answer.json["type"], answer.json["code"]), ("OBMError", "unreachable"))
        self.assertRegex(answer.json["msg"], r"ipmi_node-01: the name (does not resolve \(.+\)|was not resolved in time)")

    def test_port_where_nothing_listens(self):
        host = f"127.0.0.1:{haas_e2e.free_udp_port()}"
        self.assertEqual(self.haasd.register_bmc("closed", host).status, 200)
        start = time.monotonic()
        answer = self.fail_while_others_work("closed", "power_on")
        self.assertLess(time.monotonic() - start, 10)
        self.assertEqual((answer.status, answer.json["code"]), (502, "unreachable"))
        self.assertIn(f"{host}: no answer from {host}", answer.json["msg"])

    def test_bmc_that_goes_away(self):
        self.assertEqual(self.haasd.call("POST", "/node/fine/power_on").status, 200)
        self.bmc.stop()
        answer = self.haasd.call("GET", "/node/fine/power_status")
        self.assertIn(answer.status, (502, 504))
        self.assertIn(self.bmc.host, answer.json["msg"])
        # A dead BMC does not hold up the end either.
        code, seconds = self.haasd.terminate()
        self.assertEqual(code, 0)
        self.assertLess(seconds, 5)

    def test_stop_while_a_bmc_is_silent(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            silent.settimeout(haas_e2e.PATIENCE)
            self.assertEqual(self.haasd.register_bmc("silent", f"127.0.0.1:{silent.getsockname()[1]}").status, 200)
            answers = []
            asking = threading.Thread(target=lambda: answers.append(self.haasd.call("POST", "/node/silent/power_on")))
            asking.start()
            silent.recv(2048)  # Open Session: the operation has begun
            code, seconds = self.haasd.terminate()
            asking.join()
        self.assertEqual(code, 0)
        self.assertLess(seconds, 12)
        self.assertIn(answers[0].status, (502, 503))

    def test_host_that_is_none(self):
        for host in ("", "bmc7:0", "bmc7:99999", "[::1", "http://bmc7", "bmc 7", "a:b:c"):
            with self.subTest(host):
                answer = self.haasd.register_bmc("odd", host)
                self.assertEqual((answer.status, answer.json["type"]), (400, "ValidationError"))
                self.assertIn("host", answer.json["msg"])

    def test_unknown_option(self):
        folder = haas_e2e.Folder(self).path
        with self.assertRaises(AssertionError) as raised:
            Haasd(self, extra="[haas.ext.obm.ipmi]\nno_such_option = 1\n", folder=folder)
        self.assertIn("no_such_option", str(raised.exception))
        self.assertIn("idle_close", str(raised.exception), "the known ones are named")


if __name__ == "__main__":
    haas_e2e.main()

"""haasd before a BMC of pyghmi: a third server that was written apart from all others.

It has cipher suite 3 alone and answers Open Session with that whatever it was asked for, says nothing to an account that
it does not know, and keeps one session for each address that ever spoke to it."""
import subprocess
import sys
import unittest

import haas_e2e
from haas_e2e import Case, wait_for


class PyghmiBmc:
    def __init__(self, case):
        self.folder = haas_e2e.Folder(case).path
        self.host = f"127.0.0.1:{haas_e2e.free_udp_port()}"
        self.process = subprocess.Popen(
            [sys.executable, "-B", haas_e2e.HERE / "pyghmi/bmc.py", self.host.rpartition(":")[2], self.folder],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        case.addCleanup(self.stop)
        case.assertEqual(self.process.stdout.readline(), "ready\n", "pyghmi's BMC did not start")

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def changes(self):
        path = self.folder / "changes"
        return path.read_text().splitlines() if path.exists() else []


class Pyghmi(Case):
    def setUp(self):
        super().setUp()
        self.bmc = PyghmiBmc(self)
        self.haasd = self.start()
        self.assertEqual(self.haasd.register_bmc("n1", self.bmc.host).status, 200)

    def press(self, verb, body=None):
        before = len(self.bmc.changes())
        answer = self.haasd.call("POST", f"/node/n1/{verb}", body)
        self.assertEqual((answer.status, answer.body), (200, ""))
        return self.bmc.changes()[before:]

    def status(self):
        answer = self.haasd.call("GET", "/node/n1/power_status")
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json["power_status"]

    def test_power(self):
        self.assertEqual(self.status(), "off")
        self.assertEqual(self.press("power_on"), ["on"])
        self.assertEqual(self.status(), "on")
        self.assertEqual(self.press("power_on"), [], "it is on already")
        self.assertEqual(self.press("reset"), ["reset"])
        self.assertEqual(self.press("power_cycle"), ["boot network", "cycle"])
        self.assertEqual(self.press("power_cycle", {"force": True}), ["boot network", "reset"])
        self.assertEqual(self.press("soft_off"), ["soft off"])
        self.assertEqual(self.status(), "off")
        self.assertEqual(self.press("power_off"), [], "it is off already")
        self.assertEqual(self.press("power_off", {"always": True}), ["off"])

    def test_the_suite_it_forces_on_everyone_is_asked_for_and_shown(self):
        self.status()
        shown = wait_for("facts", lambda: self.haasd.call("GET", "/node/n1").json["bmc"])
        self.assertEqual((shown["cipher_suite"], shown["bmc_address"]), (3, self.bmc.host))

    def test_suite_17_and_no_weaker_is_refused(self):
        self.haasd.register_bmc("strict", self.bmc.host, cipher_suite=17)
        refused = self.haasd.call("GET", "/node/strict/power_status")
        self.assertEqual((refused.status, refused.json["code"]), (502, "cipher"))

    def test_boot_device(self):
        for device, told in (("pxe", "network"), ("disk", "hd"), ("bios", "setup"), ("none", "default")):
            answer = self.haasd.call("PUT", "/node/n1/boot_device", {"bootdev": device})
            self.assertEqual((answer.status, self.bmc.changes()[-1]), (200, f"boot {told}"))
            self.assertEqual(self.haasd.call("GET", "/node/n1/boot_device").json["bootdev"], device)

    def test_silence_to_an_account_it_does_not_know_is_told_as_silence(self):
        self.haasd.register_bmc("nobody", self.bmc.host, "nobody")
        answer = self.haasd.call("GET", "/node/nobody/power_status")
        self.assertEqual((answer.status, answer.json["code"]), (502, "unreachable"))


if __name__ == "__main__":
    haas_e2e.main()

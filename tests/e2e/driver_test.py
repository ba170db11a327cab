"""A driver that was built out of tree, against the installed SDK: one line in haas.cfg, and its nodes are served."""

import os
import pathlib
import shutil
import signal
import subprocess
import unittest

import haas_e2e
from haas_e2e import Case, options


TYPE = "http://schema.example.org/obm/robot_finger"
CONFIG = "[http]\nlisten = 127.0.0.1:0\n[auth]\nmode = none\n[extensions]\n"


class OutOfTree(Case):
    def press(self, daemon):
        finger = self.folder / "finger"
        self.assertEqual(daemon.register("n1", TYPE, device=str(finger)).status, 200)
        self.assertEqual(daemon.call("POST", "/node/n1/power_on").status, 200)
        self.assertEqual(finger.read_text().strip(), "on")
        self.assertEqual(daemon.call("GET", "/node/n1/power_status").json, {"power_status": "on"})
        self.assertEqual(daemon.call("POST", "/node/n1/power_off").status, 200)
        self.assertEqual(finger.read_text().strip(), "off")
        self.assertEqual(daemon.call("POST", "/node/n1/soft_off").status, 501)
        wrong = daemon.register("n2", TYPE, device="relative")
        self.assertEqual((wrong.status, wrong.json["type"]), (400, "ValidationError"))
        self.assertIn("device", wrong.json["msg"])

    def test_one_line_with_the_path_of_the_file(self):
        daemon = self.start(CONFIG + f"acme.obm.robot_finger = {options.example}\n")
        shown = daemon.call("GET", "/v0/drivers").json
        self.assertEqual([(one["type"], one["version"]) for one in shown], [(TYPE, "1.0")])
        self.press(daemon)

    def test_one_line_with_the_file_on_the_plugin_path(self):
        folder = self.folder / "plugins"
        folder.mkdir(mode=0o700)
        shutil.copy(options.example, folder)
        os.chmod(folder / options.example.name, 0o755)
        self.press(self.start(f"[general]\nplugin_path = {folder}\n" + CONFIG + "acme.obm.robot_finger =\n"))

    def test_another_abi_major_is_refused(self):
        """The same file with one number changed, as a driver built years from now would have it."""
        original = options.example.read_bytes()
        place = original.index(b"HAASOBM\0") + 8
        self.assertEqual(original[place:place + 4], b"\0\0\0\0")
        changed = self.folder / "future.so"
        changed.write_bytes(original[:place] + b"\x09\0\0\0" + original[place + 4:])
        os.chmod(changed, 0o755)
        code, said = self.refused(CONFIG + f"acme.obm.future = {changed}\n")
        self.assertEqual(code, 2)
        self.assertIn("ABI", said)
        self.assertIn("9.1", said)
        self.assertIn("0.1", said)
        self.assertIn("future.so", said)


class Installed(Case):
    def test_everything_is_where_it_belongs_and_works_from_there(self):
        prefix = self.folder / "usr"
        subprocess.run(["cmake", "--install", options.build, "--prefix", prefix], check=True, capture_output=True, timeout=120)
        names = {str(path.relative_to(prefix)) for path in prefix.rglob("*") if path.is_file()}
        for name in ("sbin/haasd", "etc/haas/haas.cfg", "lib/systemd/system/haasd.service", "include/haas/obm/abi.h",
                     "include/haas/obm/driver.hpp", "include/haas/obm/testing.hpp"):
            self.assertIn(name, names)
        self.assertTrue(any(name.endswith("haas/plugins/haas.ext.obm.ipmi.so") for name in names), names)
        self.assertTrue(any(name.endswith("cmake/HaasObm/HaasObmConfig.cmake") for name in names), names)
        # No plugin_path: the installed daemon finds the drivers installed with it.
        (self.folder / "haas.cfg").write_text(CONFIG + "haas.ext.obm.mock =\nhaas.ext.obm.ipmi =\n")
        process = subprocess.Popen([prefix / "sbin/haasd", "--config", self.folder / "haas.cfg"], stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True)
        try:
            self.assertIn("listening on", process.stdout.readline())
        finally:
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(20), 0)
            process.stdout.close()


if __name__ == "__main__":
    haas_e2e.main()

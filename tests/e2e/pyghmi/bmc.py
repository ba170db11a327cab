"""A BMC of python3-pyghmi: bmc.py PORT FOLDER.  Writes what its chassis is told to FOLDER/changes."""
import pathlib
import sys

from pyghmi.ipmi import bmc


class Chassis(bmc.Bmc):
    def __init__(self, port, folder):
        super().__init__({"admin": "password"}, port=port, address="127.0.0.1")
        self.changes = folder / "changes"
        self.is_on = False
        self.device = "default"

    def told(self, what, is_on=None):
        with self.changes.open("a") as file:
            file.write(what + "\n")
        self.is_on = self.is_on if is_on is None else is_on

    def get_power_state(self):
        return "on" if self.is_on else "off"

    def power_on(self):
        self.told("on", True)

    def power_off(self):
        self.told("off", False)

    def power_cycle(self):
        self.told("cycle")
        return None if self.is_on else 0xD5

    def power_reset(self):
        self.told("reset")

    def power_shutdown(self):
        self.told("soft off", False)

    def get_boot_device(self):
        return self.device

    def set_boot_device(self, bootdevice):
        self.device = bootdevice
        self.told(f"boot {bootdevice}")


if __name__ == "__main__":
    chassis = Chassis(int(sys.argv[1]), pathlib.Path(sys.argv[2]))
    print("ready", flush=True)
    chassis.listen()

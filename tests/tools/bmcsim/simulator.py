"""A running haas-bmcsim for tests: started on a free port, asked over its control socket, ended by its own signal."""
import json
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import tempfile
import time
import unittest

BMCSIM = None  # set by the program that runs the tests


class Simulator:
    def __init__(self, *arguments):
        self.folder = tempfile.TemporaryDirectory(prefix="bmcsim-")
        self.control_path = str(pathlib.Path(self.folder.name) / "control")
        self.counters_path = pathlib.Path(self.folder.name) / "counters.json"
        self.process = subprocess.Popen(
            [BMCSIM, "--port", "0", "--control", self.control_path, "--counters", str(self.counters_path), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.ready_line = self.process.stdout.readline().rstrip("\n")
        found = re.search(r"port (\d+)$", self.ready_line)
        if not found:
            raise AssertionError(f"no ready line: {self.ready_line!r} {self.process.communicate()[1]!r}")
        self.port = int(found[1])
        self.control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.control.connect(self.control_path)
        self.answers = self.control.makefile("r")

    def ask(self, line):
        self.control.sendall(line.encode() + b"\n")
        return json.loads(self.answers.readline())

    def bmc(self, number):
        return self.ask(f"counters {number}")

    def total(self):
        return self.ask("totals")["total"]

    def executed(self, number):
        """The chassis controls that were performed: {"on": 1, ...} without those that never were."""
        return {verb: times for verb, times in self.bmc(number)["executed"].items() if times and verb != "total"}

    def stop(self):
        """Ends it; its exit code."""
        self.answers.close()
        self.control.close()
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=10)
        finally:
            if self.process.poll() is None:
                self.process.kill()
            self.process.stdout.close()
            self.process.stderr.close()

    def close(self):
        if self.process.poll() is None:
            self.stop()
        self.folder.cleanup()


class Case(unittest.TestCase):
    """Peers are called with a time limit; the simulator ends with the test."""

    def start(self, *arguments):
        simulator = Simulator(*arguments)
        self.addCleanup(simulator.close)
        return simulator

    def until(self, condition, what, within=20):
        deadline = time.monotonic() + within
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"not within {within} s: {what}")
            select.select([], [], [], 0.02)

    def ipmitool_arguments(self, simulator, number, suite, user, password, level):
        level = ["-L", level] if level else []
        return ["ipmitool", "-I", "lanplus", "-H", f"127.1.0.{number}", "-p", str(simulator.port), "-U", user,
                "-P", password, "-C", str(suite), *level]

    def ipmitool(self, simulator, *command, number=1, suite=17, user="admin", password="password", level=None,
                 options=(), fails=False):
        arguments = self.ipmitool_arguments(simulator, number, suite, user, password, level)
        done = subprocess.run([*arguments, *options, *command], capture_output=True, text=True, timeout=120, check=False)
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode != 0, fails, said)
        return said

    def ipmipower(self, simulator, verb, *options, hosts="127.1.0.1", suite=17, user="admin", password="password"):
        """{address: what ipmipower said of it}."""
        done = subprocess.run(
            ["ipmipower", "-D", "LAN_2_0", "-I", str(suite), "-h", f"{hosts}:{simulator.port}", "-u", user, "-p", password,
             f"--{verb}", *options], capture_output=True, text=True, timeout=120, check=False)
        lines = [line.split(": ", 1) for line in (done.stdout + done.stderr).splitlines() if ": " in line]
        return {address.split(":")[0]: said for address, said in lines}


def environment_has(*programs):
    for program in programs:
        if not any(os.access(os.path.join(folder, program), os.X_OK) for folder in os.environ["PATH"].split(":")):
            raise AssertionError(f"{program} is needed for this test; see the packages of .ci")

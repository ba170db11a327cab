"""What the e2e tests share: a haasd of their own on a free port, BMCs of ipmi_sim, and a client that hides nothing.

Standard library only.  A test file ends with `haas_e2e.main()`; CTest gives it --haasd and --plugins.
"""
import argparse
import base64
import concurrent.futures
import http.client
import json
import os
import pathlib
import re
import selectors
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
IPMI = "http://schema.massopencloud.org/haas/v0/obm/ipmi"
MOCK = "http://schema.massopencloud.org/haas/v0/obm/mock"
PATIENCE = 20  # seconds, for what ought to come at once

options = argparse.Namespace(haasd=None, plugins=None, build=None, example=None, bmcsim=None)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--haasd", required=True)
    parser.add_argument("--plugins", required=True)
    parser.add_argument("--build", type=pathlib.Path)
    parser.add_argument("--example", type=pathlib.Path)
    parser.add_argument("--bmcsim", type=pathlib.Path)
    _, rest = parser.parse_known_args(namespace=options)
    unittest.main(argv=["e2e"] + rest, verbosity=2)


def wait_for(what, condition, patience=PATIENCE):
    """Asks until the condition holds, and fails with its name when it never does."""
    end = time.monotonic() + patience
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {patience} s")
        time.sleep(0.02)


class Folder:
    """A temporary folder that goes with its test."""

    def __init__(self, case):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="haas-e2e-"))
        case.addCleanup(shutil.rmtree, self.path, ignore_errors=True)


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)


# What most tests start with.  {plugins} becomes the folder of the build's drivers.
BASIC = """[general]
log_level = debug
plugin_path = {plugins}
[http]
listen = 127.0.0.1:0
[auth]
mode = none
[extensions]
haas.ext.obm.mock =
haas.ext.obm.ipmi =
"""


class Haasd:
    """The real daemon with a haas.cfg of its own; `extra` is added to `config`."""

    def __init__(self, case, config=BASIC, extra="", folder=None, start=True):
        self.case = case
        self.folder = folder or Folder(case).path
        self.config = self.folder / "haas.cfg"
        self.config.write_text((config + extra).format(plugins=options.plugins))
        self.log_path = self.folder / "haasd.log"
        self.process = None
        if start:
            self.start()

    def launch(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [options.haasd, "--config", str(self.config)], stdout=subprocess.PIPE, stderr=log
            )
        self.case.addCleanup(self.kill)

    def start(self):
        self.launch()
        line = self._first_line()
        match = re.fullmatch(r"haasd: listening on http://127\.0\.0\.1:(\d+)\n", line)
        if not match:
            self.case.fail(f"no ready line but {line!r}; its log:\n{self.log()}")
        self.port = int(match[1])

    def _first_line(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(PATIENCE):
                self.case.fail(f"no ready line within {PATIENCE} s; its log:\n{self.log()}")
        return self.process.stdout.readline().decode()

    def log(self):
        return self.log_path.read_text(errors="replace")

    def call(self, method, path, body=None, headers=None, timeout=60):
        """A body that is no text goes as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            if body is not None and not isinstance(body, (str, bytes)):
                body = json.dumps(body)
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read().decode())
        finally:
            connection.close()

    def call_all(self, requests):
        """Each of the pairs (path, body) is PUT, or GET without a body, over a few connections that stay open; gives the
        set of their status codes."""
        requests = iter(requests)
        lock = threading.Lock()

        def work():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            statuses = set()
            while True:
                with lock:
                    path, body = next(requests, (None, None))
                if path is None:
                    connection.close()
                    return statuses
                connection.request("PUT" if body else "GET", path, body)
                response = connection.getresponse()
                response.read()
                statuses.add(response.status)

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            return set().union(*(one.result() for one in [pool.submit(work) for _ in range(16)]))

    def register(self, label, obm_type, **fields):
        return self.call("PUT", f"/node/{label}", {"obm": {"type": obm_type, **fields}})

    def register_bmc(self, label, host, user="admin", password="password", **fields):
        return self.register(label, IPMI, host=host, user=user, password=password, **fields)

    def terminate(self, how=signal.SIGTERM):
        """Ends it by that signal; gives the exit code and the seconds it took."""
        start = time.monotonic()
        self.process.send_signal(how)
        code = self.process.wait(PATIENCE)
        return code, time.monotonic() - start

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Case(unittest.TestCase):
    """A test with a folder of its own, in which its daemons live one after the other."""

    def setUp(self):
        self.folder = Folder(self).path

    def start(self, config=BASIC, extra=""):
        return Haasd(self, config, extra, self.folder)

    def refused(self, config):
        """Starts a haasd that must not start; its exit code and what it said."""
        daemon = Haasd(self, config, folder=self.folder, start=False)
        daemon.launch()
        code = daemon.process.wait(PATIENCE)
        return code, daemon.log() + daemon.process.stdout.read().decode()

    def check(self, config):
        """haasd --check of this text; exit code and output, the folder's name left out."""
        file = self.folder / "haas.cfg"
        file.write_text(config.format(plugins=options.plugins))
        done = subprocess.run([options.haasd, "--check", file], capture_output=True, text=True, timeout=60)
        return done.returncode, (done.stdout + done.stderr).replace(f"{self.folder}/", "")


def basic(user, password):
    """The header of HTTP Basic authentication (RFC 7617)."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def free_udp_port():
    """A port that nobody has now.  Nothing keeps it free, so whoever takes it must cope with losing it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class IpmiSim:
    """A BMC that nobody here wrote: OpenIPMI's simulator with a chassis of its own."""

    def __init__(self, case):
        self.folder = Folder(case).path
        self.port = free_udp_port()
        self.process = None
        config = (HERE / "ipmi_sim/lan.conf.in").read_text()
        replacements = {"@PORT@": self.port, "@HOOK@": HERE / "ipmi_sim/chassis_hook", "@STATE@": self.folder}
        for name, value in replacements.items():
            config = config.replace(name, str(value))
        (self.folder / "lan.conf").write_text(config)
        case.addCleanup(self.stop)
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["ipmi_sim", "-c", self.folder / "lan.conf", "-f", HERE / "ipmi_sim/bmc.emu", "-s", self.folder, "-n"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        wait_for("ipmi_sim answers", self._answers)

    def _answers(self):
        """An RMCP ping (IPMI 2.0 section 13.2.3) is answered by whoever speaks IPMI over LAN."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.2)
            probe.connect(("127.0.0.1", self.port))
            try:
                probe.send(bytes.fromhex("0600ff06000011be80010000"))
                return probe.recv(64)[8] == 0x40
            except OSError:
                return False

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    @property
    def host(self):
        return f"127.0.0.1:{self.port}"

    def changes(self):
        """What the chassis was told, in order: ["power 1", "reset 1"]."""
        path = self.folder / "changes"
        return path.read_text().splitlines() if path.exists() else []

    def power(self):
        path = self.folder / "power"
        return path.read_text().strip() == "1" if path.exists() else False

    def ipmitool(self, *arguments):
        environment = dict(os.environ, IPMITOOL_PASSWORD="password")
        command = ["ipmitool", "-I", "lanplus", "-C", "3", "-H", "127.0.0.1", "-p", str(self.port), "-U", "admin", "-E"]
        done = subprocess.run(command + list(arguments), env=environment, capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise AssertionError(f"ipmitool {' '.join(arguments)}: {done.stderr}")
        return done.stdout.strip()

    def sessions(self):
        """Sessions that are open beside the one that asks: Get Session Info, IPMI 2.0 section 22.20."""
        answer = self.ipmitool("raw", "0x06", "0x3d", "0x00").split()
        return int(answer[2], 16) - 1

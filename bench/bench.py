"""Measures haasd beside its peers, each pair in one run: requests per second of a power status over HTTP beside a bare
Beast responder, and power states per second of a real BMC simulator beside ipmitool in a loop.

CPU is what the kernel charged to the measured processes, children included; wall time is the machine's, shared and
noisy.  Read ratios, not numbers."""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "tests" / "e2e"))
import haas_e2e  # noqa: E402  the e2e tests' own simulator set-up

TYPE = "http://schema.massopencloud.org/haas/v0/obm/"
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_mib(pid):
    return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) / 1024


class Process:
    """A server of ours that says where it listens in the first line it prints."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        found = re.search(r"127\.0\.0\.1:(\d+)", line)
        if not found:
            raise SystemExit(f"{command[0]} did not start: {line!r}")
        self.port = int(found[1])
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


def load(server, path, seconds, connections):
    """Keeps `connections` busy with GETs; requests per second and CPU per request of the server."""
    before, begin = cpu_seconds(server.pid), time.monotonic()
    output = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency",
                             f"http://127.0.0.1:{server.port}{path}"], capture_output=True, text=True, check=True).stdout
    wall, cpu = time.monotonic() - begin, cpu_seconds(server.pid) - before
    if "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(f"{path}: not every request was answered well:\n{output}")
    requests = int(re.search(r"(\d+) requests in", output)[1])
    p99 = re.search(r"99%\s+([\d.]+\w+)", output)[1]
    return {"per_second": requests / wall, "cpu_us": cpu / requests * 1e6, "p99": p99}


def register(port, node, kind, **fields):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("PUT", f"/node/{node}", json.dumps({"obm": {"type": TYPE + kind, **fields}}))
    answer = connection.getresponse()
    if answer.status != 200:
        raise SystemExit(f"registration of {node} answered {answer.status}: {answer.read().decode()}")


def http_bench(build, config, seconds):
    rows = []
    with Process(build / "bench/http/bare_beast") as bare, \
            Process(build / "bin/haasd", "--config", config) as haasd:
        register(haasd.port, "mock-01", "mock", host="mock-01")
        for connections in (1, 64):
            # In turns, so that a noisy neighbour meets both.
            turns = [(load(bare, "/node/mock-01/power_status", seconds, connections),
                      load(haasd, "/node/mock-01/power_status", seconds, connections)) for _ in range(2)]
            for name, index in (("bare Beast", 0), ("haasd", 1)):
                best = min((turn[index] for turn in turns), key=lambda one: one["cpu_us"])
                rows.append({"what": f"power_status of a mock node, {connections} connection{'s' * (connections > 1)}",
                             "who": name, **best})
        rows[-1]["peak_mib"] = peak_mib(haasd.pid)
    return rows


def haasd_states(port, seconds, pid):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    count, before, begin = 0, cpu_seconds(pid), time.monotonic()
    while time.monotonic() - begin < seconds:
        connection.request("GET", "/node/bmc-01/power_status")
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200 or json.loads(body)["power_status"] not in ("on", "off"):
            raise SystemExit(f"power_status answered {answer.status}: {body.decode()}")
        count += 1
    return {"per_second": count / (time.monotonic() - begin), "cpu_us": (cpu_seconds(pid) - before) / count * 1e6}


def ipmitool_states(port, seconds):
    count, before, begin = 0, resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    while time.monotonic() - begin < seconds:
        output = subprocess.run(["ipmitool", "-I", "lanplus", "-C", "3", "-H", "127.0.0.1", "-p", str(port), "-U", "admin",
                                 "-P", "password", "chassis", "power", "status"], capture_output=True, text=True, check=True)
        if "Chassis Power is o" not in output.stdout:
            raise SystemExit(f"ipmitool said {output.stdout!r}")
        count += 1
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"per_second": count / (time.monotonic() - begin), "cpu_us": cpu / count * 1e6}


class Cleanups(contextlib.ExitStack):
    """What haas_e2e.IpmiSim wants of a test."""

    addCleanup = contextlib.ExitStack.callback


def bmc_bench(build, config, seconds):
    with Cleanups() as cleanups, Process(build / "bin/haasd", "--config", config) as haasd:
        bmc = haas_e2e.IpmiSim(cleanups)
        register(haasd.port, "bmc-01", "ipmi", host=f"127.0.0.1:{bmc.port}", user="admin", password="password")
        haasd_states(haasd.port, 0.5, haasd.pid)
        what = "power state of one ipmi_sim BMC, one after the other"
        return [{"what": what, "who": "ipmitool in a loop", **ipmitool_states(bmc.port, seconds)},
                {"what": what, "who": "haasd, one HTTP client", **haasd_states(haasd.port, seconds, haasd.pid)}]


def table(rows):
    print(f"{'':52} {'':24} {'per second':>12} {'CPU µs each':>12} {'ratio of CPU':>13}")
    peers = {}
    for row in rows:
        peer = peers.setdefault(row["what"], row)
        row["cpu_ratio"] = row["cpu_us"] / peer["cpu_us"] if peer["cpu_us"] else 0
        print(f"{row['what']:52} {row['who']:24} {row['per_second']:12,.0f} {row['cpu_us']:12,.1f} {row['cpu_ratio']:13.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=float, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "haas.cfg"
        config.write_text("[http]\nlisten = 127.0.0.1:0\n[auth]\nmode = none\n[general]\nlog_level = error\n"
                          "[extensions]\nhaas.ext.obm.mock =\nhaas.ext.obm.ipmi =\n")
        rows = http_bench(arguments.build, config, int(arguments.seconds))
        rows += bmc_bench(arguments.build, config, arguments.seconds)
    table(rows)
    results = arguments.build / "results.json"
    results.write_text(json.dumps(rows, indent=2) + "\n")
    print(f"\nAs JSON: {results}")


if __name__ == "__main__":
    main()

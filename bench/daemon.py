"""haasd itself: what HTTP adds to the driver, what a registered node weighs, and its HTTP beside a bare Beast server."""
import contextlib
import json
import pathlib
import re
import signal
import subprocess
import tempfile
import time

import simulator

TYPE = "http://schema.massopencloud.org/haas/v0/obm/"
CONNECTIONS = 64


class Server:
    """A process that says where it listens in the first line it prints."""

    def __init__(self, *command):
        self.process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
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
        self.process.wait(30)

    def cpu(self):
        return simulator.cpu_seconds(self.pid)


@contextlib.contextmanager
def configuration():
    with tempfile.TemporaryDirectory(prefix="haas-bench-") as folder:
        config = pathlib.Path(folder) / "haas.cfg"
        config.write_text("[http]\nlisten = 127.0.0.1:0\n[auth]\nmode = none\n[general]\nlog_level = error\n"
                          "[extensions]\nhaas.ext.obm.mock =\nhaas.ext.obm.ipmi =\n")
        yield config


def quiet(server):
    """Waits until the server has had nothing to do for a while, or ten seconds."""
    last = server.cpu()
    for _ in range(50):
        time.sleep(0.2)
        if server.cpu() - last < 0.001:
            return
        last = server.cpu()


def load(build, server, requests, connections=CONNECTIONS):
    before = server.cpu()
    done = subprocess.run([str(build / "bench/http/load"), "--port", str(server.port), "--requests", str(requests),
                           "--connections", str(connections)], stdout=subprocess.PIPE, text=True, check=True)
    result = json.loads(done.stdout)
    result["cpu_us"] = (server.cpu() - before) / result["requests"] * 1e6
    return result


def write_requests(folder, sim, count):
    put, read = folder / "put", folder / "read"
    with put.open("w") as puts, read.open("w") as reads:
        for number, address in enumerate(sim.addresses(count), 1):
            obm = {"type": TYPE + "ipmi", "host": f"{address}:{sim.port}", "user": "admin", "password": "password"}
            puts.write(f"PUT\t/node/n{number:05}\t\t{json.dumps({'obm': obm})}\n")
            reads.write(f'GET\t/node/n{number:05}/power_status\t"{sim.state(number)}"\t\n')
    return put, read


def fleet(build, sim, count):
    """Registers all BMCs, asks each over HTTP, fresh and warm, before and after a restart."""
    with configuration() as config:
        put, read = write_requests(config.parent, sim, count)
        memory = {}
        with Server(build / "bin/haasd", "--config", config) as haasd:
            quiet(haasd)
            memory["empty_kib"] = simulator.memory_kib(haasd.pid)
            registered = load(build, haasd, put)
            quiet(haasd)
            memory["registered_kib"] = simulator.memory_kib(haasd.pid)
        with Server(build / "bin/haasd", "--config", config) as haasd:
            quiet(haasd)
            memory["restarted_kib"] = simulator.memory_kib(haasd.pid)
            fresh = load(build, haasd, read)
            memory["warm_kib"] = simulator.memory_kib(haasd.pid)
            warm = [load(build, haasd, read) for _ in range(3)]
            memory["peak_kib"] = simulator.memory_kib(haasd.pid, "VmHWM")
    for kind in ("registered", "restarted", "warm", "peak"):
        memory[f"{kind}_per_node"] = (memory[f"{kind}_kib"] - memory["empty_kib"]) / count
    return {"n": count, "connections": CONNECTIONS, "register": registered, "fresh": fresh,
            "warm": min(warm, key=lambda one: one["cpu_us"]), "warm_right": min(one["right"] for one in warm),
            "memory": memory}


def wrk(server, seconds, connections):
    before, begin = server.cpu(), time.monotonic()
    output = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s",
                             f"http://127.0.0.1:{server.port}/node/mock-01/power_status"],
                            capture_output=True, text=True, check=True).stdout
    wall, cpu = time.monotonic() - begin, server.cpu() - before
    if "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(f"not every request was answered well:\n{output}")
    requests = int(re.search(r"(\d+) requests in", output)[1])
    return {"per_second": requests / wall, "cpu_us": cpu / requests * 1e6}


def beside_beast(build, seconds):
    """A mock node's power status through the whole stack, beside Beast with one fixed answer."""
    rows = []
    with configuration() as config, Server(build / "bench/http/bare_beast") as bare, \
            Server(build / "bin/haasd", "--config", config) as haasd:
        put = config.parent / "put"
        put.write_text("PUT\t/node/mock-01\t\t" + json.dumps({"obm": {"type": TYPE + "mock", "host": "mock-01"}}) + "\n")
        if load(build, haasd, put)["right"] != 1:
            raise SystemExit("the mock node was not registered")
        for connections in (1, 64):
            # In turns, so that a noisy neighbour meets both.
            turns = [(wrk(bare, seconds, connections), wrk(haasd, seconds, connections)) for _ in range(2)]
            for who, index in (("bare Beast", 0), ("haasd", 1)):
                rows.append({"who": who, "connections": connections,
                             **min((turn[index] for turn in turns), key=lambda one: one["cpu_us"])})
    return rows

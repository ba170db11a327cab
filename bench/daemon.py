"""haasd itself: how it is started and asked, what HTTP adds to the driver, and what a registered node weighs."""
import contextlib
import json
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time

import simulator

TYPE = "http://schema.massopencloud.org/haas/v0/obm/"
CONNECTIONS = 64


class Server:
    """A process that says where it listens in the first line it prints: plain first, then TLS."""

    def __init__(self, *command):
        self.process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.ports = [int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", line)]
        if not self.ports:
            raise SystemExit(f"{command[0]} did not start: {line!r}")
        self.port = self.ports[0]
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def cpu(self):
        return simulator.cpu_seconds(self.pid)


@contextlib.contextmanager
def configuration(listen="127.0.0.1:0", mode="none", more_http=(), certificate=()):
    """`more_http`: lines of [http]; `certificate`: what certificate() has made."""
    with tempfile.TemporaryDirectory(prefix="haas-bench-") as folder:
        config = pathlib.Path(folder) / "haas.cfg"
        tls = "[tls]\ncertificate = {}\nprivate_key = {}\n".format(*certificate) if certificate else ""
        lines = "".join(line + "\n" for line in more_http)
        config.write_text(f"[http]\nlisten = {listen}\n{lines}{tls}[auth]\nmode = {mode}\n[general]\nlog_level = error\n"
                          "[database]\nuri = sqlite:///haas.db\n[extensions]\nhaas.ext.obm.mock =\nhaas.ext.obm.ipmi =\n")
        yield config


@contextlib.contextmanager
def certificate():
    """Of this run only: files of a certificate for 127.0.0.1 and its key, of the kind that costs least."""
    with tempfile.TemporaryDirectory(prefix="haas-bench-") as folder:
        made, key = pathlib.Path(folder) / "certificate.pem", pathlib.Path(folder) / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "1", "-subj", "/CN=haas-bench", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                        str(key), "-out", str(made)], check=True, capture_output=True)
        key.chmod(0o600)
        yield made, key


def quiet(server):
    """Waits until the server has had nothing to do for a while, or ten seconds."""
    last = server.cpu()
    for _ in range(50):
        time.sleep(0.2)
        if server.cpu() - last < 0.001:
            return
        last = server.cpu()


def _load_command(build, server, requests, connections):
    return [str(build / "bench/http/load"), "--port", str(server.port), "--requests", str(requests), "--connections",
            str(connections)]


@contextlib.contextmanager
def loading(build, server, requests, connections):
    """The same requests over and over, as long as the context lasts."""
    over = threading.Event()

    def repeat():
        while not over.is_set():
            subprocess.run(_load_command(build, server, requests, connections), stdout=subprocess.DEVNULL, check=True)

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def load(build, server, requests, connections=CONNECTIONS):
    before = server.cpu()
    done = subprocess.run(_load_command(build, server, requests, connections), stdout=subprocess.PIPE, text=True, check=True)
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


def register_mocks(build, server, folder, count):
    put = folder / "put-mocks"
    with put.open("w") as puts:
        for number in range(1, count + 1):
            obm = {"type": TYPE + "mock", "host": f"m{number:05}"}
            puts.write(f"PUT\t/node/m{number:05}\t\t{json.dumps({'obm': obm})}\n")
    done = load(build, server, put)
    if done["right"] != count:
        raise SystemExit(f"{done['right']} of {count} mock nodes were registered")
    quiet(server)

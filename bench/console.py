"""Many consoles that print without a pause over a network that loses datagrams, all recorded: is every byte in the history
once, what does it cost, and who notices?"""
import asyncio
import http.client
import json
import threading
import time

import websockets

import daemon
import simulator

RATE = 11_520  # bytes a second, which is 115,200 baud
LINE, HASH = 64, 2654435761
LATENCY_MS, ACCUMULATE_MS = 5, 10  # of the BMC whose keystrokes are timed; the second is haas-bmcsim's, SOL parameter 3
KEY_PAUSE = 0.05
STATUS_PAUSE = 0.01
PATIENCE = 120  # seconds for what lags when the machines have printed all


class Client:
    """One connection that stays open."""

    def __init__(self, server):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)

    def call(self, method, path, body=None):
        self.connection.request(method, path, None if body is None else json.dumps(body))
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{method} {path}: {answer.status} {content!r}")
        return answer, content

    def close(self):
        self.connection.close()


def name_of(number):
    return b"machine %05d " % number


def printed_lines(size):
    """What every machine prints behind its name, as tools/bmcsim/console.cpp has it; the last one goes beyond `size`."""
    return [b"prints line %010d and it ends with %08x\r\n" % (line, line * HASH & 0xFFFFFFFF)
            for line in range(-(-size // LINE))]


def doubled_bytes(found, number, printed):
    """Of a history that is not what was printed: whole lines that are there again; `printed`: a set of all that there are."""
    name = name_of(number)
    length = LINE - len(name)
    # The begin of one line and the end of another, where something is missing, are none.
    lines = [line for line in (part[:length] for part in found.split(name)[1:]) if line in printed]
    return (len(lines) - len(set(lines))) * LINE


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def spread(values_ms):
    return {"n": len(values_ms), **{f"p{share}_ms": percentile(values_ms, share / 100) for share in (50, 90, 99)}}


# ---- Keystrokes ----

async def _type(port, node, seconds):
    times = []
    async with websockets.connect(f"ws://127.0.0.1:{port}/v0/node/{node}/console/ws?replay=0", compression=None) as socket:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            key = b"%c" % (ord("a") + len(times) % 26)
            begin = time.monotonic()
            await socket.send(key)
            came = b""
            while key not in came:
                message = await asyncio.wait_for(socket.recv(), 30)
                came = message if isinstance(message, bytes) else b""
            times.append((time.monotonic() - begin) * 1e3)
            await asyncio.sleep(KEY_PAUSE)
    # The first one takes the right to type, and the state is told.
    return spread(times[1:])


def keystrokes(server, node, seconds):
    return asyncio.run(_type(server.port, node, seconds))


# ---- Power calls to the same nodes ----

class Asking:
    """One who asks node after node for its power state, a hundred a second at most, while the context lasts."""

    def __init__(self, server, count):
        self.client, self.count = Client(server), count
        self.times, self.right = [], 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._ask)

    def _ask(self):
        while not self.over.wait(STATUS_PAUSE):
            node = f"n{len(self.times) * 7 % self.count + 1:05}"
            begin = time.monotonic()
            content = self.client.call("GET", f"/node/{node}/power_status")[1]
            self.times.append((time.monotonic() - begin) * 1e3)
            self.right += json.loads(content) == {"power_status": "on"}

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.client.close()


# ---- The whole ----

def _until(what, condition, patience):
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"{what}: not within {patience} s")
        time.sleep(0.1)


def _stored(client, path):
    return int(client.call("GET", path + "log?tail_bytes=0")[0].headers["X-Haas-Console-End"])


def _compare(client, sim, count, size):
    """Waits for the end of each history, and reads all of them.  `lost`: what a BMC has sent and what is not stored.  What the
    BMCs themselves threw away, because nobody took it in time, was printed and not sent."""
    lines = printed_lines(size)
    first, printed = b"".join(name_of(1) + line for line in lines)[:size], set(lines)
    found_bytes, rows = {}, {"right": 0, "lost": 0, "doubled": 0, "gaps": 0}
    end = time.monotonic() + PATIENCE
    for number in range(1, count + 1):
        path = f"/v0/node/n{number:05}/console/"
        while time.monotonic() < end and (stored := _stored(client, path)) < size:
            one = sim.bmc(number)
            # What it threw away never comes.
            if one["sol_out"] + one["sol_lost"] >= size and stored >= one["sol_out"]:
                break
            time.sleep(0.1)
        found = client.call("GET", path + "log")[1]
        right = found == first.replace(name_of(1), name_of(number))
        rows["right"] += right
        rows["doubled"] += 0 if right else doubled_bytes(found, number, printed)
        rows["gaps"] += json.loads(client.call("GET", path + "state")[1])["gaps"]
        found_bytes[str(number)] = len(found)
    for number, one in sim.bmcs().items():
        rows["lost"] += max(0, one["sol_out"] - found_bytes[number])
        if one["sol_out"] < found_bytes[number]:
            rows["doubled"] += found_bytes[number] - one["sol_out"]
    return rows


def _record(build, config, sim, keys, count, seconds):
    size = RATE * seconds
    with daemon.Server(build / "bin/haasd", "--config", config) as haasd:
        client = Client(haasd)
        body = {"obm": {"type": daemon.TYPE + "ipmi", "host": f"{keys.addresses(1)[0]}:{keys.port}", "user": "admin",
                        "password": "password"}}
        client.call("PUT", "/node/keys", body)
        calm = keystrokes(haasd, "keys", min(10, seconds / 2))
        client.close()
        daemon.quiet(haasd)
        before_kib, begin = simulator.memory_kib(haasd.pid), time.monotonic()
        put, _ = daemon.write_requests(config.parent, sim, count)
        if daemon.load(build, haasd, put)["right"] != count:
            raise SystemExit("not every BMC was registered")
        _until("all consoles are connected", lambda: sim.totals()["consoles_now"] == count, max(10, seconds / 2))
        connected = time.monotonic() - begin
        # None has been printing for longer than this, so all of them do until the end of it.
        window = seconds - connected
        totals, sent, cpu, sim_cpu = sim.totals(), sim.printed(), haasd.cpu(), simulator.cpu_seconds(sim.pid)
        with Asking(haasd, count) as asking:
            beside = keystrokes(haasd, "keys", window)
        took = time.monotonic() - begin - connected
        cpu, sim_cpu = haasd.cpu() - cpu, simulator.cpu_seconds(sim.pid) - sim_cpu
        meanwhile, sent = sim.totals(), sim.printed() - sent
        kib = simulator.memory_kib(haasd.pid)
        client = Client(haasd)
        compared = _compare(client, sim, count, size)
        client.close()
        after = sim.totals()
    datagrams = sum(meanwhile[way] - totals[way] for way in ("in", "out"))
    return {"n": count, "seconds": seconds, "bytes_each": size, "connected_s": connected, "window_s": took, "cpu_s": cpu,
            "cpu_percent": cpu / took * 100, "us_per_kib": cpu / (sent / 1024) * 1e6, "simulator_cpu_percent": sim_cpu / took * 100,
            "kib_each": (kib - before_kib) / count, "rss_kib": kib, "datagrams": datagrams,
            "datagrams_per_kib": datagrams / (sent / 1024), "rate_share": sent / took / (RATE * count),
            "sessions": after["sessions_opened"], "thrown_away": after["sol_lost"], **compared,
            "status": {**spread(asking.times), "right": asking.right}, "keys_calm": calm, "keys_beside": beside}


def measure(build, count, seconds, processor=None):
    always = "[console]\ncapture = always\nmax_size = 1 GiB\n"
    printing = ("--power", "on", "--console-period", "0", "--console-rate", str(RATE), "--console-most", str(RATE * seconds),
                "--loss", "1%")
    quiet = ("--power", "on", "--console-period", "0", "--latency", str(LATENCY_MS))
    with daemon.configuration() as config, simulator.Simulator(build, count, *printing, processor=processor) as sim, \
            simulator.Simulator(build, 1, *quiet, processor=processor) as keys:
        config.write_text(config.read_text() + always)
        return _record(build, config, sim, keys, count, seconds)

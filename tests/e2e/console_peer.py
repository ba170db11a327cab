"""Who has to do with a console from outside: WebSocket clients and readers of streams before haasd, ipmitool and a machine's
serial line behind it.  Nothing here hides a byte: what came is kept as it came."""
import asyncio
import http.client
import json
import os
import pty
import select
import socket
import subprocess
import sys
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

import websockets
import websockets.exceptions

import haas_e2e
from haas_e2e import IpmiSim, wait_for


class AtOnce(unittest.TestSuite):
    """Tests that wait for time-outs of BMCs more than for anything else, and so do it together."""
    together = 12
    lock = threading.Lock()

    def run(self, result, debug=False):
        def one(test):
            if isinstance(test, unittest.TestSuite):
                return test.run(result)
            own = unittest.TestResult()
            begin = time.monotonic()
            test.run(own)
            with self.lock:
                result.testsRun += own.testsRun
                result.failures += own.failures
                result.errors += own.errors
                print(f"{test.id()}: {'ok' if own.wasSuccessful() else 'FAIL'}, {time.monotonic() - begin:.1f} s", file=sys.stderr)
        with ThreadPoolExecutor(self.together) as pool:
            list(pool.map(one, self))
        return result


class Sockets:
    """The loop that the WebSockets of one test run on."""

    def __init__(self, case):
        self.case = case
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.open = []
        case.addCleanup(self.close)

    def run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(haas_e2e.PATIENCE)

    def connect(self, daemon, node, query="replay=0", headers=None):
        one = WebSocket(self, f"ws://127.0.0.1:{daemon.port}/v0/node/{node}/console/ws?{query}", headers or {})
        self.open.append(one)
        return one

    def close(self):
        for one in self.open:
            one.close()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


class WebSocket:
    """A client of python3-websockets: all that came is in `bytes` and `texts`."""

    def __init__(self, sockets, url, headers):
        self.sockets = sockets
        self.bytes = bytearray()
        self.texts = []
        self.ended = threading.Event()
        self.code = None
        self.socket = sockets.run(self._connect(url, headers))
        self.reader = asyncio.run_coroutine_threadsafe(self._read(), sockets.loop)

    async def _connect(self, url, headers):
        return await websockets.connect(url, extra_headers=headers, max_size=None, ping_interval=None, compression=None,
                                        close_timeout=1)

    async def _read(self):
        try:
            async for message in self.socket:
                if isinstance(message, bytes):
                    self.bytes += message
                else:
                    self.texts.append(json.loads(message))
        except websockets.exceptions.ConnectionClosedError:
            pass
        self.code = self.socket.close_code
        self.ended.set()

    def send(self, data):
        self.sockets.run(self.socket.send(data))

    def control(self, **command):
        self.send(json.dumps(command))

    def state(self):
        """The last that it was told."""
        return next((one for one in reversed(self.texts) if "state" in one), None)

    def events(self, kind):
        return [one["event"] for one in self.texts if "event" in one and one["event"]["kind"] == kind]

    def errors(self):
        return [one["error"] for one in self.texts if "error" in one]

    def until(self, what, condition, patience=haas_e2e.PATIENCE):
        def asked():
            return condition(self) or (self.ended.is_set() and "closed")
        result = wait_for(f"the WebSocket's {what}; it has {bytes(self.bytes[-200:])!r} and {self.texts[-3:]}", asked, patience)
        self.sockets.case.assertNotEqual(result, "closed", f"{what}: closed with {self.code}")
        return result

    def until_connected(self):
        self.until("connection", lambda one: one.state() and one.state()["state"]["connected"])

    def until_bytes(self, wanted, patience=haas_e2e.PATIENCE):
        self.until(f"{wanted!r}"[:80], lambda one: wanted in one.bytes, patience)

    def close(self):
        if not self.ended.is_set():
            self.sockets.run(self.socket.close())
            self.ended.wait(haas_e2e.PATIENCE)


def refusal(case, daemon, node, query="replay=0", headers=None):
    """Status and body of a WebSocket that is not let in."""
    handshake = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                 "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    answer = daemon.call("GET", f"/v0/node/{node}/console/ws?{query}", headers={**handshake, **(headers or {})})
    case.assertNotIn(answer.status, (101, 200), answer.body)
    return answer


def read(daemon, path, headers=None):
    """A log as the bytes that it is."""
    connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=60)
    try:
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise AssertionError(f"{path}: {response.status} {body!r}")
        return body
    finally:
        connection.close()


class Reader:
    """A stream's reader: `bytes` grows from when it is told to read; `ended` says that the other side has ended it, and
    `whole` whether as if nothing more were to come."""

    def __init__(self, case, daemon, path, headers=None, small_window=False, reads=True):
        """`small_window`: the kernels on both sides keep little of what is not read."""
        self.connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=60)
        self.socket = self.connection.sock = socket.socket()
        if small_window:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", daemon.port))
        self.connection.request("GET", path, headers=headers or {})
        self.response = self.connection.getresponse()
        if self.response.status != 200:
            case.fail(f"{path}: {self.response.status} {self.response.read()!r}")
        self.bytes = bytearray()
        self.whole = False
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.started = False
        if reads:
            self.read()
        case.addCleanup(self.close)

    def read(self):
        self.started = True
        self.thread.start()

    def _read(self):
        try:
            while piece := self.response.read1(65536):
                self.bytes += piece
            self.whole = True
        except (OSError, http.client.HTTPException, ValueError):
            pass
        self.ended.set()

    def until_bytes(self, wanted, patience=haas_e2e.PATIENCE):
        wait_for(f"{wanted!r} in the stream; it has {bytes(self.bytes[-200:])!r}", lambda: wanted in self.bytes, patience)

    def objects(self):
        """Of NDJSON: the whole lines."""
        whole = bytes(self.bytes[:self.bytes.rfind(b"\n") + 1])
        return [json.loads(line) for line in whole.splitlines()]

    def close(self):
        if self.socket.fileno() >= 0:
            try:
                self.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        if self.started:
            self.thread.join()
        self.response.close()
        self.connection.close()


class IpmitoolSol:
    """`ipmitool sol activate` at a terminal, as a person has it."""

    def __init__(self, case, host):
        self.case = case
        address, _, port = host.rpartition(":")
        command = ["ipmitool", "-I", "lanplus", "-C", "3", "-H", address, "-p", port, "-U", "admin", "-E", "sol", "activate"]
        self.terminal, inside = pty.openpty()
        self.process = subprocess.Popen(command, env=dict(os.environ, IPMITOOL_PASSWORD="password"), stdin=inside,
                                        stdout=inside, stderr=inside, start_new_session=True)
        os.close(inside)
        self.seen = b""
        case.addCleanup(self.close)

    def until(self, text):
        def came():
            while select.select([self.terminal], [], [], 0)[0]:
                try:
                    piece = os.read(self.terminal, 4096)
                except OSError:  # it has ended, and what it said was read
                    return text in self.seen or self.case.fail(f"ipmitool ended without {text!r}: {self.seen!r}")
                self.seen += piece
            return text in self.seen
        wait_for(f"{text!r} of ipmitool; it said {self.seen[-300:]!r}", came)

    def until_operational(self):
        self.until(b"SOL Session operational")

    def type(self, data):
        os.write(self.terminal, data)

    def leave(self):
        """As a person does, so that it gives the console back; that takes two commands more."""
        self.type(b"\r~.")
        self.until(b"terminated ipmitool")
        self.process.wait(haas_e2e.PATIENCE)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.terminal)


def ipmitool(host, *arguments, check=True):
    """What it said, and its exit code."""
    address, _, port = host.rpartition(":")
    command = ["ipmitool", "-I", "lanplus", "-C", "3", "-H", address, "-p", port, "-U", "admin", "-E", *arguments]
    done = subprocess.run(command, env=dict(os.environ, IPMITOOL_PASSWORD="password"), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60)
    if check and done.returncode != 0:
        raise AssertionError(f"ipmitool {' '.join(arguments)}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr, done.returncode


class SerialLine:
    """The machine's end of the serial line of ipmi_sim: a TCP server that keeps what was typed at the machine."""

    def __init__(self, case):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connection = None
        self.typed = bytearray()
        self.echoes = False
        self.over = False
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        case.addCleanup(self.close)

    def _serve(self):
        while not self.over:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connection = connection
            try:
                while data := connection.recv(65536):
                    with self.lock:
                        self.typed += data
                    if self.echoes:
                        connection.sendall(data)
            except OSError:
                pass
            self.connection = None
            connection.close()

    def print(self, data):
        wait_for("ipmi_sim at the serial line", lambda: self.connection)
        self.connection.sendall(data)

    def close(self):
        self.over = True
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        if connection := self.connection:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.thread.join()


class IpmiSimWithSerial(IpmiSim):
    """ipmi_sim whose SOL leads to `line`."""

    def __init__(self, case):
        self.line = SerialLine(case)
        super().__init__(case)

    def start(self):
        config = self.folder / "lan.conf"
        text = config.read_text()
        if "\n  sol " not in text:
            config.write_text(text + f'  sol "tcp:127.0.0.1:{self.line.port}" 115200\n')
        super().start()

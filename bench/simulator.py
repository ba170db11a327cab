"""haas-bmcsim as the benchmarks use it: some BMCs on, some off, so that a client that guesses is found out."""
import ctypes
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time

BLOCK = 50  # so many BMCs in a row are on, the next so many off


def is_on(number):
    return (number - 1) // BLOCK % 2 == 0


def cpu_seconds(pid):
    """Of all threads of a process, also of those that have ended, to the nanosecond."""
    clock = ctypes.c_int()
    if ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock)) != 0:
        raise ProcessLookupError(f"process {pid} is gone")
    return time.clock_gettime_ns(clock.value) / 1e9


def memory_kib(pid, name="VmRSS"):
    return int(re.search(rf"{name}:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])


class Simulator:
    """`settings` are options of haas-bmcsim.  `dead`: every so many-th BMC never answers; `slow`: works 0.3 s on each
    datagram, one after the other.  `processor`: the one it is held on."""

    def __init__(self, build, count, *settings, dead=0, slow=0, processor=None):
        self.count = count
        self.dead = dead
        self.slow = slow
        self.folder = tempfile.TemporaryDirectory(prefix="haas-bench-")
        self.control = str(pathlib.Path(self.folder.name) / "control")
        on = ",".join(f"{first}-{min(first + BLOCK - 1, count)}" for first in range(1, count + 1, 2 * BLOCK))
        command = [str(build / "bin/haas-bmcsim"), "--count", str(count), "--port", "0", "--control", self.control,
                   "--at", f"{on}: power=on", *settings]
        if dead:
            command += ["--at", ",".join(str(n) for n in range(dead, count + 1, dead)) + ": dead"]
        if slow:
            command += ["--at", ",".join(str(n) for n in range(slow // 2, count + 1, slow)) + ": slow=300"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        if processor is not None:
            os.sched_setaffinity(self.process.pid, {processor})
        line = self.process.stdout.readline()
        found = re.search(r"port (\d+)", line)
        if not found:
            raise SystemExit(f"haas-bmcsim did not start: {line!r}")
        self.port = int(found[1])
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.folder.cleanup()

    def addresses(self, count):
        """Of the first BMCs, in order, as haas-bmcsim gives them out."""
        address, found = 0x7F010001, []
        while len(found) < count:
            if address & 0xFF not in (0, 255):
                found.append(socket.inet_ntoa(address.to_bytes(4, "big")))
            address += 1
        return found

    def state(self, number):
        if self.dead and number % self.dead == 0:
            return "dead"
        return "on" if is_on(number) else "off"

    def pace(self, number):
        return " slow" if self.slow and number % self.slow == self.slow // 2 else ""

    def hosts_file(self, count):
        path = pathlib.Path(self.folder.name) / f"hosts-{count}"
        if not path.exists():
            lines = (f"{address}:{self.port} {self.state(i)}{self.pace(i)}\n"
                     for i, address in enumerate(self.addresses(count), 1))
            path.write_text("".join(lines))
        return path

    def _ask(self, question):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self.control)
            connection.sendall(question.encode() + b"\n")
            answer = b""
            while not answer.endswith(b"\n"):
                answer += connection.recv(1 << 20)
        return json.loads(answer)

    def totals(self):
        """What all BMCs have counted since the start."""
        return self._ask("totals")["total"]

    def bmcs(self):
        """The counters of each BMC that was asked for something, by its number as text."""
        return self._ask("counters")["bmc"]

    def bmc(self, number):
        return self._ask(f"counters {number}")

    def printed(self):
        """Bytes that went out over SOL; BMC by BMC, because the sum may be more than the 32 bits of a counter."""
        return sum(one["sol_out"] for one in self.bmcs().values())

    def datagrams(self):
        """Received and sent by all BMCs since the start."""
        total = self.totals()
        # What its link loses has been sent by somebody all the same, and is counted.
        return total["in"] + total["out"]


def hint_about_buffers():
    """A sentence where the kernel's limit makes ten thousand answers at once overflow a socket, or None."""
    most = int(pathlib.Path("/proc/sys/net/core/rmem_max").read_text())
    if most >= 4 << 20 or os.geteuid() == 0:
        return None
    return (f"net.core.rmem_max is {most}: sockets of ten thousand BMCs overflow and datagrams are sent twice. "
            "As root: sysctl net.core.rmem_max=4194304")

"""The clients that are measured against the simulator: the driver's .so in bench/ipmi/sweep, ipmipower and ipmitool.
Each gives cells: dictionaries of who asked how many BMCs for what, and what it cost."""
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import time

import simulator

DRIVER = "haasd's driver"
# ipmipower repeats a datagram after 400 ms by its own clock; ten thousand answers take it longer than that.
PATIENT = ["--retransmission-timeout=8000", "--session-timeout=40000"]
DESCRIPTORS_PER_HOST = 2  # of ipmipower


def dropped_by_kernel():
    """Datagrams that found a socket's buffer full, of all processes of this machine."""
    names, values = [line.split() for line in pathlib.Path("/proc/net/snmp").read_text().splitlines()
                     if line.startswith("Udp:")]
    return int(values[names.index("RcvbufErrors")])


def cell(who, what, count, condition, **figures):
    return {"who": who, "what": what, "n": count, "condition": condition, **figures}


# ---- The driver -----------------------------------------------------------------------------------------------------


def run_sweep(build, sim, count, rounds, at_a_time=0, more=()):
    command = [str(build / "bench/ipmi/sweep"), "--library", str(build / "lib/haas/plugins/haas.ext.obm.ipmi.so"),
               "--hosts", str(sim.hosts_file(count)), "--control", sim.control]
    if at_a_time:
        command += ["--at-a-time", str(at_a_time)]
    command += more
    before, simulator_cpu = sim.datagrams(), simulator.cpu_seconds(sim.pid)
    exchanges = -before / 2
    done = subprocess.run(command + rounds, stdout=subprocess.PIPE, text=True, check=True)
    result = json.loads(done.stdout)
    for one in result["rounds"]:
        total = one["simulator"]["total"]
        one["datagrams"] = total["in"] + total["out"] - before
        before += one["datagrams"]
        one["executed"] = total["executed"]["total"]
        one["cpu"] = one["user"] + one["system"]
    exchanges += before / 2
    result["simulator_us"] = (simulator.cpu_seconds(sim.pid) - simulator_cpu) / exchanges * 1e6
    return result


def driver_cell(what, count, condition, asked, closed, result):
    """`asked`: the round that is measured; `closed`: the stop of the driver where its cost belongs to the round."""
    cpu = asked["cpu"] + (closed["cpu"] if closed else 0)
    questions = asked["asked"]
    datagrams = asked["datagrams"] + (closed["datagrams"] if closed else 0)
    for trouble, number in asked["failed"].items():
        print(f"{what}, {count} BMCs, {condition}: {number} ended as {trouble}", file=sys.stderr)
    return cell(DRIVER, what, count, condition, right=asked["right"], questions=questions, cpu_us=cpu / questions * 1e6,
                cpu_without_close_us=asked["cpu"] / questions * 1e6, wall=asked["wall"], last_right=asked["last_right"],
                wall_with_close=asked["wall"] + (closed["wall"] if closed else 0), datagrams=datagrams / questions,
                kib=(asked["peak_kib"] - result["empty_kib"]) / count, p50_ms=asked["p50_ms"], p99_ms=asked["p99_ms"],
                sleeps=asked["sleeps"] / questions, simulator_us=result["simulator_us"])


def sweep(build, sim, count, condition, rounds, repeats=1, at_a_time=0):
    """Fresh status (first round and the closing of its sessions) and warm status (the later rounds)."""
    runs = []
    for _ in range(repeats):
        drops = dropped_by_kernel()
        result = run_sweep(build, sim, count, ["status"] * rounds, at_a_time)
        attach, first, *later, stop = result["rounds"]
        runs.append(driver_cell("fresh", count, condition, first, stop, result))
        runs += [driver_cell("warm", count, condition, one, None, result) for one in later]
        for run in runs[-rounds:]:
            run["kernel_drops"] = dropped_by_kernel() - drops
            run["attach_us"] = attach["cpu"] / count * 1e6
    return best(runs)


def watch(build, sim, count, condition, between, times, period_ms):
    """Fresh status, warm status, and then that of all again and again."""
    drops = dropped_by_kernel()
    result = run_sweep(build, sim, count, ["status", *between, "status", "watch"],
                       more=["--times", str(times), "--period", str(period_ms)])
    _, first, second, watched, stop = result["rounds"]
    cells = [driver_cell("fresh", count, condition, first, stop, result),
             driver_cell("warm", count, condition, second, None, result),
             driver_cell("watch", count, condition, watched, None, result)]
    return [{**one, "kernel_drops": dropped_by_kernel() - drops} for one in cells]


def burst(build, sim, count, between):
    """A warm status of all at once: p99 of those that are neither dead nor slow, in ms, and how many answers were not right."""
    *_, asked, _ = run_sweep(build, sim, count, ["status", *between, "status"])["rounds"]
    return asked["p99_ms"], asked["asked"] - asked["right"]


def sweep_power_on(build, sim, count, condition):
    result = run_sweep(build, sim, count, ["power_on", "status"])
    _, on, status, stop = result["rounds"]
    one = driver_cell("power_on", count, condition, on, stop, result)
    if status["right"] != count:
        one["right"] = min(one["right"], status["right"])
    one["executed"] = on["executed"]
    return [one]


def best(runs):
    """Of each kind the run with the least CPU, and what the runs were like in the middle."""
    chosen = []
    for what in dict.fromkeys(run["what"] for run in runs):
        same = sorted((run for run in runs if run["what"] == what), key=lambda run: run["cpu_us"])
        complete = [run for run in same if run["right"] == run["n"]] or same
        chosen.append({**complete[0], "median_cpu_us": same[len(same) // 2]["cpu_us"],
                       "best_wall": min(run["wall"] for run in complete), "runs": len(same),
                       "right": min(run["right"] for run in same)})
    return chosen


# ---- ipmipower ------------------------------------------------------------------------------------------------------


def most_ipmipower_hosts():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return (hard - 100) // DESCRIPTORS_PER_HOST


def host_list(sim, count):
    """127.1.0.[1-254]:6230,...: ten thousand addresses one by one are too long for an argument."""
    nets = {}
    for address in sim.addresses(count):
        net, _, last = address.rpartition(".")
        nets.setdefault(net, []).append(last)
    return ",".join(f"{net}.[{lasts[0]}-{lasts[-1]}]:{sim.port}" for net, lasts in nets.items())


def expand(hosts):
    """The addresses of what -C prints: 127.1.0.[1-50,101-150],127.1.1.7"""
    for net, ranges, single in re.findall(r"(\d+\.\d+\.\d+)\.(?:\[([^\]]*)\]|(\d+))", hosts):
        for part in (ranges or single).split(","):
            first, _, last = part.partition("-")
            for number in range(int(first), int(last or first) + 1):
                yield f"{net}.{number}"


def ipmipower_answers(output):
    # -C says each answer once, with all its hosts; without it output beyond 32 KiB is lost.
    for hosts, answer in re.findall(r"^-+\n(.*?)\n-+\n (.*?)$", output, re.DOTALL | re.MULTILINE):
        for address in expand(hosts):
            yield address, answer


def run(command):
    """Output, resource usage, seconds, and the peak of memory in KiB, or None where it is not known."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    output = process.stdout.read()
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0  # reaped above
    # Linux counts what the parent weighed at the fork, too.
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return output, usage, time.monotonic() - begin, usage.ru_maxrss if usage.ru_maxrss > ours + 1024 else None


def peak_of(command):
    """Looks again and again while it runs; for processes that run() cannot weigh."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        found = re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{process.pid}/status").read_text())
        name = pathlib.Path(f"/proc/{process.pid}/comm").read_text().strip()
        peak = max(peak, int(found[1])) if found and name == command[0] else peak
    return peak


def ipmipower(sim, count, condition, what="fresh", options=(), suite=17):
    count = min(count, most_ipmipower_hosts())
    command = ["ipmipower", "-D", "LAN_2_0", "-h", host_list(sim, count), "-u", "admin", "-p", "password", "-C",
               "-I", str(suite), *options, "--on" if what == "power_on" else "--stat"]
    before, drops = sim.datagrams(), dropped_by_kernel()
    output, usage, wall, peak = run(command)
    truth = {address: sim.state(i) for i, address in enumerate(sim.addresses(count), 1)}
    right = 0
    for address, answer in ipmipower_answers(output):
        expected = truth.pop(address, None)
        if expected == "dead":
            right += answer not in ("on", "off", "ok")
        elif expected is not None:
            right += answer == ("ok" if what == "power_on" else expected)
    return cell("ipmipower", what, count, condition, right=right, wall=wall,
                cpu_us=(usage.ru_utime + usage.ru_stime) / count * 1e6, datagrams=(sim.datagrams() - before) / count,
                kib=peak and peak / count, kernel_drops=dropped_by_kernel() - drops,
                setting=" ".join(["-I", str(suite), *options]))


def best_ipmipower(runs):
    """The one with the least CPU of those that were answered best, with all the others behind it."""
    most = max(run["right"] for run in runs)
    good = [run for run in runs if run["right"] == most]
    chosen = min(good, key=lambda run: run["cpu_us"])
    return {**chosen, "best_wall": min(run["wall"] for run in good), "tried": runs}


# ---- ipmitool -------------------------------------------------------------------------------------------------------


def ipmitool(sim, count, condition, what="fresh"):
    """One process per BMC, one after the other, as a shell loop would."""
    def command(address):
        return ["ipmitool", "-I", "lanplus", "-C", "17", "-H", address, "-p", str(sim.port), "-U", "admin", "-P", "password",
                "chassis", "power", "on" if what == "power_on" else "status"]

    cpu, wall, right = 0.0, 0.0, 0
    before = sim.datagrams()
    for number, address in enumerate(sim.addresses(count), 1):
        output, usage, seconds, _ = run(command(address))
        cpu += usage.ru_utime + usage.ru_stime
        wall += seconds
        right += ("Up/On" if what == "power_on" else f"Power is {sim.state(number)}") in output
    datagrams = (sim.datagrams() - before) / count
    return cell("ipmitool", what, count, condition, right=right, wall=wall, cpu_us=cpu / count * 1e6,
                datagrams=datagrams, kib=peak_of(command(sim.addresses(1)[0])), setting="-C 17, one process after the other")


def floor(build, peers, seconds_each=1):
    """Microseconds of CPU of the client for one exchange, with so many under way at a time."""
    found = []
    for window in (1, 16, 64):
        # One at a time is mostly the processor going to sleep and waking up, for up to 0.3 ms in all: a tenth shows it as well.
        exchanges = seconds_each * (10_000 if window == 1 else 100_000)
        command = [str(build / "bench/ipmi/floor"), "--window", str(window), "--peers", str(peers), "--rounds",
                   str(max(1, int(exchanges / peers)))]
        found.append(json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout))
    return found

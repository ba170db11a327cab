"""Measures haasd and its IPMI driver beside their peers, on the same simulator, in one run: one table, the same as JSON,
and a plot.  bench/README.md says what each row means.

CPU is what the kernel charged to the client's process; wall time is the machine's, shared and noisy.  Read ratios."""
import argparse
import json
import os
import pathlib
import statistics
import sys
import time

sys.dont_write_bytecode = True
import access  # noqa: E402
import bulk  # noqa: E402
import clients  # noqa: E402
import console  # noqa: E402
import daemon  # noqa: E402
import idle  # noqa: E402
import report  # noqa: E402
import simulator  # noqa: E402
import targets  # noqa: E402

PARTS = ("floor", "status", "latency", "loss", "dead", "bad", "power", "daemon", "http", "bulk", "idle", "console")
ASKED_FOR = ("bursts",)  # only with --only: it takes longer than all the others
COUNTS = (1, 100, 1000, 10_000)
BAD = {"dead": 10, "slow": 10}


class Bench:
    def __init__(self, build, quick, consoles, console_seconds, hold):
        self.simulators_processor = hold_clients() if hold else None
        self.consoles, self.console_seconds = consoles, console_seconds
        self.build = build
        self.counts = COUNTS[:3] if quick else COUNTS
        self.quick = quick
        self.results = {"machine": machine(), "quick": quick, "hold": hold, "counts": self.counts, "cells": []}

    def add(self, asked, *cells):
        for one in cells:
            self.results["cells"].append({**one, "asked_n": asked})

    def simulator(self, *settings, **more):
        return simulator.Simulator(self.build, self.counts[-1], *settings, processor=self.simulators_processor, **more)

    def floor(self):
        self.results["floor"] = clients.floor(self.build, self.counts[-1], 0.3 if self.quick else 1)

    # ---- Status ----

    def status(self):
        with self.simulator() as sim:
            for count in self.counts:
                repeats = {1: 5, 100: 10, 1000: 5, 10_000: 3}[count]
                self.add(count, *clients.sweep(self.build, sim, count, "no latency", rounds=4, repeats=repeats),
                         self.ipmipower(sim, count))
                if count <= 100:
                    self.add(count, clients.ipmitool(sim, min(count, 20) if self.quick else count, "no latency"))

    def ipmipower(self, sim, count):
        """Its best setting, by trial."""
        settings = [(17, []), (17, [*clients.PATIENT, "-l", "user"]), (3, [*clients.PATIENT, "-l", "user"]), (17, ["-F", "512"])]
        if count >= 10_000:  # the others take long, and half of the nodes are not answered for
            settings = settings[1:3]
        repeats = 1 if self.quick else 2
        runs = [clients.ipmipower(sim, count, "no latency", options=options, suite=suite)
                for _ in range(repeats) for suite, options in settings]
        return clients.best_ipmipower(runs)

    def latency(self):
        for latency in (5, 50):
            condition = f"{latency} ms"
            with self.simulator("--latency", str(latency)) as sim:
                for count in self.counts:
                    self.add(count, *clients.sweep(self.build, sim, count, condition, rounds=3, repeats=2 if count == self.counts[-1] else 1))
                    if count in (100, 1000):
                        self.add(count, clients.ipmipower(sim, count, condition))
                    elif count == 10_000:
                        self.add(count, clients.ipmipower(sim, count, condition, options=clients.PATIENT))
                if not self.quick:
                    self.add(100, clients.ipmitool(sim, 10, condition))

    def loss(self):
        with self.simulator("--loss", "1%") as sim:
            for count in self.counts[2:]:
                self.add(count, *clients.sweep(self.build, sim, count, "1 % loss", rounds=2))
                options = [] if count <= 1000 else ["-F", "1024", "--retransmission-timeout=2000"]
                self.add(count, clients.ipmipower(sim, count, "1 % loss", options=options))
            self.add(1000, clients.ipmitool(sim, 10, "1 % loss"))

    def dead(self):
        with self.simulator(dead=100) as sim:
            for count in self.counts[2:]:
                self.add(count, *clients.sweep(self.build, sim, count, "1 % dead", rounds=1 if count <= 1000 else 2))
            if not self.quick:  # with the patience that the driver has with the dead, where it would wait 20 s
                self.add(1000, clients.ipmipower(sim, 1000, "1 % dead", options=["--session-timeout=7000"]))

    def bad(self):
        """With and without bad ones in turns, so that a noisy neighbour meets both.  Dead ones make a round last for seconds,
        in which caches go cold: those without them rest as long before the warm round."""
        for count in self.counts[2:]:
            period_ms = 250 if count <= 1000 else 500
            calm, beside = [], []
            for _ in range(2):
                for runs, condition, between, kinds in ((calm, "no latency", ["pause"], {}),
                                                        (beside, "10 % bad", [], BAD)):
                    with self.simulator(**kinds) as sim:
                        runs += clients.watch(self.build, sim, count, condition, between, 2500 // period_ms, period_ms)
            for what, of_two in (("fresh", min), ("warm", min), ("watch", statistics.mean)):
                ours, without = ([one for one in runs if one["what"] == what] for runs in (beside, calm))
                p99, without_p99 = (of_two(one["p99_ms"] for one in runs) for runs in (ours, without))
                cheapest = min(ours, key=lambda one: one["cpu_us"])
                wrong = sum(one["questions"] - one["right"] for one in ours + without)
                self.add(count, {**cheapest, "p99_ms": p99, "without_p99_ms": without_p99, "wrong": wrong})

    def bursts(self):
        """The warm round of `bad`, ten times; and as often without bad ones, after silence and after a trickle of questions."""
        arms = [("after silence", ["pause"], {}), ("after a trickle", ["trickle"], {}), ("beside bad ones", [], BAD)]
        self.results["bursts"] = []
        for count in self.counts[2:]:
            found = {name: {"name": name, "p99_ms": [], "wrong": 0} for name, _, _ in arms}
            for turn in range(10):
                for name, between, kinds in arms[turn % 3:] + arms[:turn % 3]:
                    with self.simulator(**kinds) as sim:
                        p99_ms, wrong = clients.burst(self.build, sim, count, between)
                    found[name]["p99_ms"].append(p99_ms)
                    found[name]["wrong"] += wrong
            self.results["bursts"].append({"n": count, "arms": list(found.values())})

    def power(self):
        for count in self.counts:
            with self.simulator() as sim:
                self.add(count, *clients.sweep_power_on(self.build, sim, count, "no latency"))
            if count <= 1000:
                with self.simulator() as sim:
                    self.add(count, clients.ipmipower(sim, count, "no latency", what="power_on", options=clients.PATIENT))
        with self.simulator() as sim:
            self.add(100, clients.ipmitool(sim, 10, "no latency", what="power_on"))

    # ---- The daemon ----

    def daemon(self):
        with self.simulator() as sim:
            fleet = daemon.fleet(self.build, sim, self.counts[-1])
            # What the driver costs when it is asked as HTTP asks it: so many at a time.
            asked = clients.sweep(self.build, sim, self.counts[-1], "no latency", rounds=4, repeats=2,
                                  at_a_time=daemon.CONNECTIONS)
            fleet["driver_us"] = next(one["cpu_us"] for one in asked if one["what"] == "warm")
            self.results["daemon"] = fleet

    def http(self):
        self.results["http"] = access.beside_beast(self.build, 1 if self.quick else 2)

    def bulk(self):
        self.results["bulk"] = bulk.measure(self.build)

    def idle(self):
        self.results["idle"] = idle.measure(self.build, self.counts[-1])

    def console(self):
        self.results["console"] = console.measure(self.build, self.consoles, self.console_seconds,
                                                  self.simulators_processor)


def hold_clients():
    """Keeps this process, and so all clients, on one processor; gives another."""
    first, *others = sorted(os.sched_getaffinity(0))
    if not others:
        raise SystemExit("bench: --hold needs two processors")
    os.sched_setaffinity(0, {first})
    return others[0]


def machine():
    model = next((line.partition(":")[2].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), "unknown")
    return {"cpus": os.cpu_count(), "model": model, "load": os.getloadavg()[0], "kernel": os.uname().release}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--consoles", type=int, help="how many print at once (1,000; with --quick 100)")
    parser.add_argument("--console-minutes", type=float, help="for how long (1; with --quick 0.25)")
    parser.add_argument("--hold", action="store_true", help="clients on one processor, the simulator on another")
    arguments = parser.parse_args()
    parts = arguments.only.split(",")
    for part in parts:
        if part not in PARTS + ASKED_FOR:
            parser.error(f"there is no part '{part}'; there are: {', '.join(PARTS + ASKED_FOR)}")
    if hint := simulator.hint_about_buffers():
        print(hint, file=sys.stderr)
    bench = Bench(arguments.build.resolve(), arguments.quick, arguments.consoles or (100 if arguments.quick else 1000),
                  round(60 * (arguments.console_minutes or (0.25 if arguments.quick else 1))), arguments.hold)
    begin = time.monotonic()
    for part in parts:
        print(f"{time.monotonic() - begin:6.1f} s  {part}", file=sys.stderr, flush=True)
        getattr(bench, part)()
    results = bench.results
    order = ("fresh", "warm", "watch", "power_on")
    results["cells"].sort(key=lambda one: (order.index(one["what"])))
    results["seconds"] = time.monotonic() - begin
    results["targets"] = targets.check(results)
    if results["cells"]:
        report.print_cells(results["cells"])
        print()
    report.print_rest(results)
    report.print_targets(results["targets"])
    folder = arguments.build / "bench"
    folder.mkdir(exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    drawn = report.plot(results["cells"], folder / "status.png")
    print(f"\n{results['seconds']:.0f} s on {results['machine']['cpus']} CPUs ({results['machine']['model']}), load before "
          f"{results['machine']['load']:.1f}{', clients and simulator held apart' if results['hold'] else ''}.  JSON: {folder / 'results.json'}" + (f"  Plot: {folder / 'status.png'}" if drawn else ""))
    print("ipmitool asks at most 100 BMCs; its curve beyond is scaled.")


if __name__ == "__main__":
    main()

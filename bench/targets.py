"""What must hold: each target with what this run measured."""
import console
from clients import DRIVER

FRESH_OF_IPMIPOWER, WALL_OF_IPMIPOWER, FRESH_DATAGRAMS = 1 / 5, 1 / 4, 12
WARM_OF_IPMIPOWER, WARM_OF_IPMITOOL, WARM_DATAGRAMS, WARM_SWEEP_SECONDS = 1 / 25, 1 / 2500, 2, 0.4
IDLE_KIB, WARM_KIB = 2, 6
GROWTH = 1.3
FRESH_FLOORS, WARM_FLOORS, LATENCY_FACTOR = 15, 4, 3
HTTP_US = 40
BESIDE_BAD = 1.2
KEY_MS = 2 * console.LATENCY_MS + console.ACCUMULATE_MS


class Figures:
    def __init__(self, results):
        self.results = results
        self.cells = results.get("cells", [])

    def find(self, who, what, count, condition="no latency"):
        # ipmipower may have had too few descriptors for the whole of it.
        for one in self.cells:
            if (one["who"], one["what"], one["condition"]) == (who, what, condition) and one["asked_n"] == count:
                return one
        return None

    def floor_us(self):
        floors = self.results.get("floor")
        return min(one["cpu_us"] for one in floors) if floors else None


def _row(what, target, measured, met, text=None):
    return {"what": what, "target": target, "measured": text or measured, "value": measured, "met": bool(met)}


def _at_most(what, value, limit, form="{:.3g}"):
    return _row(what, f"<= {form.format(limit)}", value, value <= limit, form.format(value))


def _against_peers(figures):
    for count in (1000, 10_000):
        ours, peer = figures.find(DRIVER, "fresh", count), figures.find("ipmipower", "fresh", count)
        if not ours:
            continue
        name = f"fresh, {count:,}"
        if peer and peer["right"] == peer["n"]:
            yield _at_most(f"{name}: CPU / ipmipower's best", ours["cpu_us"] / peer["cpu_us"], FRESH_OF_IPMIPOWER)
            yield _at_most(f"{name}: wall / ipmipower's best, per BMC",
                           ours["wall_with_close"] / count / (peer["best_wall"] / peer["n"]), WALL_OF_IPMIPOWER)
        yield _at_most(f"{name}: datagrams per op", ours["datagrams"], FRESH_DATAGRAMS, "{:.2f}")
        yield _row(f"{name}: answered right", f"{count}", ours["right"], ours["right"] == count)
    warm = figures.find(DRIVER, "warm", 10_000)
    if not warm:
        return
    power, tool = figures.find("ipmipower", "fresh", 10_000), figures.find("ipmitool", "fresh", 100)
    if power:
        yield _at_most("warm, 10,000: CPU / ipmipower's best fresh", warm["cpu_us"] / power["cpu_us"], WARM_OF_IPMIPOWER)
    if tool:
        yield _at_most("warm, 10,000: CPU / ipmitool's", warm["cpu_us"] / tool["cpu_us"], WARM_OF_IPMITOOL)
    yield _at_most("warm, 10,000: datagrams per op", round(warm["datagrams"], 2), WARM_DATAGRAMS, "{:.2f}")
    yield _at_most("warm, 10,000: sweep, s", warm["best_wall"], WARM_SWEEP_SECONDS)
    yield _row("warm, 10,000: answered right", "10000", warm["right"], warm["right"] == 10_000)


def _against_ourselves(figures):
    for what in ("fresh", "warm"):
        few, many = figures.find(DRIVER, what, 100), figures.find(DRIVER, what, 10_000)
        if few and many:
            yield _at_most(f"growth, {what}: CPU per op at 10,000 / at 100",
                           many["median_cpu_us"] / few["median_cpu_us"], GROWTH, "{:.2f}")


def _against_the_floor(figures):
    floor = figures.floor_us()
    if floor is None:
        return
    for what, limit in (("fresh", FRESH_FLOORS), ("warm", WARM_FLOORS)):
        ours = figures.find(DRIVER, what, 10_000)
        if ours:
            yield _at_most(f"{what}, 10,000: CPU / bare UDP exchange ({floor:.2f} us)", ours["cpu_us"] / floor, limit)
    calm = figures.find(DRIVER, "fresh", 10_000)
    for latency in (5, 50):
        ours = figures.find(DRIVER, "fresh", 10_000, f"{latency} ms")
        if calm and ours:
            limit = LATENCY_FACTOR * (4 * latency / 1e3 + calm["cpu_without_close_us"] / 1e6 * 10_000)
            yield _at_most(f"fresh, 10,000 at {latency} ms: sweep, s", ours["best_wall"], limit)


def _beside_bad(figures):
    for count in (1000, 10_000):
        for what in ("fresh", "warm", "watch"):
            one = figures.find(DRIVER, what, count, "10 % bad")
            if one:
                name = f"{what}, {count:,}, 10 % dead, 10 % slow"
                yield _at_most(f"{name}: p99 / without them", one["p99_ms"] / one["without_p99_ms"], BESIDE_BAD, "{:.2f}")
                yield _row(f"{name}: not answered right", "0", one["wrong"], one["wrong"] == 0)


def _daemon(results):
    fleet = results.get("daemon")
    if not fleet:
        return
    memory = fleet["memory"]
    name = f"{fleet['n']:,} nodes, whole daemon"
    yield _at_most(f"{name}: KiB per idle one", max(memory["registered_per_node"], memory["restarted_per_node"]), IDLE_KIB,
                   "{:.2f}")
    yield _at_most(f"{name}: KiB with a warm session", max(memory["warm_per_node"], memory["peak_per_node"]), WARM_KIB, "{:.2f}")
    if "driver_us" in fleet:
        yield _at_most("through HTTP: us of CPU per op more than the driver's", fleet["warm"]["cpu_us"] - fleet["driver_us"],
                       HTTP_US, "{:.1f}")


def _serves_many(results):
    if "http" in results:
        wrong = sum(one["wrong"] for one in results["http"]["rows"])
        yield _row("HTTP, plain, with TLS and credentials: wrong answers", "0", wrong, wrong == 0)
    for one in results.get("bulk", {}).get("rows", []):
        yield _row(f"state of 1,000 mock nodes, {one['who']}: right", "1000", one["right"], one["right"] == 1000)
    for one in results.get("idle", []):
        yield _row(f"idle connections, {one['kind']}", f"{one['wanted']}", one["n"], one["n"] >= one["wanted"])
        yield _row(f"idle connections, {one['kind']}: of a sample served again", f"{one['sample']}", one["kept"],
                   one["kept"] == one["sample"])


def _consoles(results):
    one = results.get("console")
    if not one:
        return
    name = f"{one['n']:,} consoles, {one['seconds']} s, 1 % loss"
    yield _row(f"{name}: histories that are all that was printed", f"{one['n']}", one["right"], one["right"] == one["n"])
    for fault in ("lost", "doubled"):
        yield _row(f"{name}: bytes {fault}", "0", one[fault], one[fault] == 0)
    status = one["status"]
    yield _row(f"{name}: power_status meanwhile, right", f"{status['n']}", status["right"], status["right"] == status["n"])
    for keys, what in (("keys_calm", "alone"), ("keys_beside", "beside the others")):
        yield _at_most(f"a keystroke's echo, {what}: p50, ms", one[keys]["p50_ms"], KEY_MS, "{:.1f}")


def check(results):
    figures = Figures(results)
    return [*_against_peers(figures), *_daemon(results), *_against_ourselves(figures), *_against_the_floor(figures),
            *_beside_bad(figures), *_serves_many(results), *_consoles(results)]

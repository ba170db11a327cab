"""The state of many mock nodes in one call beside as many single ones, and a page of many nodes."""
import http.client
import json
import time

import access
import daemon

REGISTERED, ASKED, PAGE = 10_000, 1000, 1000


def ask_at_once(server):
    """One call for all; lines are timed as they come."""
    before = server.cpu()
    begin = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", f"/v0/power?nodes=m[00001-{ASKED:05}]")
    answer, times, right, summary = connection.getresponse(), [], 0, None
    for line in answer:
        times.append((time.monotonic() - begin) * 1e3)
        told = json.loads(line)
        right += bool(told.get("ok"))
        summary = told.get("summary")
    wall = time.monotonic() - begin
    connection.close()
    if summary is None:
        raise SystemExit("the lines of a bulk call ended without a summary")
    lines = sorted(times[:-1])
    return {"who": "one call", "requests": ASKED, "right": right, "wall": wall, "cpu_ms": (server.cpu() - before) * 1e3,
            "first_ms": lines[0], "p50_ms": lines[len(lines) // 2], "p99_ms": lines[len(lines) * 99 // 100]}


def ask_singly(build, server, reads, connections):
    done = daemon.load(build, server, reads, connections)
    return {**done, "who": f"{ASKED:,} calls, {connections} connection{'s' if connections > 1 else ''}",
            "cpu_ms": done["cpu_us"] * done["requests"] / 1e3}


def pages(build, server, folder):
    """What a page costs, and what somebody else's calls take while one client reads pages without a pause."""
    calm = access.wrk(server, 1, 1)
    asked = folder / "pages"
    asked.write_text(f"GET\t/v0/nodes?limit={PAGE}\t\"next\":\"m{PAGE:05}\"\t\n" * 200)
    alone = daemon.load(build, server, asked, 1)
    asked_at_end = folder / "page-at-end"
    asked_at_end.write_text(f"GET\t/v0/nodes?limit={PAGE}&after=m{REGISTERED - PAGE:05}\t\"next\":null\t\n" * 200)
    at_end = daemon.load(build, server, asked_at_end, 1)
    whole = folder / "whole"
    whole.write_text(f"GET\t/v0/nodes?limit={REGISTERED}\t\"next\":null\t\n" * 20)
    largest = daemon.load(build, server, whole, 1)
    with daemon.loading(build, server, asked, 1):
        beside = access.wrk(server, 1, 1)
    return {"registered": REGISTERED, "page": alone, "at_end": at_end, "largest": largest, "calm": calm, "beside": beside}


def measure(build):
    with daemon.configuration() as config, daemon.Server(build / "bin/haasd", "--config", config) as haasd:
        daemon.register_mocks(build, haasd, config.parent, REGISTERED)
        reads = config.parent / "reads"
        reads.write_text("".join(f"GET\t/node/m{n:05}/power_status\t\"power_status\"\t\n" for n in range(1, ASKED + 1)))
        # In turns, so that a noisy neighbour meets all.
        turns = [(ask_at_once(haasd), ask_singly(build, haasd, reads, 1), ask_singly(build, haasd, reads, 64))
                 for _ in range(5)]
        rows = [min(runs, key=lambda one: one["cpu_ms"]) for runs in zip(*turns)]
        return {"n": ASKED, "rows": rows, "pages": pages(build, haasd, config.parent)}

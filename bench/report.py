"""The table on stdout, and the plot."""
import statistics
import subprocess

from clients import DRIVER

HEAD = (f"{'asked':9} {'link':11} {'BMCs':>6}  {'who':15} {'right':>9} {'CPU us/op':>10} {'x ours':>7} {'wall s':>8} "
        f"{'dgrams/op':>9} {'KiB/BMC':>8} {'p50 ms':>8} {'p99 ms':>8}  setting")


def number(value, form):
    return "" if value is None else format(value, form)


def remark(one):
    drops = one.get("kernel_drops", 0)
    return one.get("setting", "") + (f" ({drops} datagrams met a full socket)" if drops else "")


def print_cells(cells):
    print(HEAD)
    last = None
    for one in cells:
        group = (one["what"], one["condition"], one["asked_n"])
        if last is not None and group[:2] != last[:2]:
            print()
        last = group
        ours = next((c for c in cells if c["who"] == DRIVER and (c["what"], c["condition"], c["asked_n"]) == group), None)
        ratio = one["cpu_us"] / ours["cpu_us"] if ours and one is not ours else None
        print(f"{one['what']:9} {one['condition']:11} {one['n']:6}  {one['who']:15} "
              f"{'all' if one['right'] == one.get('questions', one['n']) else one['right']:>9} {one['cpu_us']:10.1f} {number(ratio, '7.1f'):>7} "
              f"{one['wall']:8.3f} {one['datagrams']:9.2f} {number(one['kib'], '8.1f'):>8} {number(one.get('p50_ms'), '.1f'):>8} "
              f"{number(one.get('p99_ms'), '.1f'):>8}  {remark(one)}")


def print_rest(results):
    for one in results.get("floor", []):
        print(f"floor: a bare UDP exchange, {one['window']:3} under way: {one['cpu_us']:.2f} us of CPU")
    for one in results["cells"]:
        if (one["who"], one["what"], one["n"], one["condition"]) == (DRIVER, "fresh", results["counts"][-1], "no latency"):
            print(f"simulator: {one['simulator_us']:.1f} us of CPU per exchange; it answers one datagram after the other")
    fleet = results.get("daemon")
    if fleet:
        memory = fleet["memory"]
        print(f"\nhaasd with {fleet['n']:,} BMCs, {fleet['connections']} connections; us of CPU per request:")
        for name in ("register", "fresh", "warm"):
            one = fleet[name]
            print(f"  {name:9} {one['cpu_us']:8.1f}   right {one['right']}/{one['requests']}   wall {one['wall']:.3f} s   "
                  f"p50 {one['p50_ms']:.1f} ms   p99 {one['p99_ms']:.1f} ms")
        if "driver_us" in fleet:
            print(f"  of the warm one, the driver with {fleet['connections']} at a time: {fleet['driver_us']:.1f}")
        print(f"  memory: {memory['empty_kib']} KiB without nodes; per node {memory['registered_per_node']:.2f} KiB "
              f"registered, {memory['restarted_per_node']:.2f} after a restart, {memory['warm_per_node']:.2f} with a warm "
              f"session, {memory['peak_per_node']:.2f} at the peak")
    for one in results.get("bursts", []):
        print_bursts(one)
    if "http" in results:
        print_http(results["http"])
    if "bulk" in results:
        print_bulk(results["bulk"])
    if "idle" in results:
        print_idle(results["idle"])
    if "console" in results:
        print_console(results["console"])


def print_bursts(one):
    """The last arm is the one that the others are held against."""
    *without, bad = one["arms"]
    beside = statistics.median(bad["p99_ms"])
    print(f"\nwarm status of {one['n']:,} BMCs at once, p99 of the healthy, ms: {len(bad['p99_ms'])} of each, in turns")
    for arm in one["arms"]:
        median = statistics.median(arm["p99_ms"])
        ratio = f"beside bad ones / that {beside / median:.2f}" if arm in without and median else ""
        print(f"  {arm['name']:16} median {median:6.1f}   {ratio:27} not right {arm['wrong']}   "
              f"{', '.join(f'{ms:.1f}' for ms in sorted(arm['p99_ms']))}")


def print_http(measured):
    print(f"\n{'a mock node over HTTP':24} {'conns':>5} {'per s':>10} {'CPU us':>8} {'p50 ms':>8} {'p99 ms':>8} {'wrong':>6}")
    for one in measured["rows"]:
        print(f"{one['who']:24} {one['connections']:5} {one['per_second']:10,.0f} {one['cpu_us']:8.1f} {one['p50_ms']:8.3f} "
              f"{one['p99_ms']:8.3f} {one['wrong'] or '':>6}")
    print(f"a user's first request, whose password is hashed: {measured['first_password_ms']:.0f} ms")


def print_bulk(measured):
    print(f"\n{'state of ' + format(measured['n'], ',') + ' mock nodes':28} {'right':>6} {'wall ms':>8} {'CPU ms':>8} "
          f"{'p50 ms':>8} {'p99 ms':>8}")
    for one in measured["rows"]:
        first = f"   first line after {one['first_ms']:.1f} ms" if "first_ms" in one else ""
        print(f"{one['who']:28} {one['right']:6} {one['wall'] * 1e3:8.1f} {one['cpu_ms']:8.1f} {one['p50_ms']:8.3f} "
              f"{one['p99_ms']:8.3f}{first}")
    pages = measured["pages"]
    print(f"\n/v0/nodes with {pages['registered']:,} nodes: CPU is how long nobody else is served")
    for name, what in (("page", "the first 1,000"), ("at_end", "the last 1,000"), ("largest", "all in one page")):
        one = pages[name]
        print(f"  {what:16} {one['cpu_us'] / 1e3:8.2f} ms of CPU   p50 {one['p50_ms']:.2f} ms   p99 {one['p99_ms']:.2f} ms   "
              f"right {one['right']}/{one['requests']}")
    for name, what in (("calm", "alone"), ("beside", "beside one who reads pages of 1,000 without a pause")):
        one = pages[name]
        print(f"  another's power_status {what}: p50 {one['p50_ms']:.2f} ms, p99 {one['p99_ms']:.2f} ms")


def print_idle(rows):
    print()
    for one in rows:
        print(f"{one['n']:,} idle connections, {one['kind']}: {one['bytes_each']:,.0f} bytes each; opening and one request "
              f"{one['open_us']:.0f} us of CPU; idle {one['idle_cpu_percent']:.2f} % of a CPU; a new one served in "
              f"{one['new_ms']:.1f} ms")
        for name in ("calm", "meanwhile"):
            print(f"  64 others {'before' if name == 'calm' else 'meanwhile'}: {one[name]['per_second']:,.0f} /s, "
                  f"{one[name]['cpu_us']:.1f} us of CPU, p50 {one[name]['p50_ms']:.2f} ms, p99 {one[name]['p99_ms']:.2f} ms")
        print(f"  of {one['sample']} idle ones asked again, served: {one['kept']}")


def print_console(one):
    print(f"\n{one['n']:,} consoles at 115,200 baud for {one['seconds']} s, 1 % loss each way, all recorded: {one['right']:,} histories "
          f"are all that was printed; of what was sent bytes lost {one['lost']}, doubled {one['doubled']}; gaps {one['gaps']}")
    print(f"  haasd: {one['cpu_s']:.1f} s of CPU in {one['window_s']:.1f} s ({one['cpu_percent']:.0f} % of a CPU, {one['us_per_kib']:.1f} us "
          f"per KiB); {one['rss_kib'] / 1024:.0f} MiB, {one['kib_each']:.1f} KiB per console; simulator {one['simulator_cpu_percent']:.0f} %")
    print(f"  {one['datagrams']:,} datagrams, {one['datagrams_per_kib']:.1f} per KiB; {100 * one['rate_share']:.0f} % of the rate was sent; "
          f"{one['sessions']:,} sessions; the BMCs threw away {one['thrown_away']} bytes; all connected after {one['connected_s']:.1f} s")
    status = one["status"]
    print(f"  power_status of the same nodes: right {status['right']}/{status['n']}, p50 {status['p50_ms']:.1f} ms, p90 "
          f"{status['p90_ms']:.1f} ms, p99 {status['p99_ms']:.0f} ms")
    for name, what in (("keys_calm", "before"), ("keys_beside", "beside them")):
        keys = one[name]
        print(f"  a keystroke's way to the BMC and back, {what}: p50 {keys['p50_ms']:.1f} ms, p99 {keys['p99_ms']:.1f} ms of {keys['n']}")


def print_targets(rows):
    print(f"\n{'What must hold':58} {'target':>12} {'measured':>12}")
    for row in rows:
        print(f"{row['what']:58} {row['target']:>12} {row['measured']:>12}  {'met' if row['met'] else 'NOT MET'}")


def _points(cells, who, what):
    return sorted((one["n"], one["wall"], one["cpu_us"] * one["n"] / 1e6) for one in cells
                  if (one["who"], one["what"], one["condition"]) == (who, what, "no latency"))


def plot(cells, file):
    """Time and CPU over the number of BMCs; False where there is too little to draw."""
    lines = [("haasd fresh", DRIVER, "fresh"), ("haasd warm", DRIVER, "warm"), ("ipmipower", "ipmipower", "fresh"),
             ("ipmitool (scaled beyond 100)", "ipmitool", "fresh")]
    blocks, titles = [], []
    for title, who, what in lines:
        points = _points(cells, who, what)
        if not points:
            continue
        if who == "ipmitool":
            count, wall, cpu = points[-1]
            points += [(n, wall * n / count, cpu * n / count) for n in (1000, 10_000)]
        titles.append(title)
        blocks.append("\n".join(f"{n} {wall:.6f} {cpu:.6f}" for n, wall, cpu in points))
    if not blocks:
        return False
    data = file.with_suffix(".dat")
    data.write_text("\n\n\n".join(blocks) + "\n")
    panels = []
    for title, column in (("wall time, s", 2), ("CPU of the client, s", 3)):
        curves = ", ".join(f'"{data}" index {i} using 1:{column} with linespoints title "{name}"'
                           for i, name in enumerate(titles))
        panels.append(f'set title "power status of N BMCs: {title}"\nplot {curves}\n')
    script = (f'set terminal png size 1200,560\nset output "{file}"\nset logscale xy\nset xlabel "BMCs"\nset grid\n'
              'set key top left\nset format y "%g"\nset multiplot layout 1,2\n' + "".join(panels))
    subprocess.run(["gnuplot"], input=script, text=True, check=True)
    return True

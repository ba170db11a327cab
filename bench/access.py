"""A mock node's state through the whole stack, plain, with TLS and with each kind of credential, beside Beast with one
fixed answer."""
import base64
import json
import re
import subprocess
import time
import urllib.request

import daemon

NODE, PASSWORD = "m00001", "correct horse battery staple"
UNITS_MS = {"us": 1e-3, "ms": 1, "s": 1e3}


def wrk(server, seconds, connections, *, tls=False, authorization="", path=f"/node/{NODE}/power_status"):
    url = f"https://127.0.0.1:{server.ports[-1]}" if tls else f"http://127.0.0.1:{server.port}"
    headers = ["-H", f"Authorization: {authorization}"] if authorization else []
    before, begin = server.cpu(), time.monotonic()
    output = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *headers, url + path],
                            capture_output=True, text=True, check=True).stdout
    wall, cpu = time.monotonic() - begin, server.cpu() - before
    if "Socket errors" in output:
        raise SystemExit(f"wrk lost connections:\n{output}")
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    requests = int(re.search(r"(\d+) requests in", output)[1])
    times = {share: float(value) * UNITS_MS[unit]
             for share, value, unit in re.findall(r"^ +(50|99)% +([\d.]+)(us|ms|s)$", output, re.MULTILINE)}
    return {"requests": requests, "wrong": int(wrong[1]) if wrong else 0, "per_second": requests / wall,
            "cpu_us": cpu / requests * 1e6, "p50_ms": times["50"], "p99_ms": times["99"]}


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def ask(server, method, path, authorization, body=None):
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}{path}", method=method,
                                     data=None if body is None else json.dumps(body).encode(),
                                     headers={"Authorization": authorization})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer) if answer.length else None


def add_user(build, config):
    hashed = subprocess.run([str(build / "bin/haasd"), "--hash-password"], input=PASSWORD + "\n", capture_output=True,
                            text=True, check=True).stdout.strip()
    users = config.parent / "users"
    users.write_text(f"ops:{hashed}:operator\n")
    users.chmod(0o600)


def credentials(config, guarded):
    """Registers the node; who may ask for its state, and with what."""
    admin = basic("admin", (config.parent / "admin.token").read_text().strip())
    ask(guarded, "PUT", f"/node/{NODE}", admin, {"obm": {"type": daemon.TYPE + "mock", "host": NODE}})
    token = ask(guarded, "POST", f"/v0/node/{NODE}/token", admin, {"rights": ["status"]})["token"]
    user = basic("ops", PASSWORD)
    begin = time.monotonic()
    ask(guarded, "GET", f"/node/{NODE}/power_status", user)  # from here on the password is known
    return {"admin token": admin, "user": user, "node token": f"Bearer {token}"}, (time.monotonic() - begin) * 1e3


def beside_beast(build, seconds):
    both = "127.0.0.1:0, https://127.0.0.1:0"
    rows = []
    with daemon.certificate() as files, daemon.configuration(both, certificate=files) as config, \
            daemon.configuration(both, "required", certificate=files) as guarded_config:
        add_user(build, guarded_config)
        with daemon.Server(build / "bench/http/bare_beast") as bare, \
                daemon.Server(build / "bench/http/bare_beast", *files) as bare_tls, \
                daemon.Server(build / "bin/haasd", "--config", config) as haasd, \
                daemon.Server(build / "bin/haasd", "--config", guarded_config) as guarded:
            daemon.register_mocks(build, haasd, config.parent, 1)
            known, first_ms = credentials(guarded_config, guarded)
            asked = [("bare Beast", bare, {}), ("haasd", haasd, {}),
                     *((f"haasd, {who}", guarded, {"authorization": value}) for who, value in known.items()),
                     ("bare Beast, TLS", bare_tls, {"tls": True}), ("haasd, TLS", haasd, {"tls": True}),
                     ("haasd, TLS, admin token", guarded, {"tls": True, "authorization": known["admin token"]})]
            for connections in (1, 64):
                # In turns, so that a noisy neighbour meets all.
                turns = [[wrk(server, seconds, connections, **how) for _, server, how in asked] for _ in range(2)]
                for index, (who, _, _) in enumerate(asked):
                    runs = [turn[index] for turn in turns]
                    rows.append({"who": who, "connections": connections, **min(runs, key=lambda one: one["cpu_us"]),
                                 "wrong": sum(one["wrong"] for one in runs)})
    return {"rows": rows, "first_password_ms": first_ms}

"""What a connection weighs that asked once and then stays open, and how others are served beside as many as fit."""
import concurrent.futures
import resource
import socket
import ssl
import time

import access
import daemon
import simulator

REQUEST = (f"GET /node/{access.NODE}/power_status HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").encode()


def connect(port, context):
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if context:
        connection = context.wrap_socket(connection)
    connection.sendall(REQUEST)
    if not connection.recv(4096).startswith(b"HTTP/1.1 200 "):
        raise SystemExit("a connection that was to become idle was not served")
    return connection


def alive(connection):
    """It was left open: it is served once more."""
    connection.sendall(REQUEST)
    return connection.recv(4096).startswith(b"HTTP/1.1 200 ")


def one_kind(build, config, tls, count):
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with daemon.Server(build / "bin/haasd", "--config", config) as haasd:
        port = haasd.ports[-1] if tls else haasd.port
        daemon.register_mocks(build, haasd, config.parent, 1)
        calm = access.wrk(haasd, 1, 64, tls=tls)  # what the first connections cost is not the others'
        daemon.quiet(haasd)
        before_kib, before_cpu, begin = simulator.memory_kib(haasd.pid), haasd.cpu(), time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(4) as clients:  # their part of a TLS handshake is as long as haasd's
            held = list(clients.map(lambda _: connect(port, context), range(count)))
        opening, cpu = time.monotonic() - begin, haasd.cpu() - before_cpu
        daemon.quiet(haasd)
        kib = simulator.memory_kib(haasd.pid) - before_kib
        still = haasd.cpu()
        time.sleep(2)
        idle_share = (haasd.cpu() - still) / 2
        begin = time.monotonic()
        connect(port, context).close()
        one_new_ms = (time.monotonic() - begin) * 1e3
        meanwhile = access.wrk(haasd, 1, 64, tls=tls)
        sample = held[::max(1, count // 100)]
        kept = sum(alive(one) for one in sample)
        for one in held:
            one.close()
    return {"kind": "TLS" if tls else "plain", "n": count, "bytes_each": kib * 1024 / count, "opening": opening,
            "open_us": cpu / count * 1e6, "idle_cpu_percent": idle_share * 100, "new_ms": one_new_ms,
            "kept": kept, "sample": len(sample), "calm": calm, "meanwhile": meanwhile}


def measure(build, wanted):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(wanted, hard - 500)
    limits = (f"max_connections = {count + 1000}", "idle_timeout = 3600")
    rows = []
    with daemon.certificate() as files:
        for tls in (False, True):
            both = "127.0.0.1:0, https://127.0.0.1:0"
            with daemon.configuration(both, more_http=limits, certificate=files) as config:
                rows.append({**one_kind(build, config, tls, count), "wanted": wanted})
    return rows

"""What HaaS's command line, HIL's client library and HIL 0.4 itself send, byte for byte, and how they read the answers.

The requests were recorded from those programs as they were released (HaaS at 13ce16e4; HIL 0.2, 0.3, 0.4; Python 2.7,
requests 2.4.1, which HaaS asks for by number, and 2.22.0): the order of the headers is theirs, only the platform in
User-Agent is made up.  %HOST% stands for the address of whoever is asked.
"""
import http.server
import json
import socket

OLD = b"python-requests/2.4.1 CPython/2.7.6 Linux/3.13.0-24-generic"
NEW = b"python-requests/2.22.0"
EVE = b"Authorization: Basic ZXZlOnNlY3JldA==\r\n"  # eve, secret
MALLORY = b"Authorization: Basic bWFsbG9yeTpzZWNyZXQ=\r\n"  # mallory, secret
# obmd's administrator is called admin, with 32 hexadecimal digits: "0123456789abcdef" twice.
ADMIN_TOKEN = "0123456789abcdef0123456789abcdef"
ADMIN = b"Authorization: Basic YWRtaW46MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\r\n"


def haas(method, path, body=None):
    """requests.put(url, data=json.dumps(data)) and its like, as haas/cli.py has them: a connection each."""
    if method == b"GET":
        return (b"GET " + path + b" HTTP/1.1\r\nHost: %HOST%\r\nConnection: keep-alive\r\nAccept-Encoding: gzip, deflate\r\n"
                b"Accept: */*\r\nUser-Agent: " + OLD + b"\r\n\r\n")
    body = body or b""
    return (method + b" " + path + b" HTTP/1.1\r\nHost: %HOST%\r\nContent-Length: " + str(len(body)).encode() +
            b"\r\nUser-Agent: " + OLD + b"\r\nConnection: keep-alive\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\n\r\n" + body)


def hil_old(method, path, body=b"", who=EVE):
    """hil/client on a requests.Session of 2.4.1, the oldest that HIL takes: one connection for all."""
    if method == b"GET":
        return (b"GET " + path + b" HTTP/1.1\r\nHost: %HOST%\r\nConnection: keep-alive\r\nAccept: */*\r\n"
                b"Accept-Encoding: gzip, deflate\r\n" + who + b"User-Agent: " + OLD + b"\r\n\r\n")
    return (method + b" " + path + b" HTTP/1.1\r\nHost: %HOST%\r\nContent-Length: " + str(len(body)).encode() +
            b"\r\nAccept-Encoding: gzip, deflate\r\nAccept: */*\r\nUser-Agent: " + OLD + b"\r\nConnection: keep-alive\r\n" +
            who + b"\r\n" + body)


def hil_new(method, path, body=b"", who=EVE):
    """The same, and HIL 0.4's own calls to obmd, with requests 2.22.0."""
    length = b"" if method == b"GET" else b"Content-Length: " + str(len(body)).encode() + b"\r\n"
    return (method + b" " + path + b" HTTP/1.1\r\nHost: %HOST%\r\nConnection: keep-alive\r\nAccept-Encoding: gzip, deflate\r\n"
            b"Accept: */*\r\nUser-Agent: " + NEW + b"\r\n" + length + who + b"\r\n" + body)


def curl(method, path, body):
    """curl -X ... -d BODY: it says that this was a form."""
    return (method + b" " + path + b" HTTP/1.1\r\nHost: %HOST%\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\nContent-Length: " +
            str(len(body)).encode() + b"\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n" + body)


class FailedAPICall(Exception):
    """As hil.client.base has it."""

    def __init__(self, status, error_type, message):
        super().__init__(status, error_type, message)
        self.status, self.error_type, self.message = status, error_type, message


class Client:
    """A connection that stays, as a Session keeps it."""

    def __init__(self, case, port):
        self.port = port
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        case.addCleanup(self.socket.close)
        self.left = b""

    def send(self, request):
        """The status, the headers by their names in lower case, and the body."""
        self.socket.sendall(request.replace(b"%HOST%", b"127.0.0.1:%d" % self.port))
        while b"\r\n\r\n" not in self.left:
            self._more()
        head, self.left = self.left.split(b"\r\n\r\n", 1)
        status, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        if headers.get("transfer-encoding") == "chunked":
            return int(status.split()[1]), headers, b"".join(iter(self._chunk, b""))
        return int(status.split()[1]), headers, self._take(int(headers["content-length"]))

    def _chunk(self):
        while b"\r\n" not in self.left:
            self._more()
        size, self.left = self.left.split(b"\r\n", 1)
        return self._take(int(size, 16) + 2)[:-2]

    def _take(self, length):
        while len(self.left) < length:
            self._more()
        taken, self.left = self.left[:length], self.left[length:]
        return taken

    def _more(self):
        piece = self.socket.recv(65536)
        if not piece:
            raise AssertionError(f"the connection ended after {self.left!r}")
        self.left += piece

    def check(self, request):
        """check_response() of hil/client/base.py: JSON or nothing, or an error made of `type` and `msg`."""
        status, _, body = self.send(request)
        if 200 <= status < 300:
            try:
                return json.loads(body)
            except ValueError:
                return None
        error = json.loads(body)
        raise FailedAPICall(status, error["type"], error["msg"])


class Hil04(http.server.BaseHTTPRequestHandler):
    """HIL 0.4's part, as its api.py and model.py have it: keeps the tokens, sends its users on to obmd."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        self.nodes, self.case = self.server.nodes, self.server.case
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        parts = self.path.split("/")  # "", "v0", "node", n, call
        if len(parts) == 4:
            self.nodes[parts[3]] = dict(body["obmd"], token=None)
            return self.say(200)
        if parts[4] == "obm":
            return self.enable(self.nodes[parts[3]], body["enabled"])
        return self.redirect(parts)

    def do_POST(self):
        self.nodes = self.server.nodes
        self.rfile.read(int(self.headers["Content-Length"]))
        self.redirect(self.path.split("/"))

    def do_GET(self):
        self.nodes = self.server.nodes
        self.redirect(self.path.split("/"))

    def enable(self, node, enabled):
        """Node.enable_obm(), disable_obm(): requests.request(method, uri + '/token', auth=('admin', admin_token))."""
        host, path = node["uri"].removeprefix("http://").split("/", 1)
        request = hil_new(b"POST" if enabled else b"DELETE", b"/" + path.encode() + b"/token", who=ADMIN)
        status, _, answer = Client(self.case, int(host.split(":")[1])).send(request)
        node["token"] = json.loads(answer)["token"] if enabled and status == 200 else None
        self.say(200 if status == 200 else 500)

    def redirect(self, parts):
        node = self.nodes[parts[3]]
        if node["token"] is None:
            return self.say(409, b'{"type": "BlockedError", "msg": "OBM is not enabled"}')
        return self.say(307, location=node["uri"] + "/" + parts[4] + "?token=" + node["token"])

    def say(self, status, body=b"", location=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


# HIL's own user, of whom haasd knows nothing.  requests 2.4.1 sends the credential on to another port of the same host,
# 2.22.0 does not.
STRANGER = b"Authorization: Basic c3RyYW5nZXI6c2VjcmV0\r\n"


def followed_old(method, path, body):
    if method == b"GET":
        return (b"GET " + path + b" HTTP/1.1\r\nHost: %HOST%\r\nConnection: keep-alive\r\n" + STRANGER +
                b"Accept-Encoding: gzip, deflate\r\nAccept: */*\r\nUser-Agent: " + OLD + b"\r\n\r\n")
    return hil_old(method, path, body, STRANGER)


def followed_new(method, path, body):
    return hil_new(method, path, body, b"")

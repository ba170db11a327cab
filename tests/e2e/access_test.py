"""Who may do and know what, on the real daemon over TLS with a users file: what is hidden stays hidden, what ends ends at
once, and secrets stand nowhere."""

import base64
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess

import haas_e2e
from access_house import ADMIN_TOKEN, AT_ONCE, BERT, RITA, Access
from haas_e2e import IPMI, MOCK, basic, wait_for


class Hidden(Access):
    """A node that one may not see answers as one that is not there."""

    BODIES = {
        ("put", "/v0/node/{node}"): {"obm": {"type": MOCK, "host": "x"}},
        ("patch", "/v0/node/{node}"): {"metadata": {"x": 1}},
        ("put", "/v0/node/{node}/metadata/{label}"): {"value": 1},
        ("put", "/v0/node/{node}/boot_device"): {"bootdev": "pxe"},
        ("post", "/v0/node/{node}/token"): {"rights": ["status"]},
        ("post", "/v0/node/{node}/power_cycle"): {"force": True},
        ("put", "/obmd/node/{node}"): {"type": "mock", "info": {"addr": "x", "user": "u", "pass": "p"}},
        ("put", "/obmd/node/{node}/boot_device"): {"bootdev": "pxe"},
        ("post", "/obmd/node/{node}/power_cycle"): {"force": True},
    }

    def seen(self, who, method, path, node, body, extra=None):
        """All that an answer tells, but for the node's name and what is different every time."""
        answer = self.daemon.call(method, path, body, dict(who, **(extra or {})))
        head = sorted((name, value) for name, value in answer.headers.items() if name.lower() not in ("date", "x-request-id", "content-length"))
        text = json.dumps([answer.status, head, answer.body])
        text = re.sub(r'\\"seconds\\":[0-9.]+', "", text)
        return text.replace(node, "NODE"), answer

    def test_every_call_about_a_node(self):
        paths = self.ask("GET", "/v0/openapi.json").json["paths"]
        tried = 0
        token = self.ask("POST", "/v0/node/a1/token", {"rights": "status,power,boot,console-read,console-write"}).json["token"]
        every = {"alice": self.alice, "rita": basic("rita", "secret"), "token": {"Authorization": "Bearer " + token},
                 "nobody": {}}
        known = self.ask("POST", "/v0/node/hidden/token", {"rights": "status"}).json["id"]
        for path, methods in paths.items():
            if "{node}" not in path:
                continue
            for method in methods:
                if method not in ("get", "put", "post", "delete", "patch"):
                    continue
                body = self.BODIES.get((method, path)) or self.BODIES.get((method, "/v0" + path))
                for bodies in (body, {"nonsense": 1} if method != "get" else None):
                    for who, how in every.items():
                        answers = []
                        for node in ("hidden", "absent"):
                            target = path.format(node=node, label="rack", id=known)
                            answers.append(self.seen(how, method.upper(), target, node, bodies))
                        with self.subTest(f"{who}: {method} {path} {bodies}"):
                            self.assertEqual(answers[0][0], answers[1][0])
                            self.assertIn(answers[0][1].status, (400, 401, 403, 404))
                            tried += 1
        self.assertGreater(tried, 100)
        still = self.ask("GET", "/v0/node/hidden").json
        self.assertEqual((still["metadata"], self.ask("GET", "/v0/node/hidden/power_status").json["power_status"]), ({"rack": '"7"'}, "off"))

    def test_conditions_and_keys_about_a_node(self):
        tag = self.ask("GET", "/v0/node/hidden").headers["ETag"]
        for method, path, headers in (("GET", "/v0/node/{}", {"If-None-Match": tag}), ("GET", "/v0/node/{}", {"If-None-Match": "*"}),
                                      ("DELETE", "/v0/node/{}", {"If-Match": '"0"'}), ("PATCH", "/v0/node/{}", {"If-Match": tag}),
                                      ("POST", "/v0/node/{}/power_on", {"Prefer": "respond-async"}),
                                      ("POST", "/v0/node/{}/power_on", {"Idempotency-Key": "k1"}), ("HEAD", "/v0/node/{}", {}),
                                      ("POST", "/v0/node/{}/power_on?wait=1", {}), ("OPTIONS", "/v0/node/{}", {})):
            with self.subTest(f"{method} {path} {headers}"):
                one, _ = self.seen(self.alice, method, path.format("hidden"), "hidden", None, headers)
                other, _ = self.seen(self.alice, method, path.format("absent"), "absent", None, headers)
                self.assertEqual(one, other)

    def test_many_nodes_at_a_time(self):
        for who in (self.alice, basic("rita", "secret")):
            for path, body in (("/v0/power/on", {"nodes": ["NODE"]}), ("/v0/power/soft_off", {"nodes": "NODE", "force_after": 1})):
                texts = [self.seen(who, "POST", path, node, json.dumps(body).replace("NODE", node))[0] for node in ("hidden", "absent")]
                self.assertEqual(*texts)
                self.assertIn("NotFoundError", texts[0])
            for query in ("nodes=NODE", "nodes=NODE&max_age=3600"):
                texts = [self.seen(who, "GET", "/v0/power?" + query.replace("NODE", node), node, None)[0] for node in ("hidden", "absent")]
                self.assertEqual(*texts)
                self.assertIn("NotFoundError", texts[0])
        for path in ('/v0/power?nodes=*', '/v0/power?nodes=%7B%22metadata%22:%7B%22rack%22:%227%22%7D%7D', "/v0/nodes", "/v0/nodes/all",
                     "/nodes/free", "/free_nodes", "/v0/nodes?metadata.rack=%227%22", "/v0/nodes?after=h", "/v0/tasks", "/v0/drivers",
                     "/v0/openapi.json", "/v0/active_extensions"):
            self.assertNotIn("hidden", self.daemon.call("GET", path, headers=self.alice).body, path)
        everywhere = self.ask("POST", "/v0/power/on", {"nodes": "*"}, self.alice).body
        self.assertEqual(json.loads(everywhere.splitlines()[-1])["summary"]["nodes"], 2)
        self.assertEqual(self.ask("GET", "/v0/node/hidden/power_status").json["power_status"], "off")

    def test_tasks_events_and_audit(self):
        stream = self.open("GET", "/v0/events", headers=self.alice)
        filtered = self.open("GET", "/v0/events?node=hidden,a1", headers=self.alice)
        task = self.ask("POST", "/v0/node/hidden/power_on", headers=dict(self.admin, Prefer="respond-async")).json["id"]
        many = self.ask("POST", "/v0/power/on", {"nodes": "hidden"}, dict(self.admin, Prefer="respond-async")).json["id"]
        wait_for("the tasks end", lambda: all(self.ask("GET", "/v0/task/" + one).json["finished"] for one in (task, many)))
        for method in ("GET", "DELETE"):
            texts = [self.seen(self.alice, method, "/v0/task/" + one, one, None)[0] for one in (task, many, "t00000000000000")]
            self.assertEqual(len(set(texts)), 1, texts)
        self.ask("POST", "/node/a1/power_on", headers=self.alice)
        for one in (stream, filtered):
            wait_for("the event of a1", lambda one=one: b'"node":"a1"' in one.text)
            self.assertNotIn(b"hidden", one.text)
        again = self.open("GET", "/v0/events?last_event_id=0", headers=self.alice)
        wait_for("the event of a1", lambda: b'"node":"a1"' in again.text)
        self.assertNotIn(b"hidden", again.text)
        texts = [self.seen(self.alice, "GET", "/v0/audit?node=" + node, node, None)[0] for node in ("hidden", "absent")]
        self.assertEqual(*texts)
        self.assertEqual(self.daemon.call("GET", "/v0/audit", headers=self.alice).status, 403)
        self.assertEqual(self.daemon.call("GET", "/v0/audit", headers=basic("rita", "secret")).status, 403)


class Ends(Access):
    """What a credential has opened ends with it."""

    def setUp(self):
        super().setUp()
        made = self.ask("POST", "/v0/node/a1/token", {"rights": "status,power"}).json
        self.id = made["id"]
        self.holder = {"Authorization": "Bearer " + made["token"]}

    def open_all(self, who):
        # The second of these begins an hour after the first.
        return {"events": self.open("GET", "/v0/events", headers=who),
                "bulk": self.open("POST", "/v0/power/on", {"nodes": "a1,a2", "stagger": 3600, "always": True}, who)}

    def test_users_that_are_removed(self):
        streams = self.open_all(self.alice)
        others = self.open("GET", "/v0/events", headers=basic("bert", "secret"))
        wait_for("the first line", lambda: b"a1" in streams["bulk"].text)
        self.write("users", BERT + RITA)
        self.assertCut(streams["events"], "events", lambda: self.daemon.process.send_signal(signal.SIGHUP))
        self.assertTrue(streams["bulk"].ended.wait(AT_ONCE), "bulk")
        self.assertNotIn(b"summary", streams["bulk"].text)
        self.assertFalse(streams["bulk"].whole)
        self.assertFalse(others.ended.is_set())
        self.assertEqual(self.daemon.call("GET", "/nodes/all", headers=self.alice).status, 401)
        self.assertEqual(self.ask("GET", "/v0/node/a2/power_status").json["power_status"], "off")

    def test_a_users_file_that_breaks_ends_nobody(self):
        stream = self.open("GET", "/v0/events", headers=self.alice)
        self.write("users", "alice:nonsense\n")
        self.daemon.process.send_signal(signal.SIGHUP)
        wait_for("the refusal", lambda: "auth.users_kept" in self.daemon.log())
        self.ask("GET", "/nodes/all", headers=self.alice)
        self.assertFalse(stream.ended.is_set())

    def test_a_token_that_is_revoked(self):
        events = self.open("GET", "/v0/events", headers=self.holder)
        self.ask("PATCH", "/v0/node/a1", {"obm": {"latency_ms": 60000}})
        bulk = self.open("GET", "/v0/power?nodes=a1", headers=self.holder)
        self.assertCut(events, "events", lambda: self.ask("DELETE", f"/v0/node/a1/token/{self.id}"))
        self.assertTrue(bulk.ended.wait(AT_ONCE))
        self.assertNotIn(b"summary", bulk.text)
        self.assertEqual(self.daemon.call("GET", "/v0/node/a1", headers=self.holder).status, 401)

    def test_a_task_of_a_token_that_is_revoked(self):
        self.ask("PATCH", "/v0/node/a1", {"obm": {"latency_ms": 3000}})
        self.ask("POST", "/v0/node/a1/power_off", {"always": True}, dict(self.admin, Prefer="respond-async"))
        task = self.ask("POST", "/v0/node/a1/power_on", headers=dict(self.holder, Prefer="respond-async")).json["id"]
        self.ask("DELETE", f"/v0/node/a1/token/{self.id}")
        self.assertEqual(wait_for("the end", lambda: self.ask("GET", "/v0/task/" + task).json["finished"]) and
                         self.ask("GET", "/v0/task/" + task).json["state"], "aborted")

    def test_tokens_of_a_node_that_is_deleted(self):
        events = self.open("GET", "/v0/events", headers=self.holder)
        self.assertCut(events, "events", lambda: self.ask("DELETE", "/node/a1"))
        self.ask("PUT", "/node/a1", {"obm": {"type": MOCK, "host": "a1"}})
        self.assertEqual(self.daemon.call("GET", "/v0/node/a1", headers=self.holder).status, 401)
        self.assertEqual(self.ask("GET", "/v0/node/a1/tokens").json, [])
        self.daemon.terminate()
        self.daemon = self.start_secure()
        self.assertEqual(self.daemon.call("GET", "/v0/node/a1", headers=self.holder).status, 401)

    def test_a_token_of_obmd_that_is_replaced(self):
        first = self.ask("POST", "/obmd/node/a1/token").json["token"]
        events = self.open("GET", "/v0/events", headers={"Authorization": "Bearer " + first})
        self.assertCut(events, "events", lambda: self.ask("POST", "/obmd/node/a1/token"))
        self.assertEqual(self.daemon.call("GET", f"/obmd/node/a1/power_status?token={first}").status, 401)


class Secrets(Access):
    """What must not be told stands nowhere: files, log, answers, arguments, environment."""

    PASSWORDS = ["Zqx-password-one", "Zqx-password-two", "Zqx-password-three"]
    KG = "Zqx-kg-twenty-bytes!"
    HEX_KG = "5a71782d68657861646563696d616c"

    def everything(self):
        texts = {file.name: file.read_bytes() for file in self.folder.rglob("*")
                 if file.is_file() and file.name not in ("admin.token", "users", "key.pem")}
        for name in ("cmdline", "environ", "maps"):
            texts["/proc/" + name] = pathlib.Path(f"/proc/{self.daemon.process.pid}/{name}").read_bytes()
        texts["answers"] = "\n".join(self.answers).encode()
        return texts

    def assertNowhere(self, secrets, when):
        for where, text in self.everything().items():
            for secret in secrets:
                for form in forms(secret):
                    self.assertNotIn(form, text, f"{when}: a form of a secret stands in {where}")

    def tell(self, method, path, body=None, headers=None):
        answer = self.daemon.call(method, path, body, dict(self.admin, **(headers or {})))
        self.answers.append(str(answer.headers) + answer.body)
        return answer

    def test_nowhere(self):
        self.answers = []
        one, two, three = self.PASSWORDS
        self.tell("PUT", "/node/s1", {"obm": {"type": IPMI, "host": "127.0.0.1:1", "user": "u", "password": one, "kg": self.KG}})
        self.tell("PUT", "/node/s2", {"obm": {"type": MOCK, "host": "h", "password": one}})
        self.tell("PUT", "/node/s4", {"obm": {"type": IPMI, "host": "127.0.0.1:1", "user": "u", "password": one, "kg": "0x" + self.HEX_KG}})
        self.assertEqual(self.tell("GET", "/v0/node/s1").status, 200)
        self.assertEqual(self.tell("GET", "/v0/node/s4").status, 200)
        self.assertEqual(self.tell("GET", "/v0/node/s2").status, 200)
        token = self.daemon.call("POST", "/v0/node/s2/token", {"rights": "status,power"}, self.admin).json["token"]
        obmd = self.daemon.call("POST", "/obmd/node/s2/token", None, self.admin).json["token"]
        secrets = [one, two, three, self.KG, self.HEX_KG, token, obmd, ADMIN_TOKEN, "alice:Zqx-typed-in-vain", "admin:" + ADMIN_TOKEN]
        # Where people put what they should not.
        self.tell("GET", f"/obmd/node/s2/power_status?token={obmd}")
        self.tell("GET", f"/obmd/node/s2/power_status?tok%65n={obmd}")
        self.tell("GET", f"/obmd/node/s2/power_status?x=1&token={token}&token={token}")
        self.tell("PUT", "/node/s3", {"obm": {"type": IPMI, "host": "h", "user": "u", "password": one * 3}})
        self.tell("PUT", "/node/s3", {"obm": {"type": IPMI, "host": "h", "user": "u", "password": one, "kg": self.KG + "00"}})
        self.tell("PUT", "/node/s3", {"obm": {"type": MOCK, "host": "h", "password": [one]}})
        self.tell("PUT", "/node/s3", '{"obm": {"type": "%s", "host": "h", "password": "%s' % (MOCK, one))
        self.tell("PUT", "/obmd/node/s3", {"type": "ipmi", "info": {"addr": "127.0.0.1:1", "user": "u", "pass": one * 3}})
        self.daemon.call("GET", "/nodes/all", headers=basic("alice", "Zqx-typed-in-vain"))
        for headers in ({"Authorization": "Bearer " + token + "x"}, {"Authorization": "Basic !" + base64.b64encode(token.encode()).decode()}):
            self.answers.append(self.daemon.call("GET", "/nodes/all", headers=headers).body)
        for path in ("/v0/node/s1/diagnose", "/node/s1/power_on", "/v0/node/s2/diagnose"):
            self.tell("POST", path)
        self.tell("POST", "/node/s2/power_on", headers={"Idempotency-Key": "k", "Prefer": "respond-async"})
        self.assertNowhere(secrets, "after registration")
        for node in ("s1", "s2"):
            self.assertEqual(self.tell("PATCH", f"/v0/node/{node}", {"obm": {"password": two}}).status, 200)
        self.assertEqual(self.tell("PATCH", "/v0/node/s1", {"obm": {"kg": None, "password": three}}).status, 200)
        self.tell("PATCH", "/v0/node/s2", {"obm": {"password": 7, "user": three}})
        self.assertNowhere(secrets, "after PATCH")
        for path in ("/v0/nodes", "/v0/audit", "/v0/tasks", "/v0/openapi.json", "/v0/drivers", "/v0/node/s2/tokens"):
            self.tell("GET", path)
        self.daemon.process.send_signal(signal.SIGHUP)
        self.tell("DELETE", "/node/s1")
        self.assertNowhere(secrets, "after delete")
        self.daemon.terminate(signal.SIGKILL)
        texts = {file.name: file.read_bytes() for file in self.folder.rglob("*") if file.is_file() and file.name in ("haas.db", "haas.db-wal")}
        self.assertFalse([name for name, text in texts.items() for secret in secrets for form in forms(secret) if form in text])
        rotated = subprocess.run([haas_e2e.options.haasd, "--config", self.config_file(), "--rotate-key"], capture_output=True, timeout=60)
        self.assertEqual(rotated.returncode, 0, rotated.stderr)
        self.answers.append((rotated.stdout + rotated.stderr).decode())
        self.daemon = self.start_secure()
        self.assertNowhere(secrets, "after rotation")
        self.assertEqual(self.daemon.call("GET", f"/obmd/node/s2/power_status?token={obmd}").status, 200)

    def config_file(self):
        return self.daemon.config

    def test_no_core_file_and_no_debugger(self):
        limits = pathlib.Path(f"/proc/{self.daemon.process.pid}/limits").read_text()
        self.assertRegex(limits, r"Max core file size\s+0\s+0")
        # Files in /proc of a process that is not dumpable belong to root, whoever runs it (proc(5)); as root both are the same.
        self.assertEqual(os.stat(f"/proc/{self.daemon.process.pid}/environ").st_uid, 0)


def forms(secret):
    """As it is, and as base64 has it wherever it begins (RFC 4648)."""
    data = secret.encode()
    yield data
    if re.fullmatch("[0-9a-f]+", secret):
        yield bytes.fromhex(secret)
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + data)
        yield text[4 if shift else 0:-4]


class Tls(Access):
    def handshake(self, **how):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_ciphers(how.get("ciphers", "ALL") + ":@SECLEVEL=0")
        if "version" in how:
            context.minimum_version = context.maximum_version = how["version"]
        with socket.create_connection(("127.0.0.1", self.daemon.port), timeout=20) as plain:
            with context.wrap_socket(plain) as secure:
                return secure.version(), secure.cipher()[0]

    def test_old_versions_and_weak_suites(self):
        self.assertEqual(self.handshake(version=ssl.TLSVersion.TLSv1_2)[0], "TLSv1.2")
        self.assertEqual(self.handshake()[0], "TLSv1.3")
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            with self.assertRaises((ssl.SSLError, OSError)) as caught:
                self.handshake(version=version)
            self.assertIn("PROTOCOL_VERSION", str(caught.exception))
        for suite in ("ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "AES128-SHA", "AES256-GCM-SHA384", "DHE-RSA-AES256-GCM-SHA384",
                      "aNULL", "ECDHE-ECDSA-AES128-CCM8"):
            with self.subTest(suite), self.assertRaises(ssl.SSLError) as caught:
                self.handshake(version=ssl.TLSVersion.TLSv1_2, ciphers=suite)
            self.assertIn("HANDSHAKE_FAILURE", str(caught.exception))

    def test_plain_http_to_the_tls_listener(self):
        with socket.create_connection(("127.0.0.1", self.daemon.port), timeout=20) as plain:
            plain.sendall(b"GET /nodes/all HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = plain.recv(65536)
        self.assertNotIn(b" 200 ", answer)
        self.ask("GET", "/nodes/all")

    def test_a_new_certificate(self):
        def served():
            return ssl.get_server_certificate(("127.0.0.1", self.daemon.port)).strip()

        stream = self.open("GET", "/v0/events")
        self.assertEqual(served(), (self.folder / "cert.pem").read_text().strip())
        self.new_certificate()
        self.daemon.process.send_signal(signal.SIGHUP)
        wait_for("the new certificate", lambda: served() == (self.folder / "cert.pem").read_text().strip())
        good = served()
        (self.folder / "cert.pem").write_text("nonsense")
        self.daemon.process.send_signal(signal.SIGHUP)
        wait_for("the refusal", lambda: '"error"' in self.daemon.log() or "tls" in self.daemon.log().splitlines()[-1])
        self.assertEqual(served(), good)
        self.assertFalse(stream.ended.is_set())


if __name__ == "__main__":
    haas_e2e.main()

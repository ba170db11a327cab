"""How haasd starts, refuses to start, and stops: every fault of haas.cfg with its exact words, signals, the store."""

import os
import pathlib
import random
import signal
import socket
import sqlite3
import stat
import subprocess
import time
import unittest

import haas_e2e
from haas_e2e import BASIC, MOCK, Case, Haasd, basic, options, wait_for


HEAD = "[general]\nplugin_path = {plugins}\n[http]\nlisten = 127.0.0.1:0\n[auth]\nmode = none\n"


class Configuration(Case):
    def faults(self, config):
        """The errors that --check reports, and a start must refuse the same file."""
        code, said = self.check(config)
        self.assertEqual(code, 2, said)
        start_code, log = self.refused(config)
        self.assertNotEqual(start_code, 0, log)
        return said

    def test_missing_file(self):
        done = subprocess.run([options.haasd, "--check", self.folder / "none.cfg"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 2)
        self.assertIn("none.cfg: cannot be read: No such file or directory", done.stdout)

    def test_missing_library_names_line_and_path(self):
        said = self.faults(HEAD + "[extensions]\nacme.obm.gone =\n")
        self.assertIn("haas.cfg:8: acme.obm.gone: ", said)
        self.assertIn(f"{options.plugins}/acme.obm.gone.so", said)

    def test_text_file_as_library(self):
        (self.folder / "text.so").write_text("no library\n")
        os.chmod(self.folder / "text.so", 0o600)
        said = self.faults(HEAD + "[extensions]\nacme.obm.text = text.so\n")
        self.assertIn("haas.cfg:8: acme.obm.text: text.so is no usable driver: expected a shared object that loads, got: ", said)

    def test_another_library(self):
        library = next(pathlib.Path("/lib").rglob("libm.so.6"))
        said = self.faults(HEAD + f"[extensions]\nacme.obm.math = {library}\n")
        self.assertIn(f"{library} is no usable driver: expected the symbol haas_obm_driver_entry, got a library without it", said)

    def test_library_that_others_may_write(self):
        copy = self.folder / "mock.so"
        copy.write_bytes((pathlib.Path(options.plugins) / "haas.ext.obm.mock.so").read_bytes())
        os.chmod(copy, 0o666)
        said = self.faults(HEAD + "[extensions]\nacme.obm.open = mock.so\n")
        self.assertIn("expected mock.so to be writable by its owner only, got mode 666", said)

    def test_two_drivers_of_one_type(self):
        library = pathlib.Path(options.plugins) / "haas.ext.obm.mock.so"
        said = self.faults(HEAD + f"[extensions]\nhaas.ext.obm.mock =\nacme.obm.copy = {library}\n")
        self.assertIn(f"haas.cfg:9: acme.obm.copy: serves the type {MOCK}, which haas.ext.obm.mock of line 8", said)

    def test_duplicate_key(self):
        said = self.faults(HEAD + "mode = none\n")
        self.assertIn("haas.cfg:7: [auth] mode was set before, on line 6", said)

    def test_line_of_300_bytes(self):
        said = self.faults(HEAD + "[database]\nuri = sqlite:///" + "x" * 300 + "\n")
        self.assertIn("haas.cfg:8: this line has 316 bytes; a line may have at most 198", said)

    def test_continuation_line(self):
        said = self.faults(HEAD + "[database]\nuri = sqlite:///a\n    b.db\n")
        self.assertIn("haas.cfg:9: white space at the start of a line would continue the value of 'uri' above", said)

    def test_bad_listen_address(self):
        for listen in ("nonsense", "127.0.0.1:99999", "300.0.0.1:5000", "127.0.0.1"):
            said = self.faults(BASIC.replace("127.0.0.1:0", listen))
            self.assertRegex(said, r"haas\.cfg:5: .*listen")

    def test_open_daemon_on_a_network(self):
        self.assertIn("mode", self.faults(BASIC.replace("127.0.0.1:0", "0.0.0.0:0")))
        self.assertIn("insecure", self.faults(BASIC.replace("127.0.0.1:0", "0.0.0.0:0").replace("mode = none", "mode = required")))

    def test_unreadable_database(self):
        (self.folder / "haas.db").write_bytes(b"this is no database" * 100)
        said = self.faults(HEAD)
        self.assertIn("database haas.db: file is not a database", said)

    def test_another_database_scheme(self):
        self.assertIn("haas.cfg:8: [database] uri: the scheme 'postgresql' is not supported",
                      self.faults(HEAD + "[database]\nuri = postgresql://user@host/haas\n"))

    def test_everything_is_said_at_once(self):
        said = self.faults("[general]\nlog_level = loud\n[http]\nlisten = x\n[extensions]\nacme.obm.none =\n")
        for line in (2, 4, 6):
            self.assertIn(f"haas.cfg:{line}: ", said)

    def test_check_creates_nothing(self):
        code, said = self.check(BASIC.replace("mode = none", "mode = required"))
        self.assertEqual(code, 0, said)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["haas.cfg"])

    def test_files_of_haas_and_hil_load(self):
        for config in ("[general]\nlog_level = debug\n[database]\nuri = sqlite:///haas.db\n[headnode]\ntrunk_nic = eth0\n"
                       "base_imgs = base-headnode, img1\nlibvirt_endpoint = qemu:///system\n[client]\nendpoint = http://127.0.0.1:5000\n"
                       "[devel]\ndry_run = True\n[extensions]\nhaas.ext.switches.mock =\nhaas.ext.network_allocators.null =\n"
                       "haas.ext.obm.mock =\nhaas.ext.obm.ipmi =\n",
                       "[general]\nlog_level = debug\nlog_dir = /var/log/hil\n[auth]\nrequire_authentication = False\n"
                       "[extensions]\nhil.ext.auth.null =\nhil.ext.obm.mock =\nhil.ext.obm.ipmi =\n"):
            code, said = self.check(config.replace("[general]\n", "[general]\nplugin_path = {plugins}\n"))
            self.assertEqual(code, 0, said)


class Life(Case):
    def test_ready_line_tells_the_real_port(self):
        daemon = self.start()
        self.assertGreater(daemon.port, 0)
        self.assertEqual(daemon.call("GET", "/nodes/all").json, [])

    def test_sigterm_and_sigint_exit_0(self):
        for how in (signal.SIGTERM, signal.SIGINT):
            self.assertEqual(self.start().terminate(how)[0], 0)

    def test_sighup_does_not_end_it(self):
        daemon = self.start()
        daemon.process.send_signal(signal.SIGHUP)
        wait_for("the signal is noted", lambda: "daemon.sighup" in daemon.log())
        self.assertEqual(daemon.call("GET", "/nodes/all").status, 200)

    def test_what_runs_at_sigterm_is_finished(self):
        daemon = self.start()
        daemon.register("slow", MOCK, host="slow", latency_ms=400)
        connection = socket.create_connection(("127.0.0.1", daemon.port))
        connection.sendall(b"POST /node/slow/power_on HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertEqual(daemon.call("GET", "/nodes/all").status, 200)  # by now the other request is being served
        daemon.process.send_signal(signal.SIGTERM)
        connection.settimeout(20)
        self.assertTrue(connection.recv(4096).startswith(b"HTTP/1.1 200"))
        connection.close()
        self.assertEqual(daemon.process.wait(20), 0)

    def test_a_hung_driver_does_not_keep_it_from_stopping(self):
        daemon = self.start(BASIC.replace("log_level = debug", "log_level = debug\nstop_timeout = 2"))
        daemon.register("hung", MOCK, host="hung", lose_completion=True)
        connection = socket.create_connection(("127.0.0.1", daemon.port))
        connection.sendall(b"POST /node/hung/power_on HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertEqual(daemon.call("GET", "/nodes/all").status, 200)  # by now the other request is being served
        begin = time.monotonic()
        self.assertEqual(daemon.terminate()[0], 0)
        self.assertLess(time.monotonic() - begin, 8)
        connection.close()

    def test_a_second_daemon_on_the_database_is_refused(self):
        first = self.start()
        code, said = self.refused(BASIC)
        self.assertEqual(code, 1)
        self.assertIn("haas.db", said)
        self.assertIn(str(first.process.pid), said)

    def test_a_port_in_use_is_said(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            code, said = self.refused(BASIC.replace("127.0.0.1:0", f"127.0.0.1:{port}"))
        self.assertEqual(code, 1)
        self.assertIn(f"127.0.0.1:{port}", said)
        self.assertIn("in use", said)

    def test_a_driver_that_refuses_its_options_is_said(self):
        code, said = self.refused(BASIC + "[haas.ext.obm.mock]\nfrobnicate = 1\n")
        self.assertEqual(code, 1)
        self.assertIn("haas.ext.obm.mock", said)
        self.assertIn("frobnicate", said)


class Stored(Case):
    def test_registrations_survive_and_files_are_private(self):
        daemon = self.start()
        daemon.register("n1", MOCK, host="h", user="u", password="s3cret-password")
        daemon.call("PUT", "/node/n1/metadata/rack", {"value": [1, 2]})
        for path in self.folder.glob("haas.db*"):
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600, path)
        daemon.terminate()
        again = self.start()
        shown = again.call("GET", "/node/n1").json
        self.assertEqual(shown["metadata"], {"rack": "[1,2]"})
        self.assertEqual(shown["obm"], {"type": MOCK, "host": "h", "user": "u"})
        self.assertEqual(again.call("POST", "/node/n1/power_on").status, 200)
        self.assertNotIn("s3cret-password", again.log())

    def test_what_was_answered_200_survives_kill_9(self):
        chance = random.Random(20161122)
        acknowledged = set()
        for round_ in range(8):
            daemon = self.start()
            self.assertLessEqual(acknowledged, set(daemon.call("GET", "/nodes/all").json))
            stop_after = chance.randrange(1, 40)
            for index in range(stop_after):
                label = f"r{round_}-n{index}"
                if daemon.register(label, MOCK, host=label).status == 200:
                    acknowledged.add(label)
            # One more is under way when the process dies.
            connection = socket.create_connection(("127.0.0.1", daemon.port))
            body = b'{"obm": {"type": "%s", "host": "x"}}' % MOCK.encode()
            connection.sendall(b"PUT /node/last-%d HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" %
                               (round_, len(body), body))
            daemon.terminate(signal.SIGKILL)
            connection.close()
        self.assertGreater(len(acknowledged), 20)
        self.assertLessEqual(acknowledged, set(self.start().call("GET", "/nodes/all").json))

    def test_nodes_of_a_driver_that_is_gone_stay_and_say_so(self):
        daemon = self.start()
        daemon.register("n1", MOCK, host="h", password="s3cret-password")
        daemon.terminate()
        again = self.start(BASIC.replace("haas.ext.obm.mock =\n", ""))
        self.assertEqual(again.call("GET", "/nodes/all").json, ["n1"])
        shown = again.call("GET", "/node/n1")
        self.assertIn(MOCK, shown.json["trouble"])
        self.assertNotIn("s3cret-password", shown.body)
        refused = again.call("POST", "/node/n1/power_on")
        self.assertEqual(refused.status, 501)
        self.assertIn("[extensions]", refused.json["msg"])
        self.assertEqual(again.call("DELETE", "/node/n1").status, 200)

    def test_a_database_of_a_newer_version_is_refused(self):
        self.start().terminate()
        with sqlite3.connect(self.folder / "haas.db") as database:
            database.execute("PRAGMA user_version = 999")
        database.close()
        code, said = self.refused(BASIC)
        self.assertEqual(code, 1)
        self.assertIn("999", said)


class Token(Case):
    CONFIG = BASIC.replace("mode = none", "mode = required")

    def test_the_token_is_made_at_first_start_and_asked_for(self):
        daemon = self.start(self.CONFIG)
        file = self.folder / "admin.token"
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        token = file.read_text().strip()
        self.assertRegex(token, "^[0-9a-f]{32}$")
        self.assertIn(str(file), daemon.log())
        self.assertNotIn(token, daemon.log())
        refused = daemon.call("GET", "/nodes/all")
        self.assertEqual((refused.status, refused.json["type"]), (401, "AuthorizationError"))
        self.assertIn("Basic", refused.headers["WWW-Authenticate"])
        self.assertEqual(daemon.call("GET", "/nodes/all", headers=basic("admin", token)).status, 200)
        self.assertEqual(daemon.call("GET", "/nodes/all", headers={"Authorization": f"Bearer {token}"}).status, 200)
        self.assertEqual(daemon.call("GET", "/nodes/all", headers=basic("root", token)).status, 401)
        self.assertEqual(daemon.call("POST", "/node/x/power_on", headers=basic("admin", token[:-1] + "x")).status, 401)
        daemon.terminate()
        self.assertEqual(self.start(self.CONFIG).call("GET", "/nodes/all", headers=basic("admin", token)).status, 200)

    def test_a_token_file_that_others_may_read_is_refused(self):
        (self.folder / "admin.token").write_text("correct-horse-battery\n")
        os.chmod(self.folder / "admin.token", 0o644)
        code, said = self.refused(self.CONFIG)
        self.assertEqual(code, 1)
        self.assertIn("chmod 600", said)


if __name__ == "__main__":
    haas_e2e.main()

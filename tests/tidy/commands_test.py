#!/usr/bin/python3
"""./run and ./test as a user meets them, in a tree of their own where cmake, apt-get and haasd are actors that keep a
record: what is asked of whom, and when nothing is."""
import os
import shutil
import signal
import subprocess
import tempfile
import unittest

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))

RECORD = 'printf "%s" "$(basename "$0")" >>"$RECORD"; printf " %s" "$@" >>"$RECORD"; printf "\\n" >>"$RECORD"\n'
ACTORS = {
    "dpkg-query": 'shift 2; for p; do [[ " $ABSENT " == *" $p "* ]] || printf "installed:%s " "$p"; done\n',
    "apt-get": RECORD + '[[ "$*" != *"$APT_FAILS"* ]]\n',
    "sudo": '[[ $1 == -n ]] && shift; exec "$@"\n',
    "cmake": RECORD + """
if [[ $1 == --preset ]]; then
    mkdir -p "build/$2/bin"; touch "build/$2/build.ninja"; cp "$ACTORS/haasd" "build/$2/bin/"
    echo "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" >"build/$2/CMakeCache.txt"
fi
""",
    "ctest": RECORD,
    "haasd": RECORD + """
sleep 1000 & nap=$!
trap 'kill $nap; echo "haasd: stopped"; exit 0' TERM INT
echo "haasd: listening on http://127.0.0.1:4711 http://[::1]:4711"
[[ $* == *--check* ]] && { kill $nap; exit 3; }
wait
""",
}


class Commands(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.mkdtemp(prefix="haas run ")  # with spaces, as a user's folder may have
        self.addCleanup(shutil.rmtree, self.place)
        self.tree = os.path.join(self.place, "tree")
        os.makedirs(os.path.join(self.tree, ".ci"))
        for name in ("run", "test", ".ci/packages.sh", "CMakePresets.json"):
            shutil.copy(os.path.join(ROOT, name), os.path.join(self.tree, name))
        actors = os.path.join(self.place, "actors")
        os.mkdir(actors)
        for name, body in ACTORS.items():
            path = os.path.join(actors, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write("#!/bin/bash\n" + body)
            os.chmod(path, 0o755)
        self.record = os.path.join(self.place, "record")
        self.environment = {"PATH": f"{actors}:/usr/bin:/bin", "RECORD": self.record, "ACTORS": actors, "ABSENT": "",
                            "APT_FAILS": "nothing at all", "LC_ALL": "C"}

    def start(self, command, *arguments, **environment):
        return subprocess.Popen([os.path.join(self.tree, command), *arguments], cwd=self.place, text=True,
                                env=self.environment | environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def finish(self, command, *arguments, **environment):
        process = self.start(command, *arguments, **environment)
        out, errors = process.communicate(timeout=30)
        return process.returncode, out, errors

    def recorded(self, actor):
        if not os.path.exists(self.record):
            return []
        with open(self.record, encoding="utf-8") as file:
            lines = [line.rstrip("\n") for line in file]
        return [line[len(actor) + 1:] for line in lines if line.startswith(actor + " ")]

    def test_run_starts_the_development_daemon_and_says_what_to_try(self):
        process = self.start("run")
        lines = [process.stdout.readline().rstrip("\n") for _ in range(5)]
        self.assertEqual(lines[0], "haasd: listening on http://127.0.0.1:4711 http://[::1]:4711")
        for line in lines[2:]:
            self.assertTrue(line.startswith("  curl ") and " http://127.0.0.1:4711/node/node-01" in line, line)
        # The signal for ./run is haasd's own: there is no shell between.
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=30)
        self.assertEqual(out, "haasd: stopped\n")
        self.assertEqual(process.returncode, 0)
        self.assertEqual(self.recorded("haasd"), [f"--config {self.tree}/etc/haas.dev.cfg"])
        self.assertEqual(os.stat(os.path.join(self.tree, "build/run")).st_mode & 0o777, 0o700)
        self.assertEqual(self.recorded("apt-get"), [])

    def test_other_arguments_keep_the_development_file(self):
        process = self.start("run", "--", "--listen", "127.0.0.1:0")
        process.stdout.readline()
        process.terminate()
        process.communicate(timeout=30)
        self.assertEqual(self.recorded("haasd"), [f"--config {self.tree}/etc/haas.dev.cfg --listen 127.0.0.1:0"])

    def test_a_configuration_or_a_question_of_ones_own_replaces_it(self):
        for arguments in (["--check", "my.cfg"], ["--check", "--config", "my.cfg"], ["--check", "--version"]):
            code, out, _ = self.finish("run", "--", *arguments)
            self.assertEqual(code, 3)
            self.assertNotIn("curl", out)
            self.assertEqual(self.recorded("haasd")[-1], " ".join(arguments))
        process = self.start("run", "--", "--config=my.cfg")
        process.stdout.readline()
        process.terminate()
        out, _ = process.communicate(timeout=30)
        self.assertEqual(out, "haasd: stopped\n")
        self.assertEqual(self.recorded("haasd")[-1], "--config=my.cfg")

    def test_help_builds_nothing(self):
        for command in ("run", "test"):
            code, out, _ = self.finish(command, "--help")
            self.assertEqual(code, 0)
            self.assertTrue(out.startswith(f"usage: ./{command} "), out)
        self.assertFalse(os.path.exists(self.record))

    def test_an_argument_in_the_wrong_place(self):
        code, _, errors = self.finish("run", "--config", "my.cfg")
        self.assertEqual(code, 2)
        self.assertEqual(errors, "run: '--config' is unknown; arguments for haasd stand behind --, see ./run --help\n")
        self.assertFalse(os.path.exists(self.record))

    def test_what_is_missing_is_installed_without_removing_or_asking(self):
        code, _, _ = self.finish("test", ABSENT="openipmi libinih-dev")
        self.assertEqual(code, 0)
        self.assertEqual(self.recorded("apt-get"), [
            "-q -o DPkg::Lock::Timeout=120 update",
            "-q -o DPkg::Lock::Timeout=120 install --yes --no-remove --no-install-recommends libinih-dev openipmi"])

    def test_run_does_not_want_what_only_tests_need(self):
        self.finish("run", "--", "--check", ABSENT="openipmi")
        self.assertEqual(self.recorded("apt-get"), [])

    def test_stale_lists_are_no_reason_to_give_up_and_a_failed_install_is(self):
        code, _, _ = self.finish("test", ABSENT="openipmi", APT_FAILS="update")
        self.assertEqual(code, 0)
        code, _, errors = self.finish("test", ABSENT="openipmi", APT_FAILS="install")
        self.assertNotEqual(code, 0)
        self.assertIn("apt-get could not install openipmi; it says why above.", errors)
        self.assertEqual(len(self.recorded("ctest")), 1)

    def test_a_second_call_does_not_configure_again(self):
        for _ in range(2):
            self.finish("test")
        self.assertEqual([call.split()[0] for call in self.recorded("cmake")], ["--preset", "--build", "--build"])

    def test_a_moved_tree_is_configured_afresh(self):
        self.finish("test")
        os.rename(self.tree, self.tree + "-moved")
        self.tree += "-moved"
        self.finish("test")
        self.assertEqual(self.recorded("cmake")[-2], "--preset dev --fresh")

    def test_arguments_go_to_ctest(self):
        self.finish("test", "-R", "a name")
        self.assertTrue(self.recorded("ctest")[0].startswith(f"--test-dir {self.tree}/build/dev --output-on-failure"))
        self.assertTrue(self.recorded("ctest")[0].endswith(" -R a name"))


if __name__ == "__main__":
    unittest.main()

"""The README's first session, line by line, against a running haasd: what it prints is what is printed there."""

import pathlib
import re
import subprocess
import unittest

import haas_e2e
from haas_e2e import Case


README = (pathlib.Path(__file__).resolve().parents[2] / "README.md").read_text()


# How long it took is the one thing that differs from run to run.
def untimed(text):
    return re.sub(r'"seconds":[0-9.]+', '"seconds":0', text)


# "`PUT` `DELETE /a/b` `c`": PUT and DELETE of /a/b and of /a/c.
def calls_in(cell):
    calls, methods, base, fresh = set(), [], "", True
    for span in re.findall(r"`([^`]*)`", cell):
        words = span.split()
        while words and words[0].isupper():
            methods = (methods if not fresh else []) + [words.pop(0)]
            fresh = False
        if not words or not re.fullmatch(r"/\S+|\w+", words[0]):
            continue
        path = words[0].split("?")[0] if words[0].startswith("/") else f"{base}/{words[0]}"
        base = path.rpartition("/")[0]
        fresh = True
        calls |= {(method, path) for method in methods}
    return calls


class Readme(Case):
    def test_the_first_session_is_as_printed(self):
        daemon = self.start()
        lines = [line for block in re.findall(r"```console\n(.*?)```", README, re.S) for line in block.splitlines()]
        commands = [index for index, line in enumerate(lines) if line.startswith("$ ")]
        self.assertGreater(len(commands), 8)
        for index, following in zip(commands, commands[1:] + [len(lines)]):
            command = lines[index][2:].replace("127.0.0.1:5000", f"127.0.0.1:{daemon.port}")
            printed = subprocess.run(["bash", "-c", command.replace("curl ", "curl -sS ")], capture_output=True, text=True,
                                     timeout=30)
            self.assertEqual(untimed(printed.stdout.rstrip("\n")), untimed("\n".join(lines[index + 1:following])), lines[index])
            self.assertEqual(printed.stderr, "")

    def test_every_call_of_the_table_exists(self):
        daemon = self.start()
        calls = set()
        for cell in re.findall(r"^\| (`(?:GET|PUT|POST|PATCH|DELETE)[^|]*)\|", README, re.M):
            calls |= calls_in(cell)
        self.assertEqual(len(calls), 44)
        for method, path in sorted(calls):
            if path == "/v0/events":
                method = "HEAD"  # the stream itself has no end
            answer = daemon.call(method, path.replace("<n>", "n").replace("<label>", "l").replace("<id>", "i"))
            self.assertNotEqual(answer.status, 405, (method, path))
            self.assertNotIn("no such call", answer.body, (method, path))


if __name__ == "__main__":
    haas_e2e.main()

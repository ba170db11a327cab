"""The README's first session, line by line, against a running haasd: what it prints is what is printed there."""

import pathlib
import re
import subprocess
import unittest

import haas_e2e
from haas_e2e import Case


README = (pathlib.Path(__file__).resolve().parents[2] / "README.md").read_text()


class Readme(Case):
    def test_the_first_session_is_as_printed(self):
        daemon = self.start()
        lines = [line for block in re.findall(r"```console\n(.*?)```", README, re.S) for line in block.splitlines()]
        commands = [index for index, line in enumerate(lines) if line.startswith("$ ")]
        self.assertGreater(len(commands), 8)
        for index, following in zip(commands, commands[1:] + [len(lines)]):
            command = lines[index][2:].replace("127.0.0.1:5000", f"127.0.0.1:{daemon.port}")
            printed = subprocess.run(["bash", "-c", command.replace("curl ", "curl -sS ", 1)], capture_output=True, text=True,
                                     timeout=30)
            self.assertEqual(printed.stdout, "\n".join(lines[index + 1:following]), lines[index])
            self.assertEqual(printed.stderr, "")

    def test_every_call_of_the_table_exists(self):
        daemon = self.start()
        calls = set()
        for row in re.findall(r"^\| (`(?:GET|PUT|POST|DELETE)[^|]*)\|", README, re.M):
            words = re.findall(r"[\w/<>.]+", row)
            methods = [word for word in words if word.isupper()]
            paths = [word for word in words if not word.isupper()]
            base = paths[0].rpartition("/")[0]
            for path in paths:
                for method in methods:
                    calls.add((method, path if path.startswith("/") else f"{base}/{path}"))
        self.assertEqual(len(calls), 19)
        for method, path in sorted(calls):
            answer = daemon.call(method, path.replace("<n>", "n").replace("<label>", "l"))
            self.assertNotEqual(answer.status, 405, (method, path))
            self.assertNotIn("no such call", answer.body, (method, path))


if __name__ == "__main__":
    haas_e2e.main()

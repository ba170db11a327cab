"""The files of a tree as the rules look at them: whole, without comments, and without comments and strings."""
import functools
import os
import re

CPP = (".cpp", ".hpp", ".h", ".c")
TEXT = CPP + (".py", ".sh", ".cmake", ".txt", ".md", ".cfg", ".in", ".json", ".map", ".conf", ".yml", "")

_LITERAL = re.compile(
    r"""(?P<comment>//(?:\\\n|[^\n])*|/\*.*?\*/)
      | (?P<raw>R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)")
      | (?P<string>"(?:\\.|[^"\\\n])*")
      | (?P<char>(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+')""",
    re.DOTALL | re.VERBOSE)


def _blank(text):
    return "\n" * text.count("\n")


class Source:
    """One file: its path from the root of the tree, with slashes, and its text."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.folder, self.name = os.path.split(path)
        self.stem, self.suffix = os.path.splitext(self.name)

    @functools.cached_property
    def uncommented(self):
        """Strings stay; comments are gone; line numbers hold."""
        return _LITERAL.sub(lambda m: " " + _blank(m[0]) if m["comment"] else m[0], self.text)

    @functools.cached_property
    def code(self):
        """Neither comments nor what stands between quotes; line numbers hold."""
        def keep(match):
            if match["comment"]:
                return " " + _blank(match[0])
            return ("''" if match["char"] else '""') + _blank(match[0])
        return _LITERAL.sub(keep, self.text)

    def line_of(self, text, offset):
        return text.count("\n", 0, offset) + 1

    def is_cpp(self):
        return self.suffix in CPP

    def is_header(self):
        return self.suffix in (".hpp", ".h")

    def within(self, folder):
        return self.path.startswith(folder + "/")


def read_tree(root):
    """All text files of a tree, sorted by path, without what is built or hidden (.ci is ours)."""
    sources = []
    for folder, folders, names in os.walk(root):
        inside = os.path.relpath(folder, root)
        folders[:] = [f for f in folders if not (f == "__pycache__" or (inside == "." and f == "build")
                                                 or (f.startswith(".") and f != ".ci"))]
        for name in names:
            if name.startswith(".") or os.path.splitext(name)[1] not in TEXT:
                continue
            path = os.path.normpath(os.path.join(inside, name)).replace(os.sep, "/")
            try:
                with open(os.path.join(root, path), encoding="utf-8") as file:
                    sources.append(Source(path, file.read()))
            except UnicodeDecodeError:
                continue
    return sorted(sources, key=lambda source: source.path)

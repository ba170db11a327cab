#!/usr/bin/python3
"""Holds the tree against the rules that people would otherwise have to remember.  usage: tidy.py [ROOT]"""
import os
import sys

import arrows
import rhyme
import shape
import words
from source import read_tree

RULES = (arrows.check, rhyme.check, shape.check, words.check)


def complaints(root):
    sources = read_tree(root)
    return sorted({complaint for rule in RULES for complaint in rule(sources)}), len(sources)


def main(arguments):
    root = arguments[1] if len(arguments) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
    found, files = complaints(root)
    for path, line, text in found:
        print(f"{path}:{line}: {text}")
    if files == 0:
        print(f"{root}: no files to look at")
        return 1
    print(f"tidy: {files} files, {len(found)} complaints")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))

"""For any source file one knows where its test is: core/a/b.cpp is tested by tests/core/a/b_test.cpp."""

# Each exception with its reason.
UNTESTED = {
    "core/http/asio.cpp": "Asio's own sources, compiled once",
    "core/http/beast.cpp": "Beast's own sources, compiled once",
    "core/daemon/daemon.cpp": "the composition root: the e2e tests run the whole daemon",
    "core/daemon/main.cpp": "the program itself: the e2e tests start it",
    "plugins/mock/driver.cpp": "between the ABI and the machine: the conformance suite runs on it",
}


def check(sources, untested=None):
    untested = UNTESTED if untested is None else untested
    paths = {source.path for source in sources}
    for source in sources:
        if source.suffix != ".cpp" or not (source.within("core") or source.within("plugins") or source.within("cli")):
            continue
        test = f"tests/{source.folder}/{source.stem}_test.cpp"
        if source.path in untested:
            if test in paths:
                yield source.path, 1, f"{test} exists: take this file out of UNTESTED in tests/tidy/rhyme.py"
        elif test not in paths:
            yield source.path, 1, f"has no test {test}"

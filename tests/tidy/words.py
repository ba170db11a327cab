"""Words that may not stand in the code, each with what to write instead."""
import re

SHIPPED = ("core", "plugins", "sdk", "cli")

# (pattern, folders or ends of names where it is banned, or () for all, what to do).  Matched against code without
# comments and strings.
# A line that must do it all the same says why, in a comment that begins with "tidy:".
BANNED = [
    (r"(?<![\w.>])(?:std::)?system\s*\(", (), "system(): no child processes; call the library or the kernel itself"),
    (r"(?<![\w.>])(?:popen|execl|execlp|execv|execvp|execve|fork|vfork|posix_spawnp?)\s*\(", SHIPPED,
     "no child processes; call the library or the kernel itself"),
    (r"\b(?:strcpy|strcat|stpcpy)\s*\(", (), "strcpy(), strcat(): std::string, or std::copy with a bound"),
    (r"\bv?sprintf\s*\(", (), "sprintf(): fmt::format, or snprintf in the SDK"),
    (r"\bgets\s*\(", (), "gets(): std::getline"),
    (r"\bstrtok\s*\(", (), "strtok(): std::string_view::find"),
    (r"\bato(?:i|l|ll|f)\s*\(", (), "atoi(): std::from_chars, and look at where it stopped"),
    (r"(?<![\w.>])(?:std::)?s?rand\s*\(", (), "rand(): RAND_bytes for secrets and identifiers, <random> for the rest"),
    (r"\bstd::w?regex\b", SHIPPED, "std::regex: find and compare by hand; it recurses on what a client sends"),
    (r"\busing\s+namespace\s+std\s*;", (), "using namespace std: name what is used"),
    (r"\bstd::endl\b", (), "std::endl: '\\n'"),
    (r"(?<![.>:\w])get_\w+\s*\(", ("core", "plugins", "sdk"), "get_: name the thing, without a verb"),
    (r"\bthis_thread::sleep_|\b(?:usleep|nanosleep)\s*\(|(?<![\w.>])(?:::)?sleep\s*\(\s*\d",
     ("core", "plugins/ipmi", "_test.cpp"), "sleeping: wait for the event itself, with a deadline"),
    (r"\w_clock::now\s*\(", tuple(f"plugins/ipmi/{layer}" for layer in ("wire", "crypto", "command", "session")),
     "no clock here: the time comes in as an argument"),
    (r"\bmemcpy\s*\(|\breinterpret_cast\b", ("plugins/ipmi/wire", "plugins/ipmi/command"),
     "bytes are read by Reader and written by Writer, field by field"),
]
_BANNED = [(re.compile(pattern), folders, instead) for pattern, folders, instead in BANNED]

_ARGUED = re.compile(r"// tidy: \w+ \w+")

# Split, so that this file does not complain about itself.
_UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
_SKIPPED_TEST = re.compile(r'TEST_CASE(?:_METHOD)?\s*\([^;{]*"[^"\n]*\[(?:\.|!hide|!mayfail|!shouldfail)')
_MACHINE_PATH = re.compile(r"(?<![\w.$}/-])/(?:work|home|root|Users)/[\w.]")

# The section of the specification a file speaks of.
_CITATION = re.compile(r"\b(?:IPMI|RFC|FIPS|ASF|DCMI)\b[^.]{0,20}?\b(?:sections?|tables?)?\s*\d+", re.IGNORECASE)
CITING_FOLDERS = ("plugins/ipmi/wire", "plugins/ipmi/command")
NOT_FROM_A_SPECIFICATION = {
    "plugins/ipmi/wire/bytes.hpp": "shapes of memory",
    "plugins/ipmi/wire/reader.hpp": "reads any message",
    "plugins/ipmi/wire/writer.hpp": "writes any message",
    "plugins/ipmi/command/error_class.hpp": "our own kinds of failure",
}

# It keeps the proof that the rule about co_await is needed.
PROVES_THE_GCC_RULE = "tests/core/http/coroutine_rule_test.cpp"

_CAPTURING_LAMBDA = re.compile(r"\[[^\]\[]+\]\s*[({]")


def doubled_by_gcc(code):
    """Offsets of co_await expressions that g++ 12.2 destroys twice: a braced temporary or a capturing lambda inside."""
    for match in re.finditer(r"\bco_await\b", code):
        depth = 0
        for i in range(match.end(), len(code)):
            c = code[i]
            if _CAPTURING_LAMBDA.match(code, i) and not (code[i - 1].isalnum() or code[i - 1] in "_)]"):
                yield match.start()
                break
            if c in "([":
                depth += 1
            elif c in ")]":
                depth -= 1
            if depth < 0 or c == ";":
                break
            if c == "{":
                yield match.start()
                break


def check(sources):
    stems = {(source.folder, source.stem): source for source in sources if source.is_header()}
    for source in sources:
        for match in _UNFINISHED.finditer(source.text):
            yield source.path, source.line_of(source.text, match.start()), f"'{match[0]}': finish it, or open an issue"
        for match in _MACHINE_PATH.finditer(source.text):
            yield source.path, source.line_of(source.text, match.start()), "names a folder of somebody's machine"
        if not source.is_cpp():
            continue
        lines = source.text.split("\n")
        for pattern, folders, instead in _BANNED:
            if folders and not any(source.within(place) or source.path.endswith(place) for place in folders):
                continue
            for match in pattern.finditer(source.code):
                line = source.line_of(source.code, match.start())
                if not _ARGUED.search(lines[line - 1]):
                    yield source.path, line, instead
        for match in _SKIPPED_TEST.finditer(source.uncommented):
            yield source.path, source.line_of(source.uncommented, match.start()), "a skipped test: mend it or delete it"
        for offset in doubled_by_gcc(source.code) if source.path != PROVES_THE_GCC_RULE else ():
            yield (source.path, source.line_of(source.code, offset),
                   "g++ 12.2 destroys a braced temporary or a capturing lambda inside co_await twice: name it first")
        if source.folder in CITING_FOLDERS and source.path not in NOT_FROM_A_SPECIFICATION:
            header = stems.get((source.folder, source.stem), source)
            if not _CITATION.search(header.text) and not _CITATION.search(source.text):
                yield source.path, 1, "cites no section of a specification, as in 'IPMI 2.0 section 13.20'"

"""Who may include whom: the table of docs/architecture.md, held against every #include line."""
import posixpath
import re

# A room is the longest of these folders that a file lies in.  It may include itself, the folders and files named here
# (a folder ends in '/'), and the libraries named here; the standard library and POSIX are everybody's.
CORE_LIBRARIES = {"tl", "fmt"}
ROOMS = {
    "sdk/include/": (["sdk/include/"], set()),
    "sdk/examples/": (["sdk/include/"], set()),
    "core/base/": ([], CORE_LIBRARIES | {"spdlog"}),
    "core/config/": (["core/base/"], CORE_LIBRARIES | {"inih"}),
    "core/store/": (["core/base/"], CORE_LIBRARIES | {"sqlite", "openssl"}),
    "core/auth/": (["core/base/", "core/store/"], CORE_LIBRARIES | {"openssl"}),
    "core/driver/": (["core/base/", "sdk/include/"], CORE_LIBRARIES | {"boost.dll"}),
    "core/node/": (["core/base/", "core/driver/", "core/store/"], CORE_LIBRARIES),
    "core/console/": (["core/base/", "core/driver/", "core/node/"], CORE_LIBRARIES),
    "core/http/": (["core/base/"], CORE_LIBRARIES | {"asio", "beast", "openssl"}),
    # Of the store it knows the faces that are its own: the audit trail and the tasks.
    "core/api/": (["core/base/", "core/auth/", "core/node/", "core/console/", "core/http/message.hpp",
                   "core/store/audit_store.hpp", "core/store/task_store.hpp"],
                  CORE_LIBRARIES | {"rapidjson", "re2"}),
    # It says in --version which driver ABI it speaks.
    "core/daemon/": (["core/", "sdk/include/haas/obm/abi.h"], CORE_LIBRARIES | {"asio", "cli11"}),
    "plugins/": (["sdk/include/"], set()),
    "plugins/ipmi/": (["sdk/include/"], {"asio"}),
    # Commands are codecs too, of what stands inside a session; the session's own set-up sends a few of them.
    "plugins/ipmi/wire/": ([], set()),
    "plugins/ipmi/crypto/": ([], {"openssl"}),
    "plugins/ipmi/command/": (["plugins/ipmi/wire/"], set()),
    "plugins/ipmi/session/": (["plugins/ipmi/wire/", "plugins/ipmi/crypto/", "plugins/ipmi/command/"], set()),
    "cli/": ([], CORE_LIBRARIES | {"asio", "beast", "openssl", "cli11", "rapidjson"}),
    "bench/": (["core/", "sdk/include/"], CORE_LIBRARIES | {"asio", "beast"}),
    # The simulator is the other side of plugins/ipmi and shares no line with it: a mistake must not be mirrored.
    "tools/": ([], CORE_LIBRARIES | {"openssl", "cli11", "rapidjson"}),
    # A test may hold its room against anything the core has, but a driver's test stays on the driver's side.
    "tests/": ([], {"catch2"}),
    "tests/core/": (["core/", "sdk/include/"], CORE_LIBRARIES | {
        "catch2", "asio", "inih", "openssl", "rapidjson", "spdlog", "sqlite", "boost.dll"}),
    "tests/sdk/": (["sdk/include/"], {"catch2"}),
    "tests/plugins/": (["plugins/", "sdk/include/"], {"catch2", "asio", "openssl"}),
    "tests/tools/": (["tools/"], CORE_LIBRARIES | {"catch2", "openssl", "rapidjson"}),
    "tests/e2e/": (["sdk/include/"], {"catch2"}),
    "tests/fuzz/": (["core/", "plugins/", "sdk/include/", "tests/"], CORE_LIBRARIES | {"openssl", "rapidjson"}),
}

# What costs a compiler seconds, or belongs to one owner, is allowed in few files of its room.
BEAST_FILES_LIMIT = 2
HEADERS_WITHOUT = {"core/http/": {"beast", "openssl"}}

LIBRARIES = [
    ("boost/asio", "asio"), ("boost/beast", "beast"), ("boost/dll", "boost.dll"), ("boost/", "boost"),
    ("rapidjson/", "rapidjson"), ("ini.h", "inih"), ("INIReader", "inih"), ("sqlite3", "sqlite"),
    ("openssl/", "openssl"), ("spdlog/", "spdlog"), ("fmt/", "fmt"), ("tl/", "tl"), ("CLI/", "cli11"),
    ("catch2/", "catch2"), ("re2/", "re2"),
]
# Folders of the C library and of the kernel.  A name without a folder is the standard library's.
SYSTEM_FOLDERS = {"sys", "netinet", "arpa", "net", "linux", "asm", "experimental"}

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


def room_of(path):
    return max((room for room in ROOMS if path.startswith(room)), key=len, default=None)


def _resolve(source, written, paths):
    """The file of our tree that an include names, or None.  It need not exist: a compiler says that better."""
    beside = posixpath.normpath(posixpath.join(source.folder, written))
    if beside in paths:
        return beside
    if written.startswith("haas/obm"):
        return "sdk/include/" + written
    return written if written in paths or written.startswith(("core/", "plugins/", "sdk/")) else None


def _library(written):
    for prefix, library in LIBRARIES:
        if written.startswith(prefix):
            return library
    folder = written.split("/")[0] if "/" in written else None
    return None if folder is None or folder in SYSTEM_FOLDERS else folder


def _same_room(source, target, room):
    """Its own room; its nearest siblings for a driver: plugins/mock/ is not plugins/ipmi/."""
    if room in ("plugins/", "tests/plugins/"):
        depth = room.count("/") + 1
        return target.split("/")[:depth] == source.path.split("/")[:depth]
    return target.startswith(room)


def _allowed_plugin(source, target):
    """tests/plugins/ipmi/... may look into plugins/ipmi, no other driver."""
    return target.split("/")[:2] == source.path.split("/")[1:3]


def _own_header_first(source, paths):
    """x.cpp begins with x.hpp: compiling it proves that the header needs nothing before it."""
    own = f"{source.folder}/{source.stem}.hpp"
    first = _INCLUDE.search(source.uncommented)
    if source.suffix == ".cpp" and own in paths and first is not None and first[1] != own:
        yield source.path, source.line_of(source.uncommented, first.start()), f'"{own}" is included first'


def check(sources):
    paths = {source.path for source in sources}
    beast = []
    for source in sources:
        if not source.is_cpp():
            continue
        room = room_of(source.path)
        if room is None:
            yield source.path, 1, "lies in no folder of the table in tests/tidy/arrows.py"
            continue
        yield from _own_header_first(source, paths)
        folders, libraries = ROOMS[room]
        for match in _INCLUDE.finditer(source.uncommented):
            line = source.line_of(source.uncommented, match.start())
            written = match[1] or match[2]
            target = _resolve(source, written, paths)
            if target is not None:
                allowed = any(target.startswith(folder) for folder in folders)
                if room == "tests/plugins/" and target.startswith("plugins/"):
                    allowed = _allowed_plugin(source, target)
                if not allowed and not _same_room(source, target, room):
                    yield source.path, line, f"{room} may not include {target}"
                continue
            if match[1]:
                yield source.path, line, f'"{written}" is no file of this tree; write a library\'s header in <>'
                continue
            library = _library(written)
            if library is None:
                continue
            if library not in libraries:
                yield source.path, line, f"{room} may not include {library} (<{written}>)"
            elif source.is_header() and library in HEADERS_WITHOUT.get(room, ()):
                yield source.path, line, f"headers of {room} may not include {library}: it costs every file above"
            elif library == "beast" and source.within("core"):
                beast.append((source.path, line))
    if len({path for path, _ in beast}) > BEAST_FILES_LIMIT:
        for path, line in beast:
            yield path, line, f"Beast is included by more than {BEAST_FILES_LIMIT} files; it costs 18 s each"

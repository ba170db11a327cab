#!/usr/bin/python3
"""The rules held against small trees: each must find what it is for, and leave alone what only looks like it."""
import os
import tempfile
import unittest

import rhyme
import shape
from source import Source, read_tree
from tidy import complaints

HEADER = "// What it is.\n#pragma once\n"


def found(files):
    """The complaints about a tree of {path: text}, as 'path:line: words', without the rhyme unless a test asks."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            place = os.path.join(root, path)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "w", encoding="utf-8") as file:
                file.write(text)
        return [f"{path}:{line}: {text}" for path, line, text in complaints(root)[0] if "has no test" not in text]


class Case(unittest.TestCase):
    maxDiff = None

    def one(self, path, text, expected):
        """The tree of this one file has exactly this complaint."""
        self.assertEqual(found({path: text}), [f"{path}:{expected}"])

    def clean(self, path, text):
        self.assertEqual(found({path: text}), [])


class Arrows(Case):
    def test_an_upward_arrow(self):
        self.one("core/base/a.cpp", '\n#include "core/node/registry.hpp"\n', "2: core/base/ may not include core/node/registry.hpp")

    def test_only_one_file_of_a_room(self):
        self.one("core/api/a.cpp", '#include "core/http/server.hpp"\n', "1: core/api/ may not include core/http/server.hpp")
        self.clean("core/api/a.cpp", '#include "core/http/message.hpp"\n#include "core/node/registry.hpp"\n')

    def test_a_plugin_stays_on_its_side(self):
        self.one("plugins/mock/a.cpp", '#include "core/base/log.hpp"\n', "1: plugins/ may not include core/base/log.hpp")
        self.one("plugins/mock/a.cpp", '#include "plugins/ipmi/wire/rmcp.hpp"\n',
                 "1: plugins/ may not include plugins/ipmi/wire/rmcp.hpp")
        self.clean("plugins/mock/a.cpp", '#include "plugins/mock/b.hpp"\n#include <haas/obm/driver.hpp>\n')

    def test_the_tests_of_a_plugin_too(self):
        self.one("tests/plugins/mock/a_test.cpp", '#include "plugins/ipmi/wire/rmcp.hpp"\n',
                 "1: tests/plugins/ may not include plugins/ipmi/wire/rmcp.hpp")
        self.one("tests/plugins/mock/a_test.cpp", '#include "core/base/log.hpp"\n',
                 "1: tests/plugins/ may not include core/base/log.hpp")
        self.clean("tests/plugins/mock/a_test.cpp", '#include "plugins/mock/a.hpp"\n#include <catch2/catch.hpp>\n')

    def test_layers_of_the_ipmi_driver(self):
        self.one("plugins/ipmi/session/a.cpp", "#include <boost/asio/io_context.hpp>\n",
                 "1: plugins/ipmi/session/ may not include asio (<boost/asio/io_context.hpp>)")
        self.one("plugins/ipmi/crypto/a.cpp", '#include "plugins/ipmi/session/b.hpp"\n',
                 "1: plugins/ipmi/crypto/ may not include plugins/ipmi/session/b.hpp")

    def test_libraries_have_owners(self):
        for path, header, library in (
                ("core/node/a.cpp", "rapidjson/document.h", "rapidjson"), ("core/daemon/a.cpp", "ini.h", "inih"),
                ("core/api/a.cpp", "sqlite3.h", "sqlite"), ("core/base/a.cpp", "boost/asio/post.hpp", "asio"),
                ("core/config/a.cpp", "spdlog/spdlog.h", "spdlog"), ("core/base/a.cpp", "nlohmann/json.hpp", "nlohmann"),
                ("core/daemon/a.cpp", "boost/beast/core.hpp", "beast"), ("sdk/include/haas/obm/a.hpp", "fmt/format.h", "fmt")):
            with self.subTest(header):
                room = "sdk/include/" if path.startswith("sdk") else os.path.dirname(path) + "/"
                self.one(path, HEADER + f"#include <{header}>\n", f"3: {room} may not include {library} (<{header}>)")

    def test_what_everybody_may_include(self):
        self.clean("core/node/a.cpp", "#include <string>\n#include <stdint.h>\n#include <sys/stat.h>\n#include <netinet/in.h>\n")

    def test_heavy_headers(self):
        self.one("core/http/a.hpp", HEADER + "#include <boost/beast/http.hpp>\n",
                 "3: headers of core/http/ may not include beast: it costs every file above")
        tree = {f"core/http/{name}.cpp": "#include <boost/beast/http.hpp>\n" for name in "ab"}
        self.assertEqual(found(tree), [])
        tree["core/http/c.cpp"] = tree["core/http/a.cpp"]
        self.assertEqual(found(tree), [
            f"core/http/{name}.cpp:1: Beast is included by more than 2 files; it costs 18 s each" for name in "abc"])

    def test_a_path_that_leads_nowhere(self):
        self.one("core/base/a.cpp", '#include "registry.hpp"\n',
                 "1: \"registry.hpp\" is no file of this tree; write a library's header in <>")

    def test_a_commented_include_is_none(self):
        self.clean("core/base/a.cpp", '// #include "core/node/registry.hpp"\n/*\n#include <ini.h>\n*/\n')

    def test_the_own_header_comes_first(self):
        header = {"core/base/a.hpp": HEADER}
        self.assertEqual(found(header | {"core/base/a.cpp": '#include "core/base/a.hpp"\n\n#include <string>\n'}), [])
        self.assertEqual(found(header | {"core/base/a.cpp": '\n#include <string>\n#include "core/base/a.hpp"\n'}),
                         ['core/base/a.cpp:2: "core/base/a.hpp" is included first'])

    def test_a_new_folder_is_not_free(self):
        self.one("server/a.cpp", "int x;\n", "1: lies in no folder of the table in tests/tidy/arrows.py")


class Rhyme(unittest.TestCase):
    def check(self, *paths, untested=None):
        return list(rhyme.check([Source(path, "") for path in paths], untested or {}))

    def test_a_source_has_a_test(self):
        self.assertEqual(self.check("core/node/queue.cpp"),
                         [("core/node/queue.cpp", 1, "has no test tests/core/node/queue_test.cpp")])
        self.assertEqual(self.check("plugins/ipmi/wire/rakp.cpp", "tests/plugins/ipmi/rakp_test.cpp"),
                         [("plugins/ipmi/wire/rakp.cpp", 1, "has no test tests/plugins/ipmi/wire/rakp_test.cpp")])
        self.assertEqual(self.check("core/node/queue.cpp", "tests/core/node/queue_test.cpp", "core/node/label.hpp"), [])

    def test_exceptions_do_not_outlive_their_reason(self):
        untested = {"core/daemon/main.cpp": "the program itself"}
        self.assertEqual(self.check("core/daemon/main.cpp", untested=untested), [])
        self.assertEqual(len(self.check("core/daemon/main.cpp", "tests/core/daemon/main_test.cpp", untested=untested)), 1)


class Shape(Case):
    def test_long_files(self):
        self.clean("core/base/a.cpp", "int x;\n" * 400)
        self.one("core/base/a.cpp", "int x;\n" * 401, "401: 401 lines; a file has at most 400: split it by meaning")

    def test_long_functions(self):
        for opening in ("int f(int a)", "template <class T>\nauto A<T>::f() const -> T", "A::A(int b) : a_{b}, c_(b)",
                        'TEST_CASE("a; b")', "static void f(const std::map<int, int>& m = {}) noexcept"):
            with self.subTest(opening):
                self.clean("core/base/a.cpp", f"namespace x {{\n{opening} {{\n" + "a();\n" * 68 + "}\n}\n")
                self.one("core/base/a.cpp", f"namespace x {{\n{opening} {{\n" + "if (a) { b(); }\n" * 69 + "}\n}\n",
                         "2: a function of 71 lines; at most 70: name its steps")

    def test_methods_inside_a_class(self):
        body = "class A final : public B<int> {\npublic:\n    int f() override {\n" + "a();\n" * 69 + "    }\n};\n"
        self.one("core/base/a.cpp", body, "3: a function of 71 lines; at most 70: name its steps")

    def test_long_things_that_are_no_functions(self):
        rows = "    {1, f(2), [](int x) { return x; }},\n" * 80
        self.clean("core/base/a.cpp", f"constexpr auto t = std::to_array<Row>({{\n{rows}}});\n"
                   f"const std::vector<Row> u = {{\n{rows}}};\nstruct S {{\n{'int a(int);' * 3}\n" + "int b;\n" * 80 + "};\n"
                   "enum class E : int {\n" + "a,\n" * 80 + "};\n")

    def test_two_functions_are_counted_apart(self):
        self.assertEqual([length for _, length in shape.functions(Source(
            "a.cpp", "int f() {\nreturn 1;\n}\nint g(char c) {\nreturn c == '{' ? '}' : \"{\"[0];\n}\n"))], [3, 3])

    def test_headers(self):
        self.one("core/base/a.hpp", "// What it is.\nint x;\n", "1: no #pragma once")
        self.one("core/base/a.hpp", "#pragma once\n",
                 "1: no first comment that says what the file is and what it may not know")
        self.clean("sdk/include/haas/obm/a.h", "/* What it is. */\n#ifndef A_H\n#define A_H\n#endif\n")
        self.one("sdk/include/haas/obm/a.h", "/* What it is. */\n#ifndef A_H\n#define B_H\n#endif\n", "1: no #pragma once")
        self.one("core/base/a.h", HEADER, "1: .h is for the C headers of the SDK: call it a.hpp")

    def test_vague_names(self):
        self.one("core/base/string_util.cpp", "", "1: 'string_util.cpp' says nothing: name it after what it does")
        self.one("docs/common/a.md", "", "1: 'common' says nothing: name it after what it does")
        self.clean("core/base/utilisation.cpp", "")


class Words(Case):
    def test_banned_calls(self):
        for code, beginning in (
                ('system("ls");', "system()"), ('std::system("ls");', "system()"), ('popen("ls", "r");', "no child"),
                ("fork();", "no child"), ("strcpy(a, b);", "strcpy()"), ("sprintf(a, b);", "sprintf()"),
                ("gets(a);", "gets()"), ("strtok(a, b);", "strtok()"), ("atoi(a);", "atoi()"), ("rand();", "rand()"),
                ("srand(1);", "rand()"), ("std::regex r;", "std::regex"), ("using namespace std;", "using namespace std"),
                ("a << std::endl;", "std::endl"), ("int get_name();", "get_"), ("std::this_thread::sleep_for(a);", "sleeping"),
                ("::sleep(1);", "sleeping")):
            with self.subTest(code):
                complaint = found({"core/base/a.cpp": "int a;\n" + code + "\n"})
                self.assertEqual(len(complaint), 1)
                self.assertTrue(complaint[0].startswith("core/base/a.cpp:2: " + beginning), complaint)

    def test_words_that_only_look_like_it(self):
        self.clean("core/base/a.cpp", "// system(), rand()\nauto s = \"sprintf(\"; file_system(); snprintf(a, 1); operand(); a.fork();\n"
                   "using namespace std::chrono_literals; std::get_if<int>(&a); socket.get_executor(); ecosystem(1);\n"
                   'auto r = R"(system("x"))";\n')

    def test_a_line_may_argue(self):
        self.clean("tests/sdk/slow_driver.cpp", "std::this_thread::sleep_for(1s);\n")  # a driver that blocks
        self.clean("plugins/ipmi/loop.cpp", "void Loop::sleep(Time until) {}\n")
        self.clean("tests/core/a_test.cpp", "::sleep(1);  // tidy: slowness is what is tested\n")
        self.one("tests/core/a_test.cpp", "// tidy: slowness is what is tested\n::sleep(1);  // tidy: \n",
                 "2: sleeping: wait for the event itself, with a deadline")

    def test_layers_without_a_clock(self):
        for folder in ("wire", "session"):
            complaint = found({f"plugins/ipmi/{folder}/a.cpp": "// IPMI 2.0 section 13.6\nauto t = std::chrono::steady_clock::now();\n"})
            self.assertEqual(complaint, [f"plugins/ipmi/{folder}/a.cpp:2: no clock here: the time comes in as an argument"])
        self.clean("plugins/ipmi/engine.cpp", "auto t = std::chrono::steady_clock::now();\n")

    def test_bytes_of_the_wire(self):
        self.one("plugins/ipmi/wire/a.cpp", "// IPMI 2.0 section 13.6\nstd::memcpy(&a, b, 4);\n",
                 "2: bytes are read by Reader and written by Writer, field by field")

    def test_citations(self):
        self.one("plugins/ipmi/command/a.cpp", "// Sets the boot device.\n",
                 "1: cites no section of a specification, as in 'IPMI 2.0 section 13.20'")
        self.assertEqual(found({"plugins/ipmi/command/a.cpp": '#include "plugins/ipmi/command/a.hpp"\n',
                                "plugins/ipmi/command/a.hpp": "// Boot device.  IPMI 2.0 section 28.12.\n#pragma once\n"}), [])

    def test_unfinished(self):
        for word in ("TO" + "DO", "FIX" + "ME"):
            self.one("docs/a.md", f"text\n{word}: more\n", f"2: '{word}': finish it, or open an issue")
        for tag in ("[.]", "[.slow]", "[unit][!mayfail]"):
            self.one("tests/core/base/a_test.cpp", f'TEST_CASE("a", "{tag}") {{}}\n', "1: a skipped test: mend it or delete it")
        self.clean("tests/core/base/a_test.cpp", 'TEST_CASE("a", "[unit]") {}\n')

    def test_paths_of_a_machine(self):
        for place in ("/ho" + "me/alice/x", "/wo" + "rk/main", "/ro" + "ot/x"):
            self.one("CMakeLists.txt", f"set(x {place})\n", "1: names a folder of somebody's machine")
        self.clean("CMakeLists.txt", "set(x ${a}/wo" + "rk/b ../home/c https://example.org/home/d)\n")

    def test_what_gcc_destroys_twice(self):
        for code in ("co_await f(Agg{1});", "co_await f({1});", "x = co_await f([a] { return a; });",
                     "co_await f(g(),\n  [&](int) { });"):
            with self.subTest(code):
                self.one("core/http/a.cpp", code + "\n",
                         "1: g++ 12.2 destroys a braced temporary or a capturing lambda inside co_await twice: name it first")
        self.clean("core/http/a.cpp", "if (co_await f(a[1], b)) { g(); }\nco_await f(std::move(x)); { y(); }\n")


class Tree(unittest.TestCase):
    def test_what_is_built_or_hidden_is_not_read(self):
        with tempfile.TemporaryDirectory() as root:
            for path in ("build/a.cpp", ".git/b.cpp", "core/__pycache__/c.py", "core/d.cpp", ".ci/e.sh", "core/f.o"):
                os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8"):
                    pass
            self.assertEqual([source.path for source in read_tree(root)], [".ci/e.sh", "core/d.cpp"])

    def test_lines_hold_when_comments_and_strings_go(self):
        source = Source("a.cpp", '/* a\nb */ x; // c\nR"(d\n"e)" f; "g\\"h" i;\n')
        self.assertEqual([line.split() for line in source.code.split("\n")],
                         [[], ["x;"], ['""'], ["f;", '""', "i;"], []])


if __name__ == "__main__":
    unittest.main()

#include "core/config/value.hpp"

#include <catch2/catch.hpp>

using namespace haas::config;
using namespace std::chrono_literals;

TEST_CASE("booleans are those of Python's configparser") {
    for (const char* yes : {"true", "True", "YES", "on", "1"}) CHECK(parse_boolean(yes) == true);
    for (const char* no : {"false", "False", "no", "OFF", "0"}) CHECK(parse_boolean(no) == false);
    CHECK(parse_boolean("").error() == "'' is neither yes nor no; expected true, yes, on, 1, false, no, off or 0");
    CHECK_FALSE(parse_boolean("y").has_value());
    CHECK_FALSE(parse_boolean("2").has_value());
}

TEST_CASE("durations are seconds") {
    const Range<std::chrono::milliseconds> range{100ms, 1h};
    CHECK(parse_duration("30", range) == 30s);
    CHECK(parse_duration("0.5", range) == 500ms);
    CHECK(parse_duration("2.05", range) == 2050ms);
    CHECK(parse_duration("0.100", range) == 100ms);
    CHECK(parse_duration("3600", range) == 1h);
    CHECK(parse_duration("30s", range).error() ==
          "'30s' is no duration; expected a number of seconds from 0.1 to 3600");
    for (const char* bad : {"", ".", "1.", ".5", "-1", "+1", "1e3", "0.09", "3600.001", "1.0001", "99999999999999999999"}) {
        CHECK_FALSE(parse_duration(bad, range).has_value());
    }
}

TEST_CASE("sizes are bytes, or have a unit") {
    const Range<std::size_t> range{1024, 1024UL * 1024 * 1024};
    CHECK(parse_size("16384", range) == 16384U);
    CHECK(parse_size("16 KiB", range) == 16384U);
    CHECK(parse_size("1MiB", range) == 1048576U);
    CHECK(parse_size("1 GiB", range) == 1073741824U);
    CHECK(parse_size("1023", range).error() ==
          "'1023' is no size; expected bytes, or a number of KiB, MiB or GiB, from 1 KiB to 1 GiB");
    for (const char* bad : {"", "KiB", "1 kB", "1 MB", "-1", "1.5 MiB", "2 GiB", "17179869184 GiB", "1 KiB x"}) {
        CHECK_FALSE(parse_size(bad, range).has_value());
    }
}

TEST_CASE("counts are whole numbers within their range") {
    CHECK(parse_count("1", {1, 16}) == 1U);
    CHECK(parse_count("16", {1, 16}) == 16U);
    CHECK(parse_count("17", {1, 16}).error() == "'17' is not accepted; expected a whole number from 1 to 16");
    for (const char* bad : {"", "0", "-1", "1.0", "4294967297", "x", "1 "}) {
        CHECK_FALSE(parse_count(bad, {1, 16}).has_value());
    }
}

TEST_CASE("relative paths start at the folder") {
    CHECK(parse_path("key", "/etc/haas") == "/etc/haas/key");
    CHECK(parse_path("../key", "/etc/haas") == "/etc/key");
    CHECK(parse_path("/var/key", "/etc/haas") == "/var/key");
    CHECK(parse_path("", "/etc/haas").error() == "no path; leave the key out to have its default");
}

TEST_CASE("database URIs have SQLAlchemy's slashes") {
    CHECK(parse_database_uri("sqlite:///haas.db", "/etc/haas") == "/etc/haas/haas.db");
    CHECK(parse_database_uri("sqlite:///../run/haas.db", "/etc/haas") == "/etc/run/haas.db");
    CHECK(parse_database_uri("sqlite:////var/lib/haas/haas.db", "/etc/haas") == "/var/lib/haas/haas.db");

    const std::string accepted =
        "; expected sqlite:///haas.db (relative to the folder of this file) or sqlite:////var/lib/haas/haas.db (absolute)";
    const auto refusal = [](std::string_view text) { return parse_database_uri(text, "/etc/haas").error(); };
    CHECK(refusal("haas.db") == "no database URI" + accepted);
    CHECK(refusal("sqlite://haas.db") == "sqlite: needs three slashes, or four" + accepted);
    CHECK(refusal("sqlite:///") == "a database in memory would forget every node" + accepted);
    CHECK(refusal("sqlite:///:memory:") == "a database in memory would forget every node" + accepted);
    CHECK(refusal("sqlite:///folder/") == "this names a folder, not a file" + accepted);
    CHECK(refusal("sqlite:///haas.db?mode=ro") == "options behind '?' are not supported" + accepted);
    // The password of the other database stays out of the message.
    CHECK(refusal("postgresql://alice:secret@dbhost:5432/db") ==
          "the scheme 'postgresql' is not supported, haasd keeps its data in SQLite" + accepted);
}

TEST_CASE("origins are spelt as browsers send them") {
    CHECK(parse_origin("https://Ops.Example.org") == "https://ops.example.org");
    CHECK(parse_origin("https://ops.example.org:443") == "https://ops.example.org");
    CHECK(parse_origin("http://ops.example.org:443") == "http://ops.example.org:443");
    CHECK(parse_origin("http://10.0.0.5:8080") == "http://10.0.0.5:8080");
    CHECK(parse_origin("http://[::1]:80") == "http://[::1]");
    CHECK(parse_origin("*").error() ==
          "'*' is no origin; expected a scheme, a host and perhaps a port, such as https://ops.example.org or "
          "http://10.0.0.5:8080");
    for (const char* bad : {"", "null", "ops.example.org", "https://", "https://:443", "https://a/", "https://a/b",
                            "https://a:b", "https://user@a", "ftp://a"}) {
        CHECK_FALSE(parse_origin(bad).has_value());
    }
}

TEST_CASE("lists are split at their separator, without white space or gaps") {
    CHECK(split(" a, b ,,c,", ',') == std::vector<std::string_view>{"a", "b", "c"});
    CHECK(split("", ',').empty());
}

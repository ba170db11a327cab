#include "core/base/log.hpp"

#include <catch2/catch.hpp>

namespace logging = haas::log;

TEST_CASE("plain values stand as they are, odd ones are quoted") {
    CHECK(logging::format_fields({{"node", "n1"}, {"ms", 12}, {"ok", true}}) == " node=n1 ms=12 ok=true");
    CHECK(logging::format_fields({{"msg", "two words"}}) == " msg=\"two words\"");
    CHECK(logging::format_fields({{"msg", ""}}) == " msg=\"\"");
    CHECK(logging::format_fields({{"msg", "say \"hi\"\\"}}) == " msg=\"say \\\"hi\\\"\\\\\"");
}

TEST_CASE("a value cannot forge a second log line") {
    CHECK(logging::format_fields({{"msg", "a\nb\rc\x1b[0m"}}) == " msg=\"a\\x0ab\\x0dc\\x1b[0m\"");
}

TEST_CASE("level names are those of HaaS and HIL") {
    CHECK(logging::parse_level("debug") == logging::Level::debug);
    CHECK(logging::parse_level("warning") == logging::Level::warn);
    CHECK(logging::parse_level("warn") == logging::Level::warn);
    CHECK(logging::parse_level("fatal") == logging::Level::critical);
    CHECK_FALSE(logging::parse_level("DEBUG").has_value());
    CHECK_FALSE(logging::parse_level("loud").has_value());
}

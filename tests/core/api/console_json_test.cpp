#include "core/api/console_json.hpp"

#include <limits>
#include <string>

#include <catch2/catch.hpp>

#include "core/api/json.hpp"

using namespace haas::api;
using haas::console::Entry;
using haas::console::Kind;
using haas::console::Piece;

namespace {

// date -u -d 2026-11-22T18:02:15Z +%s
constexpr std::int64_t time_ms = 1'795'370'535'123;

}  // namespace

// RFC 4648 section 10
TEST_CASE("base64 is that of the RFC") {
    CHECK(encode_base64("").empty());
    CHECK(encode_base64("f") == "Zg==");
    CHECK(encode_base64("fo") == "Zm8=");
    CHECK(encode_base64("foo") == "Zm9v");
    CHECK(encode_base64("foob") == "Zm9vYg==");
    CHECK(encode_base64("fooba") == "Zm9vYmE=");
    CHECK(encode_base64("foobar") == "Zm9vYmFy");
    CHECK(encode_base64("\xFB\xFF\xBF") == "+/+/");
}

TEST_CASE("what was printed is text where it is UTF-8, and else base64") {
    CHECK(console_json({Kind::data, time_ms, "login: \x1B[0m\xC3\xA4\r\n", 0, 1234}) ==
          R"({"kind":"data","time":"2026-11-22T18:02:15.123Z","offset":1234,"data":"login: \u001B[0m)" "\xC3\xA4" R"(\r\n"})");
    CHECK(console_json({Kind::data, time_ms, "\xE2\x9C", 0, 0}) ==
          R"({"kind":"data","time":"2026-11-22T18:02:15.123Z","offset":0,"data_base64":"4pw="})");
    CHECK(console_json({Kind::data, time_ms, "x", 0, std::nullopt}) ==
          R"({"kind":"data","time":"2026-11-22T18:02:15.123Z","offset":null,"data":"x"})");
}

TEST_CASE("markers say what happened, and losses how much") {
    CHECK(console_json({Kind::gap, time_ms, "the BMC lost it", 17, 5}) ==
          R"({"kind":"gap","time":"2026-11-22T18:02:15.123Z","offset":5,"lost":17,"text":"the BMC lost it"})");
    CHECK(console_json({Kind::gap, time_ms, "", 0, 5}) ==
          R"({"kind":"gap","time":"2026-11-22T18:02:15.123Z","offset":5,"lost":null,"text":""})");
    CHECK(console_json({Kind::missing, time_ms, "not kept any more", 100, 0}) ==
          R"({"kind":"missing","time":"2026-11-22T18:02:15.123Z","offset":0,"lost":100,"text":"not kept any more"})");
    CHECK(console_json({Kind::power, time_ms, "power_on by \"admin\"", 0, 7}) ==
          R"({"kind":"power","time":"2026-11-22T18:02:15.123Z","offset":7,"text":"power_on by \"admin\""})");
}

TEST_CASE("a marker's sentence that was cut within a character, and a clock out of its mind, are still JSON") {
    for (const std::int64_t when : {std::numeric_limits<std::int64_t>::min(), std::int64_t{0}, std::numeric_limits<std::int64_t>::max()}) {
        const auto json = parse_json(console_json({Kind::typed, when, "cut \xE2\x9C", 0, 1}), 2);
        REQUIRE(json);
        CHECK(view((*json)["text"]) == "cut \xEF\xBF\xBD");
        CHECK(view((*json)["time"]).size() == 24);
    }
}

TEST_CASE("all bytes survive in JSON") {
    std::string all;
    for (int byte = 0; byte < 128; ++byte) all += static_cast<char>(byte);
    const auto json = parse_json(console_json({Kind::data, time_ms, all, 0, 0}), 2);
    REQUIRE(json);
    CHECK(view((*json)["data"]) == all);
    CHECK(console_json({Kind::data, time_ms, all, 0, 0}).find('\n') == std::string::npos);
}

TEST_CASE("an event's id is where its reader goes on") {
    CHECK(console_event({Kind::data, time_ms, "abc\n", 0, 10}) ==
          "id: 14\nevent: data\ndata: {\"kind\":\"data\",\"time\":\"2026-11-22T18:02:15.123Z\",\"offset\":10,\"data\":\"abc\\n\"}\n\n");
    CHECK(console_event({Kind::connected, time_ms, "", 0, std::nullopt}) ==
          "event: connected\ndata: {\"kind\":\"connected\",\"time\":\"2026-11-22T18:02:15.123Z\",\"offset\":null,\"text\":\"\"}\n\n");
    CHECK(offset_behind({Kind::missing, 0, "", 90, 10}) == 100U);
    CHECK(offset_behind({Kind::gap, 0, "", 90, 10}) == 10U);
}

TEST_CASE("what comes from the disk is a piece as any other") {
    CHECK(piece_of(Entry{Kind::gap, 5, 12, "why", 3}) == Piece{Kind::gap, 5, "why", 3, 12});
}

#include "core/api/console_query.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace haas::api;
using Catch::Contains;
using namespace haas::console;
using haas::Errc;

namespace {

Call asking(const std::string& query) {
    return {{.method = "GET", .target = "/v0/node/n1/console/log?" + query, .headers = {}, .body = {}, .peer = {}},
            nullptr, haas::auth::Principal::anonymous(), {"n1"}};
}

template <class Kind>
Kind from(const std::string& query) {
    return std::get<Kind>(read_from(asking(query)).value().value());
}

}  // namespace

TEST_CASE("from where is a time, an offset, lines or bytes, or nothing is said") {
    // date -u -d 2026-11-22T18:02:15Z +%s
    CHECK(from<FromTime>("since=2026-11-22T18:02:15.123Z").time_ms == 1'795'370'535'123);
    CHECK(from<FromTime>("since=2026-11-22T19:02:15%2B01:00").time_ms == 1'795'370'535'000);
    CHECK(from<FromOffset>("since=0").offset == 0);
    CHECK(from<FromOffset>("since=18446744073709551615").offset == 18446744073709551615U);
    CHECK(from<LastLines>("tail=10").count == 10);
    CHECK(from<LastLines>("tail=1000000").count == 1'000'000);
    CHECK(from<LastBytes>("tail_bytes=0").count == 0);
    CHECK(from<LastBytes>("tail_bytes=1073741824").count == 1'073'741'824);
    CHECK_FALSE(read_from(asking("format=raw")).value());
}

TEST_CASE("what is wrong about it is named") {
    for (const char* query : {"since=", "since=yesterday", "since=-1", "since=1.5", "since=+1", "since=18446744073709551616",
                              "since=2026-11-22", "tail=", "tail=-1", "tail=1000001", "tail=ten", "tail_bytes=1073741825",
                              "tail_bytes=1k"}) {
        INFO(query);
        const auto wrong = read_from(asking(query));
        REQUIRE_FALSE(wrong);
        CHECK(wrong.error().code == Errc::invalid);
        const std::string given(query);
        CHECK_THAT(wrong.error().message, Catch::StartsWith(given.substr(0, given.find('=')) + " must be"));
    }
    const auto both = read_from(asking("tail=1&since=0"));
    REQUIRE_FALSE(both);
    CHECK_THAT(both.error().message, Contains("since and tail"));
    CHECK_FALSE(read_from(asking("since=0&tail=1&tail_bytes=1")));
}

TEST_CASE("the form is raw, text or ndjson") {
    CHECK(read_form(asking("tail=1")) == ConsoleForm::raw);
    CHECK(read_form(asking("format=raw")) == ConsoleForm::raw);
    CHECK(read_form(asking("format=text")) == ConsoleForm::text);
    CHECK(read_form(asking("format=ndjson")) == ConsoleForm::ndjson);
    for (const char* query : {"format=", "format=sse", "format=RAW"}) {
        CHECK_THAT(read_form(asking(query)).error().message, Contains("format must be"));
    }
}

TEST_CASE("the text to find is UTF-8 of 1 to 256 bytes") {
    CHECK(read_wanted_text(asking("")).value().empty());
    CHECK(read_wanted_text(asking("q=kernel%20panic")).value() == "kernel panic");
    CHECK(read_wanted_text(asking("q=%C3%A4")).value() == "\xC3\xA4");
    CHECK(read_wanted_text(asking("q=" + std::string(256, 'x'))).value().size() == 256);
    for (const std::string& query : {std::string("q="), "q=" + std::string(257, 'x'), std::string("q=%FF"), std::string("q=%C3")}) {
        CHECK_THAT(read_wanted_text(asking(query)).error().message, Contains("q must be"));
    }
}

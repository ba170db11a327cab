#include "core/api/console_format.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "core/api/json.hpp"

using namespace haas::api;
using haas::console::Kind;
using haas::console::Piece;
using namespace std::string_literals;

namespace {

Piece data(std::string text, std::optional<std::uint64_t> offset = std::nullopt) { return {Kind::data, 0, std::move(text), 0, offset}; }
const Piece typed{Kind::typed, 0, "admin", 0, std::nullopt};

std::string formatted(ConsoleForm form, const std::vector<Piece>& pieces) {
    ConsoleFormat format(form);
    std::string bytes;
    for (const Piece& piece : pieces) format.add(piece, bytes);
    format.finish(bytes);
    return bytes;
}

// Of each line: its offset, or -, and its data, or its kind.
std::vector<std::string> told(const std::vector<Piece>& pieces) {
    std::vector<std::string> all;
    std::string text = formatted(ConsoleForm::ndjson, pieces);
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const auto json = parse_json(text.substr(0, end), 2).value();
        const std::string at = json["offset"].IsNull() ? "-" : std::to_string(json["offset"].GetUint64());
        const char* const shown = json.HasMember("data") ? "data" : json.HasMember("data_base64") ? "data_base64" : "kind";
        all.push_back(at + " " + (shown == "data_base64"s ? "base64 " : "") + json[shown].GetString());
        text.erase(0, end + 1);
    }
    return all;
}

}  // namespace

TEST_CASE("raw is every byte as it came, and no marker") {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    CHECK(formatted(ConsoleForm::raw, {data(all), typed, data("x")}) == all + "x");
    CHECK(content_type(ConsoleForm::raw) == "application/octet-stream");
}

TEST_CASE("HaaS's form has the bytes below 128") {
    std::string all, low;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    for (int byte = 0; byte < 128; ++byte) low += static_cast<char>(byte);
    CHECK(formatted(ConsoleForm::seven_bit, {data(all), typed, data("\xC3\xA4")}) == low);
    CHECK(content_type(ConsoleForm::seven_bit) == "text/plain");
}

TEST_CASE("text goes on from piece to piece, but not over a loss") {
    CHECK(formatted(ConsoleForm::text, {data("\x1B[3"), typed, data("1mred\xC3"), data("\xA4\r"), data("\n")}) == "red\xC3\xA4\n");
    CHECK(formatted(ConsoleForm::text, {data("a\x1B]0;tit"), {Kind::gap, 0, "", 9, std::nullopt}, data("b")}) == "ab");
    CHECK(content_type(ConsoleForm::text) == "text/plain; charset=utf-8");
}

TEST_CASE("a character that goes on in the next piece comes whole") {
    CHECK(told({data("a\xE2", 10), data("\x82", 12), data("\xAC" "b", 13)}) == std::vector<std::string>{"10 a", "11 \xE2\x82\xAC" "b"});
    CHECK(told({data("\xC3"), data("\xA4")}) == std::vector<std::string>{"- \xC3\xA4"});
    // Where it does not go on, it is told as it came.  "4g==" is E2, "w/8=" C3 FF.
    CHECK(told({data("a\xE2", 10), typed, data("b", 12)}) == std::vector<std::string>{"10 a", "11 base64 4g==", "- typed", "12 b"});
    CHECK(told({data("a\xE2", 10), data("b", 20)}) == std::vector<std::string>{"10 a", "11 base64 4g==", "20 b"});
    CHECK(told({data("a\xC3", 10), data("\xFF", 12)}) == std::vector<std::string>{"10 a", "11 base64 w/8="});
    CHECK(told({data("\xE2", 10)}) == std::vector<std::string>{"10 base64 4g=="});
}

TEST_CASE("events are told apart by an empty line") {
    const std::string events = formatted(ConsoleForm::sse, {data("a\n\n", 0), typed});
    CHECK(events.find("id: 3\nevent: data\ndata: {") == 0);
    CHECK(events.find("}\n\nevent: typed\ndata: {") != std::string::npos);
    CHECK(events.ends_with("}\n\n"));
    CHECK(content_type(ConsoleForm::sse) == "text/event-stream");
    CHECK(content_type(ConsoleForm::ndjson) == "application/x-ndjson");
}

TEST_CASE("a line that was found ends with a line feed, as grep does it") {
    for (const ConsoleForm form : {ConsoleForm::raw, ConsoleForm::text}) {
        ConsoleFormat format(form);
        std::string bytes;
        for (const char* line : {"one\r\n", "two", "three\xC3"}) format.add_line(data(line), bytes);
        CHECK(bytes == (form == ConsoleForm::raw ? "one\r\ntwo\nthree\xC3\n" : "one\ntwo\nthree\xEF\xBF\xBD\n"));
    }
    ConsoleFormat format(ConsoleForm::ndjson);
    std::string bytes;
    format.add_line(data("two", 4), bytes);
    CHECK(bytes == "{\"kind\":\"data\",\"time\":\"1970-01-01T00:00:00.000Z\",\"offset\":4,\"data\":\"two\"}\n");
}

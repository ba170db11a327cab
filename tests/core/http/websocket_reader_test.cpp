#include "core/http/websocket_reader.hpp"

#include <vector>

#include <catch2/catch.hpp>

#include "tests/core/http/frames.hpp"

using namespace haas::http;
using namespace haas::http::test;
using namespace std::string_literals;
using Progress = WebSocketReader::Progress;

namespace {

constexpr std::size_t limit = std::size_t{1} << 20;

struct Event {
    Progress what;
    std::string payload{};  // or the reason
    CloseCode code = CloseCode::no_code;

    friend bool operator==(const Event&, const Event&) = default;
};

std::ostream& operator<<(std::ostream& out, const Event& event) {
    return out << static_cast<int>(event.what) << ' ' << static_cast<int>(event.code) << ' '
               << event.payload.substr(0, 80);
}

// Feeds the pieces one after the other, each to its end.
std::vector<Event> read(const std::vector<std::string_view>& pieces, std::size_t longest = limit) {
    WebSocketReader reader(longest);
    std::vector<Event> events;
    for (std::string_view piece : pieces) {
        for (;;) {
            std::size_t taken = 0;
            const auto progress = reader.feed(piece, taken);
            piece.remove_prefix(taken);
            if (progress == Progress::need_more) {
                REQUIRE(piece.empty());
                break;
            }
            if (progress == Progress::close || progress == Progress::refused) {
                events.push_back({progress, reader.reason(), reader.code()});
                return events;
            }
            events.push_back({progress, progress == Progress::pong ? "" : reader.take()});
        }
    }
    return events;
}

// What became of bytes whose end the reader refuses.
CloseCode refused(const std::string& bytes, std::size_t longest = limit) {
    const auto events = read({bytes}, longest);
    REQUIRE_FALSE(events.empty());
    REQUIRE(events.back().what == Progress::refused);
    CHECK_FALSE(events.back().payload.empty());
    CHECK(events.back().payload.size() <= 123);  // fits into a close frame
    return events.back().code;
}

}  // namespace

TEST_CASE("masked examples of RFC 6455 section 5.7") {
    CHECK(read({"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"}) == std::vector<Event>{{Progress::text, "Hello"}});
    CHECK(read({"\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"}) == std::vector<Event>{{Progress::pong}});
    CHECK(read({"\x89\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"}) == std::vector<Event>{{Progress::ping, "Hello"}});
}

TEST_CASE("unmasked examples of RFC 6455 section 5.7 are for the other direction") {
    CHECK(refused("\x81\x05\x48\x65\x6c\x6c\x6f") == CloseCode::protocol_error);
    CHECK(refused("\x01\x03\x48\x65\x6c"s) == CloseCode::protocol_error);
    CHECK(refused("\x89\x05\x48\x65\x6c\x6c\x6f") == CloseCode::protocol_error);
    CHECK(refused("\x82\x7E\x01\x00"s) == CloseCode::protocol_error);
    CHECK(refused("\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00"s) == CloseCode::protocol_error);
    CHECK(refused("\x81\x00"s) == CloseCode::protocol_error);
}

TEST_CASE("a dialogue gives the same in each two pieces, and byte by byte") {
    const std::string long_text(300, 'l');
    const std::string bytes = client_frame(0x81, "") +                              // an empty message
                              client_frame(0x01, "Hel") + client_frame(0x89, "p") +  // a ping between fragments
                              client_frame(0x00, "") + client_frame(0x80, "lo \xE2\x82\xAC") +
                              client_frame(0x82, "\x00\xFF"s) +
                              client_frame(0x01, "\xE2") + client_frame(0x00, "\x82") + client_frame(0x80, "\xAC") +
                              client_frame(0x81, long_text) + client_frame(0x8A, "q") +
                              client_frame(0x02, "x") + client_frame(0x88, "\x03\xE8" "bye");
    const std::vector<Event> expected{{Progress::text, ""},
                                      {Progress::ping, "p"},
                                      {Progress::text, "Hello \xE2\x82\xAC"},
                                      {Progress::binary, "\x00\xFF"s},
                                      {Progress::text, "\xE2\x82\xAC"},
                                      {Progress::text, long_text},
                                      {Progress::pong},
                                      {Progress::close, "bye", CloseCode::normal}};
    const std::string_view all = bytes;
    CHECK(read({all}) == expected);
    for (std::size_t cut = 0; cut <= all.size(); ++cut) CHECK(read({all.substr(0, cut), all.substr(cut)}) == expected);
    std::vector<std::string_view> single;
    for (std::size_t i = 0; i < all.size(); ++i) single.push_back(all.substr(i, 1));
    CHECK(read(single) == expected);
    for (std::size_t end = 0; end < all.size(); ++end) {
        const auto begun = read({all.substr(0, end)});
        CHECK(begun.size() < expected.size());
        CHECK(std::equal(begun.begin(), begun.end(), expected.begin()));
    }
}

TEST_CASE("each length has one form") {
    for (const std::size_t size : {0U, 1U, 125U, 126U, 127U, 65535U, 65536U, 1048576U}) {
        const std::string payload(size, 'x');
        CHECK(read({client_frame(0x82, payload)}) == std::vector<Event>{{Progress::binary, payload}});
    }
    CHECK(refused(bytes_of({.first = 0x82, .payload = "x", .length_bytes = 2})) == CloseCode::protocol_error);
    CHECK(refused(bytes_of({.first = 0x82, .payload = "x", .length_bytes = 8})) == CloseCode::protocol_error);
    const std::string largest(65535, 'x');
    CHECK(refused(bytes_of({.first = 0x82, .payload = largest, .length_bytes = 8})) == CloseCode::protocol_error);
    CHECK(refused("\x82\xFF\x80\x00\x00\x00\x00\x00\x00\x00"s) == CloseCode::protocol_error);
}

TEST_CASE("all byte values, under every mask byte") {
    std::string values;
    for (int i = 0; i < 256; ++i) values += static_cast<char>(i);
    for (const char* mask : {"\x01\x02\x03\x04", "\xFF\xFF\xFF\xFF", "\x80\x01\x7F\xFE"}) {
        const auto bytes = bytes_of({.first = 0x82, .payload = values, .mask = mask});
        CHECK(read({bytes}) == std::vector<Event>{{Progress::binary, values}});
    }
    const auto unchanged = bytes_of({.first = 0x82, .payload = values, .mask = std::string_view("\0\0\0\0", 4)});
    CHECK(read({unchanged}) == std::vector<Event>{{Progress::binary, values}});
}

TEST_CASE("reserved bits and opcodes, RFC 6455 section 5.2") {
    for (const int bit : {0x40, 0x20, 0x10}) {
        CHECK(refused(client_frame(static_cast<std::uint8_t>(0x81 | bit), "x")) == CloseCode::protocol_error);
        CHECK(refused(client_frame(static_cast<std::uint8_t>(0x89 | bit), "x")) == CloseCode::protocol_error);
    }
    for (const int opcode : {3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF}) {
        CHECK(refused(client_frame(static_cast<std::uint8_t>(0x80 | opcode), "")) == CloseCode::protocol_error);
    }
    // The first byte that breaks a rule is enough.
    CHECK(refused("\x83") == CloseCode::protocol_error);
}

TEST_CASE("fragments in an order that is none, RFC 6455 section 5.4") {
    CHECK(refused(client_frame(0x80, "x")) == CloseCode::protocol_error);
    CHECK(refused(client_frame(0x00, "x")) == CloseCode::protocol_error);
    CHECK(refused(client_frame(0x01, "x") + client_frame(0x81, "y")) == CloseCode::protocol_error);
    CHECK(refused(client_frame(0x02, "x") + client_frame(0x01, "y")) == CloseCode::protocol_error);
    CHECK(refused(client_frame(0x81, "x") + client_frame(0x80, "y")) == CloseCode::protocol_error);
    CHECK(refused(client_frame(0x01, "x") + client_frame(0x80, "y") + client_frame(0x80, "z")) ==
          CloseCode::protocol_error);
}

TEST_CASE("control frames are whole and short, RFC 6455 section 5.5") {
    for (const int opcode : {0x8, 0x9, 0xA}) {
        CHECK(refused(client_frame(static_cast<std::uint8_t>(opcode), "")) == CloseCode::protocol_error);
        CHECK(refused(client_frame(static_cast<std::uint8_t>(0x80 | opcode), std::string(126, 'x'))) ==
              CloseCode::protocol_error);
    }
    const std::string longest(125, 'x');
    CHECK(read({client_frame(0x89, longest)}) == std::vector<Event>{{Progress::ping, longest}});
}

TEST_CASE("close frames, RFC 6455 section 5.5.1") {
    CHECK(read({client_frame(0x88, "")}) == std::vector<Event>{{Progress::close, "", CloseCode::no_code}});
    CHECK(read({client_frame(0x88, "\x03\xE9")}) == std::vector<Event>{{Progress::close, "", CloseCode::going_away}});
    CHECK(refused(client_frame(0x88, "\x03")) == CloseCode::protocol_error);
    CHECK(refused(client_frame(0x88, "\x03\xED")) == CloseCode::protocol_error);      // 1005
    CHECK(refused(client_frame(0x88, "\x03\xEE" "x")) == CloseCode::protocol_error);  // 1006
    CHECK(refused(client_frame(0x88, "\x00\x00"s)) == CloseCode::protocol_error);
    CHECK(refused(client_frame(0x88, "\x03\xE8\xFF")) == CloseCode::not_utf8);
    CHECK(refused(client_frame(0x88, "\x03\xE8\xE2\x82")) == CloseCode::not_utf8);
}

TEST_CASE("text is UTF-8, RFC 6455 section 8.1") {
    CHECK(refused(client_frame(0x81, "\xFF")) == CloseCode::not_utf8);
    CHECK(refused(client_frame(0x81, "\xE2\x82")) == CloseCode::not_utf8);
    CHECK(refused(client_frame(0x01, "\xE2\x82") + client_frame(0x80, "")) == CloseCode::not_utf8);
    CHECK(refused(client_frame(0x01, "\xE2\x82") + client_frame(0x80, "x")) == CloseCode::not_utf8);
    // Said before the message is complete.
    CHECK(refused(client_frame(0x01, "x") + client_frame(0x00, "\xFF")) == CloseCode::not_utf8);
    CHECK(refused(client_frame(0x81, "\xFFxxxx").substr(0, 7)) == CloseCode::not_utf8);
    // A binary message after half a text is none of the text's.
    CHECK(read({client_frame(0x82, "\xFF") + client_frame(0x81, "x")}).size() == 2);
}

TEST_CASE("a message that is too long is refused by what it announces, in one piece or in many") {
    CHECK(read({client_frame(0x82, "12345678")}, 8).size() == 1);
    CHECK(refused(client_frame(0x82, "123456789"), 8) == CloseCode::too_big);
    CHECK(refused(client_frame(0x82, "123456789").substr(0, 2), 8) == CloseCode::too_big);
    CHECK(refused("\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF") == CloseCode::too_big);
    CHECK(refused(client_frame(0x02, "1234") + client_frame(0x00, "5678") + client_frame(0x80, "9"), 8) ==
          CloseCode::too_big);
    CHECK(read({client_frame(0x02, "1234") + client_frame(0x89, std::string(125, 'p')) + client_frame(0x80, "5678")}, 8)
              .size() == 2);
}

#include "core/http/websocket_frame.hpp"

#include <catch2/catch.hpp>

using namespace haas::http;
using namespace std::string_literals;

TEST_CASE("heads of frames as in RFC 6455 section 5.7") {
    CHECK(frame_head(Opcode::text, 5) + "Hello" == "\x81\x05\x48\x65\x6c\x6c\x6f");
    CHECK(frame_head(Opcode::ping, 5) + "Hello" == "\x89\x05\x48\x65\x6c\x6c\x6f");
    CHECK(frame_head(Opcode::binary, 256) == "\x82\x7E\x01\x00"s);
    CHECK(frame_head(Opcode::binary, 65536) == "\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00"s);
}

TEST_CASE("a length has its shortest form, RFC 6455 section 5.2") {
    CHECK(frame_head(Opcode::close, 0) == "\x88\x00"s);
    CHECK(frame_head(Opcode::binary, 125) == "\x82\x7D");
    CHECK(frame_head(Opcode::binary, 126) == "\x82\x7E\x00\x7E"s);
    CHECK(frame_head(Opcode::binary, 65535) == "\x82\x7E\xFF\xFF");
    CHECK(frame_head(Opcode::binary, 0x0102030405) == "\x82\x7F\x00\x00\x00\x01\x02\x03\x04\x05"s);
}

TEST_CASE("a close frame's payload: code in network byte order, then the reason") {
    CHECK(close_payload(CloseCode::normal, "bye") == "\x03\xE8" "bye");
    CHECK(close_payload(static_cast<CloseCode>(4999), "") == "\x13\x87");
    CHECK(close_payload(CloseCode::no_code, "").empty());
}

TEST_CASE("a reason that is too long is cut between two characters") {
    const std::string fits(123, 'x');
    CHECK(close_payload(CloseCode::normal, fits + "y") == "\x03\xE8" + fits);
    const std::string euro = "\xE2\x82\xAC";
    for (std::size_t before = 120; before <= 123; ++before) {
        const std::string start(before, 'x');
        const std::string rest = before == 120 ? euro : "";
        CHECK(close_payload(CloseCode::normal, start + euro + euro) == "\x03\xE8" + start + rest);
    }
    // No character at all is not a reason to look before its first byte.
    CHECK(close_payload(CloseCode::normal, std::string(200, '\x80')) == "\x03\xE8");
}

TEST_CASE("which close codes may be said: RFC 6455 section 7.4 and the IANA registry") {
    for (const int code :
         {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999}) {
        CHECK(may_be_said(static_cast<CloseCode>(code)));
    }
    for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
        CHECK_FALSE(may_be_said(static_cast<CloseCode>(code)));
    }
}

#include "plugins/ipmi/wire/reader.hpp"

#include <catch2/catch.hpp>

#include "plugins/ipmi/wire/writer.hpp"
#include "tests/plugins/ipmi/wire/hex.hpp"

using namespace haas::ipmi;

TEST_CASE("multi-byte integers are little-endian both ways") {
    Bytes out;
    Writer writer(out);
    writer.u8(0x01);
    writer.u16le(0x0203);
    writer.u32le(0x04050607);
    writer.fill(2, 0xff);
    CHECK(out == from_hex("01 0302 07060504 ffff"));
    Reader reader(out);
    CHECK(reader.u8() == 0x01);
    CHECK(reader.u16le() == 0x0203);
    CHECK(reader.u32le() == 0x04050607);
    CHECK(reader.left() == 2);
    CHECK_FALSE(reader.finish());
    CHECK(copy(reader.rest()) == from_hex("ffff"));
    CHECK(reader.finish());
}

TEST_CASE("a read past the end fails for good and gives zeros") {
    const Bytes bytes = from_hex("aabbcc");
    Reader reader(bytes);
    CHECK(reader.u32le() == 0);
    CHECK(reader.u8() == 0);  // would have been there, but the message is broken already
    CHECK(reader.bytes<2>() == std::array<std::uint8_t, 2>{});
    CHECK(reader.take(1).empty());
    CHECK(reader.rest().empty());
    CHECK(reader.left() == 0);
    CHECK_FALSE(reader.finish());
    CHECK_FALSE(reader.finish_allowing_trailing_bytes());
}

TEST_CASE("trailing bytes are an error unless they are allowed") {
    const Bytes bytes = from_hex("0102");
    Reader reader(bytes);
    reader.expect(0x01);
    CHECK_FALSE(reader.finish());
    CHECK(reader.finish_allowing_trailing_bytes());
    reader.expect(0x03);
    CHECK_FALSE(reader.finish_allowing_trailing_bytes());
}

TEST_CASE("nothing is a message of no bytes") {
    Reader reader(ByteView{});
    CHECK(reader.finish());
    CHECK(reader.take(0).empty());
    CHECK(reader.finish());
}

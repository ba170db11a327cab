// The layout as its header describes it: bytes are written out by hand here, the checksums are CRC-32C (see crc32c_test).
#include "core/console/record.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "core/console/crc32c.hpp"
#include "tests/core/console/reading.hpp"

using namespace haas::console;

namespace {

constexpr std::uint64_t salt = 0x1122334455667788;
const std::string salt_bytes = "\x88\x77\x66\x55\x44\x33\x22\x11";

std::string little_endian(std::uint32_t value) {
    std::string bytes;
    for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<char>((value >> (8 * i)) & 0xFF));
    return bytes;
}

std::string literal(const char* bytes, std::size_t size) { return {bytes, size}; }

std::string encoded(const Record& record, std::uint64_t offset = 0, std::uint32_t synced = 0) {
    std::string bytes;
    encode(bytes, record, offset, synced, salt);
    return bytes;
}

}  // namespace

TEST_CASE("a record's bytes") {
    std::string expected = literal("\xC5\x0B\x01\x00" "\x03\x00\x00\x00" "\x00\x10\x5E\x5F\x97\x01\x00\x00"
                                   "\x07\x00\x00\x00\x00\x00\x00\x00" "\x28\x00\x00\x00", 28);
    expected += little_endian(crc32c(salt_bytes + "abc"));
    expected += little_endian(crc32c(salt_bytes + expected));
    expected += "abc";
    CHECK(encoded({Kind::data, 0x01975F5E1000, "abc", 0}, 7, 40) == expected);
}

TEST_CASE("a gap's payload begins with its count") {
    const std::string bytes = encoded({Kind::gap, 5, "why", 0x0102});
    CHECK(bytes.substr(4, 4) == literal("\x0B\x00\x00\x00", 4));
    CHECK(bytes.substr(36) == literal("\x02\x01\x00\x00\x00\x00\x00\x00why", 11));
    const auto found = decode(bytes, salt);
    REQUIRE(found);
    CHECK(found->lost == 0x0102);
    CHECK(found->text == "why");
    CHECK(found->end() == 0);
}

TEST_CASE("a segment's header and name") {
    const Segment segment{7, 1234567, 0x0193A1B2C3D4};
    CHECK(file_name(segment) == "00000007-000000000012d687-0193a1b2c3d4.log");
    std::string expected = "HAASCON\x01" + salt_bytes;
    expected += literal("\x87\xD6\x12\x00\x00\x00\x00\x00" "\xD4\xC3\xB2\xA1\x93\x01\x00\x00" "\x07\x00\x00\x00", 20);
    expected += little_endian(crc32c(expected));
    CHECK(encode_header(segment, salt) == expected);
    CHECK(expected.size() == segment_header_size);
    CHECK(decode_header(expected, segment) == salt);
    CHECK_FALSE(decode_header(expected, Segment{8, 1234567, 0x0193A1B2C3D4}));
    for (std::size_t size = 0; size < expected.size(); ++size) CHECK_FALSE(decode_header(expected.substr(0, size), segment));
    for (std::size_t i = 0; i < expected.size(); ++i) {
        std::string flipped = expected;
        flipped[i] = static_cast<char>(flipped[i] ^ 0x20);
        CHECK_FALSE(decode_header(flipped, segment));
    }
}

TEST_CASE("names of files that are no segments") {
    CHECK(parse_file_name("00000007-000000000012d687-0193a1b2c3d4.log") == Segment{7, 1234567, 0x0193A1B2C3D4});
    for (const char* name : {"", "capture", "00000007-000000000012d687-0193a1b2c3d4.lo", "0000000g-000000000012d687-0193a1b2c3d4.log",
                             "00000007-000000000012D687-0193a1b2c3d4.log", "00000007-000000000012d687--193a1b2c3d4.log",
                             "00000007_000000000012d687-0193a1b2c3d4.log", "+0000007-000000000012d687-0193a1b2c3d4.log"}) {
        CAPTURE(name);
        CHECK_FALSE(parse_file_name(name));
    }
}

TEST_CASE("any truncation and any flipped bit make a record unsound") {
    const std::string whole = encoded({Kind::data, 5, "some text", 0}, 3, 40);
    REQUIRE(decode(whole, salt));
    for (std::size_t size = 0; size < whole.size(); ++size) CHECK_FALSE(decode(whole.substr(0, size), salt));
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        std::string flipped = whole;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        CHECK_FALSE(decode(flipped, salt));
    }
    CHECK_FALSE(decode(whole, salt + 1));
}

TEST_CASE("all byte values come back, and kinds of a later version too") {
    std::string all;
    for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
    CHECK(decode(encoded({Kind::data, 1, all, 0}), salt)->text == all);
    CHECK(decode(encoded({Kind::data, 1, std::string(longest_payload, 'x'), 0}), salt)->text.size() == longest_payload);
    const std::string later = encoded({static_cast<Kind>(200), 1, "?", 0});
    REQUIRE(decode(later, salt));
    CHECK(name(decode(later, salt)->kind) == "unknown");
}

namespace {

struct Built {
    std::string bytes = encode_header({1, 0, 0}, salt);
    std::uint64_t offset = 0;
    std::size_t add(const std::string& text, std::size_t synced) {
        const std::size_t at = bytes.size();
        encode(bytes, data(text), offset, static_cast<std::uint32_t>(synced), salt);
        offset += text.size();
        return at;
    }
    std::vector<std::string> texts(std::size_t stored = 0) const {
        std::vector<std::string> all;
        Scan scan(bytes, salt, stored);
        while (const auto found = scan.next()) all.emplace_back(found->text);
        return all;
    }
};

}  // namespace

TEST_CASE("behind a torn record nothing counts, though it be sound") {
    Built built;
    const std::size_t first = built.add("stored", segment_header_size);
    const std::size_t torn = built.add("torn", first + 42);
    built.add("sound, of the same batch", first + 42);
    built.bytes[torn + record_header_size] = 'T';
    CHECK(built.texts() == std::vector<std::string>{"stored"});
    Scan scan(built.bytes, salt, 0);
    while (scan.next()) {
    }
    CHECK(scan.position() == torn);
}

TEST_CASE("a later batch proves that a broken record was stored, and only that one is lost") {
    Built built;
    built.add("one", segment_header_size);
    const std::size_t damaged = built.add("two", segment_header_size);
    built.add("three", segment_header_size);
    const std::size_t later = built.add("four", built.bytes.size());
    built.bytes[damaged + 2] = '\x7F';
    CHECK(later > damaged);
    // "three" is of the damaged one's batch: it alone would prove nothing, and comes back with a reader who knows better.
    CHECK(built.texts() == std::vector<std::string>{"one", "four"});
    CHECK(built.texts(built.bytes.size()) == std::vector<std::string>{"one", "three", "four"});
}

TEST_CASE("what a managed system prints is no record, however it looks") {
    std::string forged;
    encode(forged, data("forged"), 1'000'000, 4'000'000'000, salt + 1);
    Built built;
    const std::size_t torn = built.add("before" + forged + "behind", segment_header_size);
    built.bytes[torn + record_header_size] ^= 1;
    CHECK(built.texts().empty());
    CHECK(built.texts(built.bytes.size()).empty());
}

#include "plugins/ipmi/wire/rmcp.hpp"

#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/wire/hex.hpp"

using namespace haas::ipmi;

namespace {

bool is_ipmi(const Bytes& bytes) {
    Reader reader(bytes);
    read_rmcp_header(reader);
    return reader.finish_allowing_trailing_bytes();
}

}  // namespace

TEST_CASE("the RMCP header is the four bytes of table 13-2") {
    Bytes out;
    Writer writer(out);
    write_rmcp_header(writer);
    CHECK(out == from_hex("0600ff07"));
    CHECK(is_ipmi(out));
}

TEST_CASE("what is no IPMI datagram is refused") {
    CHECK_FALSE(is_ipmi(from_hex("0600ff")));
    CHECK_FALSE(is_ipmi(from_hex("0500ff07")));  // another version
    CHECK_FALSE(is_ipmi(from_hex("0600ff87")));  // an RMCP ACK
    // An ASF presence pong, section 13.2.4.
    CHECK_FALSE(is_ipmi(from_hex("0600ff06 000011be 40000010 000011be 00000000 81000000 00000000")));
}

TEST_CASE("the RMCP sequence number is not looked at") { CHECK(is_ipmi(from_hex("06000107"))); }

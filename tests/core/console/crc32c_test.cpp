// The examples of RFC 3720 appendix B.4, and the check value that every catalogue of checksums gives for "123456789".
#include "core/console/crc32c.hpp"

#include <string>

#include <catch2/catch.hpp>

using haas::console::crc32c;

TEST_CASE("CRC-32C of the examples in RFC 3720 B.4") {
    CHECK(crc32c(std::string(32, '\x00')) == 0x8A9136AA);
    CHECK(crc32c(std::string(32, '\xFF')) == 0x62A8AB43);
    std::string rising, falling;
    for (char c = 0; c < 32; ++c) rising.push_back(c);
    falling.assign(rising.rbegin(), rising.rend());
    CHECK(crc32c(rising) == 0x46DD794E);
    CHECK(crc32c(falling) == 0x113FDB5C);
}

TEST_CASE("CRC-32C of the usual nine digits, whole and in two parts") {
    const std::string digits = "123456789";
    CHECK(crc32c("") == 0);
    CHECK(crc32c(digits) == 0xE3069283);
    for (std::size_t cut = 0; cut <= digits.size(); ++cut) {
        CHECK(crc32c(digits.substr(cut), crc32c(digits.substr(0, cut))) == 0xE3069283);
    }
}

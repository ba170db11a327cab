#include "core/auth/random_text.hpp"

#include <algorithm>
#include <set>
#include <string>

#include <catch2/catch.hpp>
#include <openssl/evp.h>

using haas::auth::random_base64url;
using haas::auth::random_hex;

namespace {

// OpenSSL's decoder knows the other alphabet and wants padding.
bool decodes_to(std::string text, std::size_t bytes) {
    for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
    const std::size_t padding = (4 - text.size() % 4) % 4;
    text.append(padding, '=');
    std::string decoded(text.size(), '\0');
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (size < 0 || static_cast<std::size_t>(size) != bytes + padding) return false;
    // Encoded again it is the same: no bit was lost, and the unused ones are zero.
    std::string again(text.size() + 1, '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(again.data()), reinterpret_cast<const unsigned char*>(decoded.data()),
                    static_cast<int>(bytes));
    again.pop_back();
    return again == text;
}

}  // namespace

TEST_CASE("random hexadecimal text has two digits a byte, and never the same twice") {
    std::set<std::string> seen;
    std::set<char> digits;
    for (int i = 0; i < 200; ++i) {
        const std::string text(random_hex(16).value().reveal());
        REQUIRE(text.size() == 32);
        CHECK(seen.insert(text).second);
        digits.insert(text.begin(), text.end());
    }
    CHECK(std::string(digits.begin(), digits.end()) == "0123456789abcdef");
}

TEST_CASE("random base64url text is that of RFC 4648 section 5") {
    std::set<char> digits;
    for (std::size_t bytes = 0; bytes <= 64; ++bytes) {
        const std::string text(random_base64url("", bytes).value().reveal());
        INFO(text);
        CHECK(text.size() == (bytes * 8 + 5) / 6);
        if (bytes > 0) CHECK(decodes_to(text, bytes));
        digits.insert(text.begin(), text.end());
    }
    CHECK(digits.size() == 64);
    CHECK(std::count_if(digits.begin(), digits.end(), [](char c) { return c == '-' || c == '_'; }) == 2);
    const std::string token(random_base64url("hot_", 32).value().reveal());
    CHECK(token.size() == 47);
    CHECK(token.substr(0, 4) == "hot_");
    CHECK(decodes_to(token.substr(4), 32));
}

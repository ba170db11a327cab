#include "core/auth/digest.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace haas::auth;

namespace {

std::string hexadecimal(const Digest& digest) {
    std::string text;
    for (const std::uint8_t byte : digest) {
        text += "0123456789abcdef"[byte >> 4U];
        text += "0123456789abcdef"[byte & 0x0fU];
    }
    return text;
}

}  // namespace

// NIST's example values for FIPS 180-4: one block, the empty message, two blocks.
TEST_CASE("a digest is the text's SHA-256") {
    CHECK(hexadecimal(digest_of("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(hexadecimal(digest_of("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(hexadecimal(digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST_CASE("digests are equal when all of them is, and equal ones have the same hash") {
    const Digest one = digest_of("one");
    CHECK(DigestEqual()(one, digest_of("one")));
    CHECK(DigestHash()(one) == DigestHash()(digest_of("one")));
    for (std::size_t i = 0; i < one.size(); ++i) {
        Digest other = one;
        other[i] ^= 1U;
        CHECK_FALSE(DigestEqual()(one, other));
    }
}

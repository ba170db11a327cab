#include "plugins/ipmi/crypto/hmac.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/wire/hex.hpp"

using namespace haas::ipmi;

namespace {

struct Vector {
    Bytes key;
    std::string data;
    const char* sha1;
    const char* sha256;
};

// RFC 2202 section 3 and RFC 4231 section 4; each pair of digests is of the same key and data.
const Vector vectors[] = {
    {Bytes(20, 0x0b), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {copy(view("Jefe")), "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {Bytes(20, 0xaa), std::string(50, '\xdd'), "125d7342b9ac11cd91a39af48aa17b4f63f175d3",
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
};
const char* const long_key_text = "Test Using Larger Than Block-Size Key - Hash Key First";

Bytes digest(Hash hash, ByteView key, std::string_view data) { return copy(hmac(hash, key, {view(data)}).view()); }

}  // namespace

TEST_CASE("HMAC-SHA1 and HMAC-SHA256 give the digests of RFC 2202 and RFC 4231") {
    for (const Vector& vector : vectors) {
        CHECK(digest(Hash::sha1, vector.key, vector.data) == from_hex(vector.sha1));
        CHECK(digest(Hash::sha256, vector.key, vector.data) == from_hex(vector.sha256));
    }
    CHECK(digest(Hash::sha1, Bytes(80, 0xaa), long_key_text) == from_hex("aa4ae5e15272d00e95705637ce8a3b55ed402112"));
    CHECK(digest(Hash::sha256, Bytes(131, 0xaa), long_key_text) ==
          from_hex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"));
}

TEST_CASE("parts are hashed one behind the other") {
    const Bytes key = copy(view("Jefe"));
    const Digest digest_of_parts = hmac(Hash::sha1, key, {view("what do ya "), ByteView{}, view("want for nothing?")});
    CHECK(copy(digest_of_parts.view()) == from_hex("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"));
}

TEST_CASE("an empty key is a key, not the previous one") {
    hmac(Hash::sha1, Bytes(20, 0x0b), {view("Hi There")});
    hmac(Hash::sha256, Bytes(20, 0x0b), {view("Hi There")});
    // `printf '' | openssl dgst -mac hmac -macopt hexkey:00`: HMAC pads a key with zeros, so none is like one.
    CHECK(digest(Hash::sha1, ByteView{}, "") == from_hex("fbdb1d1b18aa6c08324b7d64b71fb76370690e1d"));
    CHECK(digest(Hash::sha256, ByteView{}, "") ==
          from_hex("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"));
}

TEST_CASE("comparison sees every difference, of length too") {
    const Bytes a = from_hex("010203");
    CHECK(equal(a, a));
    CHECK_FALSE(equal(a, from_hex("010204")));
    CHECK_FALSE(equal(a, from_hex("810203")));
    CHECK_FALSE(equal(a, from_hex("0102")));
    CHECK(equal(ByteView{}, ByteView{}));
}

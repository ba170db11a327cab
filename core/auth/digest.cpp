#include "core/auth/digest.hpp"

#include <cstring>

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace haas::auth {

Digest digest_of(std::string_view text) {
    Digest digest{};
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    return digest;
}

std::size_t DigestHash::operator()(const Digest& digest) const noexcept {
    std::size_t value = 0;  // its bytes are as good as random
    std::memcpy(&value, digest.data(), sizeof value);
    return value;
}

bool DigestEqual::operator()(const Digest& left, const Digest& right) const noexcept {
    return CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace haas::auth

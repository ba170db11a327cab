#include "plugins/ipmi/crypto/integrity.hpp"

namespace haas::ipmi {

Digest Integrity::code(std::span<const std::uint8_t> range) const {
    const Digest whole = hmac(hash_, k1_.view(), {range});
    return Digest(whole.view().first(code_bytes()));
}

bool Integrity::verifies(std::span<const std::uint8_t> range, std::span<const std::uint8_t> given) const {
    return equal(code(range).view(), given);
}

}  // namespace haas::ipmi

#include "plugins/ipmi/crypto/key.hpp"

#include <openssl/crypto.h>

namespace haas::ipmi {

void wipe(std::span<std::uint8_t> bytes) noexcept { OPENSSL_cleanse(bytes.data(), bytes.size()); }

}  // namespace haas::ipmi

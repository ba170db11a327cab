// Who logs in: user name, password (Kuid) and BMC key (Kg), checked once against what IPMI 2.0 can carry.
// IPMI 2.0 sections 13.31 (Kuid, Kg) and 22.28-22.30 (lengths).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "plugins/ipmi/crypto/key.hpp"
#include "plugins/ipmi/wire/bytes.hpp"

namespace haas::ipmi {

inline constexpr std::size_t max_user_bytes = 16;
inline constexpr std::size_t max_password_bytes = 20;
inline constexpr std::size_t max_kg_bytes = 20;

// A Kg as a sysadmin writes it: 0x and hexadecimal digits, which may be any bytes, or the bytes themselves.  Its length is
// for Credentials::make() to check, and the result for the caller to wipe.  The string of a refusal holds no part of it.
std::variant<Bytes, std::string> parse_kg(std::string_view written);

// Holds its own copy of the secrets and wipes it.  Move-only.
class Credentials {
public:
    // Lengths count bytes, not characters; nothing is ever truncated.  An empty user name is allowed, as in the
    // specification.  `kg` may hold any bytes, also NULs, also first; nullopt means that the BMC has no Kg.
    // The string of a refusal is one sentence with the byte counts, and holds no secret.
    static std::variant<Credentials, std::string> make(std::string_view user, std::string_view password,
                                                       std::optional<ByteView> kg = std::nullopt);

    ByteView user() const noexcept { return ByteView(user_).first(user_size_); }
    ByteView kuid() const noexcept { return kuid_.view(); }
    // What keys the SIK: Kg where one is set, else Kuid.
    ByteView sik_key() const noexcept { return kg_ ? kg_->view() : kuid_.view(); }
    bool kg_is_set() const noexcept { return kg_.has_value(); }

private:
    Credentials() = default;

    std::array<std::uint8_t, max_user_bytes> user_{};
    std::uint8_t user_size_ = 0;
    Key<max_password_bytes> kuid_;
    std::optional<Key<max_kg_bytes>> kg_;
};

}  // namespace haas::ipmi

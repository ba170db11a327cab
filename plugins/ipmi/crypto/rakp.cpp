#include "plugins/ipmi/crypto/rakp.hpp"

namespace haas::ipmi {
namespace {

using SessionId = std::array<std::uint8_t, 4>;

// Session IDs enter the hashes as they stand on the wire.
SessionId wire_order(std::uint32_t id) noexcept {
    return {static_cast<std::uint8_t>(id), static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id >> 16),
            static_cast<std::uint8_t>(id >> 24)};
}

// Role_M, ULength_M; UName_M follows.
std::array<std::uint8_t, 2> role_and_length(const Exchange& exchange) noexcept {
    return {exchange.role, static_cast<std::uint8_t>(exchange.user.size())};
}

template <std::uint8_t value>
constexpr std::array<std::uint8_t, 20> twenty_bytes() noexcept {
    std::array<std::uint8_t, 20> bytes{};
    bytes.fill(value);
    return bytes;
}

}  // namespace

Digest rakp2_code(Hash hash, std::span<const std::uint8_t> kuid, const Exchange& exchange) {
    const SessionId sid_m = wire_order(exchange.console_id);
    const SessionId sid_c = wire_order(exchange.bmc_id);
    const auto role = role_and_length(exchange);
    return hmac(hash, kuid,
                {sid_m, sid_c, exchange.console_random, exchange.bmc_random, exchange.bmc_guid, role, exchange.user});
}

Digest rakp3_code(Hash hash, std::span<const std::uint8_t> kuid, const Exchange& exchange) {
    const SessionId sid_m = wire_order(exchange.console_id);
    const auto role = role_and_length(exchange);
    return hmac(hash, kuid, {exchange.bmc_random, sid_m, role, exchange.user});
}

Digest session_integrity_key(Hash hash, std::span<const std::uint8_t> kg, const Exchange& exchange) {
    const auto role = role_and_length(exchange);
    return hmac(hash, kg, {exchange.console_random, exchange.bmc_random, role, exchange.user});
}

Digest rakp4_icv(Hash hash, const Digest& sik, const Exchange& exchange) {
    const SessionId sid_c = wire_order(exchange.bmc_id);
    const Digest whole = hmac(hash, sik.view(), {exchange.console_random, sid_c, exchange.bmc_guid});
    return Digest(whole.view().first(hash == Hash::sha1 ? 12 : 16));
}

SessionKeys session_keys(Hash hash, const Digest& sik) {
    constexpr auto const_1 = twenty_bytes<0x01>();
    constexpr auto const_2 = twenty_bytes<0x02>();
    return {hmac(hash, sik.view(), {const_1}), hmac(hash, sik.view(), {const_2})};
}

}  // namespace haas::ipmi

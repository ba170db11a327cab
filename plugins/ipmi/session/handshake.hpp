// The states of a handshake: each holds only what its next step may use.  IPMI 2.0 sections 13.17-13.23.
#pragma once

#include <cstdint>
#include <optional>

#include "plugins/ipmi/crypto/rakp.hpp"
#include "plugins/ipmi/session/credentials.hpp"
#include "plugins/ipmi/session/failure.hpp"
#include "plugins/ipmi/session/settings.hpp"
#include "plugins/ipmi/wire/algorithms.hpp"

namespace haas::ipmi {

struct AwaitOpenSession {
    const Credentials* credentials = nullptr;
    unsigned sends = 0;
    Time sent{};  // first
    Time deadline;
};

struct AwaitRakp2 {
    const Credentials* credentials = nullptr;
    std::uint32_t bmc_id = 0;
    RandomNumber console_random{};  // R_M
    Time sent{};
    Duration wait{};                // for its answer, before the jitter
    Time deadline;
};

// The password is not needed any more: what RAKP 4 must hold is known already.
struct AwaitRakp4 {
    std::uint32_t bmc_id = 0;
    Guid bmc_guid{};
    Digest expected_icv;
    SessionKeys keys;
    Time sent{};
    Time deadline;
};

// The caller wants no session any more, but the BMC may be making one: its answer tells which one to give back.
struct Withdrawing {
    Time deadline;
};

// What a refusal means for the next handshake, by where and how it was said.  Table 13-15 and what BMCs make of it.
// Precondition: status is not 0.
HandshakeFailure refusal(HandshakeFailure::Stage stage, std::uint8_t status) noexcept;

}  // namespace haas::ipmi

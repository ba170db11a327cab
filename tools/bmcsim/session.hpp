// One RMCP+ session of one BMC, from Open Session on: its identifiers, keys and sequence numbers.  Data only.
#pragma once

#include <string>

#include "tools/bmcsim/algorithms.hpp"
#include "tools/bmcsim/crypto.hpp"
#include "tools/bmcsim/profile.hpp"
#include "tools/bmcsim/replay_window.hpp"

namespace haas::bmcsim {

// Where a datagram came from, both in host byte order.
struct Peer {
    std::uint32_t address = 0;
    std::uint16_t port = 0;
};

// Identifiers, keys and random numbers live as long as the session; the rest of the set-up's inputs with them, as it is
// small and a repeated message needs it.
struct Session {
    enum class Stage : std::uint8_t { opened, challenged, active };

    Stage stage = Stage::opened;
    std::uint8_t handle = 0;
    std::uint8_t user_number = 0;  // from 1, in the order of the user list
    std::uint8_t open_privilege = 0;
    CipherSuite suite{};
    std::uint32_t console_id = 0;
    std::uint32_t bmc_id = 0;
    Peer peer;
    Time last_heard{};

    std::array<std::uint8_t, 16> console_random{};
    std::array<std::uint8_t, 16> bmc_random{};
    std::uint8_t role = 0;  // RAKP 1's byte as it came
    std::string name;       // as it came, with its padding if it had one

    Privilege privilege = Privilege::user;
    Privilege limit = Privilege::user;
    bool commands_refused = false;
    Digest sik;
    Digest k1;
    Crypto::Key aes_key{};
    ReplayWindow window;
    std::uint32_t sequence = 0;  // of the last packet sent

    // For --dedupe-rqseq: the last command, and when it came.
    std::uint32_t last_command = 0xFFFFFFFF;
    Time last_command_at{};
};

}  // namespace haas::bmcsim

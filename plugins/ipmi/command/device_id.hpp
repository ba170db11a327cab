// Get Device ID: who made the BMC.  Every BMC answers it, so it is the keep-alive too.  IPMI 2.0 section 20.1.
#pragma once

#include <cstdint>
#include <optional>

#include "plugins/ipmi/command/request.hpp"

namespace haas::ipmi {

struct DeviceId {
    std::uint8_t device = 0;
    std::uint8_t firmware_major = 0;
    std::uint8_t firmware_minor = 0;  // as a number: 26 for the BCD byte 26h
    bool initialising = false;        // firmware update or self-initialisation: not everything works yet
    std::uint32_t manufacturer = 0;   // IANA enterprise number
    std::uint16_t product = 0;
};

// As far as it matters here.
enum class Maker : std::uint8_t { unknown, supermicro, other };
Maker maker_of(const DeviceId& id) noexcept;

Request device_id();
std::optional<DeviceId> parse_device_id(ByteView data) noexcept;

}  // namespace haas::ipmi

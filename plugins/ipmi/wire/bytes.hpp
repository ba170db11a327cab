// The two shapes in which bytes travel through the IPMI driver: owned, and looked at.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace haas::ipmi {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

}  // namespace haas::ipmi

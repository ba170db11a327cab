// CRC-32C (Castagnoli), the checksum of iSCSI: RFC 3720, section 12.1 and appendix B.4.  Knows bytes only.
#pragma once

#include <cstdint>
#include <string_view>

namespace haas::console {

// Of these bytes, or of these after others whose checksum is `before`.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0) noexcept;

}  // namespace haas::console

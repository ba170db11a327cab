// The four bytes in front of every datagram.  IPMI 2.0 section 13.1.3, table 13-2 (RMCP header).
#pragma once

#include "plugins/ipmi/wire/reader.hpp"
#include "plugins/ipmi/wire/writer.hpp"

namespace haas::ipmi {

// Version 6, reserved, sequence FFh (no RMCP ACK wanted), class 7 (IPMI).
void write_rmcp_header(Writer& writer);
// Makes the reader fail on anything else: an ASF ping, an ACK, another version.
void read_rmcp_header(Reader& reader) noexcept;

}  // namespace haas::ipmi

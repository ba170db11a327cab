// The frames of a WebSocket as they are written, and what both directions know of them.  RFC 6455 section 5.
// It knows no socket.
//
// Frames are our own and not Beast's: its websocket::stream wants to own an asynchronous stream, with buffers, timers
// and one write at a time.  A Channel is none: it moves what can be moved now, and one session reads, writes and times
// all that a connection speaks.  Under Beast a WebSocket would be a session beside the session, with 1.5 KiB to read
// into and 4 KiB to write from where ours shares one buffer, and a third file that costs its 18 s.  The codec is small.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/http/message.hpp"

namespace haas::http {

// RFC 6455 section 5.2.
enum class Opcode : std::uint8_t { continuation = 0x0, text = 0x1, binary = 0x2, close = 0x8, ping = 0x9, pong = 0xA };

constexpr bool is_control(Opcode opcode) noexcept { return static_cast<std::uint8_t>(opcode) >= 0x8; }

inline constexpr std::size_t longest_control = 125;  // bytes of a control frame's payload, section 5.5

// What stands before the payload of a whole message, or a control frame, from a server: not masked.
std::string frame_head(Opcode opcode, std::size_t size);

// The payload of a close frame; empty for CloseCode::no_code.  The reason is UTF-8, and is cut between two characters
// where the frame ends.
std::string close_payload(CloseCode code, std::string_view reason);

// May the code stand in a close frame?  Section 7.4, and the registry that it founds.
bool may_be_said(CloseCode code) noexcept;

}  // namespace haas::http

// Is a request a proper wish to speak WebSocket, and what is it answered?  RFC 6455 section 4.2.  It knows no socket.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "core/http/message.hpp"
#include "core/http/refusal.hpp"

namespace haas::http {

// What the server proves with that it has understood: the value of Sec-WebSocket-Accept.
using WebSocketWish = tl::expected<std::string, Refusal>;

// 426 for what does not ask for WebSocket, or for another version than 13; 400 for what is no proper wish.
WebSocketWish judge_upgrade(const Request& request, bool http10);

// Section 4.2.2, item 5.4.
std::string websocket_accept(std::string_view key);

}  // namespace haas::http

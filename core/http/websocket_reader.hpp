// One WebSocket message after the other out of a client's bytes; what breaks a rule is refused here.
// RFC 6455 sections 5 to 8, without extensions.  It knows no socket and no clock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/http/message.hpp"
#include "core/http/utf8.hpp"
#include "core/http/websocket_frame.hpp"

namespace haas::http {

class WebSocketReader {
public:
    enum class Progress {
        need_more,  // everything was taken
        text,       // take() is the message, fragments joined
        binary,     // as text
        ping,       // take() is what the pong must carry
        pong,
        close,    // code() and reason() are the client's; feed no more
        refused,  // code() and reason() are what the client is to be told; feed no more
    };

    // A message of more than `longest` bytes is refused when it is announced.
    explicit WebSocketReader(std::size_t longest) : longest_(longest) {}

    // `taken` becomes the number of bytes used up; after anything but need_more offer the rest again.
    Progress feed(std::string_view bytes, std::size_t& taken);

    std::string take() noexcept;
    CloseCode code() const noexcept { return code_; }
    const std::string& reason() const noexcept { return payload_; }

private:
    enum class Step { more, done, refused };

    Step feed_head(std::string_view bytes, std::size_t& taken);
    bool accept_first();
    bool accept_length();
    bool accept_size();
    bool feed_payload(std::string_view bytes, std::size_t& taken);
    std::optional<Progress> end_frame();
    Progress end_close();
    bool refuse(CloseCode code, std::string_view reason);

    std::size_t longest_;

    // The frame at hand.
    std::array<unsigned char, 14> head_{};
    std::uint8_t head_size_ = 0;    // bytes of it that have come
    std::uint8_t head_needed_ = 2;  // bytes that it has, as far as is known
    std::uint8_t mask_at_ = 0;      // which of the mask's bytes is the next payload byte's
    Opcode opcode_ = Opcode::text;
    bool final_ = false;
    std::uint64_t due_ = 0;  // bytes of its payload

    // The message at hand.  Control frames stand between its fragments.
    std::optional<Opcode> kind_;
    std::string message_;
    Utf8Check text_;

    std::string payload_;  // of a control frame; or the reason
    CloseCode code_ = CloseCode::no_code;
};

}  // namespace haas::http

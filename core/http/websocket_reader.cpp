#include "core/http/websocket_reader.hpp"

#include <algorithm>
#include <utility>

namespace haas::http {
namespace {

constexpr std::uint8_t short_head = 2;  // without a longer length and the mask
constexpr std::uint8_t mask_size = 4;

bool is_known(std::uint8_t opcode) noexcept { return opcode <= 0x2 || (opcode >= 0x8 && opcode <= 0xA); }

}  // namespace

WebSocketReader::Progress WebSocketReader::feed(std::string_view bytes, std::size_t& taken) {
    taken = 0;
    for (;;) {
        const Step head = feed_head(bytes, taken);
        if (head == Step::refused) return Progress::refused;
        if (head == Step::more) return Progress::need_more;
        if (!feed_payload(bytes, taken)) return Progress::refused;
        if (due_ > 0) return Progress::need_more;
        head_size_ = 0;
        head_needed_ = short_head;
        if (const auto progress = end_frame()) return *progress;
    }
}

std::string WebSocketReader::take() noexcept {
    // The last frame told which of the two is due.
    return std::exchange(is_control(opcode_) ? payload_ : message_, std::string());
}

// Byte by byte, so that each rule is held against the first byte that can break it.
WebSocketReader::Step WebSocketReader::feed_head(std::string_view bytes, std::size_t& taken) {
    while (head_size_ < head_needed_) {
        if (taken == bytes.size()) return Step::more;
        head_[head_size_++] = static_cast<unsigned char>(bytes[taken++]);
        if (head_size_ == 1 && !accept_first()) return Step::refused;
        if (head_size_ == 2 && !accept_length()) return Step::refused;
        if (head_size_ > 2 && head_size_ == head_needed_ - mask_size && !accept_size()) return Step::refused;
        if (head_size_ == head_needed_) mask_at_ = 0;
    }
    return Step::done;
}

bool WebSocketReader::accept_first() {
    const unsigned char first = head_[0];
    if ((first & 0x70) != 0) {
        return refuse(CloseCode::protocol_error, "A reserved bit is set, and no extension was agreed on.");
    }
    if (!is_known(first & 0x0F)) return refuse(CloseCode::protocol_error, "The frame's opcode is unknown.");
    opcode_ = static_cast<Opcode>(first & 0x0F);
    final_ = (first & 0x80) != 0;
    if (is_control(opcode_)) {
        if (!final_) return refuse(CloseCode::protocol_error, "A control frame cannot be a fragment.");
        payload_.clear();  // it may be that nobody took the last one's
        return true;
    }
    if (opcode_ == Opcode::continuation) {
        if (!kind_) return refuse(CloseCode::protocol_error, "There is no message that the frame could continue.");
        return true;
    }
    if (kind_) return refuse(CloseCode::protocol_error, "A message began before the one at hand was complete.");
    kind_ = opcode_;
    text_ = {};
    return true;
}

bool WebSocketReader::accept_length() {
    if ((head_[1] & 0x80) == 0) return refuse(CloseCode::protocol_error, "A client has to mask its frames.");
    const std::uint8_t length = head_[1] & 0x7F;
    if (is_control(opcode_) && length > longest_control) {
        return refuse(CloseCode::protocol_error, "A control frame holds at most 125 bytes.");
    }
    const int more = length < 126 ? 0 : length == 126 ? 2 : 8;
    head_needed_ = static_cast<std::uint8_t>(short_head + more + mask_size);
    due_ = length;
    return more > 0 || accept_size();
}

// The length has come; the mask has not.
bool WebSocketReader::accept_size() {
    if (head_size_ > short_head) {
        due_ = 0;
        for (std::size_t i = short_head; i < head_size_; ++i) due_ = due_ << 8 | head_[i];
        if (due_ >> 63 != 0) return refuse(CloseCode::protocol_error, "The length of the frame is none.");
        if (due_ <= (head_size_ == short_head + 2 ? longest_control : 0xFFFF)) {
            return refuse(CloseCode::protocol_error, "The length of the frame has a shorter form.");
        }
    }
    if (is_control(opcode_) || due_ <= longest_ - message_.size()) return true;
    return refuse(CloseCode::too_big, "The message is longer than this server takes.");
}

bool WebSocketReader::feed_payload(std::string_view bytes, std::size_t& taken) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(due_, bytes.size() - taken));
    std::string& into = is_control(opcode_) ? payload_ : message_;
    // The length was only a claim: what is held grows with what comes.
    const std::size_t from = into.size();
    into.append(bytes.substr(taken, size));
    const unsigned char* const mask = head_.data() + head_needed_ - mask_size;
    for (std::size_t i = 0; i < size; ++i) {
        into[from + i] = static_cast<char>(into[from + i] ^ mask[(mask_at_ + i) % mask_size]);
    }
    mask_at_ = static_cast<std::uint8_t>((mask_at_ + size) % mask_size);
    due_ -= size;
    taken += size;
    if (!is_control(opcode_) && kind_ == Opcode::text && !text_.feed(std::string_view(into).substr(from))) {
        return refuse(CloseCode::not_utf8, "The text is not UTF-8.");
    }
    return true;
}

// Nothing if the message goes on.
std::optional<WebSocketReader::Progress> WebSocketReader::end_frame() {
    switch (opcode_) {
        case Opcode::ping: return Progress::ping;
        case Opcode::pong: return Progress::pong;
        case Opcode::close: return end_close();
        default: break;
    }
    if (!final_) return std::nullopt;
    const Opcode kind = *std::exchange(kind_, std::nullopt);
    if (kind == Opcode::binary) return Progress::binary;
    if (text_.complete()) return Progress::text;
    refuse(CloseCode::not_utf8, "The text ends within a character.");
    return Progress::refused;
}

// RFC 6455 section 5.5.1.
WebSocketReader::Progress WebSocketReader::end_close() {
    if (payload_.empty()) return Progress::close;
    if (payload_.size() == 1) {
        refuse(CloseCode::protocol_error, "Half a close code is none.");
        return Progress::refused;
    }
    const unsigned high = static_cast<unsigned char>(payload_[0]);
    const unsigned low = static_cast<unsigned char>(payload_[1]);
    const auto code = static_cast<CloseCode>(high << 8 | low);
    payload_.erase(0, 2);
    if (!may_be_said(code)) {
        refuse(CloseCode::protocol_error, "The close code must not be sent.");
        return Progress::refused;
    }
    if (Utf8Check reason; !reason.feed(payload_) || !reason.complete()) {
        refuse(CloseCode::not_utf8, "The reason for closing is not UTF-8.");
        return Progress::refused;
    }
    code_ = code;
    return Progress::close;
}

// Always false.
bool WebSocketReader::refuse(CloseCode code, std::string_view reason) {
    code_ = code;
    payload_ = reason;
    return false;
}

}  // namespace haas::http

// The reader of WebSocket frames: a stream of bytes gives the same messages in whatever pieces it comes, and those that
// a second, plainer reading of RFC 6455 finds in it.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/http/websocket_reader.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace haas::http {
namespace {

using fuzz::require;
using Progress = WebSocketReader::Progress;

constexpr std::size_t longest = 300;

struct Event {
    Progress what;
    std::string bytes;
    CloseCode code = CloseCode::no_code;

    friend bool operator==(const Event&, const Event&) = default;
};
using Events = std::vector<Event>;

bool is_utf8(std::string_view text) {
    Utf8Check check;
    return check.feed(text) && check.complete();
}

void well_formed(const Event& event) {
    switch (event.what) {
        case Progress::text: require(is_utf8(event.bytes), "a text is UTF-8"); [[fallthrough]];
        case Progress::binary: require(event.bytes.size() <= longest, "a message is within its limit"); break;
        case Progress::ping: require(event.bytes.size() <= longest_control, "a ping is short"); break;
        case Progress::close:
            require(event.code == CloseCode::no_code ? event.bytes.empty() : may_be_said(event.code),
                    "a close says why");
            require(is_utf8(event.bytes) && event.bytes.size() <= longest_control - 2,
                    "a close's reason is a short text");
            break;
        case Progress::refused:
            require(may_be_said(event.code) && !event.bytes.empty() && event.bytes.size() <= longest_control - 2,
                    "a refusal fits into a close frame");
            break;
        default: break;
    }
}

// `sizes` of pieces, over and over.
Events read(std::string_view stream, std::span<const std::uint8_t> sizes) {
    WebSocketReader reader(longest);
    Events events;
    for (std::size_t turn = 0; !stream.empty(); ++turn) {
        const std::size_t wanted = sizes.empty() ? stream.size() : 1U + sizes[turn % sizes.size()];
        const std::size_t size = std::min(wanted, stream.size());
        std::string_view piece = stream.substr(0, size);
        stream.remove_prefix(size);
        for (;;) {
            std::size_t taken = 0;
            const Progress progress = reader.feed(piece, taken);
            require(taken <= piece.size(), "no more is taken than there was");
            piece.remove_prefix(taken);
            if (progress == Progress::need_more) {
                require(piece.empty(), "nothing is left over");
                break;
            }
            const bool last = progress == Progress::close || progress == Progress::refused;
            if (last) events.push_back({progress, reader.reason(), reader.code()});
            else events.push_back({progress, progress == Progress::pong ? std::string() : reader.take()});
            well_formed(events.back());
            if (last) return events;
        }
    }
    return events;
}

// One frame at the front of the stream, as section 5.2 draws it; nothing if it is not whole.
struct Frame {
    unsigned first = 0;
    std::string payload;
};

std::optional<Frame> next_frame(std::string_view& stream) {
    const auto byte = [&](std::size_t at) -> std::uint64_t { return static_cast<unsigned char>(stream[at]); };
    if (stream.size() < 2) return std::nullopt;
    std::uint64_t size = byte(1) & 0x7F;
    const std::size_t more = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (stream.size() < 6 + more) return std::nullopt;
    if (more > 0) size = 0;
    for (std::size_t i = 0; i < more; ++i) size = size << 8 | byte(2 + i);
    if (size > stream.size() - 6 - more) return std::nullopt;
    Frame frame{static_cast<unsigned>(byte(0)), {}};
    for (std::size_t i = 0; i < size; ++i) {
        frame.payload += static_cast<char>(byte(6 + more + i) ^ byte(2 + more + i % 4));
    }
    stream.remove_prefix(6 + more + static_cast<std::size_t>(size));
    return frame;
}

// The events of whole frames, for a stream of which it is known that no rule is broken before its last event.
Events expected(std::string_view stream, std::size_t count) {
    Events events;
    Event message{Progress::text, {}};
    while (events.size() < count) {
        const auto frame = next_frame(stream);
        require(frame.has_value(), "what is told has come");
        const unsigned opcode = frame->first & 0x0F;
        if (opcode == 0x9) events.push_back({Progress::ping, frame->payload});
        if (opcode == 0xA) events.push_back({Progress::pong, {}});
        if (opcode == 0x8) events.push_back({Progress::close, {}});
        if (opcode >= 0x8) continue;
        if (opcode != 0) message = {opcode == 1 ? Progress::text : Progress::binary, {}};
        message.bytes += frame->payload;
        if ((frame->first & 0x80) != 0) events.push_back(message);
    }
    return events;
}

}  // namespace
}  // namespace haas::http

// The first byte tells how many sizes of pieces follow; then they, then the stream.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace haas::http;
    haas::fuzz::Choices choices({data, size});
    const auto sizes = choices.bytes(choices.below(16));
    const auto rest = choices.rest();
    const std::string_view stream = haas::fuzz::text_of(rest.data(), rest.size());
    Events whole = read(stream, {});
    constexpr std::uint8_t single[] = {0};
    haas::fuzz::require(read(stream, single) == whole, "the same messages byte by byte");
    if (!sizes.empty()) haas::fuzz::require(read(stream, sizes) == whole, "the same messages in pieces");

    if (!whole.empty() && whole.back().what == Progress::refused) whole.pop_back();
    Events plain = expected(stream, whole.size());
    // What a close says is held by well_formed().
    if (!whole.empty() && whole.back().what == Progress::close) plain.back() = whole.back();
    haas::fuzz::require(plain == whole, "the messages that the frames hold");
    return 0;
}

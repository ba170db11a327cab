// The HTTP request parser: a stream of bytes gives the same requests in whatever pieces it comes.
#include <algorithm>
#include <string>
#include <vector>

#include "core/http/origin.hpp"
#include "core/http/parser.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace haas::http {
namespace {

using fuzz::require;
using Progress = RequestParser::Progress;

constexpr RequestParser::Limits limits{1024, 256};

struct Outcome {
    std::vector<std::string> requests;  // each as text
    bool refused = false;
    bool whole = true;  // nothing is left but whole requests
};

// How long the next piece is.
class Pieces {
public:
    explicit Pieces(std::size_t fixed, std::uint32_t seed = 0) : fixed_(fixed), state_(seed) {}
    std::size_t next() {
        if (fixed_ != 0) return fixed_;
        state_ = state_ * 1664525U + 1013904223U;
        return 1 + (state_ >> 24) % 41;
    }

private:
    std::size_t fixed_;
    std::uint32_t state_;
};

bool is_field_text(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

void well_formed(const Request& request, bool http10) {
    require(!request.method.empty() && is_field_text(request.method) && request.method.find(' ') == std::string::npos,
            "a method is a word");
    require(request.target.starts_with('/') || (request.target == "*" && request.method == "OPTIONS"),
            "a target is a path");
    require(is_field_text(request.target) && request.target.find(' ') == std::string::npos, "a target has no spaces");
    require(request.body.size() <= limits.body, "a body is within its limit");
    std::size_t bytes = 0;
    std::size_t lengths = 0;
    for (const Header& header : request.headers) {
        require(!header.name.empty() && is_field_text(header.name) && is_field_text(header.value), "headers are lines");
        bytes += header.name.size() + header.value.size();
        lengths += equal_ignoring_case(header.name, "Content-Length") ||
                   equal_ignoring_case(header.name, "Transfer-Encoding");
    }
    // The authority of a target in absolute-form becomes a Host.
    require(bytes <= 2 * limits.header, "headers are within their limit");
    require(lengths <= 1, "the length of a body is said once");
    // Whatever Host and Origin say, the rules about them have an answer.
    static const std::vector<std::string> allowed{"https://console.example"};
    for (const bool loopback : {false, true}) {
        const auto refusal = refuse_address({"http", 5000, allowed, loopback}, request, http10);
        if (refusal) require(!refusal->sentence.empty(), "a refusal has a sentence");
    }
}

std::string as_text(const Request& request, bool keep_alive) {
    std::string text = request.method + ' ' + request.target + (keep_alive ? " stays" : " goes");
    for (const Header& header : request.headers) text += '\n' + header.name + ": " + header.value;
    return text + "\n\n" + request.body;
}

// As a connection does it: what is not used up is offered again with more behind it.
Outcome read(std::string_view stream, Pieces pieces) {
    RequestParser parser(limits);
    Outcome outcome;
    std::string pending;
    for (;;) {
        std::size_t taken = 0;
        const Progress progress = parser.feed(pending, taken);
        require(taken <= pending.size(), "no more is taken than there was");
        pending.erase(0, taken);
        if (taken > 0) outcome.whole = false;
        if (progress == Progress::refused) {
            require(parser.refusal().status >= 400 && !parser.refusal().sentence.empty(), "a refusal has a sentence");
            outcome.refused = true;
            return outcome;
        }
        if (progress == Progress::complete) {
            well_formed(parser.request(), parser.http10());
            const bool keep_alive = parser.keep_alive();
            outcome.requests.push_back(as_text(parser.take_request(), keep_alive));
            parser.reset();
            outcome.whole = true;
        }
        if (progress != Progress::need_more) continue;
        require(pending.size() <= limits.header, "what is left to be offered again is within the limit");
        if (stream.empty()) {
            outcome.whole = outcome.whole && pending.empty();
            return outcome;
        }
        const std::size_t size = std::min(pieces.next(), stream.size());
        pending += stream.substr(0, size);
        stream.remove_prefix(size);
    }
}

void same_in_pieces(std::string_view stream, const Outcome& whole, Pieces pieces) {
    const Outcome pieced = read(stream, pieces);
    require(pieced.requests == whole.requests, "the same requests in whatever pieces they come");
    // What is malformed may be found out sooner or later.
    require(whole.refused || !whole.whole || (pieced.whole && !pieced.refused), "pieces are no reason to refuse");
}

}  // namespace
}  // namespace haas::http

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace haas::http;
    const std::string_view stream = haas::fuzz::text_of(data, size);
    if (stream.empty()) return 0;
    // Pieces of sizes that the stream itself decides.
    std::uint32_t seed = 2166136261U;
    for (const char c : stream) seed = (seed ^ static_cast<unsigned char>(c)) * 16777619U;
    const Outcome whole = read(stream, Pieces(std::min(stream.size(), limits.header)));
    same_in_pieces(stream, whole, Pieces(1));
    same_in_pieces(stream, whole, Pieces(7));
    same_in_pieces(stream, whole, Pieces(0, seed));
    return 0;
}

#include "core/http/refusal.hpp"

#include <fmt/format.h>

namespace haas::http {
namespace {

std::string_view type_of(unsigned status) noexcept {
    switch (status) {
        case 403: return "AuthorizationError";
        case 500: return "InternalError";
        case 503: return "BusyError";
        default: return "ValidationError";
    }
}

// Sentences are ours, in ASCII, and quoted() keeps the rest printable: two characters are left to escape.
std::string escaped(std::string_view sentence) {
    std::string text;
    text.reserve(sentence.size() + 8);
    for (const char c : sentence) {
        if (c == '"' || c == '\\') text += '\\';
        text += c;
    }
    return text;
}

}  // namespace

Response to_response(const Refusal& refusal) {
    Response response;
    response.status = refusal.status;
    response.headers.push_back({"Content-Type", "application/json"});
    if (refusal.status == 503) response.headers.push_back({"Retry-After", "1"});
    response.body = fmt::format(R"({{"type": "{}", "msg": "{}"}})", type_of(refusal.status), escaped(refusal.sentence));
    return response;
}

std::string quoted(std::string_view bytes) {
    constexpr std::size_t longest = 100;
    std::string text = "\"";
    for (const char c : bytes.substr(0, longest)) text += c >= 0x20 && c < 0x7f ? c : '?';
    if (bytes.size() > longest) text += "...";
    text += '"';
    return text;
}

}  // namespace haas::http

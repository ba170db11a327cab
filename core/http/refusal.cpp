#include "core/http/refusal.hpp"

#include <fmt/format.h>

#include "core/base/errc.hpp"

namespace haas::http {
namespace {

// The same words that core/api has for these.
struct Words {
    std::string_view type;
    Errc code;
};

Words words_of(unsigned status) noexcept {
    switch (status) {
        case 403: return {"AuthorizationError", Errc::forbidden};
        case 500: return {"InternalError", Errc::internal};
        case 503: return {"BusyError", Errc::busy};
        default: return {"ValidationError", Errc::invalid};
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
    if (refusal.status == 503) response.headers.push_back({"Retry-After", "5"});
    const Words words = words_of(refusal.status);
    response.body = fmt::format(R"({{"type":"{}","msg":"{}","code":"{}"}})", words.type, escaped(refusal.sentence),
                                name(words.code));
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

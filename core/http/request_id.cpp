#include "core/http/request_id.hpp"

#include <algorithm>
#include <random>

#include <fmt/format.h>

namespace haas::http {

bool is_request_id(std::string_view text) noexcept {
    const auto proper = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    };
    return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), proper);
}

RequestIds::RequestIds() {
    std::random_device random;
    run_ = (std::uint64_t{random()} << 32) | random();
}

std::string RequestIds::next() { return fmt::format("{:016x}-{:x}", run_, ++last_); }

}  // namespace haas::http

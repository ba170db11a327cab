#include "core/api/etag.hpp"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "core/api/error.hpp"

namespace haas::api {
namespace {

enum class Weak { count, do_not_count };

// `W/"a", "b"`: tags may hold commas.  What is malformed ends the list.
bool list_names(std::string_view list, std::string_view etag, Weak weak) {
    const auto skip = [&list](std::string_view what) {
        list.remove_prefix(std::min(list.find_first_not_of(what), list.size()));
    };
    skip(" \t");
    if (list == "*") return true;
    for (;;) {
        skip(" \t,");
        const bool is_weak = list.starts_with("W/");
        if (is_weak) list.remove_prefix(2);
        const std::size_t end = list.starts_with('"') ? list.find('"', 1) : std::string_view::npos;
        if (end == std::string_view::npos) return false;
        if (list.substr(0, end + 1) == etag && (!is_weak || weak == Weak::count)) return true;
        list.remove_prefix(end + 1);
    }
}

// A list may be spread over several headers.
bool names(const http::Request& request, std::string_view header, std::string_view etag, Weak weak) {
    for (const http::Header& field : request.headers) {
        if (http::equal_ignoring_case(field.name, header) && list_names(field.value, etag, weak)) return true;
    }
    return false;
}

bool has(const http::Request& request, std::string_view header) {
    for (const http::Header& field : request.headers) {
        if (http::equal_ignoring_case(field.name, header)) return true;
    }
    return false;
}

}  // namespace

// FNV-1a in 64 bits: two versions of one thing have to differ, and whoever could make them collide may change it anyway.
std::string etag_of(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return fmt::format("\"{:016x}\"", hash);
}

bool has_it_already(const http::Request& request, std::string_view etag) {
    return names(request, "If-None-Match", etag, Weak::count);
}

http::Response not_modified(std::string etag) {
    http::Response response;
    response.status = 304;
    response.headers.push_back({"ETag", std::move(etag)});
    return response;
}

bool means_this_one(const http::Request& request, std::string_view etag) {
    return !has(request, "If-Match") || names(request, "If-Match", etag, Weak::do_not_count);
}

http::Response precondition_failed(std::string_view node) {
    http::Response response = error_response(
        {Errc::conflict, fmt::format("Node {} has changed since it was read: If-Match does not name its ETag of now", node), Effect::none},
        {.node = node});
    response.status = 412;
    return response;
}

}  // namespace haas::api

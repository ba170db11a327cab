#include "core/api/router.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

namespace haas::api {
namespace {

using Segments = std::vector<std::string_view>;

// "/node/n1/reset" -> node, n1, reset.  Empty segments stay: "/node//reset" names a node whose label is empty.
Segments split(std::string_view path) {
    Segments segments;
    if (!path.empty() && path.front() == '/') path.remove_prefix(1);
    for (;;) {
        const std::size_t slash = path.find('/');
        segments.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos) return segments;
        path.remove_prefix(slash + 1);
    }
}

bool is_parameter(std::string_view segment) { return segment.size() > 2 && segment.front() == '{'; }

bool fits(const Segments& pattern, const Segments& path) {
    return std::equal(pattern.begin(), pattern.end(), path.begin(), path.end(),
                      [](std::string_view want, std::string_view have) { return is_parameter(want) || want == have; });
}

// RFC 3986 section 2.1
std::optional<std::string> decode(std::string_view segment) {
    std::string text;
    for (std::size_t i = 0; i < segment.size(); ++i) {
        if (segment[i] != '%') {
            text += segment[i];
            continue;
        }
        unsigned char byte = 0;
        const std::string_view digits = segment.substr(i + 1, 2);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
        if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) return std::nullopt;
        text += static_cast<char>(byte);
        i += 2;
    }
    return text;
}

}  // namespace

std::optional<std::string> query_value(std::string_view target, std::string_view name) {
    const std::size_t mark = target.find('?');
    if (mark == std::string_view::npos) return std::nullopt;
    std::string_view query = target.substr(mark + 1);
    for (;;) {
        const std::string_view one = query.substr(0, query.find('&'));
        const std::size_t equals = one.find('=');
        const std::string_view written = one.substr(0, equals);
        if (decode(written).value_or(std::string(written)) == name) {
            const std::string_view value = equals == std::string_view::npos ? "" : one.substr(equals + 1);
            return decode(value).value_or(std::string(value));
        }
        if (one.size() == query.size()) return std::nullopt;
        query.remove_prefix(one.size() + 1);
    }
}

std::vector<std::string> query_names(std::string_view target) {
    std::vector<std::string> names;
    const std::size_t mark = target.find('?');
    if (mark == std::string_view::npos) return names;
    std::string_view query = target.substr(mark + 1);
    for (;;) {
        const std::string_view one = query.substr(0, query.find('&'));
        const std::string_view name = one.substr(0, one.find('='));
        if (!one.empty()) names.push_back(decode(name).value_or(std::string(name)));
        if (one.size() == query.size()) return names;
        query.remove_prefix(one.size() + 1);
    }
}

Result<Match> match(std::span<const Route> routes, std::string_view method, std::string_view target) {
    const Segments whole = split(target.substr(0, target.find_first_of("?#")));
    const bool v0 = whole.size() > 1 && whole.front() == "v0";
    const bool obmd = whole.size() > 1 && whole.front() == "obmd";
    const Segments path(whole.begin() + (v0 || obmd ? 1 : 0), whole.end());
    const auto stands_here = [&](Prefix prefix) {
        return obmd == (prefix == Prefix::obmd) && (v0 || prefix != Prefix::only_v0);
    };
    const std::string_view wanted = method == "HEAD" ? "GET" : method;

    Match result;
    std::set<std::string_view> methods;
    for (const Route& route : routes) {
        const Segments pattern = split(route.pattern);
        if (!stands_here(route.prefix) || !fits(pattern, path)) continue;
        methods.insert(route.method);
        if (route.method != wanted) continue;
        result.route = &route;
        for (std::size_t i = 0; i < path.size(); ++i) {
            if (!is_parameter(pattern[i])) continue;
            std::optional<std::string> decoded = decode(path[i]);
            if (!decoded) return fail(Errc::invalid, "the path has a % that is not followed by two hexadecimal digits");
            result.parameters.push_back(std::move(*decoded));
        }
        break;
    }
    if (result.route == nullptr) {
        if (methods.contains("GET")) methods.insert("HEAD");
        for (const std::string_view one : methods) result.allow += (result.allow.empty() ? "" : ", ") + std::string(one);
    }
    return result;
}

}  // namespace haas::api

#include "core/auth/users.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "core/auth/admin_token.hpp"
#include "core/auth/authorization.hpp"
#include "core/auth/password.hpp"
#include "core/base/private_file.hpp"

namespace haas::auth {
namespace {

constexpr std::size_t longest_file = std::size_t{4} << 20U;

// Why it cannot be a user's name, or nothing.  Commas and spaces may stand in the name of a certificate.
std::string_view fault_of_name(std::string_view name) {
    if (name.empty()) return "has no name before the first colon";
    if (name.size() > longest_user_name) return "has a name of more than 255 bytes";
    if (std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
        return "has a control character in its name";
    }
    if (name.front() == ' ' || name.back() == ' ') return "has a space at an end of its name";
    if (name == admin_name) return "is called admin, which is the name that goes with the admin token";
    if (name == "anonymous") return "is called anonymous, which is the name of everybody when mode is none";
    return {};
}

Result<User> parse_line(std::string_view line) {
    std::array<std::string_view, 4> fields{};
    std::size_t count = 0;
    // The last field may have colons: a node's label may.
    for (std::string_view rest = line; count < fields.size();) {
        const std::size_t colon = count + 1 < fields.size() ? rest.find(':') : std::string_view::npos;
        fields[count++] = rest.substr(0, colon);
        if (colon == std::string_view::npos) break;
        rest.remove_prefix(colon + 1);
    }
    if (count < 3) return fail(Errc::invalid, "is no user: a line is name:hash:role or name:hash:role:nodes");
    const auto& [name, hash, role_name, nodes] = fields;
    if (const auto fault = fault_of_name(name); !fault.empty()) return fail(Errc::invalid, std::string(fault));

    User user{std::string(line), std::string(name), hash == "*" ? std::string() : std::string(hash), {}, nullptr};
    const auto refuse_user = [&user](std::string_view what) {
        return fail(Errc::invalid, fmt::format("(user {}) {}", user.name, what));
    };
    if (hash != "*" && !is_password_hash(user.hash)) {
        return refuse_user("has no password hash that is strong enough: make one with haasd --hash-password or mkpasswd");
    }
    const auto role = Role::named(role_name);
    if (!role) return refuse_user("has no role: it is viewer, operator or admin");
    user.role = *role;
    if (count == 4 && nodes != "*") {
        auto patterns = NodePatterns::parse(nodes);
        if (!patterns) return refuse_user(fmt::format("is limited to nodes that cannot be read: {}", patterns.error().message));
        user.nodes = std::make_shared<const NodePatterns>(std::move(*patterns));
    }
    return user;
}

}  // namespace

Result<std::vector<User>> read_users(const std::filesystem::path& file) {
    const PrivateFile described{file, "the users file", 037, "640", longest_file};
    const auto content = read_private_file(described);
    if (!content) return Failure(content.error());

    std::vector<User> users;
    std::map<std::string, std::size_t> line_of;
    std::size_t number = 0;
    for (std::string_view rest = content->reveal(); !rest.empty();) {
        ++number;
        const std::size_t end = rest.find('\n');
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (line.find_first_not_of(" \t") == std::string_view::npos || line.front() == '#') continue;
        const auto refuse_line = [&](std::string_view what) { return refuse(described, fmt::format("line {} {}", number, what)); };
        if (line.ends_with('\r')) return refuse_line("has a carriage return: save it with Unix line ends");
        auto user = parse_line(line);
        if (!user) return refuse_line(user.error().message);
        const auto [first, is_new] = line_of.emplace(user->name, number);
        if (!is_new) return refuse_line(fmt::format("(user {}) is there already, in line {}", user->name, first->second));
        users.push_back(std::move(*user));
    }
    return users;
}

}  // namespace haas::auth

#include "plugins/ipmi/session/credentials.hpp"

#include <algorithm>

namespace haas::ipmi {
namespace {

ByteView bytes_of(std::string_view text) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string too_long(const char* what, std::size_t size, std::size_t limit) {
    return std::string(what) + " has " + std::to_string(size) + " bytes, and IPMI 2.0 carries at most " +
           std::to_string(limit);
}

}  // namespace

std::variant<Credentials, std::string> Credentials::make(std::string_view user, std::string_view password,
                                                         std::optional<ByteView> kg) {
    if (user.size() > max_user_bytes) return too_long("the user name", user.size(), max_user_bytes);
    if (password.size() > max_password_bytes) {
        return too_long("the password", password.size(), max_password_bytes) +
               "; the BMC's web interface may take longer ones, its IPMI does not";
    }
    if (kg && kg->size() > max_kg_bytes) return too_long("the BMC key Kg", kg->size(), max_kg_bytes);
    // A BMC stores both padded with NULs: one inside would be cut there, and match what nobody typed.
    if (user.find('\0') != std::string_view::npos) return std::string("the user name contains a NUL byte");
    if (password.find('\0') != std::string_view::npos) return std::string("the password contains a NUL byte");
    Credentials credentials;
    std::copy(user.begin(), user.end(), credentials.user_.begin());
    credentials.user_size_ = static_cast<std::uint8_t>(user.size());
    credentials.kuid_ = Key<max_password_bytes>(bytes_of(password));
    if (kg) credentials.kg_.emplace(*kg);
    return credentials;
}

}  // namespace haas::ipmi

#include "plugins/ipmi/session/credentials.hpp"

#include <algorithm>
#include <charconv>

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

std::variant<Bytes, std::string> parse_kg(std::string_view written) {
    if (!written.starts_with("0x")) return Bytes(written.begin(), written.end());
    const std::string_view digits = written.substr(2);
    if (digits.size() % 2 != 0) return std::string("kg has an odd number of hexadecimal digits");
    Bytes bytes(digits.size() / 2);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const char* const first = digits.data() + 2 * i;
        const auto [end, error] = std::from_chars(first, first + 2, bytes[i], 16);
        if (error == std::errc{} && end == first + 2) continue;
        wipe(bytes);
        return std::string("kg begins with 0x, but is not hexadecimal");
    }
    return bytes;
}

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

#include "core/auth/password.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <crypt.h>
#include <fmt/format.h>
#include <openssl/crypto.h>

namespace haas::auth {
namespace {

static_assert(longest_password == CRYPT_MAX_PASSPHRASE_SIZE - 1);

// crypt(3)'s 32 KiB of work space: too much for a thread's stack, and full of what must be wiped.
class Work {
public:
    Work() : data_(std::make_unique<crypt_data>()) {}
    ~Work() { OPENSSL_cleanse(data_.get(), sizeof *data_); }
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;

    // Empty when the setting is none, or the password too long.
    std::string_view hash(const char* password, const char* setting) {
        const char* made = ::crypt_rn(password, setting, data_.get(), sizeof *data_);
        return made == nullptr || *made == '*' ? std::string_view() : std::string_view(made);
    }

private:
    std::unique_ptr<crypt_data> data_;
};

// How many characters of a hash are the hash itself, crypt(5).
struct Method {
    std::string_view prefix;
    std::size_t characters;
};
constexpr std::array methods{Method{"$y$", 43},  Method{"$gy$", 43},  Method{"$7$", 43},  Method{"$6$", 86},
                             Method{"$2b$", 53}, Method{"$2y$", 53}};

bool is_hash_char(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '/';
}

bool is_control(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

Result<std::string> hash_password(const Secret& password) {
    const std::string_view text = password.reveal();
    if (text.empty()) return fail(Errc::invalid, "the password is empty");
    if (text.size() > longest_password) {
        return fail(Errc::invalid, fmt::format("the password is longer than {} bytes", longest_password));
    }
    if (std::any_of(text.begin(), text.end(), is_control)) {
        return fail(Errc::invalid, "the password has a control character or a line end in it");
    }
    std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
    // Cost 0 is libxcrypt's own default, the one that mkpasswd and passwd use; the salt is the kernel's.
    if (::crypt_gensalt_rn("$y$", 0, nullptr, 0, setting.data(), static_cast<int>(setting.size())) == nullptr) {
        return fail(Errc::internal, "libxcrypt cannot make a yescrypt hash");
    }
    Work work;
    // A Secret ends with a NUL, as every std::string does.
    std::string hash(work.hash(text.data(), setting.data()));
    if (hash.empty()) return fail(Errc::internal, "libxcrypt cannot hash the password: is there memory for it?");
    return hash;
}

bool verify_password(const Secret& password, const std::string& hash) {
    const std::string_view text = password.reveal();
    Work work;
    const std::string_view made = work.hash(text.data(), hash.c_str());
    // crypt(3) reads up to the first NUL, so what stands behind one would not have been looked at.
    const bool whole = text.find('\0') == std::string_view::npos;
    return made.size() == hash.size() && CRYPTO_memcmp(made.data(), hash.data(), hash.size()) == 0 && whole &&
           !hash.empty();
}

bool is_password_hash(const std::string& text) {
    const auto method = std::find_if(methods.begin(), methods.end(),
                                     [&](const Method& one) { return text.starts_with(one.prefix); });
    if (method == methods.end() || ::crypt_checksalt(text.c_str()) != CRYPT_SALT_OK) return false;
    const std::size_t hash = text.rfind('$') + 1;
    return text.size() - hash == method->characters && std::all_of(text.begin() + static_cast<std::ptrdiff_t>(hash), text.end(), is_hash_char);
}

}  // namespace haas::auth

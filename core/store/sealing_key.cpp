#include "core/store/sealing_key.hpp"

#include <array>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "core/base/private_file.hpp"

namespace haas::store {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;
constexpr std::string_view what = "the key file";
constexpr std::size_t longest_file = 4096;  // more than a key has, so that what is none is called that

struct FreeCipher {
    void operator()(EVP_CIPHER_CTX* cipher) const { EVP_CIPHER_CTX_free(cipher); }  // wipes the key in it
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

const unsigned char* octets(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* octets(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

Failure no_cipher() { return fail(Errc::internal, "OpenSSL's AES-256-GCM failed: is a provider missing?"); }

int hex_digit(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

bool fits_int(std::string_view bytes) { return bytes.size() < (std::size_t{1} << 30); }

}  // namespace

Result<SealingKey> SealingKey::from(Secret key) {
    constexpr std::string_view purpose = "haasd: the id of a sealing key";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (HMAC(EVP_sha256(), key.reveal().data(), static_cast<int>(key.reveal().size()), octets(purpose), purpose.size(),
             digest.data(), &size) == nullptr) {
        return fail(Errc::internal, "OpenSSL's HMAC-SHA-256 failed: is a provider missing?");
    }
    return SealingKey(std::move(key), std::string(digest.begin(), digest.begin() + 8));
}

Result<SealingKey> SealingKey::make() {
    std::string random(bytes, '\0');
    if (RAND_priv_bytes(octets(random), static_cast<int>(random.size())) != 1) {
        return fail(Errc::internal, "no random numbers for a key: OpenSSL's generator failed");
    }
    return from(Secret::taken_from(random));
}

Result<SealingKey> SealingKey::load(const fs::path& file) {
    constexpr std::size_t digits = 2 * bytes;
    const auto content = read_private_file({.path = file, .kind = what, .longest = longest_file});
    if (!content) return Failure(content.error());
    std::string_view line = content->reveal();
    if (line.ends_with('\n')) line.remove_suffix(1);
    const auto refused = [&] {
        return fail(Errc::invalid, fmt::format("{} {} must hold one line of {} hexadecimal digits and nothing else: put "
                                               "the one back that belongs to the database",
                                               what, file.string(), digits));
    };
    if (line.size() != digits) return refused();
    std::string key(bytes, '\0');
    for (std::size_t i = 0; i < bytes; ++i) {
        const int high = hex_digit(line[2 * i]);
        const int low = hex_digit(line[2 * i + 1]);
        if (high < 0 || low < 0) {
            wipe(key);
            return refused();
        }
        key[i] = static_cast<char>(high * 16 + low);
    }
    return from(Secret::taken_from(key));
}

Result<void> SealingKey::save(const fs::path& file) const {
    std::string line;
    line.reserve(2 * bytes + 1);
    for (const char byte : key_.reveal()) {
        fmt::format_to(std::back_inserter(line), "{:02x}", static_cast<unsigned char>(byte));
    }
    line += '\n';
    auto made = make_private_file({.path = file, .kind = what}, line);
    wipe(line);
    return made;
}

Result<SealingKey> SealingKey::load_or_make(const fs::path& file) {
    auto loaded = load(file);
    if (loaded || loaded.error().code != Errc::not_found) return loaded;
    auto made = make();
    if (!made) return made;
    if (auto saved = made->save(file); !saved) {
        // Somebody was quicker: theirs it is.
        if (saved.error().code == Errc::duplicate) return load(file);
        return Failure(std::move(saved).error());
    }
    return made;
}

Result<std::string> SealingKey::seal(std::string_view plain, std::string_view bound) const {
    if (!fits_int(plain) || !fits_int(bound)) return fail(Errc::invalid, "secrets of a gigabyte are not sealed");
    std::string sealed(nonce_bytes + plain.size() + tag_bytes, '\0');
    unsigned char* nonce = octets(sealed);
    unsigned char* text = nonce + nonce_bytes;
    unsigned char* tag = text + plain.size();
    if (RAND_bytes(nonce, nonce_bytes) != 1) {
        return fail(Errc::internal, "no random numbers for a nonce: OpenSSL's generator failed");
    }
    const Cipher cipher(EVP_CIPHER_CTX_new());
    int size = 0;
    if (cipher == nullptr ||
        EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, octets(key_.reveal()), nonce) != 1 ||
        EVP_EncryptUpdate(cipher.get(), nullptr, &size, octets(bound), static_cast<int>(bound.size())) != 1 ||
        EVP_EncryptUpdate(cipher.get(), text, &size, octets(plain), static_cast<int>(plain.size())) != 1 ||
        EVP_EncryptFinal_ex(cipher.get(), tag, &size) != 1 ||
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(tag_bytes), tag) != 1) {
        return no_cipher();
    }
    return sealed;
}

Result<Secret> SealingKey::open(std::string_view sealed, std::string_view bound) const {
    const Failure refused = fail(Errc::invalid, "not sealed with this key, or changed since");
    if (sealed.size() < nonce_bytes + tag_bytes || !fits_int(sealed) || !fits_int(bound)) return refused;
    const std::string_view text = sealed.substr(nonce_bytes, sealed.size() - nonce_bytes - tag_bytes);
    std::string tag(sealed.substr(sealed.size() - tag_bytes));
    std::string plain(text.size(), '\0');
    const Cipher cipher(EVP_CIPHER_CTX_new());
    int size = 0;
    if (cipher == nullptr ||
        EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, octets(key_.reveal()), octets(sealed)) != 1 ||
        EVP_DecryptUpdate(cipher.get(), nullptr, &size, octets(bound), static_cast<int>(bound.size())) != 1 ||
        EVP_DecryptUpdate(cipher.get(), octets(plain), &size, octets(text), static_cast<int>(text.size())) != 1 ||
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(tag.size()), tag.data()) != 1) {
        wipe(plain);
        return no_cipher();
    }
    // Before this last step the plain text is anybody's: it is not looked at.
    std::array<unsigned char, tag_bytes> rest{};
    if (EVP_DecryptFinal_ex(cipher.get(), rest.data(), &size) != 1) {
        wipe(plain);
        return refused;
    }
    return Secret::taken_from(plain);
}

std::string printable_key_id(std::string_view id) {
    std::string text;
    for (const char byte : id) fmt::format_to(std::back_inserter(text), "{:02x}", static_cast<unsigned char>(byte));
    return text;
}

}  // namespace haas::store

#include "tools/bmcsim/crypto.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

namespace haas::bmcsim {
namespace {

constexpr std::size_t block = 16;

void must(bool good) {
    if (!good) {
        throw std::runtime_error("OpenSSL refused an operation that needs no more than its default provider");
    }
}

std::array<std::uint8_t, 4> little_endian(std::uint32_t value) noexcept {
    return {octet(value), octet(value >> 8), octet(value >> 16), octet(value >> 24)};
}

Octets octets_of(std::string_view text) noexcept {
    return Octets(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

int size_of(Octets octets) noexcept { return static_cast<int>(octets.size()); }

}  // namespace

Crypto::Mac Crypto::mac_with(char* digest) {
    EVP_MAC* algorithm = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
    must(algorithm != nullptr);
    Mac context(EVP_MAC_CTX_new(algorithm));
    EVP_MAC_free(algorithm);
    const OSSL_PARAM chosen[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                 OSSL_PARAM_construct_end()};
    must(context != nullptr && EVP_MAC_CTX_set_params(context.get(), chosen) == 1);
    return context;
}

Crypto::Crypto() : encrypting_(EVP_CIPHER_CTX_new()), decrypting_(EVP_CIPHER_CTX_new()) {
    std::array<char, 8> sha1{"SHA1"};
    std::array<char, 8> sha256{"SHA256"};
    sha1_ = mac_with(sha1.data());
    sha256_ = mac_with(sha256.data());
    EVP_CIPHER* aes = EVP_CIPHER_fetch(nullptr, "AES-128-CBC", nullptr);
    must(aes != nullptr && encrypting_ != nullptr && decrypting_ != nullptr);
    must(EVP_EncryptInit_ex2(encrypting_.get(), aes, nullptr, nullptr, nullptr) == 1);
    must(EVP_DecryptInit_ex2(decrypting_.get(), aes, nullptr, nullptr, nullptr) == 1);
    EVP_CIPHER_free(aes);
    EVP_CIPHER_CTX_set_padding(encrypting_.get(), 0);
    EVP_CIPHER_CTX_set_padding(decrypting_.get(), 0);
}

Digest Crypto::hmac(Authentication algorithm, Octets key, std::initializer_list<Octets> parts) {
    Digest digest;
    if (algorithm == Authentication::none) {
        return digest;
    }
    EVP_MAC_CTX* context = algorithm == Authentication::hmac_sha1 ? sha1_.get() : sha256_.get();
    // An empty key must still be a key: without one OpenSSL keeps the key before.
    static constexpr std::uint8_t nothing = 0;
    must(EVP_MAC_init(context, key.empty() ? &nothing : key.data(), key.size(), nullptr) == 1);
    for (const Octets part : parts) {
        must(EVP_MAC_update(context, part.data(), part.size()) == 1);
    }
    must(EVP_MAC_final(context, digest.octets.data(), &digest.size, digest.octets.size()) == 1);
    return digest;
}

Digest Crypto::auth_code(Integrity algorithm, Octets key, Octets covered) {
    Digest code = hmac(algorithm == Integrity::none           ? Authentication::none
                       : algorithm == Integrity::hmac_sha1_96 ? Authentication::hmac_sha1
                                                              : Authentication::hmac_sha256,
                       key, {covered});
    code.size = auth_code_size(algorithm);
    return code;
}

void Crypto::encrypt(Packet& out, const Key& key, Octets iv, Octets plain) {
    Packet padded;
    padded.octets(plain);
    const std::size_t pad = (block - (plain.size() + 1) % block) % block;
    for (std::size_t i = 1; i <= pad; ++i) {
        padded.u8(static_cast<unsigned>(i));
    }
    padded.u8(static_cast<unsigned>(pad));
    out.octets(iv);
    const std::size_t start = out.size();
    out.fill(padded.size(), 0);
    int written = 0;
    must(EVP_EncryptInit_ex2(encrypting_.get(), nullptr, key.data(), iv.data(), nullptr) == 1);
    must(EVP_EncryptUpdate(encrypting_.get(), out.writable().data() + start, &written, padded.view().data(),
                           size_of(padded.view())) == 1);
}

bool Crypto::decrypt(Packet& out, const Key& key, Octets encrypted) {
    if (encrypted.size() < 2 * block || encrypted.size() % block != 0 || encrypted.size() > Packet::capacity) {
        return false;
    }
    const Octets text = encrypted.subspan(block);
    std::array<std::uint8_t, Packet::capacity> plain;  // NOLINT: written by the cipher
    int written = 0;
    must(EVP_DecryptInit_ex2(decrypting_.get(), nullptr, key.data(), encrypted.data(), nullptr) == 1);
    must(EVP_DecryptUpdate(decrypting_.get(), plain.data(), &written, text.data(), size_of(text)) == 1);
    const std::size_t pad = plain[text.size() - 1];
    if (pad >= block) {
        return false;
    }
    for (std::size_t i = 0; i < pad; ++i) {
        if (plain[text.size() - 1 - pad + i] != i + 1) {
            return false;
        }
    }
    out.octets(Octets(plain.data(), text.size() - 1 - pad));
    return true;
}

bool same(Octets one, Octets other) noexcept {
    return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

Digest rakp2_code(Crypto& crypto, Authentication algorithm, const RakpInputs& in, Octets kuid) {
    const auto console_id = little_endian(in.console_id);
    const auto bmc_id = little_endian(in.bmc_id);
    const std::array<std::uint8_t, 2> user{in.role, octet(in.name.size())};
    return crypto.hmac(algorithm, kuid,
                       {console_id, bmc_id, in.console_random, in.bmc_random, in.guid, user, octets_of(in.name)});
}

Digest rakp3_code(Crypto& crypto, Authentication algorithm, const RakpInputs& in, Octets kuid) {
    const auto console_id = little_endian(in.console_id);
    const std::array<std::uint8_t, 2> user{in.role, octet(in.name.size())};
    return crypto.hmac(algorithm, kuid, {in.bmc_random, console_id, user, octets_of(in.name)});
}

Digest session_integrity_key(Crypto& crypto, Authentication algorithm, const RakpInputs& in, Octets kg) {
    const std::array<std::uint8_t, 2> user{in.role, octet(in.name.size())};
    return crypto.hmac(algorithm, kg, {in.console_random, in.bmc_random, user, octets_of(in.name)});
}

Digest check_value(Crypto& crypto, Authentication algorithm, const RakpInputs& in, Octets sik) {
    const auto bmc_id = little_endian(in.bmc_id);
    Digest value = crypto.hmac(algorithm, sik, {in.console_random, bmc_id, in.guid});
    value.size = check_value_size(algorithm);
    return value;
}

Digest additional_key(Crypto& crypto, Authentication algorithm, Octets sik, std::uint8_t constant) {
    std::array<std::uint8_t, 20> repeated{};
    repeated.fill(constant);
    return crypto.hmac(algorithm, sik, {repeated});
}

}  // namespace haas::bmcsim

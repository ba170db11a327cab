#include "plugins/ipmi/crypto/hmac.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace haas::ipmi {
namespace {

struct FreeContext {
    void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MAC_CTX, FreeContext>;

[[noreturn]] void broken() { throw std::runtime_error("OpenSSL's HMAC is not usable"); }

// Fetching and naming the digest costs more than a packet's HMAC: done once per thread and hash.  Giving a new key
// to a context costs a tenth of a microsecond more than keeping a keyed one of 900 bytes in each session.
Context make_context(const char* digest) {
    EVP_MAC* const mac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
    if (mac == nullptr) broken();
    Context context(EVP_MAC_CTX_new(mac));
    EVP_MAC_free(mac);  // the context holds its own reference
    char name[8] = {};
    std::copy_n(digest, std::char_traits<char>::length(digest), name);
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                     OSSL_PARAM_construct_end()};
    if (!context || EVP_MAC_CTX_set_params(context.get(), parameters) != 1) broken();
    return context;
}

EVP_MAC_CTX* context_for(Hash hash) {
    if (hash == Hash::sha1) {
        thread_local const Context sha1 = make_context("SHA1");
        return sha1.get();
    }
    thread_local const Context sha256 = make_context("SHA256");
    return sha256.get();
}

}  // namespace

Digest hmac(Hash hash, std::span<const std::uint8_t> key, std::initializer_list<std::span<const std::uint8_t>> parts) {
    EVP_MAC_CTX* const context = context_for(hash);
    // A null key would mean "the previous one" to OpenSSL; an empty password is a key of no bytes.
    static constexpr std::uint8_t none = 0;
    bool good = EVP_MAC_init(context, key.empty() ? &none : key.data(), key.size(), nullptr) == 1;
    for (const auto part : parts) good = good && EVP_MAC_update(context, part.data(), part.size()) == 1;
    std::array<std::uint8_t, 32> out{};
    std::size_t size = 0;
    good = good && EVP_MAC_final(context, out.data(), &size, out.size()) == 1;
    if (!good || size != digest_bytes(hash)) broken();
    const std::span<const std::uint8_t> whole(out);
    Digest digest(whole.first(size));
    wipe(out);
    return digest;
}

bool equal(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace haas::ipmi

#include "plugins/ipmi/crypto/confidentiality.hpp"

#include <memory>
#include <stdexcept>

#include <openssl/evp.h>

namespace haas::ipmi {
namespace {

constexpr std::size_t block = 16;

struct FreeContext {
    void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

[[noreturn]] void broken() { throw std::runtime_error("OpenSSL's AES-128-CBC is not usable"); }

// As with HMAC: fetched once per thread, a new key for each packet.
Context make_context(int encrypts) {
    EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-128-CBC", nullptr);
    if (cipher == nullptr) broken();
    Context context(EVP_CIPHER_CTX_new());
    const bool good = context && EVP_CipherInit_ex2(context.get(), cipher, nullptr, nullptr, encrypts, nullptr) == 1 &&
                      EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1;
    EVP_CIPHER_free(cipher);  // the context holds its own reference
    if (!good) broken();
    return context;
}

// `bytes` is a whole number of blocks.
void run(EVP_CIPHER_CTX* context, std::span<const std::uint8_t> key, std::span<const std::uint8_t> iv,
         std::span<std::uint8_t> bytes) {
    int done = 0;
    if (EVP_CipherInit_ex2(context, nullptr, key.data(), iv.data(), -1, nullptr) != 1 ||
        EVP_CipherUpdate(context, bytes.data(), &done, bytes.data(), static_cast<int>(bytes.size())) != 1 ||
        static_cast<std::size_t>(done) != bytes.size()) {
        broken();
    }
}

}  // namespace

void Confidentiality::encrypt(std::span<const std::uint8_t> data, Random& random,
                              std::vector<std::uint8_t>& out) const {
    thread_local const Context context = make_context(1);
    const std::size_t begin = out.size();
    out.resize(begin + encrypted_size(data.size()));
    const auto payload = std::span(out).subspan(begin);
    const auto iv = payload.first(block);
    const auto body = payload.subspan(block);
    random.fill(iv);
    std::copy(data.begin(), data.end(), body.begin());
    const std::size_t pad = body.size() - data.size() - 1;
    for (std::size_t i = 0; i < pad; ++i) body[data.size() + i] = static_cast<std::uint8_t>(i + 1);
    body.back() = static_cast<std::uint8_t>(pad);
    run(context.get(), key_.view(), iv, body);
}

std::optional<std::span<const std::uint8_t>> Confidentiality::decrypt(std::span<std::uint8_t> payload) const {
    thread_local const Context context = make_context(0);
    if (payload.size() < 2 * block || payload.size() % block != 0) return std::nullopt;
    const auto body = payload.subspan(block);
    run(context.get(), key_.view(), payload.first(block), body);
    // The pad's own bytes are not compared: the AuthCode covers them, and not every BMC counts them up.
    const std::size_t pad = body.back();
    if (pad >= block) return std::nullopt;
    return body.first(body.size() - 1 - pad);
}

}  // namespace haas::ipmi

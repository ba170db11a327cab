// What RMCP+ needs of OpenSSL: HMAC and AES-CBC, each fetched once and kept warm; and the RAKP hashes made of them
// (IPMI 2.0 sections 13.28 to 13.32).  One thread.
#pragma once

#include <memory>
#include <string_view>

#include <openssl/evp.h>

#include "tools/bmcsim/algorithms.hpp"
#include "tools/bmcsim/octets.hpp"

namespace haas::bmcsim {

struct Digest {
    std::array<std::uint8_t, 32> octets{};
    std::size_t size = 0;
    Octets view() const noexcept { return Octets(octets.data(), size); }
};

class Crypto {
public:
    Crypto();

    // Empty for Authentication::none.
    Digest hmac(Authentication algorithm, Octets key, std::initializer_list<Octets> parts);
    // The AuthCode of a packet, cut to the algorithm's length.
    Digest auth_code(Integrity algorithm, Octets key, Octets covered);

    using Key = std::array<std::uint8_t, 16>;
    // Appends IV and cipher text of the payload with its pad (IPMI 2.0 section 13.29).
    void encrypt(Packet& out, const Key& key, Octets iv, Octets plain);
    // Appends the plain text; false when sizes or the pad are wrong.
    bool decrypt(Packet& out, const Key& key, Octets encrypted);

private:
    template <auto Free>
    struct Freeing {
        void operator()(auto* owned) const noexcept { Free(owned); }
    };
    using Mac = std::unique_ptr<EVP_MAC_CTX, Freeing<EVP_MAC_CTX_free>>;
    using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Freeing<EVP_CIPHER_CTX_free>>;
    static Mac mac_with(char* digest);

    Mac sha1_;
    Mac sha256_;
    Cipher encrypting_;
    Cipher decrypting_;
};

// Compares without telling by its time where the first difference is.
bool same(Octets one, Octets other) noexcept;

// Everything that the hashes of one RAKP exchange are made of.
struct RakpInputs {
    std::uint32_t console_id = 0;
    std::uint32_t bmc_id = 0;
    std::array<std::uint8_t, 16> console_random{};
    std::array<std::uint8_t, 16> bmc_random{};
    std::array<std::uint8_t, 16> guid{};
    std::uint8_t role = 0;
    std::string_view name;
};
Digest rakp2_code(Crypto& crypto, Authentication algorithm, const RakpInputs& in, Octets kuid);
Digest rakp3_code(Crypto& crypto, Authentication algorithm, const RakpInputs& in, Octets kuid);
Digest session_integrity_key(Crypto& crypto, Authentication algorithm, const RakpInputs& in, Octets kg);
// RAKP message 4's integrity check value, cut to length.
Digest check_value(Crypto& crypto, Authentication algorithm, const RakpInputs& in, Octets sik);
// K1 and K2: the SIK over twenty times the constant, with SHA-256 too.
Digest additional_key(Crypto& crypto, Authentication algorithm, Octets sik, std::uint8_t constant);

}  // namespace haas::bmcsim

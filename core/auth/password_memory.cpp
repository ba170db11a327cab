#include "core/auth/password_memory.hpp"

#include <string>
#include <utility>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "core/base/secret.hpp"

namespace haas::auth {
namespace {

// Lengths in front: "a" and "bc" must not look like "ab" and "c".
void append(std::string& text, std::string_view part) {
    for (unsigned shift = 0; shift < 32; shift += 8) text += static_cast<char>((part.size() >> shift) & 0xffU);
    text += part;
}

}  // namespace

Result<PasswordMemory> PasswordMemory::make() {
    PasswordMemory made;
    if (RAND_bytes(made.key_.data(), static_cast<int>(made.key_.size())) != 1) {
        return fail(Errc::internal, "there are no random numbers: OpenSSL's generator failed");
    }
    return made;
}

PasswordMemory::Digest PasswordMemory::digest(std::string_view network, std::string_view name,
                                              std::string_view password) const {
    std::string text;
    text.reserve(network.size() + name.size() + password.size() + 12);  // once: it holds the password
    append(text, network);
    append(text, name);
    append(text, password);
    Digest made{};
    unsigned size = made.size();
    HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), made.data(), &size);
    wipe(text);
    return made;
}

std::shared_ptr<const Account> PasswordMemory::find(const Digest& digest, Loop::Time now) const {
    const auto found = entries_.find(digest);
    return found == entries_.end() || found->second.until <= now ? nullptr : found->second.account;
}

void PasswordMemory::insert(const Digest& digest, std::shared_ptr<const Account> account, Loop::Time now) {
    const Loop::Time until = now + lasts;
    entries_.insert_or_assign(digest, Entry{std::move(account), until});
    by_age_.emplace_back(until, digest);
    while (!by_age_.empty() && (by_age_.front().first <= now || by_age_.size() > most_entries)) {
        const auto found = entries_.find(by_age_.front().second);
        // It may have been proven anew since.
        if (found != entries_.end() && found->second.until == by_age_.front().first) entries_.erase(found);
        by_age_.pop_front();
    }
}

}  // namespace haas::auth

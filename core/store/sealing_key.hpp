// The key that secrets are sealed with before they reach the disk, and its file.  Knows no database and no fields.
//
// AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits for each sealing: one key is good for 2^32 of them.
// The file is one line of 64 hexadecimal digits, under the rules of core/base/private_file.hpp; `openssl rand -hex 32`
// makes one too.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.hpp"
#include "core/base/secret.hpp"

namespace haas::store {

class SealingKey {
public:
    static constexpr std::size_t bytes = 32;

    static Result<SealingKey> make();
    // Errc::not_found when there is no such file; otherwise a sentence with the cure, that tells nothing of the key.
    static Result<SealingKey> load(const std::filesystem::path& file);
    // In a new file; on the disk when it returns.  Errc::duplicate when something of that name is there.
    Result<void> save(const std::filesystem::path& file) const;
    // Makes the file when there is none; follows a link to one.
    static Result<SealingKey> load_or_make(const std::filesystem::path& file);

    // Eight bytes that tell this key from others and nothing of it.
    const std::string& id() const noexcept { return id_; }

    // The bytes to keep: nonce, ciphertext, tag.  They open only with what they were bound to, byte for byte.
    Result<std::string> seal(std::string_view plain, std::string_view bound) const;
    // Errc::invalid when it is not what this key sealed and bound so: nothing of it is returned then.
    Result<Secret> open(std::string_view sealed, std::string_view bound) const;

private:
    explicit SealingKey(Secret key, std::string id) : key_(std::move(key)), id_(std::move(id)) {}
    static Result<SealingKey> from(Secret key);

    Secret key_;
    std::string id_;
};

// As people read it: hexadecimal digits.
std::string printable_key_id(std::string_view id);

}  // namespace haas::store

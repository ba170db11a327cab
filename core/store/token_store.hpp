// The node tokens that must outlive the daemon, as core/auth sees them.  It knows no database and no token, only
// digests.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/rights.hpp"
#include "core/store/done.hpp"

namespace haas::store {

struct TokenRecord {
    std::string id;    // names the token where it is listed and revoked; tells nothing of it
    std::string node;  // the label of the node it is for
    Rights rights;
    std::string label;                     // what its maker calls it
    std::array<std::uint8_t, 32> digest{};  // SHA-256 of the token
    std::int64_t created = 0;              // seconds since 1970
    std::int64_t expires = 0;              // seconds since 1970; 0: never
    std::string creator;
    bool obmd = false;  // made by obmd's call: a node has one of these at most
};

// See Done for when and how changes are answered.
class TokenStore {
public:
    virtual ~TokenStore() = default;

    // All tokens, sorted by id.  Blocks: for start-up, before the loop runs.
    virtual Result<std::vector<TokenRecord>> load_tokens() = 0;
    // Adds a token; an obmd token takes the place of the node's obmd token, both at once.  Errc::not_found when there is
    // no such node, Errc::duplicate when the id or the digest is taken.
    virtual void put_token(TokenRecord record, Done done) = 0;
    // Errc::not_found, also when the token went with its node.
    virtual void remove_token(std::string id, Done done) = 0;
};

}  // namespace haas::store

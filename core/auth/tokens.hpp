// The node tokens: who holds one may do what its rights say with one node, until it expires or is revoked.  Knows no
// HTTP, and no text of a token but while making it: what is kept is the digest.  For the loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/auth/digest.hpp"
#include "core/auth/principal.hpp"
#include "core/base/loop.hpp"
#include "core/base/secret.hpp"
#include "core/store/token_store.hpp"

namespace haas::auth {

class Tokens {
public:
    using Done = std::function<void(Result<void>)>;
    using UnixTime = std::function<std::int64_t()>;  // seconds

    static constexpr std::size_t most_of_a_node = 1000;

    struct Request {
        std::string node;
        Rights rights;
        std::string label;       // what it is for; up to 255 bytes, no control characters, may be empty
        std::int64_t ttl_s = 0;  // 0: does not expire
        std::string creator;     // Principal::name()
    };
    // A token as it may be shown.
    struct Description {
        std::string id;
        std::string node;
        Rights rights;
        std::string label;
        std::int64_t created = 0;  // Unix seconds
        std::int64_t expires = 0;  // 0: never
        std::string creator;
        bool obmd = false;
    };
    struct Created {
        Description description;
        Secret text;  // nobody can tell it again
    };
    using CreatedDone = std::function<void(Result<Created>)>;

    // Both outlive it.
    Tokens(Loop& loop, store::TokenStore& store, UnixTime now = system_time);
    ~Tokens();
    Tokens(const Tokens&) = delete;
    Tokens& operator=(const Tokens&) = delete;

    // At start-up: what the store kept.  Blocks.
    Result<void> load();

    // "hot_" and 43 characters of base64url; counts once it is on disk.  Errc::invalid for no rights, a bad label or
    // ttl; Errc::conflict when the node has too many; Errc::not_found when the store knows no such node.  The answer
    // never comes from within the call.
    void create(Request request, CreatedDone done);
    // 32 hexadecimal digits, all rights, does not expire; the node's obmd token of before ends, all others stay.
    void create_obmd(std::string node, std::string creator, CreatedDone done);

    // Those that count today, oldest first.
    std::vector<Description> of_node(std::string_view node) const;
    // Also one that counts no more and is still on the disk: revoke() takes it once more.
    std::optional<Description> find(std::string_view id) const;

    // Counts no more when this returns, and its grant has ended; the answer comes when it is off the disk.  An error
    // says that it would count again after a restart: then revoke it again.  Errc::not_found.
    void revoke(std::string_view id, Done done);
    // Success too when there is none.
    void revoke_obmd(std::string_view node, Done done);
    // The node is gone, and the store has removed its tokens with it.
    void forget_node(std::string_view node);

    // Whose token is this?  The time it takes does not tell how much of a guess was right.
    std::optional<Principal> holder(std::string_view text) const;

    // Has this text the form of create()'s?  Nothing else that is a credential has.
    static bool looks_like_one(std::string_view text) noexcept;

    static std::int64_t system_time();

private:
    struct Token {
        store::TokenRecord record;
        Principal holder;
    };
    using ById = std::map<std::string, std::shared_ptr<Token>, std::less<>>;

    void put(store::TokenRecord record, Secret text, CreatedDone done);
    void add(store::TokenRecord record);
    // Ends it and forgets its text; it stays known by its id until the store has removed it.
    void end(const std::shared_ptr<Token>& token);
    void end_obmd(std::string_view node);
    void forget(const std::string& id);
    void remove_from_store(const std::string& id, Done done);
    // Its node, those that count, in no order.
    std::vector<std::shared_ptr<Token>> counting(std::string_view node) const;
    bool counts(const Token& token) const;
    void expire();
    void await_next_expiry();

    Loop& loop_;
    store::TokenStore& store_;
    UnixTime now_;
    ById tokens_;
    std::unordered_map<Digest, std::shared_ptr<Token>, DigestHash, DigestEqual> by_digest_;
    std::multimap<std::string, std::string, std::less<>> by_node_;  // node -> id
    std::set<std::pair<std::int64_t, std::string>> by_expiry_;      // expires, id
    Loop::Timer timer_ = Loop::Timer::none;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // answers of the store may come after our end
};

}  // namespace haas::auth

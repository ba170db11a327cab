#include "core/auth/tokens.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/auth/random_text.hpp"
#include "core/base/log.hpp"

namespace haas::auth {
namespace {

constexpr std::string_view prefix = "hot_";
constexpr std::size_t text_bytes = 32;
constexpr std::size_t text_size = 4 + 43;  // of base64url
constexpr std::size_t obmd_bytes = 16;
constexpr std::size_t id_bytes = 8;
constexpr std::size_t longest_label = 255;
constexpr std::int64_t longest_ttl_s = std::int64_t{100} * 365 * 86'400;

// Wall clocks jump: whoever set one forward should not find yesterday's tokens alive for long.
constexpr std::chrono::seconds longest_wait{60};

Tokens::Description described(const store::TokenRecord& record) {
    return {record.id,      record.node,    record.rights, record.label,
            record.created, record.expires, record.creator, record.obmd};
}

Result<void> judge(const Tokens::Request& request) {
    if (request.rights.empty()) {
        return fail(Errc::invalid, fmt::format("a token needs one right or more: {}", fmt::join(Rights::all().names(), ", ")));
    }
    const bool printable = std::all_of(request.label.begin(), request.label.end(),
                                       [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
    if (request.label.size() > longest_label || !printable) {
        return fail(Errc::invalid, "a token's label has at most 255 bytes and no control characters");
    }
    if (request.ttl_s < 0 || request.ttl_s > longest_ttl_s) {
        return fail(Errc::invalid, "a token lasts for some seconds, for ever (0), or for a hundred years at most");
    }
    return {};
}

}  // namespace

Tokens::Tokens(Loop& loop, store::TokenStore& store, UnixTime now) : loop_(loop), store_(store), now_(std::move(now)) {}

Tokens::~Tokens() { loop_.cancel(timer_); }

std::int64_t Tokens::system_time() {
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

bool Tokens::looks_like_one(std::string_view text) noexcept {
    return text.size() == text_size && text.starts_with(prefix);
}

Result<void> Tokens::load() {
    auto records = store_.load_tokens();
    if (!records) return Failure(std::move(records).error());
    for (store::TokenRecord& record : *records) add(std::move(record));
    expire();
    return {};
}

void Tokens::create(Request request, CreatedDone done) {
    Result<void> fit = judge(request);
    if (fit && counting(request.node).size() >= most_of_a_node) {
        fit = fail(Errc::conflict, fmt::format("node {} has {} tokens, and no node has more: revoke some", request.node,
                                               most_of_a_node));
    }
    if (!fit) return loop_.post([done = std::move(done), fit] { done(Failure(fit.error())); });

    auto text = random_base64url(prefix, text_bytes);
    if (!text) return loop_.post([done = std::move(done), error = text.error()] { done(Failure(error)); });
    store::TokenRecord record;
    record.node = std::move(request.node);
    record.rights = request.rights;
    record.label = std::move(request.label);
    record.created = now_();
    record.expires = request.ttl_s == 0 ? 0 : record.created + request.ttl_s;
    record.creator = std::move(request.creator);
    put(std::move(record), std::move(*text), std::move(done));
}

void Tokens::create_obmd(std::string node, std::string creator, CreatedDone done) {
    auto text = random_hex(obmd_bytes);
    if (!text) return loop_.post([done = std::move(done), error = text.error()] { done(Failure(error)); });
    store::TokenRecord record;
    record.node = std::move(node);
    record.rights = Rights::all();
    record.created = now_();
    record.creator = std::move(creator);
    record.obmd = true;
    put(std::move(record), std::move(*text), std::move(done));
}

void Tokens::put(store::TokenRecord record, Secret text, CreatedDone done) {
    const auto id = random_hex(id_bytes);
    if (!id) return loop_.post([done = std::move(done), error = id.error()] { done(Failure(error)); });
    record.id = id->reveal();
    record.digest = digest_of(text.reveal());
    // A std::function must be able to copy what it holds, and a Secret is not copied.
    const auto kept = std::make_shared<Secret>(std::move(text));
    store_.put_token(record, [this, alive = std::weak_ptr(alive_), record, kept, done](const Result<void>& stored) {
        if (!stored) return done(Failure(stored.error()));
        if (alive.expired()) return done(fail(Errc::cancelled, "the daemon is stopping"));
        if (record.obmd) end_obmd(record.node);
        add(record);
        await_next_expiry();
        done(Created{described(record), std::move(*kept)});
    });
}

// The store has replaced it already.
void Tokens::end_obmd(std::string_view node) {
    for (const auto& token : counting(node)) {
        if (!token->record.obmd) continue;
        end(token);
        forget(token->record.id);
    }
}

void Tokens::add(store::TokenRecord record) {
    Principal holder = Principal::token(record.id, record.node, record.rights, Grant::make());
    const auto token = std::make_shared<Token>(Token{std::move(record), std::move(holder)});
    const store::TokenRecord& known = token->record;
    by_digest_.emplace(known.digest, token);
    by_node_.emplace(known.node, known.id);
    if (known.expires != 0) by_expiry_.emplace(known.expires, known.id);
    tokens_.emplace(known.id, token);
}

void Tokens::end(const std::shared_ptr<Token>& token) {
    const auto found = by_digest_.find(token->record.digest);
    if (found != by_digest_.end() && found->second == token) by_digest_.erase(found);
    by_expiry_.erase({token->record.expires, token->record.id});
    // Last: whoever listens may ask us something.
    token->holder.grant()->end();
}

void Tokens::forget(const std::string& id) {
    const auto found = tokens_.find(id);
    if (found == tokens_.end()) return;
    const auto [first, last] = by_node_.equal_range(found->second->record.node);
    const auto entry = std::find_if(first, last, [&](const auto& one) { return one.second == id; });
    if (entry != last) by_node_.erase(entry);
    tokens_.erase(found);
}

bool Tokens::counts(const Token& token) const {
    return !token.holder.grant()->ended() && (token.record.expires == 0 || token.record.expires > now_());
}

std::vector<std::shared_ptr<Tokens::Token>> Tokens::counting(std::string_view node) const {
    std::vector<std::shared_ptr<Token>> found;
    const auto [first, last] = by_node_.equal_range(node);
    for (auto entry = first; entry != last; ++entry) {
        const auto token = tokens_.find(entry->second);
        if (counts(*token->second)) found.push_back(token->second);
    }
    return found;
}

std::vector<Tokens::Description> Tokens::of_node(std::string_view node) const {
    std::vector<Description> list;
    for (const auto& token : counting(node)) list.push_back(described(token->record));
    std::sort(list.begin(), list.end(), [](const Description& left, const Description& right) {
        return std::tie(left.created, left.id) < std::tie(right.created, right.id);
    });
    return list;
}

std::optional<Tokens::Description> Tokens::find(std::string_view id) const {
    const auto found = tokens_.find(id);
    if (found == tokens_.end()) return std::nullopt;
    return described(found->second->record);
}

void Tokens::revoke(std::string_view id, Done done) {
    const auto found = tokens_.find(id);
    if (found == tokens_.end()) {
        return loop_.post([done = std::move(done)] { done(fail(Errc::not_found, "there is no such token")); });
    }
    const auto token = found->second;
    end(token);
    remove_from_store(token->record.id, std::move(done));
}

void Tokens::revoke_obmd(std::string_view node, Done done) {
    for (const auto& token : counting(node)) {
        if (token->record.obmd) return revoke(token->record.id, std::move(done));
    }
    loop_.post([done = std::move(done)] { done({}); });
}

void Tokens::remove_from_store(const std::string& id, Done done) {
    store_.remove_token(id, [this, alive = std::weak_ptr(alive_), id, done = std::move(done)](const Result<void>& removed) {
        // Gone with its node, or by another call: gone it is.
        const bool gone = removed || removed.error().code == Errc::not_found;
        if (gone && !alive.expired()) forget(id);
        if (gone) return done({});
        done(fail(removed.error().code,
                  fmt::format("the token does not count any more, but it would again after a restart, since it is still "
                              "on the disk: revoke it once more ({})", removed.error().message)));
    });
}

void Tokens::forget_node(std::string_view node) {
    std::vector<std::shared_ptr<Token>> all;
    const auto [first, last] = by_node_.equal_range(node);
    for (auto entry = first; entry != last; ++entry) all.push_back(tokens_.find(entry->second)->second);
    for (const auto& token : all) forget(token->record.id);
    for (const auto& token : all) end(token);
}

std::optional<Principal> Tokens::holder(std::string_view text) const {
    if (text.size() != text_size && text.size() != 2 * obmd_bytes) return std::nullopt;
    const auto found = by_digest_.find(digest_of(text));
    if (found == by_digest_.end() || !counts(*found->second)) return std::nullopt;
    return found->second->holder;
}

void Tokens::expire() {
    const std::int64_t now = now_();
    while (!by_expiry_.empty() && by_expiry_.begin()->first <= now) {
        const std::string id = by_expiry_.begin()->second;
        end(tokens_.find(id)->second);
        remove_from_store(id, [id](const Result<void>& removed) {
            if (!removed) log::warn("auth.token_kept", {{"token", id}, {"why", removed.error().message}});
        });
    }
    await_next_expiry();
}

void Tokens::await_next_expiry() {
    loop_.cancel(timer_);
    timer_ = Loop::Timer::none;
    if (by_expiry_.empty()) return;
    const auto rest = std::chrono::seconds(std::max<std::int64_t>(by_expiry_.begin()->first - now_(), 0));
    timer_ = loop_.at(loop_.now() + std::min<std::chrono::seconds>(rest, longest_wait), [this] { expire(); });
}

}  // namespace haas::auth

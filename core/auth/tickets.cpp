#include "core/auth/tickets.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/auth/random_text.hpp"

namespace haas::auth {
namespace {

constexpr std::string_view prefix = "hwt_";
constexpr std::size_t text_bytes = 32;
constexpr std::size_t text_size = 4 + 43;  // of base64url

Failure too_many(std::string_view whose) {
    return fail(Errc::busy, fmt::format("{} console tickets wait to be used: each expires after {} s, try again then", whose,
                                        Tickets::lifetime.count()));
}

}  // namespace

Result<Secret> Tickets::create(const Principal& principal, std::string_view node) {
    // What has expired is only memory, and is let go of here.
    while (!tickets_.empty() && tickets_.begin()->second.expires <= loop_.now()) drop(tickets_.begin()->first);
    const auto is_his = [&](const auto& one) { return one.second.principal.account() == principal.account(); };
    if (std::count_if(tickets_.begin(), tickets_.end(), is_his) >= static_cast<std::ptrdiff_t>(most_of_an_account)) {
        return too_many("too many of your");
    }
    if (tickets_.size() >= most) return too_many("too many");
    if (principal.grant()->ended()) return fail(Errc::unauthenticated, "the credentials do not count any more");

    auto text = random_base64url(prefix, text_bytes);
    if (!text) return text;
    const std::uint64_t id = ++last_;
    const Digest digest = digest_of(text->reveal());
    by_digest_.emplace(digest, id);
    tickets_.emplace(id, Ticket{digest, principal, std::string(node), loop_.now() + lifetime,
                                principal.grant()->on_end([this, id] { drop(id); })});
    return text;
}

std::optional<std::uint64_t> Tickets::find(std::string_view text, std::string_view node) const {
    if (text.size() != text_size) return std::nullopt;
    const auto found = by_digest_.find(digest_of(text));
    if (found == by_digest_.end()) return std::nullopt;
    const Ticket& ticket = tickets_.at(found->second);
    if (ticket.expires <= loop_.now() || ticket.node != node) return std::nullopt;
    return found->second;
}

std::optional<Principal> Tickets::peek(std::string_view text, std::string_view node) const {
    const auto id = find(text, node);
    return id ? std::optional(tickets_.at(*id).principal) : std::nullopt;
}

bool Tickets::spend(std::string_view text, std::string_view node) {
    const auto id = find(text, node);
    if (id) drop(*id);
    return id.has_value();
}

void Tickets::drop(std::uint64_t id) {
    const auto found = tickets_.find(id);
    if (found == tickets_.end()) return;
    by_digest_.erase(found->second.digest);
    tickets_.erase(found);
}

}  // namespace haas::auth

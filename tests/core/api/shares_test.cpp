// What one user may have under way, and what all may.
#include "core/api/shares.hpp"

#include <optional>
#include <vector>

#include <catch2/catch.hpp>

using haas::api::Shares;
using namespace haas::auth;

namespace {

Principal user(const char* name, const char* role = "operator") {
    return Principal::user(name, *Role::named(role), nullptr, Grant::make());
}

}  // namespace

TEST_CASE("one user cannot take what is there for all") {
    Shares shares({.all = 6, .each = 2}, "calls");
    std::vector<std::shared_ptr<void>> held;
    for (const char* name : {"ann", "ann", "bob", "bob"}) held.push_back(shares.take(user(name)).value());
    const auto refused = shares.take(user("ann"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == haas::Errc::busy);
    CHECK(refused.error().message == "2 calls of ann are under way already");
    held.push_back(shares.take(user("cid")).value());
    // What is left is the administrators'.
    CHECK(shares.take(user("dan")).error().message == "5 calls are under way already");
    CHECK_FALSE(shares.take(Principal::token("id", "n1", haas::Rights::all(), Grant::make())));
    CHECK(shares.take(user("root", "admin")));
    held.front().reset();
    CHECK_FALSE(shares.take(user("bob")));
    CHECK(shares.take(user("ann")));
    CHECK(shares.take(user("dan")));
}

TEST_CASE("a share may outlive what counts it") {
    std::optional<Shares> shares(std::in_place, Shares::Most{1, 1}, "calls");
    const std::shared_ptr<void> held = shares->take(user("ann")).value();
    shares.reset();
    CHECK(held.use_count() == 1);
}

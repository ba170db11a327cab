// What one user may have under way, and what all may.
#include "core/api/shares.hpp"

#include <optional>
#include <vector>

#include <catch2/catch.hpp>

using haas::api::Shares;

TEST_CASE("one user cannot take what is there for all") {
    Shares shares({.all = 5, .each = 2}, "calls");
    std::vector<std::shared_ptr<void>> held;
    for (const char* user : {"ann", "ann", "bob", "bob"}) held.push_back(shares.take(user).value());
    const auto refused = shares.take("ann");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == haas::Errc::busy);
    CHECK(refused.error().message == "2 calls of ann are under way already");
    held.push_back(shares.take("cid").value());
    CHECK(shares.take("dan").error().message == "5 calls are under way already");
    held.front().reset();
    CHECK_FALSE(shares.take("bob"));
    CHECK(shares.take("ann"));
    CHECK(shares.take("dan"));
}

TEST_CASE("a share may outlive what counts it") {
    std::optional<Shares> shares(std::in_place, Shares::Most{1, 1}, "calls");
    const std::shared_ptr<void> held = shares->take("ann").value();
    shares.reset();
    CHECK(held.use_count() == 1);
}

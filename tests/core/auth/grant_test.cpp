#include "core/auth/grant.hpp"

#include <optional>
#include <vector>

#include <catch2/catch.hpp>

using haas::auth::Grant;

TEST_CASE("who listens to a grant is told once when it ends") {
    const auto grant = Grant::make();
    int told = 0;
    const auto subscription = grant->on_end([&] { ++told; });
    CHECK_FALSE(grant->ended());
    CHECK(told == 0);
    grant->end();
    CHECK(grant->ended());
    CHECK(told == 1);
    grant->end();
    CHECK(told == 1);
}

TEST_CASE("who asks a grant that has ended is told at once") {
    const auto grant = Grant::make();
    grant->end();
    bool told = false;
    const auto subscription = grant->on_end([&] { told = true; });
    CHECK(told);
}

TEST_CASE("who lets go of the subscription is not told") {
    const auto grant = Grant::make();
    int told = 0;
    { const auto gone = grant->on_end([&] { ++told; }); }
    auto moved_from = grant->on_end([&] { ++told; });
    auto replaced = grant->on_end([&] { told += 100; });
    replaced = std::move(moved_from);
    grant->end();
    CHECK(told == 1);
}

TEST_CASE("a subscription may outlive its grant") {
    auto grant = Grant::make();
    const auto subscription = grant->on_end([] {});
    grant.reset();
    SUCCEED();
}

TEST_CASE("a callback may let go of others, subscribe, end again, and drop the grant") {
    auto grant = Grant::make();
    std::vector<int> told;
    std::optional<Grant::Subscription> first, second, late;
    first = grant->on_end([&] {
        told.push_back(1);
        first.reset();
        second.reset();
        grant->end();
        late = grant->on_end([&] { told.push_back(3); });
        grant.reset();
    });
    second = grant->on_end([&] { told.push_back(2); });
    grant->end();
    CHECK(told == std::vector<int>{1, 3});
    CHECK(grant == nullptr);
}

TEST_CASE("letting go of a subscription may let go of another one") {
    const auto grant = Grant::make();
    int told = 0;
    auto inner = std::make_shared<Grant::Subscription>(grant->on_end([&] { ++told; }));
    std::optional<Grant::Subscription> outer = grant->on_end([inner] {});
    inner.reset();
    outer.reset();
    grant->end();
    CHECK(told == 0);
}

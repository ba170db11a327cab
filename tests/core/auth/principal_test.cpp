#include "core/auth/principal.hpp"

#include <catch2/catch.hpp>

using haas::Right;
using haas::Rights;
using haas::auth::Grant;
using haas::auth::NodePatterns;
using haas::auth::Principal;
using haas::auth::Role;

namespace {

constexpr std::initializer_list<Right> every_right{Right::status, Right::power, Right::boot, Right::console_read,
                                                   Right::console_write};

Principal user(std::string_view role, const char* nodes = nullptr) {
    const auto patterns = nodes == nullptr ? nullptr : std::make_shared<NodePatterns>(NodePatterns::parse(nodes).value());
    return Principal::user("alice", Role::named(role).value(), patterns, Grant::make());
}

Rights rights_on(const Principal& who, std::string_view node) {
    Rights rights;
    for (const Right right : every_right) {
        if (who.may(right, node)) rights.add(right);
    }
    return rights;
}

}  // namespace

TEST_CASE("a viewer sees, an operator acts, an admin administers") {
    CHECK(rights_on(user("viewer"), "n1") == Rights{Right::status});
    CHECK(rights_on(user("operator"), "n1") == Rights::all());
    CHECK(rights_on(user("admin"), "n1") == Rights::all());
    CHECK_FALSE(user("viewer").administers());
    CHECK_FALSE(user("operator").administers());
    CHECK_FALSE(user("operator").administers("n1"));
    CHECK(user("admin").administers());
    CHECK(user("admin").administers("n1"));
    CHECK(user("viewer").name() == "alice");
    for (const char* none : {"", "Admin", "root", "operator "}) CHECK_FALSE(Role::named(none));
}

TEST_CASE("a limited user sees its nodes only") {
    const Principal who = user("operator", "n[1-2],lab-*");
    CHECK(who.sees("n1"));
    CHECK(who.sees("lab-7"));
    CHECK_FALSE(who.sees("n3"));
    CHECK(who.may(Right::power, "n2"));
    CHECK_FALSE(who.may(Right::status, "n3"));
}

TEST_CASE("a limited admin administers its nodes, and nothing that is everybody's") {
    const Principal who = user("admin", "rack1-*");
    CHECK(who.administers("rack1-n1"));
    CHECK_FALSE(who.administers("rack2-n1"));
    CHECK_FALSE(who.administers());
}

TEST_CASE("a token's bearer has its rights on its node and knows no other") {
    const auto grant = Grant::make();
    const Principal who = Principal::token("0011", "n1", Rights{Right::status, Right::console_read}, grant);
    CHECK(who.name() == "token:0011");
    CHECK(rights_on(who, "n1") == Rights{Right::status, Right::console_read});
    CHECK(rights_on(who, "n2") == Rights());
    CHECK(who.sees("n1"));
    CHECK_FALSE(who.sees("n11"));
    CHECK_FALSE(who.sees(""));
    CHECK_FALSE(who.administers("n1"));
    CHECK_FALSE(who.administers());
    CHECK(who.grant() == grant);
}

TEST_CASE("with mode none everybody may do everything") {
    const Principal who = Principal::anonymous();
    CHECK(who.name() == "anonymous");
    CHECK(rights_on(who, "n1") == Rights::all());
    CHECK(who.administers());
    REQUIRE(who.grant());
    CHECK_FALSE(who.grant()->ended());
}

TEST_CASE("tokens of one node have one account, and a user has their own") {
    const auto token = [](const char* id, const char* node) { return Principal::token(id, node, Rights::all(), Grant::make()); };
    CHECK(user("viewer").account() == "alice");
    CHECK(token("a", "n1").account() == token("b", "n1").account());
    CHECK(token("a", "n1").account() != token("a", "n2").account());
}

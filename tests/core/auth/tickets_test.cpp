#include "core/auth/tickets.hpp"

#include <memory>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/core/auth/test_loop.hpp"

using namespace haas::auth;
using Catch::Contains;
using haas::Errc;
using haas::test::TestLoop;
using namespace std::chrono_literals;

namespace {

Principal user(const char* name, std::shared_ptr<Grant> grant = Grant::make()) {
    return Principal::user(name, *Role::named("operator"), nullptr, std::move(grant));
}

std::string create(Tickets& tickets, const Principal& who, const char* node = "n1") {
    return std::string(tickets.create(who, node).value().reveal());
}

}  // namespace

TEST_CASE("a ticket stands for its maker on its node, and is spent once") {
    TestLoop loop;
    Tickets tickets(loop);
    const std::string text = create(tickets, user("alice"));
    CHECK(text.size() == 47);
    CHECK(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos);
    for (int i = 0; i < 2; ++i) {
        REQUIRE(tickets.peek(text, "n1"));
        CHECK(tickets.peek(text, "n1")->name() == "alice");
    }
    CHECK(tickets.spend(text, "n1"));
    CHECK_FALSE(tickets.peek(text, "n1"));
    CHECK_FALSE(tickets.spend(text, "n1"));
}

TEST_CASE("a ticket is of no use elsewhere, and nobody takes it by trying") {
    TestLoop loop;
    Tickets tickets(loop);
    const std::string text = create(tickets, user("alice"));
    CHECK_FALSE(tickets.peek(text, "n2"));
    CHECK_FALSE(tickets.peek(text, ""));
    CHECK_FALSE(tickets.spend(text, "n2"));
    std::string wrong = text;
    wrong.back() = wrong.back() == 'A' ? 'E' : 'A';
    for (const std::string& guess : {wrong, text + "A", text.substr(0, 46), std::string(), std::string(47, '\0')}) {
        CHECK_FALSE(tickets.peek(guess, "n1"));
        CHECK_FALSE(tickets.spend(guess, "n1"));
    }
    CHECK(tickets.spend(text, "n1"));
}

TEST_CASE("a ticket counts for thirty seconds") {
    TestLoop loop;
    Tickets tickets(loop);
    const std::string text = create(tickets, user("alice"));
    loop.advance(29'999ms);
    CHECK(tickets.peek(text, "n1"));
    loop.advance(1ms);
    CHECK_FALSE(tickets.peek(text, "n1"));
    CHECK_FALSE(tickets.spend(text, "n1"));
}

TEST_CASE("a ticket ends with what its maker came with, and others stay") {
    TestLoop loop;
    Tickets tickets(loop);
    const auto grant = Grant::make();
    const std::string of_alice = create(tickets, user("alice", grant));
    const std::string again = create(tickets, user("alice", grant), "n2");
    const std::string of_bob = create(tickets, user("bob"));
    grant->end();
    CHECK_FALSE(tickets.peek(of_alice, "n1"));
    CHECK_FALSE(tickets.spend(again, "n2"));
    CHECK(tickets.spend(of_bob, "n1"));
    CHECK(tickets.create(user("alice", grant), "n1").error().code == Errc::unauthenticated);
}

TEST_CASE("a grant may outlive the tickets") {
    TestLoop loop;
    const auto grant = Grant::make();
    {
        Tickets tickets(loop);
        create(tickets, user("alice", grant));
    }
    grant->end();
    CHECK(grant->ended());
}

TEST_CASE("tickets are bounded, for each account and in all, and what has expired makes room") {
    TestLoop loop;
    Tickets tickets(loop);
    std::set<std::string> seen;
    const auto fill = [&](const Principal& who) {
        for (std::size_t i = 0; i < Tickets::most_of_an_account; ++i) CHECK(seen.insert(create(tickets, who)).second);
    };
    fill(user("alice"));
    const auto refused = tickets.create(user("alice"), "n1");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::busy);
    CHECK_THAT(refused.error().message, Contains("30 s"));
    for (const char* name : {"bob", "carol", "dave"}) fill(user(name));
    CHECK(seen.size() == Tickets::most);
    CHECK(tickets.create(user("eve"), "n1").error().code == Errc::busy);

    // One that was spent makes room for one.
    CHECK(tickets.spend(*seen.begin(), "n1"));
    CHECK(tickets.create(user("eve"), "n1"));
    CHECK_FALSE(tickets.create(user("eve"), "n1"));
    loop.advance(30s);
    fill(user("alice"));
    CHECK(tickets.create(user("eve"), "n1"));
}

// What the gate makes of a ticket.  The rest of it is in gate_test.cpp.
#include <string>

#include <catch2/catch.hpp>

#include "core/auth/gate.hpp"
#include "tests/core/auth/test_loop.hpp"
#include "tests/core/auth/token_shelf.hpp"
#include "tests/core/store/temp_folder.hpp"

using namespace haas::auth;
using Catch::Contains;
using haas::Errc;
using haas::Result;
using haas::test::TempFolder;
using haas::test::TestLoop;
using haas::test::TokenShelf;
using haas::test::write_file;

namespace {

const std::string bob = "bob:*:operator:n[1-2]\n";
const std::string carol = "carol:*:viewer\n";

struct House {
    TempFolder folder;
    TestLoop loop;
    TokenShelf shelf;
    Tokens tokens{loop, shelf};
    Tickets tickets{loop};
    std::unique_ptr<Gate> gate;

    House() {
        write_file(folder / "token", "0123456789abcdef\n");
        write_file(folder / "users", bob + carol);
        gate = Gate::open({folder / "token", folder / "users", 1}, loop, tokens, tickets).value();
    }
    // Neither a certificate nor a ticket takes a thread: the answer comes from within the call.
    Result<Principal> ask(const Credentials& credentials) {
        Result<Principal> answer = haas::fail(Errc::internal, "not answered");
        gate->authenticate(credentials, [&](Result<Principal> who) { answer = std::move(who); });
        return answer;
    }
    Result<Principal> ask(const std::string& ticket, const std::string& node, const std::string& authorization = "") {
        return ask({authorization, {}, "10.0.0.1:1", {}, ticket, node});
    }
    std::string ticket_of(const std::string& certificate) {
        const auto who = ask({{}, {}, "10.0.0.1:1", certificate});
        return std::string(tickets.create(who.value(), "n1").value().reveal());
    }
};

}  // namespace

TEST_CASE("a ticket is who made it, on its node, and is not spent by being looked at") {
    House house;
    const std::string ticket = house.ticket_of("bob");
    for (int i = 0; i < 2; ++i) {
        const auto who = house.ask(ticket, "n1");
        REQUIRE(who);
        CHECK(who->name() == "bob");
        CHECK(who->may(haas::Right::console_write, "n1"));
        CHECK_FALSE(who->sees("n3"));
    }
    // It decides alone: a browser may send along what it remembers.
    CHECK(house.ask(ticket, "n1", "Bearer wrong").value().name() == "bob");
    const std::string right = "Bearer 0123456789abcdef";
    for (const auto& refused : {house.ask(ticket, "n2"), house.ask("hwt_" + std::string(43, 'A'), "n1"), house.ask("x", "n1", right)}) {
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == Errc::unauthenticated);
        CHECK_THAT(refused.error().message, Contains("POST") && Contains("/console/ticket"));
    }
    CHECK(house.tickets.spend(ticket, "n1"));
    CHECK_FALSE(house.ask(ticket, "n1"));
}

TEST_CASE("a ticket ends when its maker's line of the users file changes") {
    House house;
    const std::string of_bob = house.ticket_of("bob");
    const std::string of_carol = house.ticket_of("carol");
    write_file(house.folder / "users", "bob:*:viewer\n" + carol);
    CHECK(house.gate->reload());
    CHECK_FALSE(house.ask(of_bob, "n1"));
    CHECK(house.ask(of_carol, "n1"));
}

TEST_CASE("where everybody may do everything, a ticket is as good as any other word") {
    const auto gate = Gate::open_to_all();
    std::string name;
    gate->authenticate({{}, {}, "127.0.0.1:1", {}, "x", "n1"}, [&](const Result<Principal>& who) { name = who.value().name(); });
    CHECK(name == "anonymous");
}

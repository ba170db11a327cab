#include "core/auth/gate.hpp"

#include <set>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "tests/core/auth/test_loop.hpp"
#include "tests/core/auth/token_shelf.hpp"
#include "tests/core/store/temp_folder.hpp"

using haas::Errc;
using haas::Result;
using haas::Right;
using haas::Rights;
using haas::auth::Credentials;
using haas::auth::Gate;
using haas::auth::Principal;
using haas::auth::Tickets;
using haas::auth::Tokens;
using haas::test::TempFolder;
using haas::test::TestLoop;
using haas::test::TokenShelf;
using haas::test::write_file;
using Catch::Matchers::Contains;
using namespace std::chrono_literals;

namespace {

const std::string token = "0123456789abcdef";
const std::string admin_pair = "Basic YWRtaW46MDEyMzQ1Njc4OWFiY2RlZg==";  // printf %s admin:0123456789abcdef | base64
const std::string wrong_admin = "Basic YWRtaW46MDEyMzQ1Njc4OWFiY2RlZw==";  // admin:0123456789abcdeg
const std::string alice_pair = "Basic YWxpY2U6b3BlbiBzZXNhbWU=";          // alice:open sesame
const std::string wrong_alice = "Basic YWxpY2U6dGVsbCBtZSBtb3Jl";         // alice:tell me more
const std::string bob_pair = "Basic Ym9iOm9wZW4gc2VzYW1l";                // bob:open sesame
const std::string mallory_pair = "Basic bWFsbG9yeTpvcGVuIHNlc2FtZQ==";    // mallory:open sesame

// mkpasswd 5.5.17 -m yescrypt -R 1
const std::string open_sesame = "$y$j75$dl8iVbwPIXVG3RDJcJCNi0$Nvz1MLy/hllFqm5kfVkZaKHMaDpB/4JiidGRqjsFxl1";
const std::string tell_me_more = "$y$j75$OAQxdH8CuZ8mw0wqJYPMp.$WR1bSHPuvCusPASWouN3Hdc2j3T6z3Q3y626PBNLD2A";

const std::string alice = "alice:" + open_sesame + ":operator:n[1-2]\n";
const std::string carol = "carol:*:viewer\n";

struct House {
    TempFolder folder;
    TestLoop loop;
    TokenShelf shelf;
    Tokens tokens{loop, shelf, [] { return std::int64_t{1'800'000'000}; }};
    Tickets tickets{loop};
    std::unique_ptr<Gate> gate;

    explicit House(const std::string& users = alice + carol) {
        write_file(folder / "token", token + "\n");
        write_users(users);
        auto opened = Gate::open(options(), loop, tokens, tickets);
        if (!opened) FAIL(opened.error().message);
        gate = std::move(*opened);
    }
    Gate::Options options() const { return {folder / "token", folder / "users", 1}; }
    void write_users(const std::string& users) const { write_file(folder / "users", users); }

    Result<Principal> ask(const Credentials& credentials) {
        std::optional<Result<Principal>> answer;
        gate->authenticate(credentials, [&](Result<Principal> who) { answer = std::move(who); });
        REQUIRE(loop.run_until([&] { return answer.has_value(); }));
        return std::move(*answer);
    }
    Result<Principal> ask(const std::string& authorization, const std::string& peer = "10.0.0.1:4711") {
        return ask(Credentials{.authorization = authorization, .token = {}, .peer = peer, .certificate = {}});
    }
    // Whether the answer came from within the call; it is awaited in either case.
    bool answers_at_once(const std::string& authorization, const std::string& peer = "10.0.0.1:4711") {
        bool answered = false;
        gate->authenticate({.authorization = authorization, .token = {}, .peer = peer, .certificate = {}},
                           [&](const Result<Principal>&) { answered = true; });
        const bool at_once = answered;
        REQUIRE(loop.run_until([&] { return answered; }));
        return at_once;
    }
    Result<Tokens::Created> create_token(const std::string& node) {
        std::optional<Result<Tokens::Created>> answer;
        tokens.create({node, Rights{Right::status}, "", 0, "alice"}, [&](Result<Tokens::Created> made) { answer = std::move(made); });
        shelf.work();
        return std::move(*answer);
    }
};

Errc code_of(const Result<Principal>& who) { return who ? Errc::internal : who.error().code; }

}  // namespace

TEST_CASE("open to all: everybody is anonymous, whatever they send") {
    const auto gate = Gate::open_to_all();
    for (const char* header : {"", "Basic !!!", "Bearer x", "nonsense"}) {
        bool answered = false;
        gate->authenticate({header, "x", "10.0.0.1:1", "carol", "x", "n1"}, [&](const Result<Principal>& who) {
            answered = true;
            CHECK(who.value().name() == "anonymous");
            CHECK(who->administers());
        });
        CHECK(answered);
    }
    CHECK(gate->reload());
}

TEST_CASE("the admin token is accepted as Basic and as Bearer, at once") {
    House house;
    for (const std::string& header : {admin_pair, "Bearer " + token}) {
        const auto who = house.ask(header);
        REQUIRE(who);
        CHECK(who->name() == "admin");
        CHECK(who->administers());
        CHECK(house.answers_at_once(header));
    }
}

TEST_CASE("a user's password is verified off the loop, and known for some minutes from there") {
    House house;
    CHECK_FALSE(house.answers_at_once(alice_pair));
    const auto who = house.ask(alice_pair);
    REQUIRE(who);
    CHECK(who->name() == "alice");
    CHECK(who->may(Right::power, "n1"));
    CHECK_FALSE(who->sees("n3"));
    CHECK_FALSE(who->administers("n1"));

    CHECK(house.answers_at_once(alice_pair));
    CHECK(house.answers_at_once(alice_pair, "10.0.0.1:5000"));
    CHECK_FALSE(house.answers_at_once(alice_pair, "10.0.0.2:4711"));
    house.loop.advance(5min);
    CHECK_FALSE(house.answers_at_once(alice_pair));
}

TEST_CASE("all wrong credentials get one and the same answer") {
    House house;
    std::set<std::string> answers;
    for (const std::string& header : {wrong_admin, wrong_alice, bob_pair, mallory_pair, std::string("Basic !!!"),
                                      std::string("Basic Y2Fyb2w6b3BlbiBzZXNhbWU="),  // carol:open sesame, has no password
                                      std::string("Basic Y2Fyb2w6Kg=="),              // carol:*
                                      std::string("Basic Og=="), std::string("Bearer x"), "Token " + token, token}) {
        INFO(header);
        const auto who = house.ask(header);
        REQUIRE_FALSE(who);
        CHECK(who.error().code == Errc::unauthenticated);
        answers.insert(who.error().message);
    }
    CHECK(answers.size() == 1);
    CHECK_THAT(*answers.begin(), !Contains(token));
    const auto nothing = house.ask("");
    CHECK(code_of(nothing) == Errc::unauthenticated);
    CHECK_THAT(nothing.error().message, Contains("needs credentials"));
}

TEST_CASE("a name that nobody has is hashed as well") {
    House house;
    CHECK_FALSE(house.answers_at_once(mallory_pair));
    CHECK_FALSE(house.answers_at_once("Basic Y2Fyb2w6b3BlbiBzZXNhbWU="));  // carol, who has no password
    // The decoy is a real hash: that its password is given makes nobody of nobody.
    CHECK(code_of(house.ask(mallory_pair)) == Errc::unauthenticated);
    // Where nobody has a password, there is nothing to tell apart.
    House lonely(carol);
    CHECK(lonely.answers_at_once(alice_pair));
}

TEST_CASE("a client certificate is the user of its name, with or without a password") {
    House house;
    const auto with = [&](std::string_view certificate, std::string_view authorization = {}) {
        return house.ask(Credentials{authorization, {}, "10.0.0.1:1", certificate});
    };
    CHECK(with("carol").value().name() == "carol");
    CHECK(with("carol")->may(Right::status, "n7"));
    CHECK(with("alice")->name() == "alice");
    CHECK_FALSE(with("alice")->sees("n7"));
    for (const char* nobody : {"mallory", "admin", "anonymous", "Carol", "carol "}) {
        CHECK(code_of(with(nobody)) == Errc::unauthenticated);
    }
    // What stands in the header decides alone.
    CHECK(with("carol", admin_pair).value().name() == "admin");
    CHECK(code_of(with("carol", wrong_alice)) == Errc::unauthenticated);
}

TEST_CASE("a node token is accepted as Bearer and in the URL, and decides alone there") {
    House house;
    const std::string text(house.create_token("n1").value().text.reveal());
    CHECK(house.ask("Bearer " + text).value().sees("n1"));
    CHECK_FALSE(house.ask("Bearer " + text)->sees("n2"));
    CHECK(house.answers_at_once("Bearer " + text));
    const auto in_url = [&](std::string_view url_token, std::string_view authorization) {
        return house.ask(Credentials{authorization, url_token, "10.0.0.1:1", {}});
    };
    CHECK(in_url(text, "").value().name().starts_with("token:"));
    CHECK(in_url(text, admin_pair)->name().starts_with("token:"));
    CHECK(code_of(in_url("0123456789abcdef0123456789abcdef", admin_pair)) == Errc::unauthenticated);
    CHECK(code_of(in_url(token, "")) == Errc::unauthenticated);
    // Not as a password.
    CHECK(code_of(house.ask("Basic " + text)) == Errc::unauthenticated);
}

TEST_CASE("who guesses is slowed down, and nobody else is") {
    House house;
    for (const auto& [right, wrong] : {std::pair(admin_pair, wrong_admin), std::pair(alice_pair, wrong_alice)}) {
        INFO(right);
        REQUIRE(house.ask(right, "10.0.0.9:1"));
        for (int i = 0; i < 5; ++i) {
            CHECK(code_of(house.ask(wrong, "10.0.0.9:2")) == Errc::unauthenticated);
            CHECK(code_of(house.ask(wrong, "10.0.0.8:2")) == Errc::unauthenticated);
        }
        const auto slowed = house.ask(wrong, "10.0.0.9:3");
        CHECK(code_of(slowed) == Errc::busy);
        CHECK_THAT(slowed.error().message, Contains("try again in 1 s"));
        // Nor is a right password told apart, but from where it was given before; the admin token is no guess.
        if (right != admin_pair) CHECK(code_of(house.ask(right, "10.0.0.8:3")) == Errc::busy);
        CHECK(house.ask(right, "10.0.0.9:4"));
        CHECK(house.ask(right, "10.0.0.7:1"));
        CHECK(code_of(house.ask(mallory_pair, "10.0.0.8:1")) == Errc::unauthenticated);
        house.loop.advance(1s);
        CHECK(house.ask(right, "10.0.0.8:3"));
        CHECK(code_of(house.ask(wrong, "10.0.0.8:3")) == Errc::unauthenticated);
    }
}

TEST_CASE("a node token that counts no more is no guess at the admin token") {
    House house;
    const auto made = house.create_token("n1");
    const std::string text(made.value().text.reveal());
    house.tokens.revoke(made->description.id, [](const Result<void>&) {});
    for (int i = 0; i < 20; ++i) CHECK(code_of(house.ask("Bearer " + text)) == Errc::unauthenticated);
    CHECK(house.ask("Bearer " + token));
}

TEST_CASE("requests with one password wait for one hash together") {
    House house;
    int answers = 0;
    for (int i = 0; i < 1000; ++i) {
        house.gate->authenticate({.authorization = alice_pair, .token = {}, .peer = "10.0.0.1:1", .certificate = {}},
                                 [&](const Result<Principal>& who) { answers += who && who->name() == "alice" ? 1 : 0; });
    }
    CHECK(answers == 0);
    REQUIRE(house.loop.run_until([&] { return answers == 1000; }));
}

TEST_CASE("guesses that are sent all at once gain nothing") {
    House house;
    int wrong = 0;
    int busy = 0;
    for (int i = 0; i < 100; ++i) {
        // alice:open sesam0 and on, in base64 by the test's own hand: only the last sextets change.
        const std::string guess = fmt::format("Basic YWxpY2U6{:04}", i);
        house.gate->authenticate({.authorization = guess, .token = {}, .peer = "10.0.0.1:1", .certificate = {}},
                                 [&](const Result<Principal>& who) { ++(code_of(who) == Errc::busy ? busy : wrong); });
    }
    REQUIRE(house.loop.run_until([&] { return wrong + busy == 100; }));
    CHECK(wrong == 5);
}

TEST_CASE("one network's queue does not shut out another network") {
    House house;
    int busy = 0;
    int answers = 0;
    const auto ask = [&](const std::string& header, const std::string& peer) {
        house.gate->authenticate({.authorization = header, .token = {}, .peer = peer, .certificate = {}},
                                 [&](const Result<Principal>& who) {
                                     ++answers;
                                     if (code_of(who) == Errc::busy) ++busy;
                                 });
    };
    // Names from base64 "AAAA:" and on, each another one.
    for (int i = 0; i < 100; ++i) ask(fmt::format("Basic {:04}Og==", i), "10.0.0.66:1");
    CHECK(busy >= 100 - 17 - 16);  // sixteen wait; some of the others may have been hashed meanwhile
    bool welcome = false;
    house.gate->authenticate({.authorization = alice_pair, .token = {}, .peer = "10.0.0.1:1", .certificate = {}},
                             [&](const Result<Principal>& who) { welcome = who.has_value(); });
    REQUIRE(house.loop.run_until([&] { return welcome; }));
    REQUIRE(house.loop.run_until([&] { return answers == 100; }));
}

TEST_CASE("a reload ends who is gone or changed, and leaves the others") {
    House house(alice + carol + "dave:" + tell_me_more + ":admin\n");
    const auto by_certificate = [&](std::string_view name) { return house.ask(Credentials{{}, {}, "10.0.0.1:1", name}); };
    const auto was_alice = house.ask(alice_pair).value();
    const auto was_carol = by_certificate("carol").value();
    const auto was_dave = by_certificate("dave").value();
    const auto admin = house.ask(admin_pair).value();

    house.write_users(alice + "# moved\ncarol:*:operator\n");
    REQUIRE(house.gate->reload());
    CHECK_FALSE(was_alice.grant()->ended());
    CHECK(was_carol.grant()->ended());
    CHECK(was_dave.grant()->ended());
    CHECK_FALSE(admin.grant()->ended());
    CHECK(house.answers_at_once(alice_pair));  // still known
    CHECK(by_certificate("carol").value().may(Right::power, "n1"));
    CHECK(code_of(by_certificate("dave")) == Errc::unauthenticated);

    // A new password: the old one is right no more, though it was known.
    house.write_users("alice:" + tell_me_more + ":operator\n");
    REQUIRE(house.gate->reload());
    CHECK(was_alice.grant()->ended());
    CHECK(code_of(house.ask(alice_pair)) == Errc::unauthenticated);
    CHECK(house.ask(wrong_alice));
}

TEST_CASE("a broken users file leaves all as it was") {
    House house;
    const auto who = house.ask(alice_pair).value();
    for (const std::string& broken : {std::string("alice"), alice + alice, std::string("alice:x:viewer\n")}) {
        house.write_users(broken);
        const auto reloaded = house.gate->reload();
        REQUIRE_FALSE(reloaded);
        CHECK_THAT(reloaded.error().message, Contains("users") && Contains("line"));
    }
    std::filesystem::remove(house.folder / "users");
    CHECK_FALSE(house.gate->reload());
    CHECK_FALSE(who.grant()->ended());
    CHECK(house.answers_at_once(alice_pair));
    CHECK(house.ask(alice_pair, "10.0.0.2:1"));
}

TEST_CASE("who is removed while the password is being hashed does not get in") {
    House house;
    std::optional<Result<Principal>> answer;
    house.gate->authenticate({.authorization = alice_pair, .token = {}, .peer = "10.0.0.1:1", .certificate = {}},
                             [&](Result<Principal> who) { answer = std::move(who); });
    house.write_users(carol);
    REQUIRE(house.gate->reload());
    REQUIRE(house.loop.run_until([&] { return answer.has_value(); }));
    CHECK_FALSE(*answer);
    CHECK(code_of(house.ask(alice_pair)) == Errc::unauthenticated);
}

TEST_CASE("a users file may come later; once there was one, its loss keeps who was in it") {
    const TempFolder folder;
    TestLoop loop;
    TokenShelf shelf;
    Tokens tokens(loop, shelf);
    const Tickets tickets(loop);
    write_file(folder / "token", token);
    const auto gate = Gate::open({folder / "token", folder / "users", 1}, loop, tokens, tickets).value();
    CHECK(gate->reload());
    write_file(folder / "users", alice);
    CHECK(gate->reload());
    std::filesystem::remove(folder / "users");
    CHECK(gate->reload().error().code == Errc::not_found);
}

TEST_CASE("the right admin token is never held up by somebody's wrong ones") {
    House house;
    for (int i = 0; i < 20; ++i) CHECK_FALSE(house.ask("Bearer not-the-admin-token-" + std::to_string(i)));
    CHECK(code_of(house.ask("Bearer not-the-admin-token-either")) == Errc::busy);
    CHECK(house.ask("Bearer " + token));
}

TEST_CASE("a gate that cannot be opened says why, and so does a check") {
    const TempFolder folder;
    TestLoop loop;
    TokenShelf shelf;
    Tokens tokens(loop, shelf);
    const Tickets tickets(loop);
    write_file(folder / "token", token);
    write_file(folder / "users", alice);
    const auto both = [&](const Gate::Options& options) {
        const auto checked = Gate::check(options);
        const auto opened = Gate::open(options, loop, tokens, tickets);
        CHECK(checked.has_value() == opened.has_value());
        if (!checked) CHECK(checked.error().message == opened.error().message);
        return checked ? std::string() : checked.error().message;
    };
    CHECK(both({folder / "token", folder / "users", 1}).empty());
    CHECK(both({folder / "token", {}, 1}).empty());
    CHECK(both({folder / "token", folder / "nobody", 1}).empty());
    write_file(folder / "users", "alice\n");
    CHECK_THAT(both({folder / "token", folder / "users", 1}), Contains("line 1"));
    write_file(folder / "token", "short");
    CHECK_THAT(both({folder / "token", {}, 1}), Contains("16 or more"));
}

TEST_CASE("an answer may be the end of the gate, and none comes after it") {
    House house;
    bool answered = false;
    house.gate->authenticate({.authorization = alice_pair, .token = {}, .peer = "10.0.0.1:1", .certificate = {}},
                             [&](const Result<Principal>&) { answered = true; });
    house.gate->authenticate({.authorization = admin_pair, .token = {}, .peer = "10.0.0.1:1", .certificate = {}},
                             [&](const Result<Principal>& who) {
                                 CHECK(who);
                                 house.gate.reset();
                             });
    CHECK(house.gate == nullptr);
    bool posted = false;
    house.loop.post([&] { posted = true; });
    REQUIRE(house.loop.run_until([&] { return posted; }));
    CHECK_FALSE(answered);
}

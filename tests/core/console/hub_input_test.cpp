#include <catch2/catch.hpp>

#include "tests/core/console/fake_line.hpp"

using namespace haas::console;
using Catch::Contains;
using haas::Effect;
using haas::Errc;
using haas::Error;
using haas::driver::ConsoleState;
using haas::driver::ConsoleWritten;
using namespace std::chrono_literals;

TEST_CASE("only who has the right types, and the hand-over is seen by all") {
    Desk desk;
    desk.connect();
    const auto alice = desk.view("alice"), bob = desk.view("bob");
    desk.type(*alice, "x");
    CHECK(desk.answers.empty());  // not from inside
    desk.loop.run();
    REQUIRE(desk.answers.size() == 1);
    CHECK(desk.answers[0].error->code == Errc::conflict);
    REQUIRE(alice->viewer->grab(false));
    REQUIRE(alice->viewer->grab(false));
    const auto refused = bob->viewer->grab(false);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::conflict);
    CHECK_THAT(refused.error().message, Contains("alice"));
    CHECK(desk.hub->state().writer == "alice");
    REQUIRE(bob->viewer->grab(true));
    CHECK(bob->viewer->may_type());
    CHECK_FALSE(alice->viewer->may_type());
    desk.type(*alice, "x");
    bob->viewer->release();
    alice->viewer->release();
    desk.loop.run();
    CHECK_THAT(desk.answers[1].error->message, Contains("bob"));
    CHECK(desk.hub->state().writer.empty());
    for (const auto& screen : {alice, bob}) CHECK(screen->text == "<writer:alice><writer:bob, taken from alice><writer:>");
    CHECK(desk.sent.empty());
}

TEST_CASE("who leaves gives the right back") {
    Desk desk;
    desk.connect();
    auto alice = desk.view("alice");
    REQUIRE(alice->viewer->grab(false));
    alice.reset();
    CHECK(desk.hub->state().writer.empty());
    CHECK(desk.view("bob")->viewer->grab(false));
}

TEST_CASE("a paste of 64 KiB and more goes whole and in order, one write at a time") {
    Desk desk;
    desk.connect();
    const auto alice = desk.view("alice");
    REQUIRE(alice->viewer->grab(false));
    std::string paste;
    for (int i = 0; i < 150'000; ++i) paste.push_back(static_cast<char>(i * 7 % 256));
    desk.type(*alice, paste);
    desk.type(*alice, "\n");
    alice->viewer->send_break([&](const haas::Result<void>& result) { desk.answers.push_back({result ? 1U : 0U, {}}); });
    desk.type(*alice, "s");
    desk.loop.run();
    CHECK(desk.sent.size() == 1);
    // In small parts: whoever takes over waits for one of them.
    CHECK(desk.sent[0].bytes.size() == 1024);
    CHECK(desk.take_all() == paste + "\n<break>s");
    REQUIRE(desk.answers.size() == 4);
    CHECK(desk.answers[0].accepted == 150'000);
    for (const ConsoleWritten& answer : desk.answers) CHECK_FALSE(answer.error);
}

TEST_CASE("a failure says how much was taken, and what waits behind it goes on") {
    Desk desk;
    desk.connect();
    const auto alice = desk.view("alice");
    REQUIRE(alice->viewer->grab(false));
    desk.type(*alice, std::string(100'000, 'a'));
    desk.type(*alice, "b");
    desk.loop.run();
    auto first = std::move(desk.sent[0]);
    desk.sent.clear();
    first.written({1'024, std::nullopt});
    auto second = std::move(desk.sent[0]);
    desk.sent.clear();
    second.written({500, Error{Errc::timed_out, "no answer", Effect::unknown}});
    CHECK(desk.take_all() == "b");
    REQUIRE(desk.answers.size() == 2);
    CHECK(desk.answers[0].accepted == 1'524);
    CHECK(desk.answers[0].error->effect == Effect::unknown);
    CHECK_FALSE(desk.answers[1].error);
}

TEST_CASE("who loses the right loses what was not sent yet") {
    Desk desk;
    desk.connect();
    const auto alice = desk.view("alice"), bob = desk.view("bob");
    REQUIRE(alice->viewer->grab(false));
    desk.type(*alice, std::string(100'000, 'a'));
    desk.type(*alice, "never");
    desk.loop.run();
    REQUIRE(bob->viewer->grab(true));
    desk.type(*bob, "bob");
    CHECK(desk.take_all() == std::string(1'024, 'a') + "bob");
    REQUIRE(desk.answers.size() == 3);
    CHECK(desk.answers[0].accepted == 0);
    CHECK_THAT(desk.answers[0].error->message, Contains("bob has taken over"));
    CHECK(desk.answers[1].accepted == 1'024);
    CHECK(desk.answers[1].error->code == Errc::conflict);
    CHECK_FALSE(desk.answers[2].error);
}

TEST_CASE("nothing is typed late: what waits fails when the console goes, and so does what comes then") {
    Desk desk;
    const auto alice = desk.view("alice");
    REQUIRE(alice->viewer->grab(false));
    desk.type(*alice, "early");
    desk.connect();
    desk.type(*alice, "sent");
    desk.type(*alice, "waits");
    desk.change(ConsoleState::disconnected, "no answer");
    desk.type(*alice, "late");
    desk.loop.run();
    REQUIRE(desk.answers.size() == 3);
    for (const ConsoleWritten& answer : desk.answers) {
        CHECK(answer.error->code == Errc::state);
        CHECK(answer.error->effect == Effect::none);
    }
    CHECK(desk.take_all() == "sent");
    CHECK(desk.answers.size() == 4);
    desk.change(ConsoleState::connected);
    CHECK(desk.hub->state().writer == "alice");
    desk.type(*alice, "on");
    CHECK(desk.take_all() == "on");
}

TEST_CASE("a line that is given up answers what it had, once, though it answers late itself") {
    Desk desk;
    desk.connect();
    const auto alice = desk.view("alice");
    REQUIRE(alice->viewer->grab(false));
    desk.type(*alice, "sent");
    auto sent = std::move(desk.sent[0]);
    desk.sent.clear();
    desk.hub->disconnect({Errc::unreachable, "gone", Effect::none});
    desk.loop.run();
    REQUIRE(desk.answers.size() == 1);
    CHECK(desk.answers[0].error->effect == Effect::unknown);
    desk.connect();
    desk.type(*alice, "new");
    sent.written({4, std::nullopt});
    desk.loop.run();
    CHECK(desk.answers.size() == 1);
    CHECK(desk.take_all() == "new");
}

TEST_CASE("too much input is refused, not kept") {
    Desk desk;
    desk.connect();
    const auto alice = desk.view("alice");
    REQUIRE(alice->viewer->grab(false));
    desk.type(*alice, std::string(200'000, 'a'));
    desk.type(*alice, std::string(200'000, 'b'));
    desk.type(*alice, std::string(200'000, 'c'));
    desk.loop.run();
    REQUIRE(desk.answers.size() == 1);
    CHECK(desk.answers[0].error->code == Errc::busy);
    CHECK(desk.take_all().size() == 400'000);
}

TEST_CASE("who types is marked: at first, after a hand-over, and once a minute") {
    Desk desk;
    desk.connect();
    const auto alice = desk.view("alice");
    REQUIRE(alice->viewer->grab(false));
    for (int i = 0; i < 13; ++i) {
        desk.type(*alice, "x");
        desk.take_all();
        desk.loop.advance(10s);
    }
    alice->viewer->send_break([](const haas::Result<void>&) {});
    desk.take_all();
    CHECK(alice->text == "<writer:alice><typed:alice><typed:alice><typed:alice><break:alice>");
}

TEST_CASE("the hub that goes answers everything") {
    Desk desk;
    desk.connect();
    const auto alice = desk.view("alice");
    REQUIRE(alice->viewer->grab(false));
    desk.type(*alice, "sent");
    desk.type(*alice, "waits");
    desk.hub.reset();
    desk.type(*alice, "late");
    desk.loop.run();
    REQUIRE(desk.answers.size() == 3);
    CHECK(desk.answers[0].error->effect == Effect::none);
    CHECK(desk.answers[1].error->effect == Effect::unknown);
    CHECK(desk.answers[2].error->code == Errc::state);
}

TEST_CASE("who leaves types nothing any more, also when somebody else has the right by then") {
    Desk desk;
    desk.connect();
    auto alice = desk.view("alice");
    const auto bob = desk.view("bob");
    REQUIRE(alice->viewer->grab(false));
    desk.type(*alice, std::string(5'000, 'a'));
    desk.type(*alice, "never");
    desk.loop.run();
    alice.reset();
    REQUIRE(bob->viewer->grab(false));
    desk.type(*bob, "bob");
    CHECK(desk.take_all() == std::string(1'024, 'a') + "bob");
    REQUIRE(desk.answers.size() == 3);
    CHECK(desk.answers[0].error->code == Errc::cancelled);
}

#include "core/node/queue.hpp"

#include <array>

#include <catch2/catch.hpp>

#include "tests/core/node/house.hpp"

using namespace std::chrono_literals;
using haas::Effect;
using haas::Errc;
using haas::driver::Verb;
using haas::node::FakeLoop;
using haas::node::House;
using haas::node::machine;
using haas::node::Queue;
using Asked = std::vector<std::string>;

TEST_CASE("operations of one node run one after the other, in order") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").hold = true;
    house.registry.power("n", {.verb = Verb::power_on}, house.note_power());
    house.registry.power_status("n", house.note_state());
    house.registry.power("n", {.verb = Verb::power_off}, house.note_power());
    house.loop.advance(1ms);
    CHECK(machine("n").asked == Asked{"status"});
    machine("n").release();
    house.loop.advance(1ms);
    CHECK(machine("n").asked == Asked{"status", "power_on", "status", "status", "power_off"});
    REQUIRE(house.states.size() == 1);
    CHECK(house.states.front() == haas::driver::Power::on);
}

TEST_CASE("a silent node delays no other") {
    House house;
    REQUIRE(house.add("dead"));
    REQUIRE(house.add("live"));
    machine("dead").hold = true;
    house.registry.power("dead", {.verb = Verb::power_on}, house.note_power());
    house.registry.power("live", {.verb = Verb::power_on}, house.note_power());
    house.loop.advance(1ms);
    REQUIRE(house.outcomes.size() == 1);
    CHECK(house.outcomes.front());
    CHECK(machine("live").power == haas::obm::Power::on);
}

TEST_CASE("concurrent reads share one exchange, and a read after a change does not") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").hold = true;
    for (int i = 0; i < 5; ++i) house.registry.power_status("n", house.note_state());
    house.loop.advance(1ms);
    CHECK(machine("n").count("status") == 1);
    house.registry.power_status("n", house.note_state());  // it is still under way
    machine("n").release();
    house.loop.advance(1ms);
    CHECK(house.states.size() == 6);
    CHECK(machine("n").count("status") == 1);

    machine("n").hold = true;
    house.states.clear();
    house.registry.power_status("n", house.note_state());
    house.registry.power("n", {.verb = Verb::power_on}, house.note_power());
    house.registry.power_status("n", house.note_state());
    machine("n").release();
    house.loop.advance(1ms);
    REQUIRE(house.states.size() == 2);
    CHECK(house.states.front() == haas::driver::Power::off);
    CHECK(house.states.back() == haas::driver::Power::on);
}

TEST_CASE("every operation is answered by its deadline, also one that waits") {
    House house({.deadline = 10s});
    REQUIRE(house.add("n"));
    machine("n").hold = true;
    house.registry.power("n", {.verb = Verb::power_on}, house.note_power());
    house.loop.advance(5s);
    house.registry.power("n", {.verb = Verb::power_off}, house.note_power());
    house.loop.advance(4s);
    CHECK(house.outcomes.empty());
    house.loop.advance(1500ms);  // the first one's deadline, and the grace of its driver
    REQUIRE(house.outcomes.size() == 1);
    CHECK(house.outcomes.front().error().code == Errc::timed_out);
    CHECK(house.outcomes.front().error().effect == Effect::none);  // its status was asked, nothing was sent
    house.loop.advance(5s);
    REQUIRE(house.outcomes.size() == 2);
    CHECK(house.outcomes.back().error().code == Errc::timed_out);
    CHECK(machine("n").count("power_on") + machine("n").count("power_off") == 0);
}

TEST_CASE("an operation that expires while it waits was not sent, and says so") {
    House house({.deadline = 30s});
    REQUIRE(house.add("n"));
    machine("n").hold = true;
    for (int i = 0; i < 3; ++i) house.registry.power("n", {.verb = Verb::power_on}, house.note_power());
    house.loop.advance(31s);
    REQUIRE(house.outcomes.size() == 3);
    for (const auto& outcome : house.outcomes) {
        CHECK(outcome.error().code == Errc::timed_out);
        CHECK(outcome.error().effect == Effect::none);
    }
}

TEST_CASE("a node takes 64 waiting operations and refuses the next as busy") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").hold = true;
    for (int i = 0; i < 65; ++i) house.registry.power("n", {.verb = Verb::power_on}, house.note_power());
    CHECK(house.outcomes.empty());
    house.registry.power("n", {.verb = Verb::power_on}, house.note_power());
    REQUIRE(house.outcomes.size() == 1);
    CHECK(house.outcomes.front().error().code == Errc::busy);
}

TEST_CASE("a paused queue begins nothing, tells when what ran has ended, and goes on where it was") {
    FakeLoop loop;
    const auto queue = std::make_shared<Queue>(loop);
    std::vector<std::string> story;
    std::function<void()> finish;
    struct Step final : haas::node::Operation {
        Step(std::vector<std::string>& into, std::string mine, haas::Loop::Time by, std::function<void()>& end)
            : Operation(by), story(into), name(std::move(mine)), finish(end) {}
        void start(haas::driver::Node&, Finished finished) override {
            story.push_back(name);
            finish = std::move(finished);
        }
        void refuse(const haas::Error& why) override { story.push_back(name + " " + std::string(haas::name(why.code))); }
        void cancel() override {}
        std::vector<std::string>& story;
        std::string name;
        std::function<void()>& finish;
    };
    // None of these steps looks at its driver node.
    alignas(haas::driver::Node) std::array<unsigned char, sizeof(haas::driver::Node)> nobody{};
    queue->serve(reinterpret_cast<haas::driver::Node*>(nobody.data()));
    const auto submit = [&](const std::string& name, haas::Loop::Duration time) {
        queue->submit(std::make_shared<Step>(story, name, loop.now() + time, finish));
    };
    const auto end_step = [&] { std::exchange(finish, nullptr)(); };
    submit("a", 10s);
    submit("b", 10s);
    submit("short", 1s);
    queue->pause([&] { story.push_back("idle"); });
    CHECK(story == Asked{"a"});
    end_step();
    CHECK(story == Asked{"a", "idle"});
    submit("c", 10s);
    loop.advance(2s);
    CHECK(story == Asked{"a", "idle", "short timeout"});
    queue->resume();
    CHECK(story == Asked{"a", "idle", "short timeout", "b"});
    end_step();
    CHECK(story.back() == "c");
    queue->pause([&] { story.push_back("idle"); });
    submit("d", 10s);
    queue->close({Errc::conflict, "going", Effect::none}, [&] { story.push_back("closed"); });
    CHECK(story.back() == "d conflict");
    end_step();
    CHECK(story == Asked{"a", "idle", "short timeout", "b", "c", "d conflict", "idle", "closed"});
    queue->resume();
    submit("e", 10s);
    CHECK(story.back() == "e conflict");
    queue->reopen();
    submit("f", 10s);
    CHECK(story.back() == "f");
    end_step();
    CHECK(queue->idle());
}

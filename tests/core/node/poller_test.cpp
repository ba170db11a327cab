#include "core/node/poller.hpp"

#include <vector>

#include <catch2/catch.hpp>

#include "tests/core/node/fake_loop.hpp"

using namespace std::chrono_literals;
using haas::Loop;
using haas::node::FakeLoop;
using haas::node::Poller;

namespace {

// Nodes that are asked in turn, and answer when they are told.
struct Round {
    Poller::Access access() {
        return {[this] { return count; }, [this](std::function<void()> answered) {
                    times.push_back(loop.now());
                    if (leave_out) return false;
                    waiting.push_back(std::move(answered));
                    most = std::max(most, waiting.size());
                    if (answer_at_once) answer();
                    return true;
                }};
    }
    void answer() {
        for (auto all = std::exchange(waiting, {}); const auto& one : all) one();
    }

    FakeLoop loop;
    std::size_t count = 1;
    bool leave_out = false;
    bool answer_at_once = true;
    std::vector<Loop::Time> times;
    std::vector<std::function<void()>> waiting;
    std::size_t most = 0;
};

}  // namespace

TEST_CASE("one node is asked about once an interval, never quite on time") {
    Round round;
    Poller poller(round.loop, 60s, round.access(), 1);
    poller.start();
    round.loop.advance(1h);
    REQUIRE(round.times.size() >= 54);
    CHECK(round.times.size() <= 66);
    bool jittered = false;
    for (std::size_t i = 1; i < round.times.size(); ++i) {
        const auto pause = round.times[i] - round.times[i - 1];
        CHECK(pause >= 48s);
        CHECK(pause <= 72s);
        jittered = jittered || pause != round.times[1] - round.times[0];
    }
    CHECK(jittered);
}

TEST_CASE("many nodes are spread over the interval") {
    Round round;
    round.count = 10'000;
    Poller poller(round.loop, 60s, round.access(), 1);
    poller.start();
    round.loop.advance(60s);
    CHECK(round.times.size() >= 9'500);
    CHECK(round.times.size() <= 10'500);
    // No second has many more than its sixtieth part.
    std::vector<int> in_second(62);
    for (const Loop::Time time : round.times) {
        ++in_second[static_cast<std::size_t>((time - round.times.front()) / 1s)];
    }
    for (std::size_t second = 0; second < 59; ++second) {
        CHECK(in_second[second] > 120);
        CHECK(in_second[second] < 220);
    }
}

TEST_CASE("a bounded number is under way, and an answer makes room for the next at once") {
    Round round;
    round.count = 10'000;
    round.answer_at_once = false;
    Poller poller(round.loop, 1s, round.access(), 1);
    poller.start();
    round.loop.advance(10s);
    CHECK(round.times.size() == Poller::most_under_way);
    CHECK(round.most == Poller::most_under_way);
    const std::function<void()> one = round.waiting.back();
    round.waiting.pop_back();
    one();
    CHECK(round.times.size() == Poller::most_under_way + 1);
    round.answer_at_once = true;
    round.answer();
    round.loop.advance(1s);
    CHECK(round.times.size() > 9'000);
    CHECK(round.most == Poller::most_under_way);
}

TEST_CASE("what is left out counts as come to, and waits for nobody") {
    Round round;
    round.count = 10;
    round.leave_out = true;
    Poller poller(round.loop, 10s, round.access(), 1);
    poller.start();
    round.loop.advance(100s);
    CHECK(round.times.size() >= 90);
    CHECK(round.times.size() <= 110);
}

TEST_CASE("without nodes it looks for some now and then") {
    Round round;
    round.count = 0;
    round.leave_out = true;
    Poller poller(round.loop, 10s, round.access(), 1);
    poller.start();
    round.loop.advance(60s);
    CHECK(round.times.size() >= 4);
    CHECK(round.times.size() <= 8);
}

TEST_CASE("stopped is stopped, and an answer may come after the end") {
    Round round;
    round.answer_at_once = false;
    {
        Poller poller(round.loop, 1s, round.access(), 1);
        poller.start();
        round.loop.advance(3s);
        const std::size_t asked = round.times.size();
        CHECK(asked >= 2);
        poller.stop();
        round.loop.advance(10s);
        CHECK(round.times.size() == asked);
        CHECK(round.loop.timers() == 0);
    }
    round.answer();
    CHECK(round.loop.timers() == 0);
}

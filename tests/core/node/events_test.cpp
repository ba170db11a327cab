#include "core/node/events.hpp"

#include <optional>

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using haas::node::Event;
using haas::node::Events;
using Time = std::chrono::system_clock::time_point;
using Ids = std::vector<std::uint64_t>;

namespace {

// A wall clock in the hands of the test.
Time today = Time(std::chrono::seconds(1'795'000'000));
Time clock_of_today() { return today; }

Ids ids(const std::vector<Event>& events) {
    Ids all;
    for (const Event& event : events) all.push_back(event.id);
    return all;
}

}  // namespace

TEST_CASE("an event reaches whoever listens, whole, and is there for whoever comes back") {
    Events events(Events::usual_bytes, clock_of_today);
    std::vector<Event> heard;
    const auto subscription = events.subscribe([&](const auto& event) { heard.push_back(*event); });
    const std::uint64_t before = events.last();
    events.publish("power", "n1", {{"power", "on"}, {"ms", std::int64_t{-3}}, {"known", true}});
    events.publish("node", "n2", {});
    REQUIRE(heard.size() == 2);
    CHECK(heard[0] == Event{before + 1, today, "power", "n1", {{"power", "on"}, {"ms", std::int64_t{-3}}, {"known", true}}});
    CHECK(heard[1].id == before + 2);
    CHECK(events.since(before).events == heard);
    CHECK_FALSE(events.since(before).gap);
    CHECK(ids(events.since(before + 1).events) == Ids{before + 2});
    CHECK(events.since(before + 2).events.empty());
    CHECK_FALSE(events.since(before + 2).gap);
}

TEST_CASE("the ring is bounded in bytes, and says what it has lost") {
    Events events(4096, clock_of_today);
    const std::uint64_t before = events.last();
    for (int i = 0; i < 1000; ++i) events.publish("power", "node-" + std::to_string(i), {{"power", "on"}});
    const auto all = events.since(before);
    CHECK(all.gap);
    CHECK(all.events.size() > 10);
    CHECK(all.events.size() < 4096 / 40);
    CHECK(all.events.back().id == before + 1000);
    CHECK(all.events.back().node == "node-999");
    CHECK(all.events.front().id + all.events.size() == before + 1001);
    const auto rest = events.since(all.events.front().id - 1);
    CHECK_FALSE(rest.gap);
    CHECK(rest.events == all.events);
    CHECK(events.since(all.events.front().id - 2).gap);

    events.publish("power", std::string(5000, 'x'), {});  // alone it is too much
    CHECK(events.last() == before + 1001);
    CHECK(events.since(before + 1000).gap);
    CHECK_FALSE(events.since(before + 1001).gap);
}

TEST_CASE("ids rise from one start to the next, and an id of the one before is a gap") {
    std::uint64_t last = 0;
    {
        Events events(Events::usual_bytes, clock_of_today);
        for (int i = 0; i < 1000; ++i) events.publish("node", "n", {});
        last = events.last();
    }
    today += 1s;
    Events events(Events::usual_bytes, clock_of_today);
    CHECK(events.last() >= last);
    CHECK(events.since(last).gap);
    events.publish("node", "n", {});
    CHECK(events.since(last).gap);
    CHECK(events.since(last).events.size() == 1);
    CHECK(events.since(events.last() + 1).gap);  // from a future that is no more: the clock was set back
    CHECK(events.since(0).gap);
    CHECK(events.since(~std::uint64_t{0}).gap);
}

TEST_CASE("a subscription ends when it is destroyed, also from inside a callback, and others go on") {
    Events events;
    int first = 0;
    int second = 0;
    std::optional<Events::Subscription> one;
    one = events.subscribe([&](const auto&) {
        ++first;
        one.reset();
    });
    const auto two = events.subscribe([&](const auto&) { ++second; });
    events.publish("node", "n", {});
    events.publish("node", "n", {});
    CHECK(first == 1);
    CHECK(second == 2);
    Events::Subscription moved;
    {
        auto three = events.subscribe([&](const auto&) { ++first; });
        moved = std::move(three);
    }
    events.publish("node", "n", {});
    CHECK(first == 2);
    moved = Events::Subscription();
    events.publish("node", "n", {});
    CHECK(first == 2);
}

TEST_CASE("what is published from inside a callback comes after, to all, in order") {
    Events events;
    const std::uint64_t before = events.last();
    Ids first;
    Ids second;
    std::optional<Events::Subscription> late;
    Ids third;
    const auto one = events.subscribe([&](const auto& event) {
        first.push_back(event->id - before);
        if (event->kind != "begin") return;
        late = events.subscribe([&](const auto& later) { third.push_back(later->id - before); });
        events.publish("next", "n", {});
        events.publish("next", "n", {});
    });
    const auto two = events.subscribe([&](const auto& event) { second.push_back(event->id - before); });
    events.publish("begin", "n", {});
    CHECK(first == Ids{1, 2, 3});
    CHECK(second == Ids{1, 2, 3});
    CHECK(third == Ids{1, 2, 3});
}

TEST_CASE("a subscription may outlive what it listens to") {
    std::optional<Events> events(std::in_place);
    const auto subscription = events->subscribe([](const auto&) {});
    events.reset();
}

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <random>

#include "plugins/ipmi/engine/schedule.hpp"

using namespace haas::ipmi;
using namespace std::chrono_literals;

TEST_CASE("Alarms ring in the order of their moments, whatever order they were set in") {
    std::array<Alarm, 500> alarms;
    std::array<Time, 500> when;
    Schedule schedule;
    std::mt19937 random(1);
    for (std::size_t i = 0; i < alarms.size(); ++i) {
        schedule.set(alarms[i], Time(std::chrono::seconds(random() % 1000)));
        // Set anew, some earlier and some later; every seventh taken out.
        when[i] = Time(std::chrono::seconds(random() % 1000));
        schedule.set(alarms[i], when[i]);
        if (i % 7 == 0) schedule.set(alarms[i], std::nullopt);
    }
    std::size_t rung = 0;
    Time last{};
    while (const auto next = schedule.next()) {
        CHECK(schedule.pop_due(*next - 1ns) == nullptr);
        const Alarm* alarm = schedule.pop_due(*next);
        REQUIRE(alarm != nullptr);
        const auto index = static_cast<std::size_t>(alarm - alarms.data());
        CHECK(index % 7 != 0);
        CHECK(when[index] == *next);
        CHECK(*next >= last);
        last = *next;
        ++rung;
    }
    CHECK(rung == alarms.size() - (alarms.size() + 6) / 7);
}

TEST_CASE("Taking out an alarm that is not set is harmless") {
    Alarm alarm;
    Schedule schedule;
    schedule.set(alarm, std::nullopt);
    CHECK_FALSE(schedule.next());
    CHECK(schedule.pop_due(Time::max()) == nullptr);
}

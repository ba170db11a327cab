#include "core/node/transitions.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using haas::Loop;
using haas::driver::Power;
using haas::driver::Verb;
using haas::node::Transition;
using haas::node::Transitions;

namespace {

const int driver = 0;
const Loop::Time begin{1h};

}  // namespace

TEST_CASE("one BMC is one transition, another driver's or another name another") {
    Transitions all;
    const int other = 0;
    const auto one = all.of({&driver, "192.0.2.7:623"}, begin);
    CHECK(all.of({&driver, "192.0.2.7:623"}, begin) == one);
    CHECK(all.find({&driver, "192.0.2.7:623"}) == one.get());
    CHECK(all.of({&driver, "192.0.2.8:623"}, begin) != one);
    CHECK(all.of({&other, "192.0.2.7:623"}, begin) != one);
    CHECK(all.find({nullptr, "192.0.2.7:623"}) == nullptr);
}

TEST_CASE("what is at work is remembered, what is kept is kept, and the rest does not pile up") {
    Transitions all;
    all.of({nullptr, "at work"}, begin)->begin(Verb::power_off, begin + 100s);
    const auto kept = all.of({nullptr, "kept"}, begin);
    for (int i = 0; i < 10'000; ++i) all.of({nullptr, "n" + std::to_string(i)}, begin + 101s);
    CHECK(all.of({nullptr, "at work"}, begin + 101s)->must_wait(Verb::power_on, Power::on, begin + 101s));
    CHECK(all.of({nullptr, "kept"}, begin + 101s) == kept);
    std::size_t left = 0;
    for (int i = 0; i < 10'000; ++i) left += all.find({nullptr, "n" + std::to_string(i)}) != nullptr;
    CHECK(left <= 128);
    for (int i = 0; i < 200; ++i) all.of({nullptr, "m" + std::to_string(i)}, begin + 100s + Transition::settle_time);
    CHECK(all.find({nullptr, "at work"}) == nullptr);
}

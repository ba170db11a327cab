#include "core/node/registry.hpp"

#include <catch2/catch.hpp>

#include "tests/core/node/house.hpp"

using namespace std::chrono_literals;
using haas::Error;
using haas::Errc;
using haas::Fields;
using haas::Result;
using haas::driver::Verb;
using haas::node::bare_type;
using haas::node::House;
using haas::node::machine;
using haas::node::scripted_type;
using Labels = std::vector<std::string>;

namespace {

struct Answer {
    haas::node::Done note() {
        return [this](Result<void> given) { result = std::move(given); };
    }
    std::optional<Result<void>> result;
};

}  // namespace

TEST_CASE("labels are sorted") {
    House house;
    for (const char* label : {"b", "a10", "a9", "c"}) REQUIRE(house.add(label));
    CHECK(house.registry.labels() == Labels{"a10", "a9", "b", "c"});
}

TEST_CASE("what drivers publish is shown, merged by name") {
    House house;
    REQUIRE(house.add("n"));
    house.loop.run();
    CHECK(house.registry.show("n").value().facts == Fields{{"firmware", "1.2"}, {"slots", std::int64_t{4}}});
    house.registry.publish_facts(machine("n").node_id, {{"firmware", "1.3"}}, {"slots"});
    CHECK(house.registry.show("n").value().facts == Fields{{"firmware", "1.3"}});
    house.registry.publish_facts(9999, {{"firmware", "1.4"}}, {});
    CHECK(house.registry.show("n").value().driver == "test.scripted");
}

TEST_CASE("unknown nodes are not found by any call") {
    House house;
    Answer answer;
    house.registry.remove("n", answer.note());
    CHECK(answer.result.value().error().code == Errc::not_found);
    CHECK(answer.result.value().error().message == "Node n does not exist.");
    CHECK(house.registry.show("n").error().code == Errc::not_found);
    CHECK(house.registry.boot_devices("n").error().code == Errc::not_found);
    house.registry.power_status("n", house.note_state());
    CHECK(house.states.front().error().code == Errc::not_found);
    house.registry.put_metadata("n", "k", "1", answer.note());
    CHECK(answer.result.value().error().code == Errc::not_found);
}

TEST_CASE("stored nodes come back, also those that cannot be used now") {
    House house;
    house.restore(House::record("refused"));
    house.restore(House::record("lost", "http://gone.example.org/x"));
    house.restore(House::record("good"));
    CHECK(house.registry.labels() == Labels{"good", "lost", "refused"});
    CHECK(house.registry.show("good").value().trouble.empty());
    CHECK(house.registry.show("refused").value().trouble == "host 'refused' is refused");
    CHECK(house.registry.show("lost").value().trouble.find("http://gone.example.org/x") != std::string::npos);
    CHECK(house.registry.show("lost").value().driver.empty());
    house.registry.power("lost", {.verb = Verb::power_on}, house.note_power());
    CHECK(house.outcomes.front().error().code == Errc::unsupported);
    CHECK(house.outcomes.front().error().message.find("haas.cfg") != std::string::npos);
    Answer answer;
    house.registry.remove("lost", answer.note());
    house.loop.run();
    CHECK(answer.result.value());
}

TEST_CASE("two drivers of one type are refused") {
    House house;
    CHECK_THROWS_WITH(house.add_driver(haas::node::bare_entry(), "other.bare"),
                      Catch::Contains("other.bare") && Catch::Contains("test.bare") && Catch::Contains(std::string(bare_type)));
    CHECK(house.registry.driver_of(scripted_type)->extension() == "test.scripted");
    CHECK(house.registry.driver_of("http://x.example.org/") == nullptr);
}

TEST_CASE("stopping finishes what runs and refuses what waits") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").hold = true;
    house.registry.power("n", {.verb = Verb::power_on}, house.note_power());
    house.registry.power("n", {.verb = Verb::power_off}, house.note_power());
    house.loop.run();
    house.stop(10s);
    house.loop.run();
    REQUIRE(house.outcomes.size() == 1);
    CHECK(house.outcomes.front().error().code == Errc::cancelled);
    CHECK_FALSE(house.stopped);
    machine("n").release();
    house.loop.advance(10ms);
    REQUIRE(house.outcomes.size() == 2);
    CHECK(house.outcomes.back());
    CHECK(house.stopped);
    CHECK(machine("n").detached);
    CHECK(house.add("m").error().code == Errc::cancelled);
}

TEST_CASE("stopping does not wait for a hung driver beyond its time") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").hold = true;
    house.registry.power("n", {.verb = Verb::power_on}, house.note_power());
    house.loop.run();
    house.stop(10s);
    house.loop.advance(8s);
    CHECK_FALSE(house.stopped);
    house.loop.advance(2500ms);
    CHECK(house.stopped);
    CHECK(machine("n").cancels == 1);
    REQUIRE(house.outcomes.size() == 1);
    CHECK_FALSE(house.outcomes.front());
}


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

TEST_CASE("a node is there once it is on disk") {
    House house;
    Answer answer;
    house.registry.add(House::record("n"), answer.note());
    CHECK_FALSE(answer.result);
    CHECK(house.registry.labels().empty());
    CHECK(house.registry.known("n"));  // the name is taken already
    house.loop.run();
    CHECK(answer.result.value());
    CHECK(house.registry.labels() == Labels{"n"});
    CHECK(house.store.nodes.at("n") == House::record("n"));
}

TEST_CASE("a node that could not be stored is not there, and its name is free") {
    House house;
    house.store.failure = Error{Errc::internal, "disk full"};
    const Result<void> refused = house.add("n");
    CHECK(refused.error().message == "disk full");
    CHECK(house.registry.labels().empty());
    CHECK(machine("n").detached);
    house.store.failure.reset();
    CHECK(house.add("n"));
}

TEST_CASE("registration refuses what it must") {
    House house;
    REQUIRE(house.add("n"));
    CHECK(house.add("n").error().code == Errc::duplicate);
    CHECK(house.add("n").error().message == "Node n already exists.");
    CHECK(house.add("a/b").error().code == Errc::invalid);
    CHECK(house.add("x", "http://nobody.example.org/x").error().code == Errc::bad_argument);
    const Result<void> refused = house.add("refused");
    CHECK(refused.error().code == Errc::invalid);
    CHECK(refused.error().message == "host 'refused' is refused");
    CHECK(house.store.nodes.size() == 1);
}

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

TEST_CASE("deleting awaits what runs, refuses what waits, and takes nothing new") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").hold = true;
    house.registry.power("n", {.verb = Verb::power_on}, house.note_power());
    house.registry.power("n", {.verb = Verb::power_off}, house.note_power());
    house.loop.run();
    Answer answer;
    house.registry.remove("n", answer.note());
    house.loop.run();
    CHECK_FALSE(answer.result);
    REQUIRE(house.outcomes.size() == 1);
    CHECK(house.outcomes.front().error().code == Errc::conflict);
    house.registry.power("n", {.verb = Verb::power_off}, house.note_power());
    CHECK(house.outcomes.back().error().code == Errc::conflict);
    CHECK(house.add("n").error().code == Errc::duplicate);
    Answer second;
    house.registry.remove("n", second.note());
    CHECK(second.result.value().error().code == Errc::conflict);

    machine("n").release();
    house.loop.run();
    CHECK(answer.result.value());
    CHECK(house.outcomes.back());  // the one that ran has come to its end
    CHECK(house.registry.labels().empty());
    CHECK(house.store.nodes.empty());
    CHECK(machine("n").detached);
    CHECK(house.add("n"));
}

TEST_CASE("a delete that fails on disk leaves the node as it was") {
    House house;
    REQUIRE(house.add("n"));
    house.store.failure = Error{Errc::internal, "read-only file system"};
    Answer answer;
    house.registry.remove("n", answer.note());
    house.loop.run();
    CHECK(answer.result.value().error().message == "read-only file system");
    CHECK(house.registry.labels() == Labels{"n"});
    CHECK(house.power("n", {.verb = Verb::power_on}));
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
    house.registry.restore({House::record("good"), House::record("refused"), House::record("lost", "http://gone.example.org/x")});
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

TEST_CASE("metadata is stored, replaced, sorted and removed") {
    House house;
    REQUIRE(house.add("n"));
    Answer answer;
    house.registry.put_metadata("n", "rack", "4", answer.note());
    house.registry.put_metadata("n", "owner", "\"ops\"", answer.note());
    house.registry.put_metadata("n", "rack", "[1,2]", answer.note());
    house.loop.run();
    CHECK(answer.result.value());
    using Metadata = std::vector<std::pair<std::string, std::string>>;
    CHECK(house.registry.show("n").value().metadata == Metadata{{"owner", "\"ops\""}, {"rack", "[1,2]"}});
    house.registry.remove_metadata("n", "rack", answer.note());
    house.loop.run();
    CHECK(house.registry.show("n").value().metadata == Metadata{{"owner", "\"ops\""}});
    house.registry.remove_metadata("n", "rack", answer.note());
    CHECK(answer.result.value().error().code == Errc::not_found);
    house.registry.put_metadata("n", "a b", "1", answer.note());
    CHECK(answer.result.value().error().code == Errc::invalid);
    house.store.failure = Error{Errc::internal, "disk full"};
    house.registry.put_metadata("n", "later", "1", answer.note());
    house.loop.run();
    CHECK_FALSE(answer.result.value());
    CHECK(house.registry.show("n").value().metadata == Metadata{{"owner", "\"ops\""}});
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

TEST_CASE("refused credentials are final for every operation of the node, until a retry") {
    const std::string sentence =
        "n: password refused. Not tried again until the node is registered with other credentials or a retry is asked for";
    haas::store::NodeRecord stored;
    {
        House house;
        REQUIRE(house.add("n"));
        REQUIRE(house.add("other"));
        machine("n").hold = true;
        machine("n").mishaps["status"].push_back({haas::obm::Failure(haas::obm::Status::credentials, "n: password refused")});
        house.registry.power_status("n", house.note_state());
        house.registry.power("n", {.verb = Verb::power_on}, house.note_power());  // waits behind it
        house.loop.run();
        machine("n").release();
        house.loop.run();
        CHECK(house.states.front().error().message == "n: password refused");
        REQUIRE(house.outcomes.size() == 1);
        CHECK(house.outcomes.front().error().message == sentence);
        CHECK(house.power("n", {.verb = Verb::power_off}).error().code == Errc::credentials_rejected);
        CHECK(house.registry.show("n").value().trouble == sentence);
        CHECK(machine("n").asked == Labels{"status"});  // not one packet more
        CHECK(house.power("other", {.verb = Verb::power_on}));
        stored = house.store.nodes.at("n");
    }
    CHECK(stored.refusal == "n: password refused");

    House later;  // after a restart
    later.store.nodes["n"] = stored;
    later.registry.restore({stored});
    CHECK(later.power("n", {.verb = Verb::power_on}).error().message == sentence);
    CHECK(machine("n").asked.empty());
    later.retry("n");
    CHECK(later.store.nodes.at("n").refusal.empty());
    CHECK(later.power("n", {.verb = Verb::power_on}));
}

TEST_CASE("a node that is being deleted keeps its driver until its operation has ended, also when the daemon stops") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").power = haas::obm::Power::on;
    REQUIRE(house.power("n", {.verb = Verb::power_cycle}));
    house.outcomes.clear();
    machine("n").power = haas::obm::Power::on;
    house.registry.power("n", {.verb = Verb::power_cycle}, house.note_power());
    house.loop.advance(1ms);
    machine("n").power = haas::obm::Power::off;  // its off phase: the next operation waits for the end of it
    house.registry.power("n", {.verb = Verb::power_on}, house.note_power());
    house.loop.advance(1ms);
    Answer removed;
    house.registry.remove("n", removed.note());
    house.stop(3s);
    house.loop.advance(1s);
    CHECK_FALSE(machine("n").detached);
    house.loop.advance(3s);
    CHECK(house.stopped);
    CHECK(house.outcomes.size() == 2);
    CHECK(machine("n").detached);
    CHECK(removed.result.value());
}

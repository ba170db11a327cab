// Changes of what is there: registering, changing, deleting.
#include <catch2/catch.hpp>

#include "core/node/registry.hpp"
#include "tests/core/node/house.hpp"

using namespace std::chrono_literals;
using haas::Error;
using haas::Errc;
using haas::Fields;
using haas::Result;
using haas::SecretFields;
using haas::driver::Verb;
using haas::node::Change;
using haas::node::House;
using haas::node::machine;
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

// ---- update ---------------------------------------------------------------------------------------------------------

namespace {

SecretFields password(const std::string& text) {
    SecretFields secrets;
    secrets.put({"password", text});
    return secrets;
}

// A house with the node "n", attached with the password "old" and the level 3.
struct Changed : House {
    Changed() {
        haas::store::NodeRecord node = record("n");
        node.fields.push_back({"level", std::int64_t{3}});
        node.secrets = password("old");
        registry.add(std::move(node), answer.note());
        loop.run();
        REQUIRE(answer.result.value());
        answer.result.reset();
    }
    void update(Change change) {
        answer.result.reset();
        registry.update("n", std::move(change), answer.note());
    }
    Fields fields() { return registry.show("n").value().fields; }

    Answer answer;
};

}  // namespace

TEST_CASE("new credentials take the place of the old ones, on disk and at the driver, and nothing else changes") {
    Changed house;
    CHECK(machine("n").password == "old");
    const std::uint64_t before = machine("n").node_id;
    house.store.nodes.at("n").metadata = {{"rack", "4"}};
    house.update({.secrets = password("new")});
    CHECK_FALSE(house.answer.result);
    house.loop.run();
    CHECK(house.answer.result.value());
    CHECK(machine("n").password == "new");
    CHECK(machine("n").node_id != before);
    CHECK(house.store.nodes.at("n").secrets == password("new"));
    CHECK(house.store.nodes.at("n").metadata.size() == 1);
    CHECK(house.fields() == Fields{{"host", "n"}, {"level", std::int64_t{3}}});
    CHECK(house.registry.show("n").value().facts == Fields{{"firmware", "1.2"}, {"slots", std::int64_t{4}}});
    CHECK(house.power("n", {.verb = Verb::power_on}));
    CHECK(house.told("node") == Labels{"n change=added", "n change=changed"});
    CHECK(house.told("credentials") == Labels{"n state=changed"});
}

TEST_CASE("fields are merged by name: added, replaced, removed, of either kind") {
    Changed house;
    house.update({.fields = {{"level", std::int64_t{1}}, {"fast", true}}});
    house.loop.run();
    REQUIRE(house.answer.result.value());
    CHECK(house.fields() == Fields{{"host", "n"}, {"level", std::int64_t{1}}, {"fast", true}});
    CHECK(machine("n").password == "old");
    house.update({.removed = {"level", "password", "no such"}});
    house.loop.run();
    REQUIRE(house.answer.result.value());
    CHECK(house.fields() == Fields{{"host", "n"}, {"fast", true}});
    CHECK(machine("n").password.empty());
    CHECK(house.store.nodes.at("n").secrets.empty());
    CHECK(house.told("credentials").empty());
}

TEST_CASE("with another type nothing of before is taken over") {
    Changed house;
    house.update({.type = std::string(haas::node::bare_type), .fields = {{"host", "m"}}});
    house.loop.run();
    REQUIRE(house.answer.result.value());
    CHECK(house.fields() == Fields{{"host", "m"}});
    CHECK(house.registry.show("n").value().driver == "test.bare");
    CHECK(machine("m").password.empty());
    CHECK(machine("n").detached);
    CHECK(house.store.nodes.at("n").type == haas::node::bare_type);
}

TEST_CASE("a change that is refused, by whomever, changes nothing") {
    Changed house;
    SECTION("the driver") {
        house.update({.fields = {{"host", "refused"}}, .secrets = password("new")});
        house.loop.run();
        CHECK(house.answer.result.value().error().code == Errc::invalid);
        CHECK(house.answer.result->error().message == "host 'refused' is refused");
    }
    SECTION("the check, which sees the whole") {
        Fields seen;
        const auto check = [&](const Fields& whole) -> Result<void> {
            seen = whole;
            return haas::fail(Errc::invalid, "no good");
        };
        house.update({.fields = {{"fast", true}}, .check = check});
        house.loop.run();
        CHECK(house.answer.result.value().error().message == "no good");
        CHECK(seen == Fields{{"host", "n"}, {"level", std::int64_t{3}}, {"fast", true}, {"password", "old"}});
    }
    SECTION("the disk, when it should read") {
        house.store.failure = Error{Errc::internal, "disk full"};
        house.update({.secrets = password("new")});
        house.loop.run();
        CHECK(house.answer.result.value().error().message == "disk full");
    }
    SECTION("the disk, when it should write") {
        house.update({.secrets = password("new")});
        house.store.failure = Error{Errc::internal, "disk full"};
        house.loop.run();
        CHECK(house.answer.result.value().error().message == "disk full");
    }
    SECTION("nobody serves the type") {
        house.update({.type = "http://nobody.example.org/x"});
        house.loop.run();
        CHECK(house.answer.result.value().error().code == Errc::bad_argument);
    }
    house.store.failure.reset();
    CHECK(house.fields() == Fields{{"host", "n"}, {"level", std::int64_t{3}}});
    CHECK(house.store.nodes.at("n").secrets == password("old"));
    CHECK_FALSE(machine("n").detached);
    CHECK(house.power("n", {.verb = Verb::power_on}));
    CHECK(house.told("node") == Labels{"n change=added"});
}

TEST_CASE("a change awaits what runs, and what waits is carried out on what the node is by then") {
    Changed house;
    machine("n").hold = true;
    house.registry.power("n", {.verb = Verb::power_on}, house.note_power());
    house.registry.power("n", {.verb = Verb::power_off}, house.note_power());
    house.loop.run();
    house.update({.fields = {{"host", "m"}}, .secrets = password("new")});
    house.registry.power_status("n", house.note_state());
    house.loop.run();
    CHECK_FALSE(house.answer.result);
    CHECK(house.outcomes.empty());
    machine("n").release();
    house.loop.run();
    CHECK(house.answer.result.value());
    house.loop.advance(20s);  // for all that is known the power on is still at work
    REQUIRE(house.outcomes.size() == 2);
    CHECK(house.outcomes.front().value().sent == Verb::power_on);
    CHECK(house.outcomes.back());
    CHECK(house.states.size() == 1);
    CHECK(machine("n").asked == Labels{"status", "power_on"});
    CHECK(machine("m").count("status") >= 2);
}

TEST_CASE("an operation that waits for a change keeps its deadline") {
    Changed house;
    machine("n").hold = true;
    house.registry.power_status("n", house.note_state());
    house.loop.advance(20s);
    house.update({.secrets = password("new")});
    house.registry.power("n", {.verb = Verb::power_on}, house.note_power());
    house.loop.advance(10500ms);  // the first one's deadline, and its grace
    CHECK(house.answer.result.value());
    REQUIRE(house.states.size() == 1);
    CHECK(house.states.front().error().code == Errc::timed_out);
    machine("n").release();
    house.loop.advance(1s);
    CHECK(house.outcomes.size() == 1);
}

TEST_CASE("one change at a time, and no delete meanwhile") {
    Changed house;
    house.update({.secrets = password("new")});
    Answer second;
    house.registry.update("n", {.secrets = password("other")}, second.note());
    CHECK(second.result.value().error().code == Errc::conflict);
    CHECK(second.result->error().message == "Node n is being changed.");
    house.registry.remove("n", second.note());
    CHECK(second.result.value().error().code == Errc::conflict);
    house.loop.run();
    CHECK(house.answer.result.value());
    house.registry.remove("n", second.note());
    house.registry.update("n", {}, house.answer.note());
    CHECK(house.answer.result.value().error().message == "Node n is being deleted.");
    house.loop.run();
    CHECK(second.result.value());
    house.registry.update("n", {}, house.answer.note());
    CHECK(house.answer.result.value().error().code == Errc::not_found);
}

TEST_CASE("new credentials close the breaker") {
    Changed house;
    machine("n").mishaps["status"].push_back({haas::obm::Failure(haas::obm::Status::credentials, "password refused")});
    CHECK(house.power("n", {.verb = Verb::power_on}).error().code == Errc::credentials_rejected);
    CHECK(house.store.nodes.at("n").refusal == "password refused");
    house.update({.secrets = password("new")});
    house.loop.run();
    CHECK(house.store.nodes.at("n").refusal.empty());
    CHECK(house.registry.show("n").value().trouble.empty());
    CHECK(house.power("n", {.verb = Verb::power_on}));
}

TEST_CASE("a refusal of the old credentials does not reach those who wait for the new ones") {
    Changed house;
    machine("n").hold = true;
    machine("n").mishaps["status"].push_back({haas::obm::Failure(haas::obm::Status::credentials, "password refused")});
    house.registry.power_status("n", house.note_state());
    house.registry.power("n", {.verb = Verb::power_on}, house.note_power());
    house.loop.run();
    house.update({.secrets = password("new")});
    machine("n").release();
    house.loop.run();
    CHECK(house.answer.result.value());
    REQUIRE(house.outcomes.size() == 1);
    CHECK(house.outcomes.front().value().sent == Verb::power_on);
    CHECK(house.store.nodes.at("n").refusal.empty());
}

TEST_CASE("a node that could not be used is used after a change") {
    House house;
    house.restore(House::record("refused"));
    REQUIRE(house.registry.show("refused").value().trouble == "host 'refused' is refused");
    Answer answer;
    house.registry.update("refused", {.fields = {{"host", "m"}}}, answer.note());
    house.loop.run();
    REQUIRE(answer.result.value());
    CHECK(house.registry.show("refused").value().trouble.empty());
    CHECK(house.power("refused", {.verb = Verb::power_on}));
}

TEST_CASE("a daemon that stops while a node is changed stops, and answers") {
    Changed house;
    machine("n").hold = true;
    house.registry.power_status("n", house.note_state());
    house.loop.run();
    house.update({.secrets = password("new")});
    house.stop(3s);
    house.loop.advance(4s);
    CHECK(house.stopped);
    CHECK(house.answer.result.has_value());
    CHECK(machine("n").detached);
}

TEST_CASE("a secret that is stored goes to no other machine") {
    Changed house;
    house.update({.fields = {{"host", "m"}}});
    house.loop.run();
    CHECK(house.answer.result.value().error().code == Errc::invalid);
    CHECK(machine("m").attachments == 0);
}

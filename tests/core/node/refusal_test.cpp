// What becomes of a node that its BMC has refused for good: no packet, whoever asks, until its fields change or a retry.
#include "core/node/refusal.hpp"

#include <catch2/catch.hpp>

#include "core/node/registry.hpp"
#include "tests/core/node/house.hpp"

using namespace std::chrono_literals;
using haas::Errc;
using haas::Result;
using haas::driver::DiagnoseReport;
using haas::driver::StepResult;
using haas::driver::Verb;
using haas::node::House;
using haas::node::machine;
using haas::node::Ticket;
using haas::obm::Diagnosis;
using haas::obm::Failure;
using haas::obm::Final;
using haas::obm::Status;
using Labels = std::vector<std::string>;

TEST_CASE("refused credentials are final for every operation of the node, until a retry") {
    const std::string sentence =
        "n: password refused. Not tried again until its credentials are changed or a retry is asked for";
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
        CHECK(house.told("credentials") == Labels{"n state=refused code=credentials msg=n: password refused"});
        stored = std::move(house.store.nodes.at("n"));
    }
    CHECK(stored.refusal == "n: password refused");

    House later;  // after a restart
    later.restore(std::move(stored));
    CHECK(later.power("n", {.verb = Verb::power_on}).error().message == sentence);
    CHECK(machine("n").asked.empty());
    later.retry("n");
    CHECK(later.store.nodes.at("n").refusal.empty());
    CHECK(later.told("credentials") == Labels{"n state=retry"});
    CHECK(later.power("n", {.verb = Verb::power_on}));
}

TEST_CASE("a privilege level that is refused for good is final under its own name, also after a restart") {
    const std::string sentence = "n: no such level. Not tried again until its fields are changed or a retry is asked for";
    haas::store::NodeRecord stored;
    {
        House house;
        REQUIRE(house.add("n"));
        machine("n").hold = true;
        machine("n").mishaps["status"].push_back({Failure(Status::privilege, "n: no such level", haas::obm::Effect::none, Final::yes)});
        house.registry.power_status("n", house.note_state());
        house.registry.power("n", {.verb = Verb::power_on}, house.note_power());  // waits behind it
        house.loop.run();
        machine("n").release();
        house.loop.run();
        CHECK(house.states.front().error().code == Errc::privilege);
        REQUIRE(house.outcomes.size() == 1);
        CHECK(house.outcomes.front().error().code == Errc::privilege);
        CHECK(house.outcomes.front().error().message == sentence);
        CHECK(house.power("n", {.verb = Verb::power_off}).error().code == Errc::privilege);
        CHECK(house.registry.show("n").value().trouble == sentence);
        CHECK(house.registry.has_console("n"));  // it may have one all the same
        CHECK(machine("n").asked == Labels{"status"});
        CHECK(house.told("credentials") == Labels{"n state=refused code=privilege msg=n: no such level"});
        CHECK(house.told("driver").empty());  // it answers
        stored = std::move(house.store.nodes.at("n"));
    }
    CHECK(stored.refusal == "n: no such level");
    CHECK(stored.refusal_code == Errc::privilege);

    House later;
    later.restore(std::move(stored));
    const auto refused = later.power("n", {.verb = Verb::power_on});
    CHECK(refused.error().code == Errc::privilege);
    CHECK(refused.error().message == sentence);
    CHECK(refused.error().final);
    CHECK(machine("n").asked.empty());
    later.retry("n");
    CHECK(later.power("n", {.verb = Verb::power_on}));
}

TEST_CASE("a privilege level that is refused this once keeps nobody from asking") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").mishaps["status"].push_back({Failure(Status::privilege, "n: no such level")});
    CHECK(house.power("n", {.verb = Verb::power_on}).error().code == Errc::privilege);
    CHECK(house.store.nodes.at("n").refusal.empty());
    CHECK(house.told("credentials").empty());
    CHECK(house.power("n", {.verb = Verb::power_on}));
}

TEST_CASE("refused credentials are noticed also when the first who asked has gone") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").hold = true;
    machine("n").mishaps["boot"].push_back({Failure(Status::credentials, "password refused")});
    house.registry.power("n", {.verb = Verb::power_on}, house.note_power());
    std::vector<Errc> answers;
    const auto note = [&](const Result<haas::driver::BootSetting>& result) { answers.push_back(result.error().code); };
    Ticket first = house.registry.boot_device("n", note);
    house.registry.boot_device("n", note);
    first.abandon();
    machine("n").release();
    house.loop.run();
    CHECK(answers == std::vector{Errc::cancelled, Errc::credentials_rejected});
    CHECK(house.store.nodes.at("n").refusal == "password refused");
}

TEST_CASE("a diagnosis whose credentials were refused is the last that sends them") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").diagnosis.failed(Diagnosis::Step::authenticate, "n: password refused", "Set it right");
    machine("n").diagnosis.credentials_refused = true;
    std::vector<DiagnoseReport> reports;
    const auto note = [&](const Result<DiagnoseReport>& report) { reports.push_back(report.value()); };
    house.registry.diagnose("n", note);
    house.loop.run();
    CHECK(house.store.nodes.at("n").refusal == "n: password refused");
    house.registry.diagnose("n", note);
    house.loop.run();
    CHECK(house.power("n", {.verb = Verb::power_on}).error().code == Errc::credentials_rejected);
    CHECK(machine("n").asked == Labels{"diagnose"});
    REQUIRE(reports.size() == 2);
    CHECK(reports[1].steps[3].name == "authenticate");
    CHECK(reports[1].steps[3].result == StepResult::failed);
    CHECK(reports[1].steps[3].found == "n: password refused");
    CHECK(reports[1].steps[1].result == StepResult::skipped);
}

TEST_CASE("a diagnosis whose privilege level was refused for good is the last, under that name") {
    House house;
    REQUIRE(house.add("n"));
    machine("n").diagnosis.failed(Diagnosis::Step::authenticate, "n: no such level", "Ask for a lower one");
    machine("n").diagnosis.privilege_refused = true;
    std::vector<DiagnoseReport> reports;
    const auto note = [&](const Result<DiagnoseReport>& report) { reports.push_back(report.value()); };
    house.registry.diagnose("n", note);
    house.loop.run();
    CHECK(house.store.nodes.at("n").refusal == "n: no such level");
    CHECK(house.store.nodes.at("n").refusal_code == Errc::privilege);
    house.registry.diagnose("n", note);
    house.loop.run();
    CHECK(house.power("n", {.verb = Verb::power_on}).error().code == Errc::privilege);
    CHECK(machine("n").asked == Labels{"diagnose"});
    REQUIRE(reports.size() == 2);
    CHECK(reports[1].steps[3].found == "n: no such level");
}

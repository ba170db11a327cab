#include "core/driver/driver.hpp"

#include "tests/core/driver/stage.hpp"

using namespace haas;
using namespace haas::driver;
using namespace std::chrono_literals;

TEST_CASE("an operation reaches the driver and its answer comes back once, on the loop") {
    Stage stage;
    const auto node = stage.attach(7);
    CHECK(puppet().last().argument == "n7: host=bmc");
    const Loop::Time deadline = stage.in(3s);
    const OperationId id = node->submit(Verb::power_off, deadline, stage.note<void>());
    CHECK(puppet().last().what == "power_off");
    CHECK(puppet().last().node == 7);
    CHECK(puppet().last().operation == id);
    CHECK(puppet().last().deadline_ns ==
          static_cast<std::uint64_t>(std::chrono::nanoseconds(deadline.time_since_epoch()).count()));
    puppet().done(id);
    CHECK(stage.completions == 0);
    stage.loop.run();
    CHECK(stage.completions == 1);
    CHECK_FALSE(stage.error.has_value());
    CHECK(stage.loop.timers() == 0);
}

TEST_CASE("an answer from inside the submitting call is not delivered from inside it") {
    Stage stage;
    const auto node = stage.attach();
    puppet().answers_at_once = true;
    node->status(stage.in(1s), stage.note<Power>());
    CHECK(stage.completions == 0);
    stage.loop.run();
    CHECK(stage.completions == 1);
    CHECK(stage.power == Power::on);
}

TEST_CASE("each verb calls its own function") {
    Stage stage;
    const auto node = stage.attach();
    for (const Verb verb : {Verb::power_on, Verb::power_off, Verb::reset, Verb::power_cycle, Verb::soft_off}) {
        CHECK(node->supports(verb));
        puppet().done(node->submit(verb, stage.in(1s), stage.note<void>()));
        CHECK(puppet().last().what == name(verb));
    }
    stage.loop.run();
    CHECK(stage.completions == 5);
}

TEST_CASE("a capability that the driver lacks is unsupported, in a sentence that names both") {
    Stage stage(bare_puppet_entry());
    const auto node = stage.attach();
    CHECK_FALSE(node->supports(Verb::power_cycle));
    CHECK_FALSE(node->supports_boot_device());
    CHECK(node->supports(Verb::reset));
    node->submit(Verb::power_cycle, stage.in(1s), stage.note<void>());
    CHECK(stage.completions == 0);
    stage.loop.run();
    REQUIRE(stage.error.has_value());
    CHECK(stage.error->code == Errc::unsupported);
    CHECK(stage.error->message == "driver test.puppet does not have the capability haas.obm.cycle/1");
    node->set_boot_device("pxe", false, stage.in(1s), stage.note<void>());
    node->boot_device(stage.in(1s), stage.note<BootSetting>());
    stage.loop.run();
    CHECK(stage.completions == 3);
    CHECK(stage.error->code == Errc::unsupported);
    CHECK_FALSE(node->supports_diagnose());
    node->diagnose(stage.in(1s), stage.note<DiagnoseReport>());
    stage.loop.run();
    CHECK(stage.error->message == "driver test.puppet does not have the capability haas.obm.diagnose/1");
}

TEST_CASE("a boot device is set and read") {
    Stage stage;
    const auto node = stage.attach();
    puppet().done(node->set_boot_device("pxe", true, stage.in(1s), stage.note<void>()));
    CHECK(puppet().last().argument == "pxe for ever");
    stage.loop.run();
    CHECK(stage.completions == 1);

    const OperationId id = node->boot_device(stage.in(1s), stage.note<BootSetting>());
    const std::string device = "none";
    const haas_obm_field values[] = {{{"device", 6}, HAAS_OBM_KIND_STRING, 0, {device.data(), device.size()}, 0},
                                     {{"persistent", 10}, HAAS_OBM_KIND_BOOLEAN, 0, {nullptr, 0}, 1}};
    puppet().complete(id, {0, HAAS_OBM_OK, 0, 0, 0, {nullptr, 0}, values, 2});
    stage.loop.run();
    REQUIRE(stage.boot.has_value());
    CHECK(stage.boot->device == "none");
    CHECK(stage.boot->persistent);
}

TEST_CASE("a boot device that is not listed never gets to the driver") {
    Stage stage;
    const auto node = stage.attach();
    node->set_boot_device("floppy", false, stage.in(1s), stage.note<void>());
    stage.loop.run();
    REQUIRE(stage.error.has_value());
    CHECK(stage.error->code == Errc::bad_argument);
    CHECK(stage.error->message == "driver test.puppet does not know the boot device 'floppy'; known: none pxe");
    CHECK(puppet().last().what == "attach");
}

TEST_CASE("answers that make no sense are defects of the driver") {
    Stage stage;
    const auto node = stage.attach();
    puppet().done(node->status(stage.in(1s), stage.note<Power>()), 9);
    stage.loop.run();
    CHECK(stage.error->code == Errc::internal);
    puppet().done(node->boot_device(stage.in(1s), stage.note<BootSetting>()));
    stage.loop.run();
    CHECK(stage.error->code == Errc::internal);
}

TEST_CASE("what a driver says against a node is handed on in its own words") {
    Stage stage;
    puppet().status = HAAS_OBM_INVALID;
    puppet().failure = "field 'password' is longer than 20 bytes";
    const auto refused = stage.driver->attach(3, "n3", {});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Errc::invalid);
    CHECK(refused.error().message == "field 'password' is longer than 20 bytes");

    puppet().status = HAAS_OBM_OK;
    puppet().gives_nothing = true;
    CHECK(stage.driver->attach(3, "n3", {}).error().code == Errc::internal);
    puppet().gives_nothing = false;
    const auto node = stage.attach(3);
    CHECK(stage.driver->attach(3, "again", {}).error().code == Errc::internal);
}

TEST_CASE("destroying a node completes what is open, afterwards") {
    Stage stage;
    auto node = stage.attach();
    const OperationId verb = node->submit(Verb::reset, stage.in(9s), stage.note<void>());
    node.reset();
    CHECK(puppet().story() == "create,attach,reset,detach");
    CHECK(stage.completions == 0);
    puppet().fail(verb, HAAS_OBM_CANCELLED, "detached", HAAS_OBM_EFFECT_UNKNOWN);
    stage.loop.run();
    CHECK(stage.completions == 1);
    CHECK(stage.error->code == Errc::cancelled);
    CHECK(stage.error->effect == Effect::unknown);
    CHECK(stage.loop.timers() == 0);
}

TEST_CASE("a node that outlives its driver answers that it is gone") {
    Stage stage;
    const auto node = stage.attach();
    stage.driver->stop(stage.in(1s), [&] { stage.stopped = true; });
    stage.loop.run_until([&] { return stage.stopped; });
    CHECK(puppet().story() == "create,attach,detach,stop,destroy");
    node->submit(Verb::power_on, stage.in(1s), stage.note<void>());
    stage.loop.run();
    CHECK(stage.error->code == Errc::cancelled);
    CHECK(stage.driver->attach(2, "n2", {}).error().code == Errc::cancelled);
}

TEST_CASE("a diagnosis is asked for and read") {
    Stage stage;
    const auto node = stage.attach();
    CHECK(node->supports_diagnose());
    const OperationId id = node->diagnose(stage.in(1s), stage.note<DiagnoseReport>());
    CHECK(puppet().last().what == "diagnose");
    std::vector<std::string> names;
    for (const char* step : {"resolve", "reach", "negotiate", "authenticate", "chassis", "boot", "sol"}) {
        names.push_back(std::string(step) + ".result");
        names.push_back(std::string(step) + ".found");
    }
    std::vector<haas_obm_field> values;
    for (const std::string& name : names) {
        values.push_back({{name.data(), name.size()}, HAAS_OBM_KIND_STRING, 0, {"skipped", 7}, 0});
    }
    puppet().complete(id, {0, HAAS_OBM_OK, 0, 0, 0, {nullptr, 0}, values.data(), values.size()});
    stage.loop.run();
    REQUIRE(stage.report.has_value());
    CHECK(stage.report->steps.size() == 7);
    CHECK(stage.report->steps[6].found == "skipped");

    puppet().done(node->diagnose(stage.in(1s), stage.note<DiagnoseReport>()));
    stage.loop.run();
    CHECK(stage.error.value().code == Errc::internal);
}

TEST_CASE("a diagnosis that fails has no effect, whatever the driver says") {
    Stage stage;
    const auto node = stage.attach();
    const OperationId id = node->diagnose(stage.in(1s), stage.note<DiagnoseReport>());
    puppet().fail(id, HAAS_OBM_TIMED_OUT, "too slow", HAAS_OBM_EFFECT_UNKNOWN);
    stage.loop.run();
    CHECK(stage.error.value().code == Errc::timed_out);
    CHECK(stage.error->effect == Effect::none);
}

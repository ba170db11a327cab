// The mock as its users see it: through the table it exports.
#include <catch2/catch.hpp>

#include "haas/obm/testing.hpp"

using namespace haas::obm::testing;
using namespace std::chrono_literals;

namespace {

const haas_obm_entry& mock() { return haas_obm_driver_entry; }

// A mock driver with one node.
class Bench {
public:
    explicit Bench(NamedValues fields) {
        fields.push_back({"host", std::string("bmc7")});
        REQUIRE(mock().create(host.table(), nullptr, 0, &driver_, nullptr) == HAAS_OBM_OK);
        const std::vector<haas_obm_field> borrowed = borrow(fields);
        REQUIRE(mock().attach(driver_, 1, text("n1"), borrowed.data(), borrowed.size(), &node, nullptr) == HAAS_OBM_OK);
    }
    ~Bench() {
        if (node != nullptr) mock().detach(node);
        const haas_obm_operation stop = host.operation("stop", 10s);
        mock().stop(driver_, &stop);
        CHECK(host.wait(stop.id, 10s).has_value());
        mock().destroy(driver_);
        CHECK(host.breaches().empty());
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    using Function = void (*)(haas_obm_node*, const haas_obm_operation*);
    Completed perform(Function function, std::chrono::milliseconds deadline = 10s) {
        const haas_obm_operation operation = host.operation("operation", deadline);
        function(node, &operation);
        const auto completed = host.wait(operation.id, 20s);
        REQUIRE(completed.has_value());
        return *completed;
    }
    bool on() { return perform(mock().status).power == HAAS_OBM_POWER_ON; }

    FakeHost host;
    haas_obm_node* node = nullptr;

private:
    haas_obm_driver* driver_ = nullptr;
};

}  // namespace

TEST_CASE("the mock keeps the contract") {
    Setup setup;
    setup.fields = {{"host", std::string("bmc7")}, {"user", std::string("admin")}, {"password", std::string("hunter22")}};
    setup.secrets = {"hunter22"};
    setup.row = 100;
    setup.console_echoes = true;
    SECTION("at once") {}
    SECTION("with a console that prints at a rate") {
        setup.fields.push_back({"console_text", std::string("booting\r\n")});
        setup.fields.push_back({"console_rate", std::int64_t{5'000'000}});
    }
    SECTION("with a console that comes and goes") {
        setup.fields.push_back({"console_drop_ms", std::int64_t{2}});
        setup.fields.push_back({"console_down_ms", std::int64_t{1}});
        setup.console_echoes = false;
    }
    SECTION("with somebody else's console") { setup.fields.push_back({"console_owner", std::string("operator")}); }
    SECTION("with latency, from its own thread") { setup.fields.push_back({"latency_ms", std::int64_t{3}}); }
    SECTION("with a slow machine") {
        setup.fields.push_back({"slow_ms", std::int64_t{20}});
        setup.fields.push_back({"cycle_off_ms", std::int64_t{20}});
    }
    SECTION("out of reach") {
        setup.fields.push_back({"fail", std::string("unreachable")});
        setup.fields.push_back({"latency_ms", std::int64_t{3}});
        setup.reachable = false;
    }
    SECTION("too slow for every deadline") {
        setup.fields.push_back({"latency_ms", std::int64_t{600000}});
        setup.reachable = false;
        setup.deadline = 30ms;
    }
    const Findings findings = conformance(mock(), setup);
    for (const std::string& finding : findings) FAIL_CHECK(finding);
}

TEST_CASE("the file that is installed keeps it too") {
    Setup setup;
    setup.fields = {{"host", std::string("bmc7")}};
    CHECK(conformance(std::string(HAAS_TEST_MOCK), setup).empty());
}

TEST_CASE("a failure is the one that was asked for, and the machine has not moved") {
    Bench bench({{"fail", std::string("privilege")}, {"fail_verb", std::string("power_on")}});
    const Completed failed = bench.perform(mock().power_on);
    CHECK(failed.status == HAAS_OBM_PRIVILEGE);
    CHECK(failed.effect == HAAS_OBM_EFFECT_NONE);
    CHECK_FALSE(bench.on());
    CHECK(bench.perform(mock().power_off).status == HAAS_OBM_OK);
}

TEST_CASE("a failure is final when its fields say so") {
    const bool final = GENERATE(false, true);
    Bench bench({{"fail", std::string("privilege")}, {"final", final}});
    const Completed failed = bench.perform(mock().status);
    CHECK(failed.status == HAAS_OBM_PRIVILEGE);
    CHECK(failed.final == (final ? 1 : 0));
}

TEST_CASE("a lost reply: the machine obeys and the answer is a failure") {
    Bench bench({{"fail", std::string("timed_out")}, {"fail_verb", std::string("power_on")}, {"apply", true}});
    const Completed failed = bench.perform(mock().power_on);
    CHECK(failed.status == HAAS_OBM_TIMED_OUT);
    CHECK(failed.effect == HAAS_OBM_EFFECT_UNKNOWN);
    CHECK(bench.on());
}

TEST_CASE("trouble ends after its count") {
    Bench bench({{"fail", std::string("busy")}, {"fail_count", std::int64_t{2}}});
    CHECK(bench.perform(mock().power_on).status == HAAS_OBM_BUSY);
    CHECK(bench.perform(mock().status).status == HAAS_OBM_BUSY);
    CHECK(bench.perform(mock().power_on).status == HAAS_OBM_OK);
    CHECK(bench.on());
}

TEST_CASE("what is ignored is accepted and does nothing, and reads go on") {
    Bench bench({{"ignore", true}});
    CHECK(bench.perform(mock().power_on).status == HAAS_OBM_OK);
    CHECK_FALSE(bench.on());
}

TEST_CASE("a lost completion comes with detach only") {
    Bench bench({{"lose_completion", true}, {"fail_verb", std::string("reset")}, {"power", std::string("on")}});
    const haas_obm_operation operation = bench.host.operation("reset", 10s);
    mock().reset(bench.node, &operation);
    mock().cancel(bench.node, operation.id);
    CHECK(bench.on());
    CHECK_FALSE(bench.host.wait(operation.id, 0s).has_value());
    mock().detach(bench.node);
    bench.node = nullptr;
    CHECK(bench.host.wait(operation.id, 10s)->status == HAAS_OBM_CANCELLED);
}

TEST_CASE("latency is kept, and not past the deadline") {
    Bench bench({{"latency_ms", std::int64_t{30}}});
    const auto before = bench.host.now();
    CHECK(bench.perform(mock().power_on).status == HAAS_OBM_OK);
    CHECK(bench.host.now() - before >= 30ms);
    const Completed late = bench.perform(mock().power_off, 5ms);
    CHECK(late.status == HAAS_OBM_TIMED_OUT);
    CHECK(late.effect == HAAS_OBM_EFFECT_NONE);
    CHECK(bench.on());
}

TEST_CASE("reset of a machine that is off is a failure of its state") {
    Bench bench({});
    CHECK(bench.perform(mock().reset).status == HAAS_OBM_STATE);
    CHECK_FALSE(bench.on());
}

TEST_CASE("a node tells that it is simulated") {
    Bench bench({});
    const NamedValues facts = bench.host.facts(1);
    REQUIRE(facts.size() == 1);
    CHECK(facts[0].name == "simulated");
}

TEST_CASE("a diagnosis finds what its fields say, and what is no finding is its own failure") {
    const auto* table = static_cast<const haas_obm_diagnose*>(mock().capability(text(HAAS_OBM_DIAGNOSE)));
    REQUIRE(table != nullptr);
    SECTION("refused credentials") {
        Bench bench({{"fail", std::string("credentials")}});
        const Completed found = bench.perform(table->diagnose);
        CHECK(found.status == HAAS_OBM_OK);
        CHECK(value_of<std::string>(found.values, "authenticate.result") == "failed");
        CHECK(value_of<bool>(found.values, "refused") == true);
    }
    SECTION("a level that is refused for good") {
        Bench bench({{"fail", std::string("privilege")}, {"final", true}});
        const Completed found = bench.perform(table->diagnose);
        CHECK(value_of<std::string>(found.values, "authenticate.result") == "failed");
        CHECK(value_of<bool>(found.values, "refused_privilege") == true);
        CHECK_FALSE(value_of<bool>(found.values, "refused").has_value());
    }
    SECTION("only another operation has the trouble") {
        Bench bench({{"fail", std::string("credentials")}, {"fail_verb", std::string("reset")}});
        const Completed found = bench.perform(table->diagnose);
        CHECK(value_of<std::string>(found.values, "authenticate.result") == "ok");
        CHECK_FALSE(value_of<bool>(found.values, "refused").has_value());
    }
    SECTION("a defect") {
        Bench bench({{"fail", std::string("internal")}, {"fail_verb", std::string("diagnose")}});
        CHECK(bench.perform(table->diagnose).status == HAAS_OBM_INTERNAL);
        CHECK_FALSE(bench.on());
    }
}

TEST_CASE("a console has its own troubles") {
    const auto* console = static_cast<const haas_obm_console*>(mock().capability(text(HAAS_OBM_CONSOLE)));
    REQUIRE(console != nullptr);
    ConsoleEar ear;
    const haas_obm_console_request request{sizeof(request), HAAS_OBM_CONSOLE_REPORT, 0};
    const haas_obm_console_sink sink = ear.sink();
    const auto open = [&](Bench& bench) {
        const haas_obm_operation operation = bench.host.operation("open_console", 10s);
        console->open(bench.node, &operation, &request, &sink);
        return bench.host.wait(operation.id, 10s)->status;
    };
    SECTION("opening fails, also where the machine would obey") {
        Bench bench({{"fail", std::string("busy")}, {"fail_verb", std::string("open_console")}, {"apply", true},
                     {"power", std::string("on")}, {"fail_count", std::int64_t{1}}, {"console_text", std::string("hello")}});
        CHECK(open(bench) == HAAS_OBM_BUSY);
        CHECK(bench.perform(mock().reset).status == HAAS_OBM_OK);
        CHECK(ear.output().empty());
        CHECK(open(bench) == HAAS_OBM_OK);
        CHECK(bench.perform(mock().reset).status == HAAS_OBM_OK);
        CHECK(ear.output() == "hello");
    }
    SECTION("typing fails, and the rest works") {
        Bench bench({{"fail", std::string("timed_out")}, {"fail_verb", std::string("write_console")},
                     {"power", std::string("on")}});
        CHECK(open(bench) == HAAS_OBM_OK);
        const haas_obm_operation operation = bench.host.operation("write_console", 10s);
        const std::uint8_t byte = 'x';
        console->write(bench.node, &operation, &byte, 1);
        CHECK(bench.host.wait(operation.id, 10s)->status == HAAS_OBM_TIMED_OUT);
        CHECK(bench.perform(console->send_break).status == HAAS_OBM_OK);
        CHECK(ear.output() == "\r\n[break]\r\n");
        CHECK(bench.perform(console->close).status == HAAS_OBM_OK);
    }
    CHECK(ear.breaches().empty());
}

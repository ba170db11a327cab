#include "plugins/mock/body.hpp"

#include <catch2/catch.hpp>

#include "haas/obm/testing/console_ear.hpp"
#include "haas/obm/testing/fake_host.hpp"

using namespace haas::mock;
using namespace std::chrono_literals;
namespace obm = haas::obm;

namespace {

// A machine whose console can be listened to; time is a variable where the schedule's thread is not needed.
struct Bench {
    explicit Bench(Script script, obm::testing::FakeHost::Clock clock = obm::testing::FakeHost::Clock::manual)
        : fake(clock), body(std::make_shared<Body>(obm::NodeContext{host, 1, "n1"}, schedule, std::move(script))) {}
    ~Bench() {
        body->close_console();
        schedule.detach(1);
    }

    // As the driver does it; OK once it is open.
    haas_obm_status open(obm::Conflict conflict = obm::Conflict::report, std::chrono::nanoseconds patience = 1s) {
        const haas_obm_operation operation = fake.operation("open_console", patience);
        body->want_console(obm::ConsoleSink(ear.sink()));
        body->carry_out(
            false, [&](Machine& machine, Time now) { return body->open_console(machine, conflict, now); },
            obm::Reply(host, operation));
        const auto completed = fake.wait(operation.id, 10s);
        REQUIRE(completed.has_value());
        said = completed->message;
        return completed->status;
    }
    void act(Verb verb) {
        body->perform([verb](Machine& machine, Time now) {
            machine.act(verb, now);
            return Accepted{};
        });
        body->attend();
    }
    haas_obm_status type(const std::string& bytes) {
        const haas_obm_operation operation = fake.operation("write_console", 1s);
        body->carry_out(
            false,
            [&](Machine& machine, Time now) {
                return machine.serial(now).type(bytes, now) ? Answer(Accepted{}) : Answer(Disconnected{});
            },
            obm::Reply(host, operation));
        return fake.wait(operation.id, 0s)->status;
    }

    obm::testing::FakeHost fake;
    obm::Host host{fake.table()};
    obm::testing::ConsoleEar ear;
    Schedule schedule{host};
    std::shared_ptr<Body> body;
    std::string said;
};

Script printing(std::int64_t rate = 0) {
    Script script;
    script.serial.text = "booting\r\n";
    script.serial.rate = rate;
    return script;
}

}  // namespace

TEST_CASE("an open console tells what is printed and typed") {
    Bench bench(printing());
    CHECK(bench.type("x") == HAAS_OBM_STATE);
    CHECK(bench.open() == HAAS_OBM_OK);
    bench.act(Verb::power_on);
    CHECK(bench.ear.output() == "booting\r\n");
    CHECK(bench.type("root") == HAAS_OBM_OK);
    CHECK(bench.ear.output() == "booting\r\nroot");
    bench.body->close_console();
    CHECK(bench.type("x") == HAAS_OBM_STATE);
    CHECK(bench.ear.output() == "booting\r\nroot");
    CHECK(bench.ear.breaches().empty());
}

TEST_CASE("what is printed at a rate, by a machine that boots slowly, comes by itself") {
    Script script = printing(1000);
    script.slow = 20ms;
    Bench bench(script, obm::testing::FakeHost::Clock::real);
    CHECK(bench.open() == HAAS_OBM_OK);
    const Time before = bench.host.now();
    bench.act(Verb::power_on);
    CHECK(bench.ear.wait_for("booting\r\n", 10s));
    CHECK(bench.host.now() - before >= 29ms);
}

TEST_CASE("a paused console keeps what is printed until it is resumed") {
    Bench bench(printing());
    obm::ConsoleSink sink(bench.ear.sink());
    bench.body->want_console(sink);
    bench.body->perform([&](Machine& machine, Time now) { return bench.body->open_console(machine, obm::Conflict::report, now); });
    bench.ear.pause(true);
    bench.act(Verb::power_on);
    CHECK(bench.type("held") == HAAS_OBM_OK);
    CHECK(bench.ear.output() == "booting\r\n");
    bench.ear.pause(false);
    sink.resumed();
    bench.body->attend();
    CHECK(bench.ear.output() == "booting\r\nheld");
}

TEST_CASE("an owner is reported, waited for in vain, or robbed") {
    Script script;
    script.serial.owner = "operator at 10.0.0.9";
    Bench bench(script, obm::testing::FakeHost::Clock::real);
    CHECK(bench.open() == HAAS_OBM_BUSY);
    CHECK(bench.said == "operator at 10.0.0.9 has the console");
    const Time before = bench.host.now();
    CHECK(bench.open(obm::Conflict::wait, 30ms) == HAAS_OBM_BUSY);
    CHECK(bench.host.now() - before >= 30ms);
    CHECK(bench.open(obm::Conflict::steal) == HAAS_OBM_OK);
    CHECK(bench.type("x") == HAAS_OBM_OK);
}

TEST_CASE("a console that was closed before its turn to open stays closed") {
    Bench bench(printing());
    const Answer answer = bench.body->perform(
        [&](Machine& machine, Time now) { return bench.body->open_console(machine, obm::Conflict::report, now); });
    CHECK(std::holds_alternative<Abandoned>(answer));
    CHECK(bench.type("x") == HAAS_OBM_STATE);
}

TEST_CASE("a connection that drops is told, in the state that is asked for, and comes back") {
    Script script;
    script.on = true;
    script.serial.drop = 20ms;
    script.serial.down = 20ms;
    script.drop_state = obm::ConsoleState::stolen;
    Bench bench(script, obm::testing::FakeHost::Clock::real);
    CHECK(bench.open() == HAAS_OBM_OK);
    CHECK(bench.ear.wait_for_state(HAAS_OBM_CONSOLE_STOLEN, 10s));
    CHECK(bench.ear.sentences().at(0) == "the mock drops the connection, as its fields say");
    CHECK(bench.ear.wait_for_state(HAAS_OBM_CONSOLE_CONNECTED, 10s));
}

TEST_CASE("what is lost while the connection is down is told as a gap") {
    Script script = printing();
    script.serial.drop = 10s;
    script.serial.down = 1s;
    Bench bench(script);
    CHECK(bench.open() == HAAS_OBM_OK);
    bench.fake.advance(10500ms);
    bench.act(Verb::power_on);
    bench.fake.advance(1s);
    bench.body->attend();
    CHECK(bench.ear.gaps() == 1);
    CHECK(bench.ear.output().empty());
    CHECK(bench.ear.state() == HAAS_OBM_CONSOLE_CONNECTED);
}

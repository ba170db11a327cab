// The console between the host's five functions and the engine: an event, a reply and a deadline for each.
#include "plugins/ipmi/console.hpp"

#include <catch2/catch.hpp>

#include "haas/obm/testing.hpp"
#include "haas/obm/testing/console_ear.hpp"
#include "tests/plugins/ipmi/engine/room.hpp"
#include "tests/plugins/ipmi/wire/hex.hpp"

using namespace haas::ipmi;
using namespace haas::obm::testing;
using namespace std::chrono_literals;
using Catch::Contains;
namespace obm = haas::obm;

namespace {

struct Owned final : IpmiConsole {
    using IpmiConsole::IpmiConsole;
};

struct Bench {
    Bench() : node(room.attach(bmc.host())), console(room.engine, obm::Host(host.table()), node) {}
    ~Bench() {
        room.stop();
        CHECK(host.breaches().empty());
        CHECK(ear.breaches().empty());
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    template <class Ask>
    Completed perform(Ask ask, std::chrono::milliseconds within = 10s) {
        const haas_obm_operation operation = host.operation("operation", within);
        ask(obm::Reply(obm::Host(host.table()), operation));
        return host.wait(operation.id, 20s).value();
    }
    Completed open(obm::Conflict conflict = obm::Conflict::report, std::chrono::milliseconds within = 10s) {
        sink.emplace(ear.sink());
        return perform([&](obm::Reply reply) { console.open_console(conflict, *sink, std::move(reply)); }, within);
    }
    Completed type(std::string_view text, std::chrono::milliseconds within = 10s) {
        return perform([&](obm::Reply reply) { console.write_console(view(text), std::move(reply)); }, within);
    }
    Completed close() {
        return perform([&](obm::Reply reply) { console.close_console(std::move(reply)); });
    }
    void taken_by_another() {
        bmc.with_sol([](FakeSol& sol) {
            sol.activate(0x0f000009);
            sol.sessions.insert(0x0f000009);
        });
    }

    FakeHost host;
    UdpBmc bmc;
    Room room;
    std::uint64_t node;
    ConsoleEar ear;
    std::optional<obm::ConsoleSink> sink;
    Owned console;
};

}  // namespace

TEST_CASE("what is typed is printed, and the console is given back") {
    Bench bench;
    CHECK(bench.open().status == HAAS_OBM_OK);
    CHECK(bench.type("hello").status == HAAS_OBM_OK);
    CHECK(bench.ear.wait_for("hello", 10s));
    CHECK(bench.perform([&](obm::Reply reply) { bench.console.break_console(std::move(reply)); }).status == HAAS_OBM_OK);
    CHECK(bench.bmc.with_sol([](FakeSol& sol) { return sol.breaks; }) == 1);
    CHECK(bench.close().status == HAAS_OBM_OK);
    CHECK(bench.bmc.with_sol([](FakeSol& sol) { return sol.owner; }) == 0);
}

TEST_CASE("a paused host gets no more than it wanted, and the rest when it resumes") {
    Bench bench;
    REQUIRE(bench.open().status == HAAS_OBM_OK);
    bench.ear.pause(true);
    CHECK(bench.type("first").status == HAAS_OBM_OK);
    CHECK(bench.ear.wait_for("first", 10s));
    CHECK(bench.type("second").status == HAAS_OBM_OK);
    CHECK(bench.sink->paused());
    bench.ear.pause(false);
    bench.sink->resumed();
    bench.console.resume_console();
    CHECK(bench.ear.wait_for("second", 10s));
    CHECK(bench.ear.output() == "firstsecond");
}

TEST_CASE("each conflict policy arrives") {
    Bench bench;
    bench.taken_by_another();
    SECTION("report") {
        const Completed failed = bench.open(obm::Conflict::report);
        CHECK(failed.status == HAAS_OBM_BUSY);
        CHECK_THAT(failed.message, Contains(bench.bmc.host()) && Contains("user 3 at 192.0.2.7"));
    }
    SECTION("wait, until the deadline") {
        const Completed failed = bench.open(obm::Conflict::wait, 200ms);
        CHECK(failed.status == HAAS_OBM_BUSY);
        CHECK_THAT(failed.message, Contains("user 3 at 192.0.2.7"));
    }
    SECTION("steal") { CHECK(bench.open(obm::Conflict::steal).status == HAAS_OBM_OK); }
}

TEST_CASE("a write that fails says how much was taken") {
    Bench bench;
    CHECK(bench.type("x").status == HAAS_OBM_STATE);
    REQUIRE(bench.open().status == HAAS_OBM_OK);
    bench.bmc.with_sol([](FakeSol& sol) { sol.options.available = false; });
    const Completed failed = bench.type("x", 300ms);
    CHECK(failed.status == HAAS_OBM_TIMED_OUT);
    CHECK(failed.effect == HAAS_OBM_EFFECT_NONE);
    CHECK(value_of<std::int64_t>(failed.values, "accepted") == 0);
    CHECK(bench.ear.state() == HAAS_OBM_CONSOLE_UNAVAILABLE);
}

TEST_CASE("a console that is taken away is told as stolen") {
    Bench bench;
    REQUIRE(bench.open().status == HAAS_OBM_OK);
    const auto notice = bench.bmc.with([](FakeBmc& fake) { return fake.unsolicited(PayloadType::sol, from_hex("00000010")); });
    bench.bmc.send(notice);
    CHECK(bench.ear.wait_for_state(HAAS_OBM_CONSOLE_STOLEN, 10s));
    CHECK_FALSE(bench.ear.sentences().empty());
}

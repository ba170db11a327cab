#include "core/driver/operations.hpp"

#include <vector>

#include <catch2/catch.hpp>

#include "core/base/log.hpp"
#include "tests/core/driver/test_loop.hpp"

using namespace haas;
using namespace haas::driver;
using namespace std::chrono_literals;

namespace {

struct Desk {
    TestLoop loop;
    std::vector<OperationId> cancelled;
    std::vector<Result<Outcome>> ends;
    Operations operations{loop, "test.ext", [this](std::uint64_t, OperationId id) { cancelled.push_back(id); }};

    OperationId open(bool changes, std::chrono::milliseconds time, std::uint64_t node = 1) {
        const OperationId id = Operations::next_id();
        operations.open(id, {node, changes ? "reset" : "status", changes, loop.now() + time,
                             [this](Result<Outcome> end) { ends.push_back(std::move(end)); }});
        return id;
    }
};

const Outcome good{HAAS_OBM_OK, Effect::none, HAAS_OBM_POWER_ON, "", {}};

}  // namespace

TEST_CASE("an operation ends once, with what the driver said first") {
    Desk desk;
    const OperationId id = desk.open(true, 1s);
    desk.operations.finish(id, good);
    desk.operations.finish(id, {HAAS_OBM_BUSY, Effect::none, 0, "twice", {}});
    REQUIRE(desk.ends.size() == 1);
    CHECK(desk.ends[0].has_value());
    CHECK(desk.loop.timers() == 0);
    CHECK(desk.operations.owed() == 0);
}

TEST_CASE("who wants the whole of a failure gets its values, and still hears from the host itself") {
    Desk desk;
    for (int i = 0; i < 2; ++i) {
        const OperationId id = Operations::next_id();
        desk.operations.open(id, {1, "write_console", true, desk.loop.now() + 1s,
                                  [&desk](Result<Outcome> end) { desk.ends.push_back(std::move(end)); }, true});
        if (i == 0) {
            desk.operations.finish(id, {HAAS_OBM_BUSY, Effect::none, 0, "full", {{"accepted", std::int64_t{3}}}});
        }
    }
    desk.loop.advance(2s);
    REQUIRE(desk.ends.size() == 2);
    CHECK(desk.ends[0].value().status == HAAS_OBM_BUSY);
    CHECK(desk.ends[0].value().values == Fields{{"accepted", std::int64_t{3}}});
    CHECK(desk.ends[1].error().code == Errc::timed_out);
}

TEST_CASE("a driver that keeps silent is overruled a quarter of a second after the deadline") {
    Desk desk;
    const OperationId change = desk.open(true, 1s);
    desk.open(false, 1s);
    desk.loop.advance(1249ms);
    CHECK(desk.ends.empty());
    desk.loop.advance(1ms);
    REQUIRE(desk.ends.size() == 2);
    CHECK(desk.ends[0].error().code == Errc::timed_out);
    CHECK(desk.ends[0].error().effect == Effect::unknown);
    CHECK(desk.ends[0].error().message == "driver test.ext did not answer reset within its deadline");
    CHECK(desk.ends[1].error().effect == Effect::none);
    CHECK(desk.cancelled.size() == 2);
    CHECK(desk.operations.owed() == 2);

    desk.operations.finish(change, good);  // late: dropped
    CHECK(desk.ends.size() == 2);
    CHECK(desk.operations.owed() == 1);
}

TEST_CASE("a driver that answers in the grace is believed") {
    Desk desk;
    const OperationId id = desk.open(true, 1s);
    desk.loop.advance(1100ms);
    desk.operations.finish(id, {HAAS_OBM_TIMED_OUT, Effect::none, 0, "the BMC was silent: nothing was sent", {}});
    REQUIRE(desk.ends.size() == 1);
    CHECK(desk.ends[0].error().effect == Effect::none);
}

TEST_CASE("what is cancelled ends soon, whether the driver answers or not") {
    Desk desk;
    const OperationId silent = desk.open(true, 1h);
    desk.operations.cancel(silent);
    desk.operations.cancel(silent);
    CHECK(desk.cancelled == std::vector<OperationId>{silent});
    desk.loop.advance(249ms);
    CHECK(desk.ends.empty());
    desk.loop.advance(1ms);
    REQUIRE(desk.ends.size() == 1);
    CHECK(desk.ends[0].error().code == Errc::cancelled);
    CHECK(desk.ends[0].error().effect == Effect::unknown);
    CHECK(desk.cancelled.size() == 1);

    const OperationId quick = desk.open(true, 1h);
    desk.operations.cancel(quick);
    desk.operations.finish(quick, good);
    REQUIRE(desk.ends.size() == 2);
    CHECK(desk.ends[1].has_value());
    desk.operations.cancel(quick);
    desk.operations.cancel(4711);
    CHECK(desk.cancelled.size() == 2);
}

TEST_CASE("cancelling does not put a deadline off") {
    Desk desk;
    const OperationId id = desk.open(true, 100ms);
    desk.loop.advance(300ms);
    desk.operations.cancel(id);
    desk.loop.advance(50ms);
    CHECK(desk.ends.size() == 1);
}

TEST_CASE("closing a node ends its operations, not another's, and not from inside") {
    Desk desk;
    desk.open(true, 1s, 1);
    desk.open(false, 1s, 1);
    const OperationId other = desk.open(true, 1s, 2);
    desk.operations.close(1);
    CHECK(desk.ends.empty());
    desk.loop.run();
    REQUIRE(desk.ends.size() == 2);
    CHECK(desk.ends[0].error().code == Errc::cancelled);
    desk.operations.finish(other, good);
    CHECK(desk.ends.size() == 3);
    CHECK(desk.loop.timers() == 0);
}

TEST_CASE("a deadline at the end of time does not overflow") {
    Desk desk;
    const OperationId id = Operations::next_id();
    desk.operations.open(id, {1, "status", false, Loop::Time::max(), [&](Result<Outcome> end) { desk.ends.push_back(end); }});
    desk.loop.advance(1h);
    CHECK(desk.ends.empty());
    desk.operations.finish(id, good);
    CHECK(desk.ends.size() == 1);
}

TEST_CASE("a driver that loses every answer does not fill the memory") {
    Desk desk;
    log::set_level(log::Level::error);  // not ten thousand lines
    for (int i = 0; i < 10'000; ++i) desk.open(false, 1ms);
    desk.loop.advance(1s);
    CHECK(desk.ends.size() == 10'000);
    CHECK(desk.operations.owed() == 4096);
    log::set_level(log::Level::info);
}

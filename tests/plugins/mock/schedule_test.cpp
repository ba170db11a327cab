#include "plugins/mock/schedule.hpp"

#include <atomic>

#include <catch2/catch.hpp>

#include "haas/obm/testing/fake_host.hpp"

using namespace haas::mock;
using namespace std::chrono_literals;
namespace obm = haas::obm;

namespace {

struct Bench {
    obm::testing::FakeHost fake;
    obm::Host host{fake.table()};
    Schedule schedule{host};
    std::atomic<int> ran{0};

    std::uint64_t in(std::chrono::nanoseconds time, std::uint64_t node) {
        const haas_obm_operation operation = fake.operation("operation", 10s);
        schedule.at(host.now() + time, node, obm::Reply(host, operation), [this](obm::Reply reply) {
            ++ran;
            reply.done();
        });
        return operation.id;
    }
    haas_obm_status result(std::uint64_t operation) {
        const auto completed = fake.wait(operation, 10s);
        REQUIRE(completed.has_value());
        return completed->status;
    }
};

}  // namespace

TEST_CASE("an action runs when its time has come, the earlier one first") {
    Bench bench;
    const std::uint64_t never = bench.in(1h, 1);
    const auto before = bench.host.now();
    const std::uint64_t soon = bench.in(20ms, 2);
    CHECK(bench.result(soon) == HAAS_OBM_OK);
    CHECK(bench.host.now() - before >= 20ms);
    CHECK(bench.ran == 1);
    bench.schedule.cancel(never);
}

TEST_CASE("what is cancelled answers so, and does not run") {
    Bench bench;
    const std::uint64_t one = bench.in(1h, 1);
    const std::uint64_t other = bench.in(1h, 1);
    bench.schedule.cancel(4711);
    bench.schedule.cancel(one);
    CHECK(bench.result(one) == HAAS_OBM_CANCELLED);
    CHECK_FALSE(bench.fake.wait(other, 0s).has_value());
    bench.schedule.detach(1);
    CHECK(bench.result(other) == HAAS_OBM_CANCELLED);
    CHECK(bench.ran == 0);
}

TEST_CASE("what is held is answered by nothing but detach") {
    Bench bench;
    const haas_obm_operation operation = bench.fake.operation("held", 10s);
    bench.schedule.hold(5, obm::Reply(bench.host, operation));
    bench.schedule.cancel(operation.id);
    bench.schedule.detach(6);
    CHECK(bench.result(bench.in(1ms, 6)) == HAAS_OBM_OK);
    CHECK_FALSE(bench.fake.wait(operation.id, 0s).has_value());
    bench.schedule.detach(5);
    CHECK(bench.result(operation.id) == HAAS_OBM_CANCELLED);
}

TEST_CASE("a moment to look comes in its time, but not after detach") {
    Bench bench;
    std::atomic<int> looked{0};
    bench.schedule.wake(bench.host.now() + 1h, 1, [&] { looked += 100; });
    bench.schedule.wake(bench.host.now() + 5ms, 2, [&] { ++looked; });
    CHECK(bench.result(bench.in(6ms, 2)) == HAAS_OBM_OK);
    CHECK(looked == 1);
    bench.schedule.wake(bench.host.now(), 1, [&] { ++looked; });
    CHECK(bench.result(bench.in(1ms, 2)) == HAAS_OBM_OK);
    CHECK(looked == 2);
    bench.schedule.cancel(0);
    bench.schedule.detach(1);
    bench.schedule.detach(2);
}

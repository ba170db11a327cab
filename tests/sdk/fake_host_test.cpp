#include "haas/obm/testing/fake_host.hpp"

#include <atomic>
#include <future>

#include <catch2/catch.hpp>

#include "haas/obm/driver.hpp"

using namespace haas::obm::testing;
using namespace std::chrono_literals;

TEST_CASE("with a manual clock time is a variable") {
    FakeHost host(FakeHost::Clock::manual);
    const haas::obm::Host seen(host.table());
    const haas::obm::Time before = seen.now();
    CHECK(seen.now() == before);
    host.advance(3s);
    CHECK(seen.now() - before == 3s);
    CHECK(host.operation("status", 2s).deadline_ns == static_cast<std::uint64_t>((before + 5s).count()));
}

TEST_CASE("facts are merged by name, and forgotten on demand") {
    FakeHost host;
    const haas::obm::NodeContext node{haas::obm::Host(host.table()), 7, "n7"};
    node.publish({{"cipher", std::int64_t{3}}, {"quirk", true}});
    node.publish({{"cipher", std::int64_t{17}}, {"quirk", std::monostate()}});
    const NamedValues facts = host.facts(7);
    REQUIRE(facts.size() == 1);
    CHECK(facts[0].name == "cipher");
    CHECK(std::get<std::int64_t>(facts[0].value) == 17);
    CHECK(host.facts(8).empty());
}

TEST_CASE("a reply that is dropped answers, and one that was given answers once") {
    FakeHost host;
    const haas::obm::Host seen(host.table());
    const haas_obm_operation dropped = host.operation("dropped", 1s);
    { const haas::obm::Reply reply(seen, dropped); }
    REQUIRE(host.wait(dropped.id, 0s).has_value());
    CHECK(host.wait(dropped.id, 0s)->status == HAAS_OBM_INTERNAL);

    const haas_obm_operation given = host.operation("given", 1s);
    {
        haas::obm::Reply reply(seen, given);
        reply.done(haas::obm::Power::on);
        reply.fail(haas::obm::Status::busy, "too late");
        haas::obm::Reply moved(std::move(reply));
        CHECK(moved.answered());
    }
    CHECK(host.wait(given.id, 0s)->power == HAAS_OBM_POWER_ON);
    CHECK(host.breaches().empty());
    CHECK(host.open_operations() == 0);
}

TEST_CASE("jobs that wait when the workers end are abandoned, and none is lost") {
    FakeHost host;
    struct Shared {
        std::promise<void> started;
        std::promise<void> go;
        std::atomic<int> abandoned{0};
    } shared;
    const auto first = [](void* argument, std::int32_t) {
        auto& mine = *static_cast<Shared*>(argument);
        mine.started.set_value();
        mine.go.get_future().wait();
    };
    const auto second = [](void* argument, std::int32_t abandoned) {
        static_cast<Shared*>(argument)->abandoned += abandoned;
    };
    host.table()->run(host.table()->context, 1, first, &shared);
    host.table()->run(host.table()->context, 1, second, &shared);
    shared.started.get_future().wait();
    CHECK_FALSE(host.end_workers(0s));
    shared.go.set_value();
    CHECK(host.end_workers(10s));
    CHECK(shared.abandoned == 1);
    CHECK(host.table()->run(host.table()->context, 1, second, &shared) == HAAS_OBM_BUSY);
}

#include "core/driver/instance.hpp"

#include <atomic>
#include <future>

#include "tests/core/driver/stage.hpp"

using namespace haas;
using namespace haas::driver;
using namespace std::chrono_literals;

TEST_CASE("create sees the options and its refusal is the failure of start") {
    forget();
    TestLoop loop;
    const Library library = Library::built_in(puppet_entry(), any_schema).value();
    puppet().status = HAAS_OBM_INVALID;
    puppet().failure = "unknown option 'colour'";
    const auto refused = Driver::start(library, {"test.puppet", {{"colour", std::string("red")}}, 1}, loop, nullptr);
    REQUIRE_FALSE(refused.has_value());
    CHECK(puppet().last().argument == "colour=red");
    CHECK(refused.error().code == Errc::invalid);
    CHECK(refused.error().message == "unknown option 'colour'");

    puppet().status = HAAS_OBM_OK;
    puppet().gives_nothing = true;
    CHECK(Driver::start(library, {"test.puppet", {}, 1}, loop, nullptr).error().code == Errc::internal);
}

TEST_CASE("facts of attached nodes reach the sink, also those published while attaching") {
    Stage stage;
    const auto node = stage.attach(5);
    const haas_obm_field facts[] = {{{"cipher_suite", 12}, HAAS_OBM_KIND_INTEGER, 0, {nullptr, 0}, 17},
                                    {{"quirk", 5}, HAAS_OBM_KIND_NONE, 0, {nullptr, 0}, 0}};
    puppet().host->publish_facts(puppet().host->context, 6, facts, 2);
    stage.loop.run();
    CHECK(stage.fact_node == 0);
    puppet().host->publish_facts(puppet().host->context, 5, facts, 2);
    stage.loop.run();
    CHECK(stage.fact_node == 5);
    CHECK(stage.facts == Fields{{"cipher_suite", std::int64_t{17}}});
    CHECK(stage.forgotten == std::vector<std::string>{"quirk"});
}

TEST_CASE("stop detaches, stops, destroys, in this order and within its deadline") {
    Stage stage;
    const auto node = stage.attach();
    puppet().completes_stop = false;
    stage.driver->stop(stage.in(5s), [&] { stage.stopped = true; });
    CHECK(puppet().story() == "create,attach,detach,stop");
    stage.loop.advance(4s);
    CHECK_FALSE(stage.stopped);
    puppet().done(puppet().last().operation);
    CHECK(stage.loop.run_until([&] { return stage.stopped; }));
    CHECK(puppet().story() == "create,attach,detach,stop,destroy");
    CHECK(stage.loop.timers() == 0);
}

TEST_CASE("a driver that fails to stop is destroyed all the same") {
    Stage stage;
    puppet().completes_stop = false;
    stage.driver->stop(stage.in(5s), [&] { stage.stopped = true; });
    puppet().fail(puppet().last().operation, HAAS_OBM_UNREACHABLE, "a BMC did not answer", HAAS_OBM_EFFECT_NONE);
    CHECK(stage.loop.run_until([&] { return stage.stopped; }));
    CHECK(puppet().last().what == "destroy");
}

TEST_CASE("a driver that does not stop is left behind at the deadline, and may talk to nobody") {
    Stage stage;
    puppet().completes_stop = false;
    stage.driver->stop(stage.in(5s), [&] { stage.stopped = true; });
    stage.loop.advance(5s);
    CHECK(stage.stopped);
    CHECK(puppet().last().what == "stop");
    puppet().done(puppet().last().operation);
    stage.loop.advance(1s);
    CHECK(puppet().last().what == "stop");
    CHECK(puppet().host->log_enabled(puppet().host->context, HAAS_OBM_LOG_ERROR) == 0);
    const auto job = [](void*, std::int32_t) {};
    CHECK(puppet().host->run(puppet().host->context, 1, job, nullptr) == HAAS_OBM_BUSY);
    CHECK(stage.loop.timers() == 0);
}

TEST_CASE("destroy waits for the job that runs, and the one that waits is abandoned") {
    struct Shared {
        std::promise<void> started;
        std::promise<void> go;
        std::atomic<int> abandoned{0};
    } shared;
    Stage stage;
    const haas_obm_host* host = puppet().host;
    const auto running = [](void* argument, std::int32_t) {
        static_cast<Shared*>(argument)->started.set_value();
        static_cast<Shared*>(argument)->go.get_future().wait();
    };
    const auto waiting = [](void* argument, std::int32_t abandoned) {
        static_cast<Shared*>(argument)->abandoned += abandoned;
    };
    REQUIRE(host->run(host->context, 1, running, &shared) == HAAS_OBM_OK);
    REQUIRE(host->run(host->context, 1, waiting, &shared) == HAAS_OBM_OK);
    shared.started.get_future().wait();

    stage.driver->stop(stage.in(5s), [&] { stage.stopped = true; });
    stage.loop.advance(1s);
    CHECK(puppet().last().what == "stop");
    shared.go.set_value();
    CHECK(stage.loop.run_until([&] { return stage.stopped; }));
    CHECK(shared.abandoned == 1);
    CHECK(puppet().last().what == "destroy");
}

TEST_CASE("a job that hangs is left behind at the deadline") {
    // For ever: the thread is joined by nobody.
    struct Shared {
        std::promise<void> started;
        std::promise<void> go;
        std::promise<void> gone;
    };
    static auto* const shared = new Shared;
    Stage stage;
    const haas_obm_host* host = puppet().host;
    const auto hangs = [](void* argument, std::int32_t) {
        static_cast<Shared*>(argument)->started.set_value();
        static_cast<Shared*>(argument)->go.get_future().wait();
        static_cast<Shared*>(argument)->gone.set_value();
    };
    REQUIRE(host->run(host->context, 1, hangs, shared) == HAAS_OBM_OK);
    shared->started.get_future().wait();
    stage.driver->stop(stage.in(5s), [&] { stage.stopped = true; });
    stage.loop.advance(5s);
    CHECK(stage.stopped);
    CHECK(puppet().last().what == "stop");
    shared->go.set_value();
    shared->gone.get_future().wait();
}

TEST_CASE("a driver that is dropped without stop is left behind") {
    Stage stage;
    const auto node = stage.attach();
    const OperationId id = node->submit(Verb::power_on, stage.in(1s), stage.note<void>());
    stage.driver.reset();
    CHECK(puppet().last().what == "power_on");
    puppet().done(id);
    stage.loop.run();
    CHECK(stage.completions == 1);
    CHECK(stage.error->code == Errc::cancelled);
}

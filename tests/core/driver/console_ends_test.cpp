// How the life of a console ends: closed, dropped, or gone with its node.
#include "tests/core/driver/console_stage.hpp"

using namespace haas;
using namespace haas::driver;
using namespace std::chrono_literals;

TEST_CASE("a console that is dropped is closed, and nobody hears of it") {
    ConsoleStage stage;
    stage.be_open();
    CHECK(puppet().print("x") == 0);
    stage.console.reset();
    CHECK(puppet().last().what == "close_console");
    CHECK(puppet().print("y") == 0);
    puppet().done(puppet().last().operation);
    stage.loop.run();
    CHECK(stage.batches == 0);
    CHECK(stage.loop.timers() == 0);
    stage.be_open();
}

TEST_CASE("a console that is dropped while it is closed still tells when it is") {
    ConsoleStage stage;
    stage.be_open();
    const OperationId close = stage.console->close(stage.in(1s), stage.note<void>());
    stage.console.reset();
    CHECK(puppet().last().operation == close);
    puppet().done(close);
    stage.loop.run();
    CHECK(stage.completions == 1);
}

TEST_CASE("a driver that does not close keeps nobody from opening again") {
    ConsoleStage stage;
    stage.be_open();
    const haas_obm_console_sink old = puppet().sink;
    stage.console->close(stage.in(1s), stage.note<void>());
    stage.loop.advance(2s);
    CHECK(stage.error.value().code == Errc::timed_out);
    stage.console.reset();
    stage.be_open();
    CHECK(puppet().sink.console != old.console);
    const std::uint8_t late = 'x';
    const haas_obm_console_event event{sizeof(event), HAAS_OBM_CONSOLE_DATA, 0, &late, 1, 0, {nullptr, 0}};
    CHECK(old.event(old.context, old.console, &event) == 0);
    stage.loop.run();
    CHECK(stage.batches == 0);
}

TEST_CASE("a listener may close its console from inside") {
    Stage stage;
    const auto node = stage.attach();
    std::unique_ptr<Console> console;
    int heard = 0;
    const OperationId id = node->open_console(
        ConsoleConflict::report, stage.in(1s),
        [&](const std::vector<ConsoleEvent>&) {
            ++heard;
            console.reset();
        },
        [&](Result<std::unique_ptr<Console>> result) { console = std::move(*result); });
    puppet().done(id);
    puppet().print("x");
    stage.loop.run();
    CHECK(heard == 1);
    CHECK(puppet().last().what == "close_console");
    puppet().print("y");
    stage.loop.run();
    CHECK(heard == 1);
}

TEST_CASE("the end of the node ends its console, last of all that is heard") {
    ConsoleStage stage;
    stage.be_open();
    stage.write("x");
    puppet().print("last words");
    SECTION("the node is detached") {
        stage.node.reset();
        CHECK(puppet().last().what == "detach");
    }
    SECTION("the driver is stopped") {
        stage.driver->stop(stage.in(1s), [&] { stage.stopped = true; });
    }
    SECTION("the driver is left behind") {
        puppet().completes_stop = false;
        stage.driver.reset();
        CHECK(puppet().print("into the void") != 0);
    }
    CHECK(stage.batches == 0);
    stage.loop.run();
    REQUIRE(stage.heard.size() == 2);
    CHECK(stage.heard[0] == ConsoleEvent(ConsoleData{"last words"}));
    CHECK(std::get<ConsoleChange>(stage.heard[1]).state == ConsoleState::ended);
    CHECK(stage.written.value().error.value().code == Errc::cancelled);

    stage.write("y");
    stage.console->send_break(stage.in(1s), stage.note<void>());
    stage.console->close(stage.in(1s), stage.note<void>());
    stage.console->pause();
    stage.console->resume();
    stage.loop.run();
    CHECK(stage.completions == 4);
    CHECK(stage.error.value().code == Errc::cancelled);
    CHECK(stage.heard.size() == 2);
}

TEST_CASE("a node that goes while its console is opened or closed completes both") {
    ConsoleStage stage;
    SECTION("opened") {
        stage.open();
        stage.node.reset();
        stage.loop.run();
        CHECK(stage.opened == 1);
    }
    SECTION("closed") {
        stage.be_open();
        stage.console->close(stage.in(1s), stage.note<void>());
        stage.node.reset();
        stage.loop.run();
        CHECK(stage.completions == 1);
    }
    CHECK(stage.error.value().code == Errc::cancelled);
}

#include "core/driver/consoles.hpp"

#include <atomic>
#include <thread>

#include "tests/core/driver/console_stage.hpp"

using namespace haas;
using namespace haas::driver;
using namespace std::chrono_literals;

namespace {

using Heard = std::vector<ConsoleEvent>;

}  // namespace

TEST_CASE("a console is opened, heard in batches and in order, typed to, and closed") {
    ConsoleStage stage;
    const OperationId open = stage.open();
    CHECK(puppet().last().what == "open_console");
    CHECK(puppet().last().operation == open);
    CHECK(puppet().last().argument == "0");
    puppet().done(open);
    CHECK(stage.opened == 0);
    stage.loop.run();
    REQUIRE(stage.console);
    CHECK(stage.batches == 0);

    CHECK(puppet().print("lo") == 0);
    CHECK(puppet().print("gin: ") == 0);
    CHECK(puppet().lose(7) == 0);
    CHECK(puppet().change(HAAS_OBM_CONSOLE_UNAVAILABLE, "the machine is off") == 0);
    CHECK(puppet().print(std::string("\0\xff", 2)) == 0);
    CHECK(stage.batches == 0);
    stage.loop.run();
    CHECK(stage.batches == 1);
    CHECK(stage.heard == Heard{ConsoleData{"login: "}, ConsoleGap{7},
                               ConsoleChange{ConsoleState::unavailable, "the machine is off"},
                               ConsoleData{std::string("\0\xff", 2)}});

    puppet().done(stage.write("root\r"));
    CHECK(puppet().last().argument == "root\r");
    stage.loop.run();
    REQUIRE(stage.written.has_value());
    CHECK(stage.written->accepted == 5);
    CHECK_FALSE(stage.written->error.has_value());

    puppet().done(stage.console->send_break(stage.in(1s), stage.note<void>()));
    CHECK(puppet().last().what == "break_console");
    const OperationId close = stage.console->close(stage.in(1s), stage.note<void>());
    CHECK(puppet().print("bye") == 0);
    puppet().done(close);
    stage.loop.run();
    CHECK(stage.heard.back() == ConsoleEvent(ConsoleData{"bye"}));
    CHECK(stage.completions == 3);
    CHECK_FALSE(stage.error.has_value());
    CHECK(stage.loop.timers() == 0);
    CHECK(puppet().story() == "create,attach,open_console,write_console,break_console,close_console");
}

TEST_CASE("power goes on beside an open console") {
    ConsoleStage stage;
    stage.be_open();
    stage.write("x");
    puppet().done(stage.node->submit(Verb::power_on, stage.in(1s), stage.note<void>()));
    stage.loop.run();
    CHECK(stage.completions == 1);
    CHECK_FALSE(stage.error.has_value());
}

TEST_CASE("each policy of conflict reaches the driver as the contract has it") {
    ConsoleStage stage;
    const auto [conflict, number] = GENERATE(std::pair(ConsoleConflict::report, HAAS_OBM_CONSOLE_REPORT),
                                             std::pair(ConsoleConflict::wait, HAAS_OBM_CONSOLE_WAIT),
                                             std::pair(ConsoleConflict::steal, HAAS_OBM_CONSOLE_STEAL));
    stage.node->open_console(conflict, stage.in(1s), nullptr, [](const Result<std::unique_ptr<Console>>&) {});
    CHECK(puppet().last().argument == std::to_string(static_cast<int>(number)));
}

TEST_CASE("somebody else's console is busy, in the driver's words, and may be asked for again") {
    ConsoleStage stage;
    const OperationId id = stage.open();
    CHECK(puppet().print("nobody hears this") == 0);
    puppet().fail(id, HAAS_OBM_BUSY, "operator at 10.0.0.9 has the console", HAAS_OBM_EFFECT_NONE);
    stage.loop.run();
    CHECK(stage.error.value().code == Errc::busy);
    CHECK(stage.error->message == "operator at 10.0.0.9 has the console");
    CHECK(stage.batches == 0);
    stage.be_open();
}

TEST_CASE("what is printed before the console is open comes after it was opened") {
    ConsoleStage stage;
    const OperationId id = stage.open();
    CHECK(puppet().print("early") == 0);
    stage.loop.run();
    CHECK(stage.batches == 0);
    puppet().done(id);
    stage.loop.run();
    CHECK(stage.heard == Heard{ConsoleData{"early"}});
}

TEST_CASE("a node has one console") {
    ConsoleStage stage;
    stage.be_open();
    stage.open();
    stage.loop.run();
    CHECK(stage.opened == 2);
    CHECK(stage.error.value().code == Errc::conflict);
    const OperationId close = stage.console->close(stage.in(1s), stage.note<void>());
    stage.open();
    stage.loop.run();
    CHECK(stage.error.value().code == Errc::conflict);
    puppet().done(close);
    stage.loop.run();
    stage.be_open();
}

TEST_CASE("a driver without the capability says so") {
    Stage stage(bare_puppet_entry());
    const auto node = stage.attach();
    CHECK_FALSE(node->supports_console());
    std::optional<Error> error;
    node->open_console(ConsoleConflict::report, stage.in(1s), nullptr,
                       [&](const Result<std::unique_ptr<Console>>& result) { error = result.error(); });
    stage.loop.run();
    CHECK(error.value().message == "driver test.puppet does not have the capability haas.obm.console/1");
}

TEST_CASE("a write that fails says how much was taken, and never more than was given") {
    ConsoleStage stage;
    stage.be_open();
    const auto [said, taken] = GENERATE(std::pair<std::int64_t, std::size_t>(3, 3), std::pair<std::int64_t, std::size_t>(99, 5),
                                        std::pair<std::int64_t, std::size_t>(-1, 0));
    const haas_obm_field accepted{{"accepted", 8}, HAAS_OBM_KIND_INTEGER, 0, {nullptr, 0}, said};
    puppet().complete(stage.write("12345"), {0, HAAS_OBM_TIMED_OUT, HAAS_OBM_EFFECT_UNKNOWN, 0, 0, {"slow", 4}, &accepted, 1});
    stage.loop.run();
    CHECK(stage.written.value().accepted == taken);
    CHECK(stage.written->error.value().code == Errc::timed_out);
    CHECK(stage.written->error->effect == Effect::unknown);
}

TEST_CASE("one thing is typed at a time, and only what fits") {
    ConsoleStage stage;
    stage.be_open();
    const OperationId first = stage.write("first");
    stage.write("second");
    stage.console->send_break(stage.in(1s), stage.note<void>());
    stage.loop.run();
    CHECK(stage.written.value().error.value().code == Errc::busy);
    CHECK(stage.error.value().code == Errc::busy);
    CHECK(puppet().last().argument == "first");
    puppet().done(first);
    stage.loop.run();

    stage.write("");
    stage.loop.run();
    CHECK(stage.written->error.value().code == Errc::invalid);
    const std::string paste(Console::most_bytes, 'x');
    stage.write(paste + "x");
    stage.loop.run();
    CHECK(stage.written->error.value().code == Errc::invalid);
    puppet().done(stage.write(paste));
    CHECK(puppet().last().argument == paste);
    stage.loop.run();
    CHECK(stage.written->accepted == paste.size());
}

TEST_CASE("a write that the driver never answers ends, and frees the line") {
    ConsoleStage stage;
    stage.be_open();
    const OperationId lost = stage.write("x", 100ms);
    stage.loop.advance(1s);
    CHECK(stage.written.value().error.value().code == Errc::timed_out);
    CHECK(stage.written->error->effect == Effect::unknown);
    CHECK(puppet().last().what == "cancel");
    puppet().done(stage.write("y"));
    puppet().done(lost);
    stage.loop.run();
    CHECK(stage.completions == 2);
    CHECK(stage.written->accepted == 1);
}

TEST_CASE("a cancelled opening that the driver answers leaves nothing, one that it ignores is closed") {
    ConsoleStage stage;
    const OperationId id = stage.open();
    SECTION("answered") {
        puppet().answers_cancel = true;
        stage.node->cancel(id);
        stage.loop.run();
        CHECK(stage.error.value().code == Errc::cancelled);
        CHECK(puppet().last().what == "cancel");
    }
    SECTION("ignored") {
        stage.node->cancel(id);
        stage.loop.advance(1s);
        CHECK(stage.error.value().code == Errc::cancelled);
        CHECK(puppet().last().what == "close_console");
        puppet().done(id);  // too late: it is open now, and being closed
        CHECK(puppet().print("nobody hears this") == 0);
        stage.loop.run();
        CHECK(stage.opened == 1);
        CHECK(stage.batches == 0);
        puppet().done(puppet().last().operation);
        stage.loop.run();
    }
    stage.be_open();
}

TEST_CASE("while a console is paused nothing is delivered, and nothing is lost") {
    ConsoleStage stage;
    stage.be_open();
    stage.console->pause();
    const std::string piece(Console::most_bytes, 'a');
    std::size_t printed = 0;
    while (puppet().print(piece) == 0) printed += piece.size();
    printed += piece.size();
    CHECK(printed == Console::most_waiting);
    CHECK(puppet().lose(1) != 0);
    stage.loop.run();
    CHECK(stage.batches == 0);
    CHECK(puppet().last().what == "open_console");

    stage.console->resume();
    CHECK(stage.batches == 0);
    stage.loop.run();
    CHECK(stage.heard == Heard{ConsoleData{std::string(printed, 'a')}, ConsoleGap{1}});
    CHECK(puppet().last().what == "resume_console");
    CHECK(puppet().print("b") == 0);
    stage.loop.run();
    CHECK(stage.heard.back() == ConsoleEvent(ConsoleData{"b"}));
    CHECK(puppet().story() == "create,attach,open_console,resume_console");
}

TEST_CASE("what another thread prints arrives whole and in order, however the pauses fall") {
    ConsoleStage stage;
    stage.be_open();
    constexpr std::size_t total = 4 * Console::most_waiting;
    std::atomic<bool> paused{false};
    std::thread driver([&paused] {
        std::size_t sent = 0;
        while (sent < total) {
            while (paused) std::this_thread::yield();
            std::string piece;
            for (std::size_t i = 0; i < 1000 && sent < total; ++i, ++sent) piece.push_back(static_cast<char>(sent % 251));
            // The puppet's pause is not ordered with its resume as a driver's must be; the flag is set first instead.
            paused = true;
            if (puppet().print(piece) == 0) paused = false;
        }
    });
    std::string all;
    const auto arrived = [&] {
        for (const ConsoleEvent& event : std::exchange(stage.heard, {})) all += std::get<ConsoleData>(event).bytes;
        return all.size();
    };
    std::size_t resumed = 0;
    CHECK(stage.loop.run_until([&] {
        const std::size_t now = arrived();
        for (; resumed < puppet().asked.size(); ++resumed) {
            if (puppet().asked[resumed].what == "resume_console") paused = false;
        }
        return now == total;
    }));
    driver.join();
    bool in_order = true;
    for (std::size_t i = 0; i < all.size(); ++i) in_order = in_order && all[i] == static_cast<char>(i % 251);
    CHECK(in_order);
}

// A node of the puppet driver whose console is opened, and what its listener hears.
#pragma once

#include "core/driver/console.hpp"
#include "tests/core/driver/stage.hpp"

namespace haas::driver {

struct ConsoleStage : Stage {
    // What is still open ends while there is somebody to hear of it.
    ~ConsoleStage() {
        console.reset();
        node.reset();
        loop.run();
    }

    OperationId open(std::chrono::milliseconds patience = std::chrono::seconds(1)) {
        return node->open_console(
            ConsoleConflict::report, in(patience),
            [this](std::vector<ConsoleEvent> batch) {
                ++batches;
                for (ConsoleEvent& event : batch) heard.push_back(std::move(event));
            },
            [this](Result<std::unique_ptr<Console>> result) {
                ++opened;
                if (result) {
                    console = std::move(*result);
                } else {
                    error = result.error();
                }
            });
    }
    void be_open() {
        puppet().done(open());
        loop.run();
        REQUIRE(console);
    }
    OperationId write(std::string_view bytes, std::chrono::milliseconds patience = std::chrono::seconds(1)) {
        return console->write(bytes, in(patience), [this](const ConsoleWritten& result) {
            ++completions;
            written = result;
        });
    }

    std::unique_ptr<Node> node = attach();
    std::unique_ptr<Console> console;
    std::vector<ConsoleEvent> heard;
    int batches = 0;
    int opened = 0;
    std::optional<ConsoleWritten> written;
};

}  // namespace haas::driver

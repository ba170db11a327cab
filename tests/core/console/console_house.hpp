// The consoles of a house of scripted drivers, their history in a folder of the test's own.
#pragma once

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "core/console/consoles.hpp"
#include "core/console/posix_files.hpp"
#include "tests/core/node/house.hpp"
#include "tests/core/store/temp_folder.hpp"

namespace haas::console {

struct ConsoleHouse : node::House {
    explicit ConsoleHouse(Mode mode = Mode::on_demand) : house_mode(mode) {}

    // As at a start of the daemon.
    void start() {
        consoles.reset();
        history.reset();
        history = std::make_unique<History>(files ? std::move(files) : std::move(open_files(folder / "console").value()),
                                            History::Options{}, loop);
        consoles = std::make_unique<Consoles>(loop, registry, *history, house_mode, NodeConsole::Options{},
                                              [this](const std::string& label, const std::string& from) { taken += label + " from " + from + "\n"; });
        bool ready = false;
        consoles->start([&] { ready = true; });
        REQUIRE(loop.run_until([&] { return ready; }));
        flush();
    }
    // Until what was recorded is stored.
    void flush() {
        bool flushed = false;
        loop.run();  // what was printed comes to be recorded
        history->flush([&] { flushed = true; });
        loop.advance(std::chrono::milliseconds(200));
        REQUIRE(loop.run_until([&] { return flushed; }));
        loop.run();
    }
    // Until the disk has done what this wanted of it.
    template <class Ask>
    Result<void> await(Ask ask) {
        std::optional<Result<void>> answer;
        ask([&](const Result<void>& result) { answer = result; });
        REQUIRE(loop.run_until([&] { return answer.has_value(); }));
        flush();
        return *answer;
    }
    Result<void> ask(const std::string& label) {
        return await([&](auto done) { consoles->ask(label, "alice", done); });
    }
    // All of a node's history, markers as "<kind:sentence>".
    std::string recorded(const std::string& label) {
        flush();
        std::string text;
        std::optional<Place> next;
        for (bool more = true; more;) {
            std::optional<Result<Page>> page;
            history->read(label, next ? From(*next) : From(FromOffset{0}), 1000, [&](Result<Page> read) { page = std::move(read); });
            REQUIRE(loop.run_until([&] { return page.has_value(); }));
            for (const Entry& entry : page->value().entries) {
                text += entry.kind == Kind::data ? entry.text : "<" + std::string(name(entry.kind)) + ":" + entry.text + ">";
            }
            next = page->value().next;
            more = page->value().more;
        }
        return text;
    }
    // While time passes, as fast as the disk allows; false when it does not come true within half a minute of real time.
    template <class Predicate>
    bool eventually(Predicate predicate) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (!predicate()) {
            if (std::chrono::steady_clock::now() > end) return false;
            loop.advance(std::chrono::milliseconds(1));
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return true;
    }
    bool opens(const std::string& label) {
        return eventually([&] { return is_open(label); });
    }
    Result<void> open(const std::string& label, driver::ConsoleConflict conflict) {
        return await([&](auto done) {
            consoles->open(label, conflict, nullptr, [done](const Result<bool>& opened) {
                done(opened ? Result<void>() : Result<void>(tl::unexpected(opened.error())));
            });
        });
    }
    bool is_open(const std::string& label) const { return node::machine(label).console.has_value(); }

    std::string taken;  // for recording
    const Mode house_mode;
    const test::TempFolder folder;
    std::unique_ptr<Files> files;  // instead of the folder's, at the next start
    std::unique_ptr<History> history;
    std::unique_ptr<Consoles> consoles;
};

}  // namespace haas::console

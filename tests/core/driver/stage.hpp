// A started puppet driver on a test loop.
#pragma once

#include <catch2/catch.hpp>

#include "core/driver/driver.hpp"
#include "tests/core/driver/puppet.hpp"
#include "tests/core/driver/test_loop.hpp"

namespace haas::driver {

inline Result<void> any_schema(std::string_view) { return {}; }

struct Stage {
    explicit Stage(const haas_obm_entry& entry = puppet_entry()) {
        forget();
        auto started = Driver::start(Library::built_in(entry, any_schema).value(), {"test.puppet", {}, 2}, loop,
                                     [this](std::uint64_t node_id, const Fields& changed, const std::vector<std::string>& removed) {
                                         fact_node = node_id;
                                         facts = changed;
                                         forgotten = removed;
                                     });
        driver = std::move(started.value());
    }
    ~Stage() {
        if (driver && !stopped) {
            driver->stop(loop.now() + std::chrono::seconds(5), [] {});
            loop.advance(std::chrono::seconds(6));
        }
    }

    std::unique_ptr<Node> attach(std::uint64_t node_id = 1) {
        auto node = driver->attach(node_id, "n" + std::to_string(node_id), {{"host", std::string("bmc")}});
        REQUIRE(node.has_value());
        return std::move(*node);
    }
    Loop::Time in(std::chrono::milliseconds time) const { return loop.now() + time; }

    // Notes how an operation ends, and how often.
    template <class T>
    Completion<T> note() {
        return [this](Result<T> result) {
            ++completions;
            error = result ? std::optional<Error>() : std::optional<Error>(result.error());
            if constexpr (!std::is_void_v<T>) remember(std::move(result));
        };
    }

    TestLoop loop;
    std::unique_ptr<Driver> driver;
    bool stopped = false;

    int completions = 0;
    std::optional<Error> error;
    std::optional<Power> power;
    std::optional<BootSetting> boot;
    std::optional<DiagnoseReport> report;
    std::uint64_t fact_node = 0;
    Fields facts;
    std::vector<std::string> forgotten;

private:
    void remember(Result<Power> result) { power = result ? std::optional(*result) : std::nullopt; }
    void remember(Result<DiagnoseReport> result) { report = result ? std::optional(*result) : std::nullopt; }
    void remember(Result<BootSetting> result) { boot = result ? std::optional(*result) : std::nullopt; }
};

}  // namespace haas::driver

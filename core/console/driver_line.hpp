// The hub's line to an open console of a driver: gives each write the deadline that the hub does not know.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "core/base/loop.hpp"
#include "core/console/hub.hpp"
#include "core/driver/console.hpp"

namespace haas::console {

class DriverLine final : public Line {
public:
    // The loop outlives it.
    DriverLine(std::unique_ptr<driver::Console> console, Loop& loop, Loop::Duration deadline)
        : console_(std::move(console)), loop_(loop), deadline_(deadline) {}

    void write(std::string_view bytes, std::function<void(driver::ConsoleWritten)> done) override {
        console_->write(bytes, loop_.now() + deadline_, std::move(done));
    }
    void send_break(std::function<void(Result<void>)> done) override {
        console_->send_break(loop_.now() + deadline_, std::move(done));
    }
    driver::Console& console() noexcept { return *console_; }

private:
    std::unique_ptr<driver::Console> console_;
    Loop& loop_;
    const Loop::Duration deadline_;
};

}  // namespace haas::console

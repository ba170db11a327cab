// The serial console of a machine that only exists in memory, and the connection to it: what it prints when, who has it,
// when the connection is down.  Time is given in; knows neither threads nor the driver ABI.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace haas::mock {

using Time = std::chrono::nanoseconds;

class Serial {
public:
    struct Settings {
        std::string text;       // printed after each boot
        std::int64_t rate = 0;  // bytes a second; 0: at once
        bool echo = true;       // of what is typed
        std::string owner;      // somebody else who has the console at first; empty: nobody
        Time drop{0};           // how long a connection holds; 0: for ever
        Time down{0};           // how long it is gone then
    };
    struct Lost {
        std::uint64_t bytes = 0;
        bool operator==(const Lost&) const = default;
    };
    enum class Link { up, down };
    // What a viewer notices: bytes, lost bytes, or that the connection came or went.
    using Noticed = std::variant<std::string, Lost, Link>;

    Serial(bool on, Settings settings) : settings_(std::move(settings)), owner_(settings_.owner), on_(on) {}

    // Times never go back.
    void boot(Time at);
    void off(Time at);

    // Who keeps us from opening it; empty: nobody, it is open now.
    std::string open(bool steal, Time now);
    void close(Time now);
    // False while there is no connection.
    bool type(std::string_view bytes, Time now);
    bool send_break(Time now);

    // What happened since the last take; nothing of what happens while it is not open.
    std::vector<Noticed> take(Time now);
    // When there will be more to notice.
    std::optional<Time> next() const;

private:
    bool connected() const { return link_ == Link::up; }
    void print(std::string_view bytes, Time now);
    void run(Time until);
    void release(Time until);
    void flip(Time at);

    const Settings settings_;
    std::string owner_;
    bool on_;
    std::string queue_;  // still to be printed,
    Time from_{0};       // from this moment on at the rate
    std::optional<Link> link_;  // none: not open
    std::optional<Time> flips_;
    std::uint64_t lost_ = 0;
    std::vector<Noticed> noticed_;
};

}  // namespace haas::mock

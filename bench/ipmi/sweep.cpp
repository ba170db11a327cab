// Asks a fleet of simulated BMCs through the driver's .so, round after round, and prints what each round cost as JSON.
// usage: sweep --library FILE.so --hosts FILE [--control SOCKET] [--at-a-time N] [--deadline SECONDS] [--times N]
//              [--period MILLISECONDS] ROUND...
// A ROUND is `status` or `power_on`; the first finds no session, the later ones find what the first left.  `watch` asks for the
// status so many times, one period after the other, with a second's patience for each answer.  `pause` is as long as a round
// lasts that waits for dead BMCs; `trickle` is as long, and asks one BMC after the other meanwhile, one in 50 ms.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "bench/ipmi/fleet.hpp"
#include "bench/ipmi/simulator_counts.hpp"
#include "core/base/log.hpp"

namespace {

using namespace haas::bench;

constexpr std::chrono::seconds as_long_as_the_dead(7);

class Report {
public:
    explicit Report(std::string control_socket) : control_socket_(std::move(control_socket)) {}

    void add(const std::string& what, const Round& round) {
        std::string failed;
        for (const auto& [code, count] : round.failed) {
            failed += fmt::format(R"({}"{}": {})", failed.empty() ? "" : ", ", code, count);
        }
        rounds_ += fmt::format(
            R"({}{{"round": "{}", "asked": {}, "right": {}, "wrong": {}, "failed": {{{}}}, "wall": {:.6f}, "last_right": {:.6f}, )"
            R"("user": {:.6f}, "system": {:.6f}, "sleeps": {}, "p50_ms": {:.3f}, "p99_ms": {:.3f}, )"
            R"("rss_kib": {}, "peak_kib": {}, "simulator": {}}})",
            rounds_.empty() ? "" : ",\n", what, round.asked, round.right, round.wrong, failed, round.wall_seconds,
            round.last_right_seconds, round.cost.user_seconds, round.cost.system_seconds, round.cost.sleeps,
            percentile(round.latencies_ms, 0.5), percentile(round.latencies_ms, 0.99), memory_kib("VmRSS"),
            memory_kib("VmHWM"), control_socket_.empty() ? "null" : simulator_totals(control_socket_));
        if (!round.first_failure.empty()) fmt::print(stderr, "sweep: {}: {}\n", what, round.first_failure);
    }
    const std::string& rounds() const { return rounds_; }

private:
    std::string control_socket_;
    std::string rounds_;
};

void sweep(const Arguments& arguments) {
    const std::chrono::seconds deadline(arguments.number("--deadline", 30));
    Report report(arguments.text("--control", ""));
    Fleet fleet(arguments.text("--library"));
    const auto empty_kib = memory_kib("VmRSS");

    Round attaching;
    const Cost before = cost_so_far();
    const auto begin = std::chrono::steady_clock::now();
    fleet.attach(arguments.text("--hosts"));
    attaching.wall_seconds = seconds(std::chrono::steady_clock::now() - begin);
    attaching.cost = cost_so_far() - before;
    report.add("attach", attaching);

    const std::size_t at_a_time = arguments.number("--at-a-time", fleet.size());
    for (const std::string& word : arguments.words()) {
        if (word == "watch") {
            const std::chrono::milliseconds period(arguments.number("--period", 1000));
            report.add(word, fleet.watch(fleet.size(), std::max<std::uint64_t>(arguments.number("--times", 10), 2), period,
                                         std::chrono::seconds(1)));
        } else if (word == "trickle") {
            constexpr std::chrono::milliseconds period(50);
            report.add(word, fleet.watch(1, as_long_as_the_dead / period, period, std::chrono::seconds(1)));
        } else if (word == "pause") {
            std::this_thread::sleep_for(as_long_as_the_dead);
        } else if (word == "status" || word == "power_on") {
            report.add(word, fleet.ask(word == "status" ? Ask::status : Ask::power_on, at_a_time, deadline));
        } else {
            throw std::runtime_error("there is no round '" + word + "'");
        }
    }
    report.add("stop", fleet.stop());
    fmt::print("{{\"bmcs\": {}, \"at_a_time\": {}, \"empty_kib\": {}, \"rounds\": [\n{}]}}\n", fleet.size(), at_a_time,
               empty_kib, report.rounds());
}

}  // namespace

int main(int count, char** values) {
    haas::log::set_level(haas::log::Level::warn);
    try {
        sweep(Arguments(count, values));
    } catch (const std::exception& fault) {
        fmt::print(stderr, "sweep: {}\n", fault.what());
        return 1;
    }
    return 0;
}

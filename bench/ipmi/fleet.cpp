#include "bench/ipmi/fleet.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "core/api/schema.hpp"
#include "core/driver/library.hpp"

namespace haas::bench {

namespace {

// The kernel books a thread's time when the thread goes to sleep, which the driver's own may not have done yet when the
// last answer is here.
Cost cost_at_rest() {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return cost_so_far();
}

}  // namespace

struct Fleet::Running {
    Ask what;
    Loop::Duration deadline;
    std::size_t next = 0;  // to be asked; from size() on it goes round
    std::size_t each_time = 0;
    std::size_t times = 0;  // that so many are still to be asked
    Loop::Duration period{};
    Loop::Time begin{};
    Loop::Time count_from{};  // latencies of what was asked before are left out
    std::size_t open = 0;
    Round round{};
};

Fleet::Fleet(const std::filesystem::path& library) {
    auto opened = driver::Library::open(library, api::check_schema);
    if (!opened) throw std::runtime_error(opened.error().message);
    auto started = driver::Driver::start(std::move(*opened), {"haas.ext.obm.ipmi", {}, 16}, loop_,
                                         [](std::uint64_t, const Fields&, const std::vector<std::string>&) {});
    if (!started) throw std::runtime_error(started.error().message);
    driver_ = std::move(*started);
}

Fleet::~Fleet() = default;

void Fleet::attach(const std::filesystem::path& hosts) {
    std::ifstream file(hosts);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string host;
        std::string state;
        std::string pace;
        if (!(words >> host >> state)) throw std::runtime_error(hosts.string() + ": expected HOST STATE: " + line);
        words >> pace;
        const Fields fields{{"host", host}, {"user", std::string("admin")}, {"password", std::string("password")}};
        auto node = driver_->attach(bmcs_.size() + 1, host, fields);
        if (!node) throw std::runtime_error(node.error().message);
        bmcs_.push_back({std::move(*node), state == "dead" ? State::dead : state == "on" ? State::on : State::off,
                         pace == "slow", {}});
    }
    if (bmcs_.empty()) throw std::runtime_error(hosts.string() + " names no BMC");
}

void Fleet::run() {
    io_.restart();
    io_.run();
}

Round Fleet::ask(Ask what, std::size_t at_a_time, std::chrono::seconds deadline) {
    Running running{.what = what, .deadline = deadline};
    running.round.latencies_ms.reserve(bmcs_.size());
    return measure(running, [&] {
        for (std::size_t i = 0; i < std::min(at_a_time, bmcs_.size()); ++i) ask_next(running);
    });
}

Round Fleet::watch(std::size_t each_time, std::size_t times, Loop::Duration period, std::chrono::seconds deadline) {
    Running running{.what = Ask::status, .deadline = deadline, .next = bmcs_.size(), .each_time = each_time, .times = times,
                    .period = period};
    running.round.latencies_ms.reserve(each_time * times);
    running.count_from = loop_.now() + period / 2;
    return measure(running, [&] { ask_some(running); });
}

template <class Begin>
Round Fleet::measure(Running& running, Begin begin) {
    const Cost before = cost_at_rest();
    running.begin = loop_.now();
    begin();
    run();
    running.round.wall_seconds = seconds(loop_.now() - running.begin);
    running.round.cost = cost_at_rest() - before;
    std::ranges::sort(running.round.latencies_ms);
    return std::move(running.round);
}

void Fleet::ask_next(Running& running) { ask(running, bmcs_[running.next++]); }

void Fleet::ask_some(Running& running) {
    if (--running.times > 0) loop_.at(loop_.now() + running.period, [this, &running] { ask_some(running); });
    for (std::size_t i = 0; i < running.each_time; ++i) {
        Bmc& bmc = bmcs_[running.next++ % bmcs_.size()];
        if (!bmc.asking) ask(running, bmc);
    }
}

void Fleet::ask(Running& running, Bmc& bmc) {
    ++running.round.asked;
    ++running.open;
    bmc.asking = true;
    bmc.asked = loop_.now();
    const Loop::Time deadline = bmc.asked + running.deadline;
    if (running.what == Ask::power_on) {
        bmc.node->submit(driver::Verb::power_on, deadline, [this, &running, &bmc](const Result<void>& result) {
            answered(running, bmc, result.has_value(), result ? nullptr : &result.error());
            if (result) bmc.state = State::on;
        });
        return;
    }
    bmc.node->status(deadline, [this, &running, &bmc](const Result<driver::Power>& result) {
        const driver::Power truth = bmc.state == State::on ? driver::Power::on : driver::Power::off;
        answered(running, bmc, result.has_value() && *result == truth, result ? nullptr : &result.error());
    });
}

void Fleet::answered(Running& running, Bmc& bmc, bool right, const Error* failure) {
    Round& round = running.round;
    const Loop::Time now = loop_.now();
    if (bmc.state == State::dead) {
        right = failure != nullptr && failure->code == Errc::unreachable;
    } else if (right && !bmc.slow) {
        if (bmc.asked >= running.count_from) round.latencies_ms.push_back(seconds(now - bmc.asked) * 1e3);
        round.last_right_seconds = seconds(now - running.begin);
    }
    if (right) {
        ++round.right;
    } else if (failure == nullptr) {
        ++round.wrong;
    } else {
        if (round.failed.empty()) round.first_failure = failure->message;
        ++round.failed[std::string(name(failure->code))];
    }
    --running.open;
    bmc.asking = false;
    if (running.next < bmcs_.size()) {
        ask_next(running);
    } else if (running.open == 0 && running.times == 0) {
        io_.stop();
    }
}

Round Fleet::stop() {
    Round round;
    const Cost before = cost_at_rest();
    const Loop::Time begin = loop_.now();
    driver_->stop(begin + std::chrono::seconds(10), [this] { io_.stop(); });
    run();
    round.wall_seconds = seconds(loop_.now() - begin);
    round.cost = cost_at_rest() - before;
    return round;
}

}  // namespace haas::bench

#include "tools/bmcsim/simulator.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

namespace haas::bmcsim {
namespace {

// Batches that are read before the timers and the control socket have their turn again.
constexpr int batches_in_a_row = 8;

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    while (!line.empty()) {
        const std::size_t end = std::min(line.find(' '), line.size());
        if (end > 0) {
            words.push_back(line.substr(0, end));
        }
        line.remove_prefix(std::min(line.size(), end + 1));
    }
    return words;
}

int open_signals() {
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGUSR1);
    sigprocmask(SIG_BLOCK, &wanted, nullptr);
    const int descriptor = signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC);
    if (descriptor < 0) {
        throw std::system_error(errno, std::generic_category(), "signalfd");
    }
    return descriptor;
}

}  // namespace

Simulator::Simulator(CommandLine command_line)
    : command_line_(std::move(command_line)), socket_(command_line_.port),
      fleet_(AddressPlan(parse_address(command_line_.address), command_line_.count), socket_.port(),
             command_line_.profile, command_line_.seed, Clock::now()),
      link_(fleet_, socket_, crypto_), signals_(open_signals()) {
    for (const Rule& rule : command_line_.rules) {
        fleet_.apply(rule);
    }
    if (!command_line_.control_socket.empty()) {
        control_.emplace(command_line_.control_socket, [this](std::string_view line) { return answer(line); });
    }
}

Simulator::~Simulator() { close(signals_); }

std::string Simulator::ready_line() const {
    const AddressPlan& plan = fleet_.plan();
    const std::string first = dotted(plan.address(1));
    if (plan.count() == 1) {
        return fmt::format("haas-bmcsim: 1 BMC on {}, port {}", first, socket_.port());
    }
    return fmt::format("haas-bmcsim: {} BMCs on {} to {}, port {}", plan.count(), first, dotted(plan.address(plan.count())),
                       socket_.port());
}

bool Simulator::run() {
    while (!stopping_) {
        wait();
        link_.run_due(Clock::now());
        receive();
        socket_.flush();
        if (control_) {
            control_->serve(polled_);
        }
        read_signals();
    }
    write_counters();
    return written_;
}

void Simulator::wait() {
    polled_.clear();
    polled_.push_back({socket_.descriptor(), POLLIN, 0});
    polled_.push_back({signals_, POLLIN, 0});
    if (control_) {
        control_->watch(polled_);
    }
    const Time due = link_.next_due();
    timespec timeout{};
    if (due != Time::max() && !more_waits_) {
        const auto left = std::max(Duration{}, due - Clock::now());
        timeout.tv_sec = std::chrono::duration_cast<seconds>(left).count();
        timeout.tv_nsec = (left % seconds(1)).count();
    }
    const bool forever = due == Time::max() && !more_waits_;
    if (ppoll(polled_.data(), polled_.size(), forever ? nullptr : &timeout, nullptr) < 0 && errno != EINTR) {
        throw std::system_error(errno, std::generic_category(), "ppoll");
    }
}

void Simulator::receive() {
    more_waits_ = false;
    if ((polled_[0].revents & POLLIN) == 0) {
        return;
    }
    for (int batch = 0; batch < batches_in_a_row; ++batch) {
        const auto received = socket_.receive();
        const Time now = Clock::now();
        for (const UdpSocket::Received& one : received) {
            if (const auto number = fleet_.plan().number(one.to)) {
                link_.arrive(*number, one.from, one.datagram, now);
            } else {
                ++unknown_address_;
            }
        }
        socket_.flush();
        if (socket_.drained()) {
            return;
        }
    }
    more_waits_ = true;
}

void Simulator::read_signals() {
    if (polled_[1].revents == 0) {
        return;
    }
    signalfd_siginfo signal{};
    while (read(signals_, &signal, sizeof signal) == sizeof signal) {
        if (signal.ssi_signo == SIGUSR1) {
            write_counters();
        } else {
            stopping_ = true;
        }
    }
}

SocketCounts Simulator::socket_counts() const noexcept {
    return {socket_.foreign(), unknown_address_, socket_.send_errors()};
}

// Whole or not at all: a reader never sees half a file.
void Simulator::write_counters() {
    if (command_line_.counters_file.empty()) {
        return;
    }
    const std::string beside = command_line_.counters_file + ".new";
    {
        std::ofstream file(beside, std::ios::trunc);
        file << report(fleet_, socket_counts(), true, Clock::now()) << '\n';
        file.close();
        written_ = file.good() && std::rename(beside.c_str(), command_line_.counters_file.c_str()) == 0;
    }
    if (!written_) {
        fmt::print(stderr, "haas-bmcsim: cannot write {}\n", command_line_.counters_file);
    }
}

std::uint32_t Simulator::number_of(std::string_view word) const {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc{} || end != word.data() + word.size() || number == 0 || number > fleet_.plan().count()) {
        throw std::invalid_argument(fmt::format("there is no BMC {}; they are 1 to {}", word, fleet_.plan().count()));
    }
    return number;
}

std::string Simulator::answer(std::string_view line) {
    try {
        if (line.starts_with("at ")) {
            fleet_.apply(parse_rule(line.substr(3)));
            return R"({"ok":true})";
        }
        return answer_words(words_of(line));
    } catch (const std::invalid_argument& fault) {
        return report_error(fault.what());
    }
}

std::string Simulator::answer_words(const std::vector<std::string_view>& words) {
    const Time now = Clock::now();
    const std::string_view verb = words.empty() ? std::string_view{} : words[0];
    if (words.size() == 1 && (verb == "counters" || verb == "totals")) {
        return report(fleet_, socket_counts(), verb == "counters", now);
    }
    if (words.size() == 2 && verb == "counters") {
        return report_bmc(fleet_, number_of(words[1]), now);
    }
    if (words.size() == 2 && verb == "log") {
        return report_log(fleet_, number_of(words[1]));
    }
    if (words.size() == 2 && verb == "reboot") {
        fleet_.bmc(number_of(words[1])).reboot(now);
        return R"({"ok":true})";
    }
    if (words.size() == 4 && verb == "set" && words[1] == "power" && (words[3] == "on" || words[3] == "off")) {
        Bmc& bmc = fleet_.bmc(number_of(words[2]));
        bmc.settle(now);
        bmc.machine().switch_by_hand(words[3] == "on", now, bmc.profile());
        return R"({"ok":true})";
    }
    throw std::invalid_argument(
        "requests: counters, totals, counters N, log N, reboot N, set power N on|off, at RANGES: SETTINGS");
}

}  // namespace haas::bmcsim

// A Bmc and the fake managed system it talks to, with time as a variable: every loss and delay happens as told, and a
// test of half an hour takes a millisecond.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plugins/ipmi/engine/bmc.hpp"
#include "tests/plugins/ipmi/session/fake_bmc.hpp"
#include "tests/plugins/ipmi/session/fixed_random.hpp"

namespace haas::ipmi {

// An operation that keeps how it ended.
struct Result {
    std::optional<Outcome> outcome;
    Time at{};
};

class Recorded final : public Operation {
public:
    Recorded(std::uint64_t id, Wish wish, Time deadline, std::shared_ptr<Result> result, const Time& clock)
        : Operation(id, id, wish, deadline), result_(std::move(result)), clock_(clock) {}
    void complete(const Outcome& outcome) noexcept override {
        if (result_->outcome) std::terminate();  // completed twice
        result_->outcome = outcome;
        result_->at = clock_;
    }

private:
    std::shared_ptr<Result> result_;
    const Time& clock_;
};

inline Target target_of(const std::string& host, const std::string& password = "password",
                        const std::string& user = "admin") {
    return {std::get<HostName>(parse_host(host)), std::get<Credentials>(Credentials::make(user, password)), {}, {}};
}

class Simulation final : private Surroundings {
public:
    explicit Simulation(BmcOptions options = {}, Target target = target_of("10.0.0.5"))
        : fake(std::move(options)), bmc(*this, std::move(target), patience) {}

    std::shared_ptr<Result> ask(Wish wish, Duration within = std::chrono::seconds(30)) {
        auto result = std::make_shared<Result>();
        bmc.submit(std::make_unique<Recorded>(++last_operation, wish, now + within, result, now), now);
        return result;
    }

    // Until the operation has ended.
    const Outcome& await(const std::shared_ptr<Result>& result) {
        while (!result->outcome) {
            if (!step(now + std::chrono::minutes(5))) std::terminate();  // nothing will ever happen
        }
        return *result->outcome;
    }
    Outcome perform(Wish wish, Duration within = std::chrono::seconds(30)) { return await(ask(wish, within)); }

    void pass(Duration time) {
        const Time end = now + time;
        while (step(end)) {
        }
        now = end;
    }

    std::size_t handshakes() const {
        std::size_t count = 0;
        for (const PayloadType type : fake.seen) count += type == PayloadType::open_session_request ? 1 : 0;
        return count;
    }

    Time now{std::chrono::hours(1)};
    Patience patience;
    FakeBmc fake;
    bool powered = true;                 // of the BMC itself: false, it is silent
    Duration one_way = std::chrono::milliseconds(1);
    // Said of each datagram, with its number from 0: true, it is lost.
    std::function<bool(std::size_t, ByteView)> lose_request = [](std::size_t, ByteView) { return false; };
    std::function<bool(std::size_t, ByteView)> lose_answer = [](std::size_t, ByteView) { return false; };
    std::function<int(const Endpoint&)> send_error = [](const Endpoint&) { return 0; };
    std::map<std::string, Resolution> names;
    std::vector<std::string> asked_names;
    std::vector<std::string> sent_to;
    std::optional<Endpoint> only_at;     // where the BMC is; everywhere, if not set
    std::vector<Facts> facts;
    std::uint64_t last_operation = 0;
    std::size_t requests_sent = 0;
    std::size_t answers_sent = 0;

private:
    // The next thing that happens, if it does before `end`.
    bool step(Time end) {
        if (line_up_) {
            line_up_ = false;
            bmc.handshake_granted(now);
            return true;
        }
        const bool due = alarm_ && (in_flight_.empty() || *alarm_ < in_flight_.begin()->first);
        std::optional<Time> next = alarm_;
        if (!due) next = in_flight_.empty() ? std::nullopt : std::optional(in_flight_.begin()->first);
        if (!next || *next > end) return false;
        now = std::max(now, *next);
        if (due) {
            alarm_.reset();
            bmc.wake(now);
        } else {
            auto arrival = in_flight_.extract(in_flight_.begin());
            arrival.mapped()();
        }
        return true;
    }

    int send(const Endpoint& to, ByteView datagram) override {
        sent_to.push_back(to.text());
        if (const int error = send_error(to); error != 0) return error;
        const bool there = !only_at || *only_at == to;
        if (lose_request(requests_sent++, datagram) || !powered || !there) return 0;
        in_flight_.emplace(now + one_way, [this, to, bytes = Bytes(datagram.begin(), datagram.end())] {
            if (!powered) return;
            for (Bytes& answer : fake.receive(bytes)) {
                if (lose_answer(answers_sent++, answer)) continue;
                in_flight_.emplace(now + one_way, [this, to, answer]() mutable { bmc.receive(to, answer, now); });
            }
        });
        return 0;
    }
    void resolve(Bmc& asking) override {
        asked_names.push_back(asking.host().name);
        in_flight_.emplace(now + one_way, [this] { bmc.resolved(names[bmc.host().name], now); });
    }
    void await_handshake(Bmc&) override { line_up_ = true; }
    void handshake_over(Bmc&) override { line_up_ = false; }
    bool route(std::uint32_t, const Endpoint&, Bmc&) override { return true; }
    void unroute(std::uint32_t, const Endpoint&) override {}
    void learnt(Bmc&, const Facts& news) override { facts.push_back(news); }
    void set_alarm(Bmc&, std::optional<Time> when) override { alarm_ = when; }
    Random& random() override { return random_; }

    FixedRandom random_{42};
    std::multimap<Time, std::function<void()>> in_flight_;
    std::optional<Time> alarm_;
    bool line_up_ = false;

public:
    Bmc bmc;  // last: it uses all of the above
};

}  // namespace haas::ipmi

// A Bmc and the fake managed system it talks to, with time as a variable: every loss and delay happens as told, and a
// test of half an hour takes a millisecond.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
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
    Recorded(std::uint64_t id, std::uint64_t node, Wish wish, Time deadline, std::shared_ptr<Result> result,
             const Time& clock)
        : Operation(id, node, std::move(wish), deadline), result_(std::move(result)), clock_(clock) {}
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
    return {std::get<HostName>(parse_host(host)), std::get<Credentials>(Credentials::make(user, password)), {}};
}

// What becomes of one datagram on its way.
struct Fate {
    bool lost = false;
    bool twice = false;
    Duration late{};  // beyond the usual way
};

// Several may be the same BMC: add() makes more than the first.
class Simulation : private Surroundings {
public:
    explicit Simulation(BmcOptions options = {}, Target target = target_of("10.0.0.5"), std::uint32_t seed = 42)
        : fake(std::move(options), seed), random_(seed), bmc(*this, std::move(target), patience) {}

    std::shared_ptr<Result> ask(Bmc& whom, Wish wish, Duration within = std::chrono::seconds(30)) {
        return ask_of(whom, last_operation + 1, std::move(wish), within);
    }
    // As that node.
    std::shared_ptr<Result> ask_of(Bmc& whom, std::uint64_t node, Wish wish, Duration within) {
        auto result = std::make_shared<Result>();
        whom.submit(std::make_unique<Recorded>(++last_operation, node, std::move(wish), now + within, result, now), now);
        return result;
    }
    std::shared_ptr<Result> ask(Wish wish, Duration within = std::chrono::seconds(30)) {
        return ask(bmc, std::move(wish), within);
    }

    // Until the operation has ended.
    const Outcome& await(const std::shared_ptr<Result>& result) {
        while (!result->outcome) {
            if (!step(now + std::chrono::minutes(5))) std::terminate();  // nothing will ever happen
        }
        return *result->outcome;
    }
    Outcome perform(Bmc& whom, Wish wish, Duration within = std::chrono::seconds(30)) {
        return await(ask(whom, std::move(wish), within));
    }
    Outcome perform(Wish wish, Duration within = std::chrono::seconds(30)) {
        return perform(bmc, std::move(wish), within);
    }

    void pass(Duration time) {
        const Time end = now + time;
        while (step(end)) {
        }
        now = end;
    }

    // The BMC has SOL from now on.
    FakeSol& with_sol(SolOptions options = {}) {
        sol_ = std::make_unique<FakeSol>(options);
        fake.sol = sol_.get();
        return *sol_;
    }

    FakeSol& sol() { return *sol_; }
    // A datagram from the BMC, now.
    void tell(Bytes datagram) { deliver(bmc_at_, datagram); }

    // One more account or name of the same BMC.
    Bmc& add(Target target) {
        others_.push_back(std::make_unique<Bmc>(static_cast<Surroundings&>(*this), std::move(target), patience));
        return *others_.back();
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
    // How long the BMC takes for that answer.
    std::function<Duration(ByteView)> answer_takes = [](ByteView) { return Duration{}; };
    // How long the BMC there takes for every answer, nothing where it is dead.
    std::function<std::optional<Duration>(const Endpoint&)> pace = [](const Endpoint&) { return Duration{}; };
    // Said of every datagram, either way.
    std::function<Fate()> weather = [] { return Fate{}; };
    std::function<int(const Endpoint&)> send_error = [](const Endpoint&) { return 0; };
    std::map<std::string, Resolution> names;
    std::vector<std::string> asked_names;
    std::vector<std::string> sent_to;
    std::size_t most_handshakes = 1000;  // at a time
    std::optional<Endpoint> only_at;     // where the BMC is; everywhere, if not set
    Duration lull = std::chrono::milliseconds(1);  // when it comes for who gives way to the others
    std::vector<Time> gave_way;
    std::vector<Time> turns_given_back;  // at a handshake, also by those who had none
    std::vector<Facts> facts;
    std::uint64_t last_operation = 0;
    std::size_t requests_sent = 0;
    std::size_t answers_sent = 0;

private:
    // The next thing that happens, if it does before `end`.
    bool step(Time end) {
        if (!line_.empty() && shaking_hands_.size() < most_handshakes) {
            Bmc* const next = line_.front();
            line_.pop_front();
            shaking_hands_.insert(next);
            next->handshake_granted(now);
            return true;
        }
        auto alarm = alarms_.end();
        for (auto one = alarms_.begin(); one != alarms_.end(); ++one) {
            if (alarm == alarms_.end() || one->second < alarm->second) alarm = one;
        }
        const bool has_alarm = alarm != alarms_.end();
        const bool due = has_alarm && (in_flight_.empty() || alarm->second < in_flight_.begin()->first);
        const bool idle = !due && in_flight_.empty();
        const Time next = idle ? Time::max() : due ? alarm->second : in_flight_.begin()->first;
        if (print(std::min(next, end))) return true;
        if (idle || next > end) return false;
        now = std::max(now, next);
        if (due) {
            Bmc* const whose = alarm->first;
            alarms_.erase(alarm);
            whose->wake(now);
        } else {
            auto arrival = in_flight_.extract(in_flight_.begin());
            arrival.mapped()();
        }
        return true;
    }

    // The BMC sends what the managed system prints, if that is due by then.
    bool print(Time by) {
        if (!powered || !sol_ || !fake.has_session(sol_->owner)) return false;
        const auto due = sol_->due();
        if (!due || *due > by) return false;
        now = std::max(now, *due);
        const auto packet = fake.next_sol(now);
        if (!packet || lose_answer(answers_sent++, *packet)) return true;
        carry([this, from = bmc_at_, datagram = *packet] {
            Bytes copy = datagram;
            deliver(from, copy);
        });
        return true;
    }

    template <class Arrival>
    void carry(Arrival arrival, Duration after = {}) {
        const Fate fate = weather();
        const Time usual = now + after + one_way;
        if (fate.twice) in_flight_.emplace(usual, arrival);
        if (!fate.lost) in_flight_.emplace(usual + fate.late, arrival);
    }

    void send(const Endpoint& to, ByteView datagram, Bmc& sender) override {
        sent_to.push_back(to.text());
        if (const int error = send_error(to); error != 0) {
            in_flight_.emplace(now, [this, to, error, &sender] { sender.unsendable(to, error, now); });
            return;
        }
        bmc_at_ = to;
        const std::optional<Duration> takes = pace(to);
        const bool there = takes && (!only_at || *only_at == to);
        if (lose_request(requests_sent++, datagram) || !powered || !there) return;
        carry([this, to, takes = *takes, bytes = Bytes(datagram.begin(), datagram.end())] {
            if (!powered) return;
            for (Bytes& answer : fake.receive(bytes)) {
                if (lose_answer(answers_sent++, answer)) continue;
                const Duration after = takes + answer_takes(answer);
                carry([this, to, answer] {
                    Bytes copy = answer;
                    deliver(to, copy);
                }, after);
            }
        });
    }
    void deliver(const Endpoint& from, Bytes& datagram) {
        const auto id = console_session_id(datagram);
        if (!id) return;
        const auto known = routes_.find(*id);
        Bmc* whose = known != routes_.end() ? known->second : nullptr;
        if (*id == 0 && peers_.contains(from.text())) whose = peers_.at(from.text()).holder();
        if (whose != nullptr) whose->receive(from, datagram, now);
    }
    Bytes& buffer() override { return buffer_; }
    void resolve(Bmc& asking) override {
        asked_names.push_back(asking.host().name);
        in_flight_.emplace(now + one_way, [this, &asking] { asking.resolved(names[asking.host().name], now); });
    }
    void await_handshake(Bmc& asking) override { line_.push_back(&asking); }
    void handshake_over(Bmc& asking) override {
        std::erase(line_, &asking);
        shaking_hands_.erase(&asking);
        turns_given_back.push_back(now);
    }
    void give_way(Bmc& asking) override {
        gave_way.push_back(now);
        in_flight_.emplace(now + lull, [this, &asking] { asking.go_ahead(now); });
    }
    Peer& peer(const Endpoint& endpoint) override {
        return peers_.try_emplace(endpoint.text(), endpoint).first->second;
    }
    void forget(Peer& peer) override { peers_.erase(peer.endpoint().text()); }
    bool route(std::uint32_t id, Bmc& whose) override { return routes_.emplace(id, &whose).second; }
    void unroute(std::uint32_t id) override { routes_.erase(id); }
    void learnt(Bmc&, const Facts& news) override { facts.push_back(news); }
    void set_alarm(Bmc& whose, std::optional<Time> when) override {
        if (when) alarms_[&whose] = *when;
        else alarms_.erase(&whose);
    }
    Random& random() override { return random_; }

    FixedRandom random_;
    Bytes buffer_;
    std::unique_ptr<FakeSol> sol_;
    Endpoint bmc_at_{};
    std::multimap<Time, std::function<void()>> in_flight_;
    std::map<Bmc*, Time> alarms_;
    std::map<std::uint32_t, Bmc*> routes_;
    std::map<std::string, Peer> peers_;
    std::deque<Bmc*> line_;
    std::set<Bmc*> shaking_hands_;
    std::vector<std::unique_ptr<Bmc>> others_;

public:
    Bmc bmc;  // last: it uses all of the above
};

}  // namespace haas::ipmi

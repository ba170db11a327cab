// A SolConsole and the managed system's end, with time as a variable and a wire between them that loses what it is told to.
#pragma once

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plugins/ipmi/sol/console.hpp"
#include "tests/plugins/ipmi/session/fixed_random.hpp"
#include "tests/plugins/ipmi/sol/fake_sol.hpp"
#include "tests/plugins/ipmi/wire/hex.hpp"

namespace haas::ipmi {

class SolWorld : private SolListener {
public:
    explicit SolWorld(SolOptions options = {}, std::uint32_t seed = 5, Quirks quirks = {})
        : fake(options), random(seed), chance(seed + 1), console(*this, timing, random, quirks) {}

    void open(SolConflict conflict = SolConflict::report) {
        console.open(conflict);
        settle();
    }
    void write(std::string_view text) {
        console.write(copy(view(text)));
        settle();
    }
    void close() {
        console.close();
        settle();
    }

    // Everything that happens within that time.
    void pass(Duration time) {
        const Time end = now + time;
        while (step(end)) {
        }
        now = end;
    }
    // Until it is so; false: it has not become so within ten minutes.
    bool reach(const std::function<bool()>& so) {
        const Time end = now + std::chrono::minutes(10);
        while (!so()) {
            if (!step(end)) return false;
        }
        return true;
    }
    bool reach_state(SolState state) {
        return reach([&] { return !states.empty() && states.back().first == state; });
    }
    void settle() {
        Bytes payload;
        while (console.transmit(now, payload)) {
            ++packets;
            if (session_lives && !loses()) {
                at(one_way, [this, payload, id = session.bmc_id] {
                    if (const auto answer = fake.receive(id, payload, now)) to_console(*answer);
                });
            }
        }
        if (auto ask = console.next_request(now)) {
            commands.push_back(ask->request.command);
            if (!session_lives) {
                if (ask->same_session || !can_log_in) {
                    return at(one_way, [this] { console.failed(trouble, "the BMC does not answer", final, now); });
                }
                begin_session();
            }
            const Bytes answer = fake.execute(session.bmc_id, ask->request.command, ask->request.data).value_or(Bytes{0});
            at(one_way * 2, [this, answer, during = session] {
                console.answered(answer[0], ByteView(answer).subspan(1), during, now);
            });
        }
    }

    void begin_session() {
        session = {session.console_id + 1, session.bmc_id + 1};
        session_lives = true;
        console.session_made(now);
    }
    void end_session(bool bmc_forgets = true) {
        session_lives = false;
        if (bmc_forgets) fake.release();
        console.session_gone(now);
        settle();
    }
    void tell(ByteView payload) {
        console.receive(payload, now);
        settle();
    }

    Time now{std::chrono::hours(1)};
    SolConsole::Timing timing;
    FakeSol fake;
    FixedRandom random;
    FixedRandom chance;
    Duration one_way = std::chrono::milliseconds(1);
    unsigned loss_in_256 = 0;  // of SOL payloads, each way
    // Said of each of them.
    std::function<bool()> loses = [this] {
        std::uint8_t draw = 0;
        chance.fill({&draw, 1});
        return draw < loss_in_256;
    };
    SolSession session{0xaaaa0001, 0x02000001};
    bool session_lives = true;
    bool can_log_in = true;
    ErrorClass trouble = ErrorClass::unreachable;
    bool final = false;  // likewise of a login

    // What was told.
    std::string printed;
    std::vector<std::uint64_t> gaps;
    std::vector<std::pair<SolState, std::string>> states;
    unsigned opens = 0;
    std::optional<std::pair<ErrorClass, std::string>> open_failure;
    bool failed_for_good = false;
    struct Input {
        SolTransfer::End end{};
        std::size_t accepted = 0;
        bool perhaps = false;
        std::string why;
    };
    std::optional<Input> input;
    bool is_closed = false;
    bool takes_output = true;
    Bytes commands;
    std::size_t packets = 0;

private:
    void at(Duration after, std::function<void()> what) {
        happenings_.emplace(now + after, std::move(what));
    }
    void to_console(Bytes payload) {
        if (!session_lives || loses()) return;
        at(one_way, [this, payload = std::move(payload), during = session.bmc_id] {
            if (session_lives && during == session.bmc_id) console.receive(payload, now);
        });
    }
    bool step(Time end) {
        settle();
        std::optional<Time> next;
        const auto consider = [&next](std::optional<Time> moment) {
            if (moment && (!next || *moment < *next)) next = moment;
        };
        if (!happenings_.empty()) consider(happenings_.begin()->first);
        consider(console.deadline());
        if (fake.owner == session.bmc_id && session_lives) consider(fake.due());
        if (!next || *next > end) return false;
        now = std::max(now, *next);
        while (!happenings_.empty() && happenings_.begin()->first <= now) {
            auto one = happenings_.extract(happenings_.begin());
            one.mapped()();
            settle();
        }
        if (fake.owner == session.bmc_id && session_lives) {
            if (const auto packet = fake.next(now)) to_console(*packet);
        }
        console.expire(now);
        settle();
        return true;
    }

    bool data(ByteView bytes) noexcept override {
        printed.append(bytes.begin(), bytes.end());
        return takes_output;
    }
    void gap(std::uint64_t how_much) noexcept override { gaps.push_back(how_much); }
    void state(SolState state, std::string_view sentence) noexcept override { states.emplace_back(state, sentence); }
    void opened() noexcept override { ++opens; }
    void open_failed(ErrorClass error, const std::string& sentence, bool for_good) noexcept override {
        open_failure.emplace(error, sentence);
        failed_for_good = for_good;
    }
    void written(SolTransfer::End end, std::size_t accepted, bool perhaps, const char* why) noexcept override {
        input = Input{end, accepted, perhaps, why};
    }
    void broken(SolTransfer::End end, const char* why) noexcept override { input = Input{end, 0, false, why}; }
    void closed() noexcept override { is_closed = true; }

    std::multimap<Time, std::function<void()>> happenings_;

public:
    SolConsole console;  // last: it uses all of the above
};

// Connected, and idle.
struct Open : SolWorld {
    explicit Open(SolOptions options = {}) : SolWorld(options) {
        open();
        REQUIRE(reach([&] { return opens == 1; }));
        commands.clear();
    }
    std::size_t count(std::uint8_t command) const {
        return static_cast<std::size_t>(std::count(commands.begin(), commands.end(), command));
    }
    void stolen_by(std::uint32_t whom) {
        fake.activate(whom);
        fake.sessions.insert(whom);
    }
};

}  // namespace haas::ipmi

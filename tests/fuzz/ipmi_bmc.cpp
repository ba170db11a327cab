// What the engine decides about one BMC (turns, logins, repeats, the evidence of at most once): the fuzzer says who asks
// for what, what becomes of every datagram, and what happens to the BMC.  No socket, no clock.
#include <array>
#include <chrono>
#include <map>
#include <set>
#include <vector>

#include "tests/fuzz/fuzz.hpp"
#include "tests/plugins/ipmi/engine/simulation.hpp"

namespace haas::ipmi {
namespace {

using fuzz::Choices;
using fuzz::require;
using std::chrono::milliseconds;

BmcOptions bmc_from(Choices& choices) {
    BmcOptions options;
    options.accounts = {{"oper", "operpass", Privilege::operator_level}};
    const std::uint8_t how = choices.byte();
    options.slots = 1 + how % 4;
    options.suite_17 = (how & 4) == 0;
    options.power_on = (how & 8) != 0;
    options.limit = (how & 16) != 0 ? Privilege::operator_level : Privilege::administrator;
    options.sequence_step = (how & 0x60) == 0x60 ? 2 : 1;
    options.wrong_checksums = (how & 0x80) != 0;
    return options;
}

// Hears everything, and wants more.
struct Deaf final : SolViewer {
    bool data(ByteView) noexcept override { return true; }
    void gap(std::uint64_t) noexcept override {}
    void state(SolState, std::string_view) noexcept override {}
};

class World {
public:
    explicit World(Choices& choices) : choices_(choices), sim_(bmc_from(choices)) {
        sim_.fake.clock = [this] { return sim_.now; };
        sim_.with_sol();
        sim_.weather = [this] { return fate(); };
        bmcs_ = {&sim_.bmc, &sim_.add(target_of("bmc7")), &sim_.add(target_of("10.0.0.5", "operpass", "oper")),
                 &sim_.add(target_of("10.0.0.5", "wrong"))};
        sim_.names["bmc7"] = Resolution{0, {*numeric_endpoint(std::get<HostName>(parse_host("10.0.0.5")))}, ""};
    }

    void step() {
        const std::uint8_t what = choices_.byte();
        switch (what % 12) {
            case 0: case 1: case 2: case 3: ask(what / 12); break;
            case 4: sim_.pass(milliseconds(what / 12 * (what / 12))); break;
            case 5: sim_.pass(milliseconds(choices_.byte() * 64)); break;
            case 6:
                if (!asked_.empty()) {
                    const Asked& one = asked_[choices_.byte() % asked_.size()];
                    one.whom->cancel(one.id, sim_.now);
                    require(one.result->outcome.has_value(), "what is cancelled has ended");
                }
                break;
            case 7: sim_.fake.reboot(); break;
            case 8: sim_.powered = !sim_.powered; break;
            case 9:
                sim_.fake.options.power_on = !sim_.fake.options.power_on;
                meddled_ = true;
                break;
            case 10:
                sim_.fake.options.next_completion_code = choices_.byte();
                meddled_ = true;
                break;
            default: wish(choices_.byte()); break;
        }
        in_time();
    }

    // From here on the network is good, and all comes to an end.
    void finish() {
        sim_.pass(std::chrono::minutes(3));
        in_time();
        for (const Asked& one : asked_) require(one.result->outcome.has_value(), "every operation ends");
        for (Bmc* const bmc : bmcs_) bmc->close(sim_.now);
        sim_.pass(std::chrono::seconds(10));
        for (Bmc* const bmc : bmcs_) require(bmc->quiet(), "a BMC that is closed comes to rest");
        at_most_once();
    }

private:
    struct Asked {
        std::uint64_t id = 0;
        Bmc* whom = nullptr;
        std::optional<ChassisControl> control;
        Time deadline{};
        std::shared_ptr<Result> result;
    };

    // Most datagrams arrive.
    Fate fate() {
        const std::uint8_t how = choices_.byte();
        Fate fate;
        fate.lost = how >= 0xc0;
        fate.twice = how >= 0xa0 && how < 0xd0;
        // Up to some seconds: longer than any answer is waited for.
        if (how >= 0x80 && how < 0xb0) fate.late = milliseconds((how & 15) * (how & 15) * 24);
        return fate;
    }

    // A console of one of them: the same node all the time.
    void console(std::uint8_t which) {
        const std::size_t whose = which % bmcs_.size();
        const std::uint64_t node = 100'000 + whose;
        Wish wish = CloseConsole{};
        switch (which / 4 % 6) {
            case 0: wish = OpenConsole{static_cast<SolConflict>(which / 24 % 3), std::make_shared<Deaf>()}; break;
            case 1: wish = WriteConsole{Bytes(which, 'x')}; break;
            case 2: wish = SendBreak{}; break;
            case 3: return sim_.sol().print(std::string(100, 'p'));
            case 4: return bmcs_[whose]->cancel_all_of(node, sim_.now);
            default: break;
        }
        submit_as(bmcs_[whose], node, std::move(wish), std::nullopt);
    }

    void wish(std::uint8_t which) {
        if ((which & 0x80) != 0) return console(which & 0x7f);
        constexpr std::array wishes{BootDevice::pxe, BootDevice::disk, BootDevice::none};
        submit(bmcs_[which % bmcs_.size()], SetBoot{wishes[which / 4 % wishes.size()], (which & 0x40) != 0, BootMode::automatic},
               std::nullopt);
    }

    void ask(std::uint8_t which) {
        Bmc* const whom = bmcs_[choices_.byte() % bmcs_.size()];
        if (which < 6) {
            const auto control = static_cast<ChassisControl>(which);
            submit(whom, ControlPower{control}, control);
        } else if (which < 14) {
            submit(whom, QueryPower{}, std::nullopt);
        } else {
            submit(whom, QueryBoot{}, std::nullopt);
        }
    }

    void submit(Bmc* whom, Wish wish, std::optional<ChassisControl> control) {
        submit_as(whom, sim_.last_operation + 1, std::move(wish), control);
    }

    void submit_as(Bmc* whom, std::uint64_t node, Wish wish, std::optional<ChassisControl> control) {
        const std::uint8_t patience = choices_.byte();
        const Duration within = patience == 0 ? Duration(std::chrono::seconds(30)) : milliseconds(patience * 200);
        asked_.push_back({sim_.last_operation + 1, whom, control, sim_.now + within, nullptr});
        // It may end at once, and others with it.
        const auto result = sim_.ask_of(*whom, node, std::move(wish), within);
        asked_.back().result = result;
    }

    void in_time() const {
        for (const Asked& one : asked_) {
            const bool ended = one.result->outcome.has_value();
            require(ended || sim_.now <= one.deadline, "an operation ends by its deadline");
            require(!ended || one.result->at <= one.deadline, "an operation ends by its deadline");
            if (!ended || one.result->outcome->kind == Outcome::Kind::done) continue;
            require(!one.result->outcome->sentence.empty(), "a failure has a sentence");
        }
    }

    // The BMC's own list is the truth.  It tells kinds apart, not operations.
    void at_most_once() const {
        std::map<std::uint8_t, std::size_t> executed, done, doubtful;
        for (const std::uint8_t control : sim_.fake.chassis_controls) ++executed[control];
        for (const Asked& one : asked_) {
            if (!one.control) continue;
            const auto control = static_cast<std::uint8_t>(*one.control);
            const Outcome& outcome = *one.result->outcome;
            if (outcome.kind == Outcome::Kind::done) ++done[control];
            else if (outcome.perhaps_done) ++doubtful[control];
        }
        for (const auto& [control, count] : executed) {
            require(count <= done[control] + doubtful[control], "no button is pressed that is not answered for, or twice");
        }
        for (const auto& [control, count] : done) {
            // Its power state speaks for these where their answer was lost: also when it was another hand's doing.
            const bool has_a_goal = control <= 2 || control == 5;
            require(executed[control] >= count || (has_a_goal && meddled_), "what is said to be done was done");
        }
    }

    Choices& choices_;
    Simulation sim_;
    std::vector<Bmc*> bmcs_;
    std::vector<Asked> asked_;
    bool meddled_ = false;
};

}  // namespace
}  // namespace haas::ipmi

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    haas::fuzz::Choices choices({data, size});
    haas::ipmi::World world(choices);
    while (!choices.none_left()) world.step();
    world.finish();
    return 0;
}

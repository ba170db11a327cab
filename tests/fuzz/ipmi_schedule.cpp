// The heap of all alarms, beside a plain list that is searched from end to end.
#include <array>
#include <chrono>
#include <optional>

#include "plugins/ipmi/engine/schedule.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace haas::ipmi {
namespace {

using fuzz::Choices;
using fuzz::require;

class Beside {
public:
    void step(Choices& choices) {
        const std::uint8_t what = choices.byte();
        if (what < 0xc0) {
            const std::size_t which = what % alarms_.size();
            const Time when = now_ + std::chrono::milliseconds(choices.byte());
            schedule_.set(alarms_[which], when);
            list_[which] = when;
        } else if (what < 0xe0) {
            schedule_.set(alarms_[what % alarms_.size()], std::nullopt);
            list_[what % alarms_.size()].reset();
        } else {
            now_ += std::chrono::milliseconds(choices.byte());
            ring();
        }
        require(schedule_.next() == earliest(), "the next moment is the earliest of all");
    }

    void end() {
        now_ += std::chrono::hours(1);
        ring();
        require(!schedule_.next(), "nothing is left");
    }

private:
    std::optional<Time> earliest() const {
        std::optional<Time> found;
        for (const auto& when : list_) {
            if (when && (!found || *when < *found)) found = when;
        }
        return found;
    }

    void ring() {
        while (const Alarm* const due = schedule_.pop_due(now_)) {
            const auto which = static_cast<std::size_t>(due - alarms_.data());
            require(list_[which] && list_[which] == earliest() && *list_[which] <= now_,
                    "the earliest rings, once, and not before its time");
            list_[which].reset();
        }
        require(!earliest() || *earliest() > now_, "all that is due has rung");
    }

    static constexpr std::size_t count = 24;
    std::array<Alarm, count> alarms_;
    std::array<std::optional<Time>, count> list_;
    Schedule schedule_;
    Time now_{};
};

}  // namespace
}  // namespace haas::ipmi

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    haas::fuzz::Choices choices({data, size});
    haas::ipmi::Beside beside;
    while (!choices.none_left()) beside.step(choices);
    beside.end();
    return 0;
}

#include "tools/bmcsim/counters.hpp"

namespace haas::bmcsim {
namespace {

constexpr std::array names{
    CounterName{"in", &Counters::in},
    CounterName{"out", &Counters::out},
    CounterName{"lost_in", &Counters::lost_in},
    CounterName{"lost_out", &Counters::lost_out},
    CounterName{"duplicated_in", &Counters::duplicated_in},
    CounterName{"duplicated_out", &Counters::duplicated_out},
    CounterName{"reordered_in", &Counters::reordered_in},
    CounterName{"reordered_out", &Counters::reordered_out},
    CounterName{"silent", &Counters::silent},
    CounterName{"overrun", &Counters::overrun},
    CounterName{"malformed", &Counters::malformed},
    CounterName{"unknown_session", &Counters::unknown_session},
    CounterName{"unprotected", &Counters::unprotected},
    CounterName{"bad_mac", &Counters::bad_mac},
    CounterName{"replays", &Counters::replays},
    CounterName{"outside_window", &Counters::outside_window},
    CounterName{"logins_refused", &Counters::logins_refused},
    CounterName{"no_slot", &Counters::no_slot},
    CounterName{"sessions_opened", &Counters::sessions_opened},
    CounterName{"sessions_closed", &Counters::sessions_closed},
    CounterName{"sessions_expired", &Counters::sessions_expired},
    CounterName{"commands", &Counters::commands},
    CounterName{"repeated_rqseq", &Counters::repeated_rqseq},
    CounterName{"controls_refused", &Counters::controls_refused},
    CounterName{"controls_ignored", &Counters::controls_ignored},
    CounterName{"reboots", &Counters::reboots},
    CounterName{"sol_in", &Counters::sol_in},
    CounterName{"sol_out", &Counters::sol_out},
    CounterName{"sol_out_of_sequence", &Counters::sol_out_of_sequence},
    CounterName{"sol_breaks", &Counters::sol_breaks},
    CounterName{"sol_lost", &Counters::sol_lost},
};
static_assert(sizeof(Counters) == sizeof(std::uint32_t) * (names.size() + control_count), "a counter has no name");

}  // namespace

std::span<const CounterName> counter_names() noexcept { return names; }

Counters& Counters::operator+=(const Counters& other) noexcept {
    for (const CounterName& one : names) {
        this->*one.counter += other.*one.counter;
    }
    for (std::size_t i = 0; i < control_count; ++i) {
        controls[i] += other.controls[i];
    }
    return *this;
}

}  // namespace haas::bmcsim

#include "tools/bmcsim/link.hpp"

namespace haas::bmcsim {
namespace {

// What a slow BMC's network chip holds while its processor works.
constexpr int slow_queue = 16;

}  // namespace

void Link::arrive(std::uint32_t number, Peer from, Octets datagram, Time now) {
    now_ = now;
    Bmc& bmc = fleet_.bmc(number);
    const Profile& profile = bmc.profile();
    Counters& counters = bmc.counters();
    ++counters.in;
    if (bmc.random().chance(profile.in.loss)) {
        ++counters.lost_in;
        return;
    }
    const bool twice = bmc.random().chance(profile.in.duplicate);
    if (bmc.random().chance(profile.in.reorder)) {
        ++counters.reordered_in;
        schedule_.add(now + profile.reorder_by, Waiting::What::to_bmc, number, from, datagram);
    } else {
        carry(bmc, from, datagram);
    }
    if (twice) {
        ++counters.duplicated_in;
        carry(bmc, from, datagram);
    }
}

void Link::carry(Bmc& bmc, Peer from, Octets datagram) {
    const Profile& profile = bmc.profile();
    if (profile.slow == Duration{}) {
        hand_over(bmc, from, datagram);
        return;
    }
    bmc.busy_until = std::max(bmc.busy_until, now_) + profile.slow;
    if (bmc.busy_until - now_ > profile.slow * slow_queue) {
        bmc.busy_until -= profile.slow;
        ++bmc.counters().overrun;
        return;
    }
    schedule_.add(bmc.busy_until, Waiting::What::to_bmc, bmc.number(), from, datagram);
}

void Link::hand_over(Bmc& bmc, Peer from, Octets datagram) {
    Context context{now_, crypto_, *this};
    bmc.receive(datagram, from, context);
    plan_serial(bmc);
}

void Link::plan_serial(Bmc& bmc) {
    if (bmc.serial_due() < bmc.serial_planned) {
        bmc.serial_planned = bmc.serial_due();
        schedule_.add(bmc.serial_planned, Waiting::What::serial, bmc.number(), {}, {});
    }
}

void Link::send(Bmc& from, Peer to, Octets datagram) {
    const Profile& profile = from.profile();
    Counters& counters = from.counters();
    if (from.random().chance(profile.out.loss)) {
        ++counters.lost_out;
        return;
    }
    Duration delay = profile.latency;
    if (profile.jitter != Duration{}) {
        delay += std::chrono::duration_cast<Duration>(profile.jitter * from.random().share());
    }
    const bool twice = from.random().chance(profile.out.duplicate);
    counters.duplicated_out += twice ? 1 : 0;
    const bool held_back = from.random().chance(profile.out.reorder);
    counters.reordered_out += held_back ? 1 : 0;
    for (int copies = twice ? 2 : 1; copies > 0; --copies) {
        // Of two copies the last is the one that is held back.
        const Duration wait = delay + (held_back && copies == 1 ? profile.reorder_by : Duration{});
        ++counters.out;
        if (wait == Duration{}) {
            wire_.transmit(fleet_.plan().address(from.number()), to, datagram);
        } else {
            schedule_.add(now_ + wait, Waiting::What::from_bmc, from.number(), to, datagram);
        }
    }
}

void Link::run_due(Time now) {
    now_ = now;
    Waiting waiting;
    while (schedule_.take(now, waiting)) {
        switch (waiting.what) {
            case Waiting::What::to_bmc:
                hand_over(fleet_.bmc(waiting.number), waiting.peer, waiting.datagram());
                break;
            case Waiting::What::from_bmc:
                wire_.transmit(fleet_.plan().address(waiting.number), waiting.peer, waiting.datagram());
                break;
            case Waiting::What::serial: {
                Bmc& bmc = fleet_.bmc(waiting.number);
                // What was planned before something earlier came up would be planned again and again, beside it.
                if (waiting.due != bmc.serial_planned) {
                    break;
                }
                bmc.serial_planned = Time::max();
                Context context{now_, crypto_, *this};
                if (bmc.serial_due() <= now_) {
                    bmc.run_serial(context);
                }
                plan_serial(bmc);
                break;
            }
        }
    }
}

}  // namespace haas::bmcsim

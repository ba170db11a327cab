#include "tools/bmcsim/bmc.hpp"

#include <algorithm>

#include "tools/bmcsim/command.hpp"
#include "tools/bmcsim/completion.hpp"
#include "tools/bmcsim/login.hpp"

namespace haas::bmcsim {
namespace {

constexpr Duration booting_time = seconds(5);
constexpr Duration link_loss = seconds(5);
constexpr Duration burst_time = milliseconds(100);
constexpr unsigned burst_limit = 10;
constexpr Duration rqseq_memory = seconds(5);

}  // namespace

Bmc::Bmc(std::uint32_t number, std::uint16_t port, const Profile& profile, std::uint64_t seed, Time started)
    : number_(number), port_(port), profile_(&profile), random_(seed ^ number * 0xD1342543DE82EF95ULL),
      guid_(random_.octets16()), started_(started), foreign_(profile.foreign_sessions), machine_(profile) {}

void Bmc::adopt(const Profile& profile) noexcept {
    if (profile.foreign_sessions != profile_->foreign_sessions) {
        foreign_ = profile.foreign_sessions;
    }
    profile_ = &profile;
}

unsigned Bmc::foreign(Time now) const noexcept {
    const Duration lasts = profile_->foreign_for;
    return lasts != Duration{} && now - started_ >= lasts ? 0 : foreign_;
}

bool Bmc::silent(Time now) const noexcept {
    return hung_ || profile_->dead || now < silent_until_ ||
           (profile_->has(Quirk::nc_si) && now - machine_.last_change() < link_loss);
}

void Bmc::settle(Time now) {
    if (profile_->reboot_at != Duration{} && !timed_reboot_done_ && now - started_ >= profile_->reboot_at) {
        timed_reboot_done_ = true;
        reboot(started_ + profile_->reboot_at);
    }
    for (std::size_t i = sessions_.size(); i-- > 0;) {
        const Session& one = *sessions_[i];
        const bool active = one.stage == Session::Stage::active;
        if (now - one.last_heard < (active ? profile_->session_timeout : profile_->half_open_timeout)) {
            continue;
        }
        if (active) {
            ++counters_.sessions_expired;
            close_session(one.bmc_id, EventKind::session_expired, now);
        } else {
            sessions_.erase(sessions_.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }
    machine_.settle(now, *profile_);
    if (machine_.boots() != logged_boots_) {
        logged_boots_ = machine_.boots();
        note(machine_.last_change(), EventKind::boot, static_cast<std::uint32_t>(machine_.booted_from()));
    }
}

void Bmc::reboot(Time now) {
    ++counters_.reboots;
    note(now, EventKind::reboot, static_cast<std::uint32_t>(sessions_.size()));
    sessions_.clear();
    close_serial(now);
    foreign_ = 0;
    hung_ = false;
    silent_until_ = now + profile_->reboot_silence;
    booting_until_ = silent_until_ + booting_time;
}

Session* Bmc::session(std::uint32_t bmc_id) noexcept {
    const auto found = std::ranges::find(sessions_, bmc_id, [](const auto& one) { return one->bmc_id; });
    return found == sessions_.end() ? nullptr : found->get();
}

bool Bmc::close_session(std::uint32_t bmc_id, EventKind how, Time now) {
    if (std::erase_if(sessions_, [&](const auto& one) { return one->bmc_id == bmc_id; }) == 0) {
        return false;
    }
    note(now, how, bmc_id);
    if (serial_ != nullptr && serial_->owner == bmc_id && !profile_->has(Quirk::sol_stale_owner)) {
        close_serial(now);
    }
    return true;
}

void Bmc::open_serial(const Session& owner, bool encrypted, Time now) {
    serial_ = std::make_unique<Serial>(
        Serial{owner.bmc_id, encrypted, Sol(sol_settings_), Console(number_, machine_, now, *profile_, printed_)});
    serial_due_ = now;
    note(now, EventKind::sol_activated, owner.bmc_id);
}

void Bmc::close_serial(Time now) {
    if (serial_ != nullptr) {
        note(now, EventKind::sol_deactivated, serial_->owner);
        printed_ = serial_->console.printed();
        counters_.sol_lost += serial_->sol.unacknowledged();
    }
    serial_.reset();
    serial_due_ = Time::max();
}

void Bmc::run_serial(Context& context) {
    settle(context.now);
    if (serial_ == nullptr) {
        return;
    }
    Session* owner = session(serial_->owner);
    if (owner == nullptr || silent(context.now)) {
        serial_due_ = context.now + seconds(1);
        return;
    }
    const std::string text = serial_->console.text(machine_, context.now, *profile_);
    if (!text.empty()) {
        serial_->sol.write(text, context.now);
    }
    Packet packet;
    while (serial_->sol.due(context.now, *profile_, packet, counters_)) {
        send(*owner, PayloadType::sol, packet.view(), context);
        packet.clear();
    }
    serial_due_ = std::min({serial_->sol.next_due(), serial_->console.next_text(*profile_), machine_.next_change()});
}

void Bmc::receive(Octets datagram, Peer from, Context& context) {
    settle(context.now);
    if (silent(context.now)) {
        ++counters_.silent;
        return;
    }
    const Outer outer = decode_rmcp(datagram);
    switch (outer.layer) {
        case Layer::malformed: ++counters_.malformed; break;
        case Layer::ping:
            if (const auto tag = decode_ping(outer.body)) {
                Packet pong;
                encode_pong(pong, *tag);
                context.out.send(*this, from, pong.view());
            } else {
                ++counters_.malformed;
            }
            break;
        case Layer::ipmi15: receive_ipmi15(outer.body, from, context); break;
        case Layer::rmcpp: receive_rmcpp(outer.body, from, context); break;
    }
    if (serial_ != nullptr) {
        run_serial(context);
    }
}

void Bmc::receive_ipmi15(Octets body, Peer from, Context& context) {
    const auto message = decode_ipmi15(body);
    const auto request = message ? decode_request(*message) : std::nullopt;
    if (!request) {
        ++counters_.malformed;
        return;
    }
    if (profile_->has(Quirk::no_ipmi15)) {
        return;
    }
    Packet data;
    Call call{*this, nullptr, *request, context, data};
    const std::uint8_t completion = run_command(call);
    if (!call.no_answer) {
        Packet answer;
        encode_response(answer, *request, completion, data.view(), profile_->has(Quirk::nochecksumcheck));
        Packet datagram;
        encode_ipmi15(datagram, answer.view());
        context.out.send(*this, from, datagram.view());
    }
}

void Bmc::receive_rmcpp(Octets body, Peer from, Context& context) {
    const auto packet = decode_rmcpp(body);
    if (!packet) {
        ++counters_.malformed;
    } else if (packet->session_id == 0) {
        receive_unprotected(*packet, from, context);
    } else {
        receive_in_session(*packet, from, context);
    }
}

void Bmc::receive_unprotected(const SessionPacket& packet, Peer from, Context& context) {
    if (packet.encrypted || packet.authenticated || packet.sequence != 0 || !packet.behind.empty()) {
        ++counters_.malformed;
        return;
    }
    Login login(*this, from, context);
    switch (static_cast<PayloadType>(packet.type)) {
        case PayloadType::open_session_request: login.open_session(packet.payload); return;
        case PayloadType::rakp1: login.rakp1(packet.payload); return;
        case PayloadType::rakp3: login.rakp3(packet.payload); return;
        case PayloadType::ipmi: break;
        default: ++counters_.malformed; return;
    }
    const auto request = decode_request(packet.payload);
    if (!request) {
        ++counters_.malformed;
        return;
    }
    Packet data;
    Call call{*this, nullptr, *request, context, data};
    const std::uint8_t completion = run_command(call);
    if (!call.no_answer) {
        Packet answer;
        encode_response(answer, *request, completion, data.view(), profile_->has(Quirk::nochecksumcheck));
        Packet datagram;
        encode_rmcpp(datagram, {static_cast<std::uint8_t>(PayloadType::ipmi), false, false, 0, 0}, answer.view());
        context.out.send(*this, from, datagram.view());
    }
}

bool Bmc::hang_on_burst(Time now) {
    if (!profile_->has(Quirk::burst_hang)) {
        return false;
    }
    if (now - burst_began_ > burst_time) {
        burst_began_ = now;
        burst_ = 0;
    }
    hung_ = ++burst_ > burst_limit;
    if (hung_) {
        note(now, EventKind::hung, burst_);
    }
    return hung_;
}

void Bmc::receive_command(Session& session, Octets payload, Context& context) {
    const auto request = decode_request(payload);
    if (!request) {
        ++counters_.malformed;
        return;
    }
    ++counters_.commands;
    if (hang_on_burst(context.now)) {
        return;
    }
    if (profile_->reboot_after != 0 && counters_.commands == profile_->reboot_after) {
        reboot(context.now);
        return;
    }
    const std::uint32_t identity = static_cast<std::uint32_t>(request->netfn) << 16 |
                                   static_cast<std::uint32_t>(request->command) << 8 | request->sequence;
    const bool repeated = identity == session.last_command && context.now - session.last_command_at < rqseq_memory;
    counters_.repeated_rqseq += repeated ? 1 : 0;
    session.last_command = identity;
    session.last_command_at = context.now;
    Packet data;
    Call call{*this, &session, *request, context, data};
    std::uint8_t completion = completion::ok;
    if (context.now < booting_until_ && profile_->has(Quirk::booting_ff)) {
        completion = completion::unspecified;
    } else if (context.now < booting_until_ && profile_->has(Quirk::booting_c0)) {
        completion = completion::node_busy;
    } else if (context.now < booting_until_ && profile_->has(Quirk::booting_d2)) {
        completion = completion::initialising;
    } else if (repeated && profile_->dedupe_rqseq) {
        completion = completion::duplicate;
    } else {
        completion = run_command(call);
    }
    if (!call.no_answer) {
        Packet answer;
        encode_response(answer, *request, completion, data.view(), profile_->has(Quirk::nochecksumcheck));
        send(session, PayloadType::ipmi, answer.view(), context);
    }
    if (call.close != 0) {
        ++counters_.sessions_closed;
        close_session(call.close, EventKind::session_closed, context.now);
    }
    if (call.reboot) {
        reboot(context.now);
    }
}

}  // namespace haas::bmcsim

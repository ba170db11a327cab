#include "plugins/ipmi/sol/console.hpp"

#include <utility>

#include "plugins/ipmi/command/device_id.hpp"

namespace haas::ipmi {
namespace {

constexpr std::uint8_t accepted = 0x00;
constexpr std::size_t most_early = 65536;

// A BMC that does not have a command says so in many ways, but not by these.
bool may_pass(std::uint8_t completion_code) noexcept {
    return completion_code == 0xc0 || completion_code == 0xc3 || completion_code == 0xd2 || completion_code == 0xff;
}

}  // namespace

// ---- What is asked of it ------------------------------------------------------------------------------------------------

void SolConsole::open(SolConflict conflict) {
    conflict_ = conflict;
    opening_ = true;
    round_ = 0;
    paused_ = false;
    trouble_.clear();
    begin_attempt();
}

void SolConsole::begin_attempt() {
    resume_at_.reset();
    // It is stolen for whoever opens it, and not taken back later.
    attempt_.emplace(opening_ && conflict_ == SolConflict::steal, deserted_, auxiliary());
    phase_ = Phase::activating;
}

void SolConsole::close() {
    opening_ = false;
    if (phase_ == Phase::closed) return listener_.closed();
    leave();
}

// What is active is given back.  What is being asked for is awaited: it may turn out to be ours.
void SolConsole::leave() {
    phase_ = Phase::leaving;
    drop_transfer();
    if (!active_ && asked_ == Asked::nothing) finish();
}

void SolConsole::finish() {
    phase_ = Phase::closed;
    attempt_.reset();
    drop_transfer();
    resume_at_.reset();
    sign_at_.reset();
    mute_at_.reset();
    active_ = false;
    listener_.closed();
}

void SolConsole::write(Bytes data) {
    transfer_->write(std::move(data));
    settle_input();
}

void SolConsole::send_break() { transfer_->send_break(); }

void SolConsole::cancel_input(const char* why) {
    if (!transfer_) return;
    if (transfer_->writing()) {
        const std::size_t taken = transfer_->taken();
        const bool doubt = transfer_->cancel_write();
        listener_.written(SolTransfer::End::none, taken, doubt, why);
    } else if (transfer_->breaking()) {
        transfer_->cancel_break();
        listener_.broken(SolTransfer::End::none, why);
    }
}

void SolConsole::resume(Time now) {
    paused_ = false;
    if (transfer_ && transfer_->paused()) hear(transfer_->resume(), now);
}

// ---- Commands -----------------------------------------------------------------------------------------------------------

std::optional<SolConsole::Ask> SolConsole::next_request(Time now) {
    if (asked_ != Asked::nothing) return std::nullopt;
    if (phase_ == Phase::activating) {
        asked_ = Asked::step;
        return Ask{attempt_->request(), attempt_->same_session()};
    }
    if (phase_ == Phase::leaving) {
        asked_ = Asked::deactivation;
        return Ask{deactivate_sol(), true};
    }
    if (phase_ != Phase::connected || !sign_at_ || now < *sign_at_) return std::nullopt;
    asked_ = Asked::keep_alive;
    switch (sign_) {
        case Sign::instance_info: return Ask{sol_instance_info(), true};
        case Sign::activation_status: return Ask{sol_activation_status(), true};
        case Sign::device_id: break;
    }
    return Ask{device_id(), true};
}

void SolConsole::answered(std::uint8_t completion_code, ByteView data, const SolSession& session, Time now) {
    switch (std::exchange(asked_, Asked::nothing)) {
        case Asked::step: {
            // What a renewal has given back: what comes from here on belongs to the new activation.
            if (!early_) transfer_.reset();
            const auto step = attempt_->answered(completion_code, data, session, early_.has_value());
            return on_step(step, session, now);
        }
        case Asked::keep_alive:
            if (phase_ == Phase::connected) return on_sign_of_life(completion_code, data, now);
            if (phase_ == Phase::leaving && !active_) finish();
            return;
        case Asked::deactivation: return finish();
        case Asked::nothing: return;
    }
}

void SolConsole::failed(ErrorClass error, const std::string& sentence, bool final, Time now) {
    const Asked asked = std::exchange(asked_, Asked::nothing);
    if (asked == Asked::nothing) return;
    if (phase_ == Phase::leaving) {
        // It was told, or cannot be told; an activation that hangs ends with its session.
        if (asked != Asked::keep_alive || !active_) finish();
    } else if (asked == Asked::step) {
        on_refused(error, sentence, final, now);
    } else if (phase_ == Phase::connected) {
        lose(SolState::disconnected, "the BMC does not answer any more", {}, now);
    }
}

// ipmitool sends an Intel 82571 none while SOL is active.
void SolConsole::await_sign_of_life(Time now) {
    if (!quirks_.has(Quirk::i82571spt)) sign_at_ = now + jittered(timing_.keep_alive);
}

void SolConsole::on_step(const SolActivation::Step& step, const SolSession& session, Time now) {
    const auto* const active = std::get_if<SolActivation::Active>(&step);
    if (phase_ == Phase::leaving) {
        // Nobody wants it any more.
        active_ = active != nullptr;
        if (!active_) finish();
        return;
    }
    if (active != nullptr) return on_active(active->most_data, session, now);
    if (const auto* taken = std::get_if<SolActivation::Taken>(&step)) return on_taken(taken->sentence, now);
    if (const auto* refused = std::get_if<SolActivation::Refused>(&step)) {
        return on_refused(refused->error, refused->sentence, false, now);
    }
}

void SolConsole::on_active(std::size_t most_data, const SolSession& session, Time now) {
    phase_ = Phase::connected;
    active_ = true;
    attempt_.reset();
    session_ = session;
    deserted_ = 0;
    connected_at_ = now;
    await_sign_of_life(now);
    const auto early = std::exchange(early_, std::nullopt);
    if (!transfer_) transfer_.emplace(most_data, timing_.transfer);
    transfer_->carry(most_data);
    if (std::exchange(opening_, false)) {
        told_ = SolState::connected;
        told_sentence_.clear();
        listener_.opened();
    } else {
        tell(SolState::connected, {});
    }
    SolTransfer::Heard heard;
    if (early && early->lost) heard.lost = 0;
    if (early) heard.data = early->data;
    hear(heard, now);
    if (paused_) {
        transfer_->pause();
    } else if (transfer_ && transfer_->paused()) {
        hear(transfer_->resume(), now);
    }
}

void SolConsole::on_taken(const std::string& sentence, Time now) {
    active_ = false;
    if (opening_ && conflict_ != SolConflict::wait) return fail_open(ErrorClass::busy, sentence, false);
    rest(opening_ ? Wait{} : timing_.after_stolen, now);
    if (opening_) {
        trouble_ = sentence;
    } else {
        tell(SolState::stolen, sentence);
    }
}

void SolConsole::fail_open(ErrorClass error, const std::string& sentence, bool final) {
    opening_ = false;
    phase_ = Phase::closed;
    attempt_.reset();
    drop_transfer();
    listener_.open_failed(error, sentence, final);
}

void SolConsole::on_refused(ErrorClass error, const std::string& sentence, bool final, Time now) {
    active_ = false;
    if (opening_ && (conflict_ != SolConflict::wait || error != ErrorClass::busy)) {
        return fail_open(error, sentence, final);
    }
    if (opening_) {
        trouble_ = sentence;
        return rest({}, now);
    }
    if (final) {
        attempt_.reset();
        drop_transfer();
        phase_ = Phase::given_up;
        return tell(SolState::disconnected, sentence + "; not tried again until a login succeeds");
    }
    rest({}, now);
    tell(SolState::disconnected, sentence);
}

void SolConsole::on_sign_of_life(std::uint8_t completion_code, ByteView data, Time now) {
    await_sign_of_life(now);
    if (completion_code != accepted) {
        // Any answer is a sign of life; but another question may tell more next time.
        if (sign_ != Sign::device_id && !may_pass(completion_code)) {
            sign_ = sign_ == Sign::instance_info ? Sign::activation_status : Sign::device_id;
        }
        return;
    }
    if (sign_ == Sign::instance_info) {
        const auto owner = parse_sol_owner(data);
        if (!owner || session_.has(*owner)) return;
        // Many BMCs tell nobody whose console they take away (Dell R610, X8DTG, C6220; FreeIPMI bugs, SOL #6).
        active_ = false;
        if (*owner != 0) return lose(SolState::stolen, "another session has taken the serial console", timing_.after_stolen, now);
        lose(SolState::disconnected, "the BMC has ended Serial over LAN without saying so", {}, now);
    } else if (sign_ == Sign::activation_status && parse_sol_activation_status(data) == false) {
        active_ = false;
        lose(SolState::disconnected, "the BMC has ended Serial over LAN without saying so", {}, now);
    }
}

// ---- Characters ---------------------------------------------------------------------------------------------------------

void SolConsole::receive(ByteView payload, Time now) {
    if (phase_ == Phase::activating && !transfer_) {
        // Only who has SOL is sent its packets: the answer that says so is under way, or lost, and a BMC does not wait for
        // an acknowledgement that long.
        transfer_.emplace(sol_cautious_data, timing_.transfer);
        if (paused_) transfer_->pause();
        early_ = Early{{}, false};
    }
    if (transfer_) hear(transfer_->receive(payload, now), now);
}

void SolConsole::drop_transfer() {
    transfer_.reset();
    early_.reset();
}

void SolConsole::hear(const SolTransfer::Heard& heard, Time now) {
    if (early_) {
        early_->lost = early_->lost || heard.lost;
        early_->data.insert(early_->data.end(), heard.data.begin(), heard.data.end());
        if (early_->data.size() >= most_early) transfer_->pause();
        return;
    }
    if (heard.lost) listener_.gap(*heard.lost);
    if (!heard.data.empty() && !listener_.data(heard.data)) {
        paused_ = true;
        transfer_->pause();
    }
    if (heard.output) mute_at_.reset();
    settle_input();
    if (phase_ != Phase::connected) return;
    if (heard.deactivated) {
        active_ = false;
        return lose(SolState::stolen, "the BMC has deactivated Serial over LAN, as it does when somebody else takes it",
                    timing_.after_stolen, now);
    }
    if (transfer_->unavailable()) {
        tell(SolState::unavailable, "the serial line is not there: the machine is off, or something else has it");
    } else {
        tell(SolState::connected, {});
    }
}

void SolConsole::settle_input() {
    const auto ended = transfer_->take_end();
    if (!ended) return;
    const char* const why = ended->how == SolTransfer::End::refused   ? "the BMC takes no more characters"
                            : ended->how == SolTransfer::End::silence ? "the BMC does not answer a break: it may not have it"
                                                                      : "";
    if (ended->is_break) {
        listener_.broken(ended->how, why);
    } else {
        listener_.written(ended->how, ended->taken, false, why);
    }
}

bool SolConsole::transmit(Time now, Bytes& out) {
    if (!transfer_ || phase_ == Phase::leaving) return false;
    const bool something = transfer_->transmit(now, out);
    settle_input();
    if (transfer_->stuck() && phase_ == Phase::connected) {
        cancel_input("the BMC does not acknowledge what is typed");
        renew("the BMC does not acknowledge what is typed");
    }
    return something;
}

}  // namespace haas::ipmi

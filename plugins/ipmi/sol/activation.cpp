#include "plugins/ipmi/sol/activation.hpp"

#include "plugins/ipmi/command/completion.hpp"

namespace haas::ipmi {
namespace {

constexpr std::uint8_t accepted = 0x00;
constexpr std::uint8_t already_active = 0x80;
constexpr std::uint8_t already_inactive = 0x80;
constexpr std::uint8_t unknown_command = 0xc1;
constexpr std::uint8_t invalid_field = 0xcc;

std::string text_of(const SessionInfo& info) {
    std::string text = "user " + std::to_string(info.user_id);
    if (!info.address) return text;
    text += " at ";
    for (const std::uint8_t part : *info.address) text += (text.back() == ' ' ? "" : ".") + std::to_string(part);
    return text;
}

SolActivation::Refused refusal(const Request& request, std::uint8_t completion_code) {
    Completion why = explain(request, completion_code);
    return {why.error, std::move(why.sentence)};
}

}  // namespace

Request SolActivation::request() const {
    switch (stage_) {
        case Stage::support: return channel_payload_support();
        case Stage::owner: return sol_instance_info();
        case Stage::owner_session: return session_info(owner_id_);
        case Stage::deactivate: return deactivate_sol();
        case Stage::activate:
        case Stage::activate_again: break;
    }
    return activate_sol(auxiliary_);
}

SolActivation::Step SolActivation::answered(std::uint8_t completion_code, ByteView data, const SolSession& session,
                                            bool early) {
    switch (stage_) {
        case Stage::support: return support_answered(completion_code, data);
        case Stage::owner: return owner_answered(completion_code, data, session, early);
        case Stage::owner_session: return session_answered(completion_code, data);
        case Stage::deactivate: return deactivate_answered(completion_code);
        case Stage::activate:
        case Stage::activate_again: break;
    }
    return activate_answered(completion_code, data);
}

SolActivation::Step SolActivation::activate_answered(std::uint8_t completion_code, ByteView data) {
    if (completion_code == accepted) return Active{parse_sol_activation(data)};
    if (completion_code == already_active) {
        // Some BMCs say "deactivated" and stay active (Supermicro H8QME, Dell M6xx): asking on would never end.
        if (stage_ == Stage::activate_again) return taken();
        stage_ = Stage::owner;
        return Next{};
    }
    if (completion_code == unknown_command || completion_code == invalid_field) {
        refusal_ = completion_code;
        stage_ = Stage::support;
        return Next{};
    }
    return refusal(activate_sol(auxiliary_), completion_code);
}

SolActivation::Step SolActivation::support_answered(std::uint8_t completion_code, ByteView data) const {
    const auto supported = completion_code == accepted ? parse_supports_sol(data) : std::nullopt;
    if (supported == false) return Refused{ErrorClass::unsupported, "the BMC has no Serial over LAN on this channel"};
    return refusal(activate_sol(auxiliary_), refusal_);
}

SolActivation::Step SolActivation::owner_answered(std::uint8_t completion_code, ByteView data, const SolSession& session,
                                                  bool early) {
    const auto owner = completion_code == accepted ? parse_sol_owner(data) : std::nullopt;
    // The answer to our first Activate was lost, so that it was repeated.
    if (early || (owner && session.has(*owner))) return Active{};
    if (!owner) return in_conflict();
    if (*owner == 0 || *owner == deserted_) return free_it();
    owner_id_ = *owner;
    stage_ = Stage::owner_session;
    return Next{};
}

SolActivation::Step SolActivation::session_answered(std::uint8_t completion_code, ByteView data) {
    const auto info = completion_code == accepted ? parse_session_info(data) : std::nullopt;
    if (info && !info->active) return free_it();
    if (info) owner_ = text_of(*info);
    return in_conflict();
}

SolActivation::Step SolActivation::in_conflict() {
    if (!steal_) return taken();
    stolen_ = true;
    return free_it();
}

SolActivation::Step SolActivation::free_it() {
    stage_ = Stage::deactivate;
    return Next{};
}

SolActivation::Step SolActivation::deactivate_answered(std::uint8_t completion_code) {
    if (completion_code != accepted && completion_code != already_inactive) {
        Refused why = refusal(deactivate_sol(), completion_code);
        why.sentence = "the serial console could not be taken over: " + why.sentence;
        return why;
    }
    stage_ = Stage::activate_again;
    return Next{};
}

SolActivation::Taken SolActivation::taken() const {
    std::string who = owner_.empty() ? "another session" : owner_;
    if (stage_ == Stage::activate_again) {
        return {"the serial console was taken " + std::string(stolen_ ? "away from " + who : "over") +
                ", but the BMC says that it is in use again, or still"};
    }
    return {"the serial console is in use by " + who + (owner_.empty() ? "; the BMC does not say whose" : "")};
}

}  // namespace haas::ipmi

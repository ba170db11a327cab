// The chassis commands (IPMI 2.0 section 28): power, boot options, identify.
#include "tools/bmcsim/command.hpp"
#include "tools/bmcsim/completion.hpp"

namespace haas::bmcsim {
namespace {

std::uint8_t chassis_capabilities(Call& call) {
    call.answer.octets({0x00, 0x20, 0x20, 0x20, 0x20, 0x20});
    return completion::ok;
}

std::uint8_t chassis_status(Call& call) {
    Bmc& bmc = call.bmc;
    constexpr unsigned identify_known = 0x40;
    const bool timed = call.context.now < bmc.identify_until;
    const unsigned identify = bmc.identify_forced ? 0x20U : timed ? 0x10U : 0U;
    call.answer.u8((bmc.machine().on() ? 0x01U : 0U) | static_cast<unsigned>(bmc.power_restore_policy << 5));
    // Last power event: bit 4, power-on by IPMI.
    call.answer.u8(bmc.machine().restart_cause() == RestartCause::chassis_control ? 0x10 : 0x00);
    call.answer.u8(identify_known | identify);
    if (!bmc.profile().has(Quirk::no_front_panel)) {
        call.answer.u8(0x00);
    }
    return completion::ok;
}

std::uint8_t chassis_control(Call& call) {
    if (call.request.data.size() != 1) {
        return completion::wrong_length;
    }
    const std::uint8_t wish = call.request.data[0] & 0x0F;
    if (wish >= control_count) {
        return completion::invalid_field;
    }
    Bmc& bmc = call.bmc;
    const auto outcome = bmc.machine().control(static_cast<Control>(wish), call.context.now, bmc.profile());
    Counters& counters = bmc.counters();
    if (outcome.completion != completion::ok) {
        ++counters.controls_refused;
    } else if (!outcome.performed) {
        ++counters.controls_ignored;
    } else {
        ++counters.controls[wish];
    }
    bmc.note(call.context.now, EventKind::control, wish, outcome.completion);
    bmc.settle(call.context.now);
    return outcome.completion;
}

std::uint8_t chassis_identify(Call& call) {
    const Octets data = call.request.data;
    if (data.size() > 2) {
        return completion::wrong_length;
    }
    const std::uint8_t interval = data.empty() ? std::uint8_t{15} : data[0];
    call.bmc.identify_forced = data.size() == 2 && (data[1] & 0x01) != 0;
    call.bmc.identify_until = call.context.now + seconds(interval);
    return completion::ok;
}

std::uint8_t set_power_restore_policy(Call& call) {
    if (call.request.data.size() != 1) {
        return completion::wrong_length;
    }
    const std::uint8_t policy = call.request.data[0] & 0x07;
    if (policy > 3) {
        return completion::invalid_field;
    }
    if (policy != 3) {  // 3 only asks what can be set
        call.bmc.power_restore_policy = policy;
    }
    call.answer.u8(0x07);
    return completion::ok;
}

std::uint8_t system_restart_cause(Call& call) {
    call.answer.u8(static_cast<unsigned>(call.bmc.machine().restart_cause())).u8(0x01);
    return completion::ok;
}

std::uint8_t set_boot_options(Call& call) {
    Bmc& bmc = call.bmc;
    const std::uint8_t answer = bmc.machine().boot_options().set(call.request.data, call.context.now, bmc.profile());
    bmc.note(call.context.now, EventKind::boot_flags, call.request.data.empty() ? 0 : call.request.data[0], answer);
    return answer;
}

std::uint8_t show_boot_options(Call& call) {
    return call.bmc.machine().boot_options().show(call.request.data, call.context.now, call.bmc.profile(), call.answer);
}

std::uint8_t power_on_hours(Call& call) {
    call.answer.u8(60).u32(call.bmc.machine().boots());  // a count of 60 minutes each: it grows with the boots
    return completion::ok;
}

constexpr std::array handlers{
    Handler{netfn_chassis, 0x01, Privilege::user, chassis_status},
    Handler{netfn_chassis, 0x02, Privilege::operator_level, chassis_control},
    Handler{netfn_chassis, 0x00, Privilege::user, chassis_capabilities},
    Handler{netfn_chassis, 0x04, Privilege::operator_level, chassis_identify},
    Handler{netfn_chassis, 0x06, Privilege::operator_level, set_power_restore_policy},
    Handler{netfn_chassis, 0x07, Privilege::user, system_restart_cause},
    Handler{netfn_chassis, 0x08, Privilege::operator_level, set_boot_options},
    Handler{netfn_chassis, 0x09, Privilege::operator_level, show_boot_options},
    Handler{netfn_chassis, 0x0F, Privilege::user, power_on_hours},
};

}  // namespace

std::span<const Handler> chassis_commands() noexcept { return handlers; }

}  // namespace haas::bmcsim

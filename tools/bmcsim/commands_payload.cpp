// The commands about payloads and Serial over LAN (IPMI 2.0 sections 24 and 26).
#include "tools/bmcsim/command.hpp"
#include "tools/bmcsim/completion.hpp"

namespace haas::bmcsim {
namespace {

constexpr std::uint8_t sol_type = 0x01;
constexpr std::uint8_t only_instance = 0x01;
constexpr std::uint8_t encrypt_bit = 0x80;
constexpr std::uint16_t longest_payload = 255;

constexpr unsigned swapped(unsigned value) noexcept { return (value & 0xFF) << 8 | (value >> 8 & 0xFF); }

// Why SOL may not begin now, or ok.
std::uint8_t judge_activation(const Call& call, Octets data) {
    constexpr std::uint8_t already_active = 0x80;
    constexpr std::uint8_t disabled = 0x81;
    constexpr std::uint8_t limit_reached = 0x82;
    constexpr std::uint8_t not_with_encryption = 0x83;
    constexpr std::uint8_t not_without_encryption = 0x84;
    Bmc& bmc = call.bmc;
    const Session& session = *call.session;
    const std::uint8_t required = bmc.sol_settings().authentication;
    const bool can_encrypt = session.suite.confidentiality != Confidentiality::none;
    if (data[0] != sol_type || (bmc.profile().has(Quirk::i82571spt) && data[2] != 0x08)) {
        return completion::invalid_field;
    }
    if (!bmc.sol_settings().enabled) {
        return disabled;
    }
    if (data[1] != only_instance) {
        return limit_reached;
    }
    if (static_cast<std::uint8_t>(session.privilege) < (required & 0x0F)) {
        return completion::privilege;
    }
    if ((data[2] & encrypt_bit) != 0 && !can_encrypt) {
        return not_with_encryption;
    }
    if ((required & encrypt_bit) != 0 && !can_encrypt) {
        return not_without_encryption;
    }
    if (bmc.serial() != nullptr) {
        return already_active;
    }
    return completion::ok;
}

std::uint8_t activate_payload(Call& call) {
    const Octets data = call.request.data;
    if (data.size() != 6) {
        return completion::wrong_length;
    }
    if (const std::uint8_t fault = judge_activation(call, data); fault != completion::ok) {
        return fault;
    }
    Bmc& bmc = call.bmc;
    const Profile& profile = bmc.profile();
    bmc.open_serial(*call.session, (data[2] & encrypt_bit) != 0, call.context.now);
    unsigned size = longest_payload;
    size = profile.has(Quirk::sol_size_zero) ? 0 : profile.has(Quirk::sol_size_huge) ? 0xFFFF : size;
    size = profile.has(Quirk::sol_size_swapped) ? swapped(size) : size;
    unsigned port = bmc.port();
    port = profile.has(Quirk::sol_port_swapped) ? swapped(port) : profile.has(Quirk::sol_port_foreign) ? 9 : port;
    call.answer.u32(0).u16(size).u16(size).u16(port).u16(0xFFFF);
    if (profile.has(Quirk::sol_early_data)) {
        bmc.serial()->sol.write("early\r\n", call.context.now - seconds(1));
        bmc.run_serial(call.context);
    }
    return completion::ok;
}

// Tells the session that had SOL, each BMC in its own way.
void tell_owner(Call& call, Session& owner) {
    const Profile& profile = call.bmc.profile();
    if (profile.has(Quirk::sol_steal_silent)) {
        return;
    }
    Packet notice;
    if (profile.has(Quirk::sol_steal_request)) {
        constexpr std::uint8_t sol_activating = 0x20;
        constexpr std::array<std::uint8_t, 5> data{0x00, 0x00, 0x00, 0x00, 0x00};
        encode_request(notice, netfn_transport, sol_activating, 0, data);
        call.bmc.send(owner, PayloadType::ipmi, notice.view(), call.context);
    } else {
        notice.octets({0x00, 0x00, 0x00, Sol::status_deactivating});
        call.bmc.send(owner, PayloadType::sol, notice.view(), call.context);
    }
}

std::uint8_t deactivate_payload(Call& call) {
    constexpr std::uint8_t already_inactive = 0x80;
    const Octets data = call.request.data;
    if (data.size() != 6) {
        return completion::wrong_length;
    }
    if (data[0] != sol_type || data[1] != only_instance) {
        return completion::invalid_field;
    }
    Bmc& bmc = call.bmc;
    if (bmc.serial() == nullptr) {
        return already_inactive;
    }
    Session* owner = bmc.session(bmc.serial()->owner);
    if (owner == nullptr) {
        bmc.close_serial(call.context.now);
        return already_inactive;
    }
    if (owner != call.session) {
        if (owner->name != call.session->name && call.session->privilege < Privilege::administrator) {
            return completion::privilege;
        }
        tell_owner(call, *owner);
    }
    if (!bmc.profile().has(Quirk::sol_stuck)) {
        bmc.close_serial(call.context.now);
    }
    return completion::ok;
}

std::uint8_t activation_status(Call& call) {
    const Profile& profile = call.bmc.profile();
    if (profile.has(Quirk::no_payload_status)) {
        return completion::invalid_command;
    }
    if (call.request.data.size() != 1) {
        return completion::wrong_length;
    }
    if (call.request.data[0] != sol_type) {
        return completion::invalid_field;
    }
    const unsigned active = call.bmc.serial() != nullptr ? 1 : 0;
    call.answer.u8(profile.has(Quirk::zero_capacity) ? 0 : 1).u16(active);
    return completion::ok;
}

std::uint8_t instance_info(Call& call) {
    const Octets data = call.request.data;
    if (data.size() != 2) {
        return completion::wrong_length;
    }
    if (data[0] != sol_type || data[1] != only_instance) {
        return completion::invalid_field;
    }
    const auto* serial = call.bmc.serial();
    call.answer.u32(serial == nullptr ? 0 : serial->owner).u8(1).fill(7, 0x00);
    return completion::ok;
}

std::uint8_t user_payload_access(Call& call) {
    if (call.request.data.size() != 2) {
        return completion::wrong_length;
    }
    call.answer.octets({0x02, 0x00, 0x00, 0x00});  // standard payload 1, which is SOL
    return completion::ok;
}

std::uint8_t channel_payload_support(Call& call) {
    if (call.bmc.profile().has(Quirk::no_payload_support)) {
        return completion::invalid_command;
    }
    if (call.request.data.size() != 1) {
        return completion::wrong_length;
    }
    // IPMI and SOL; Open Session and RAKP; nothing of an OEM.
    call.answer.u16(0x0003).u16(0x003F).u16(0x0000).u16(0x0000);
    return completion::ok;
}

std::uint8_t channel_payload_version(Call& call) {
    constexpr std::uint8_t not_available = 0x80;
    if (call.request.data.size() != 2) {
        return completion::wrong_length;
    }
    if (call.request.data[1] > sol_type) {
        return not_available;
    }
    call.answer.u8(0x10);
    return completion::ok;
}

// Each SOL parameter that can be set as one byte or two.
std::uint8_t set_sol_configuration(Call& call) {
    constexpr std::uint8_t read_only = 0x82;
    Cursor in(call.request.data);
    in.u8();  // the channel
    const std::uint8_t parameter = in.u8();
    const std::size_t wanted = parameter == 3 || parameter == 4 ? 2 : 1;
    if (parameter == 7 || parameter == 8) {
        return read_only;
    }
    if (parameter > 8) {
        return completion::parameter_unsupported;
    }
    if (in.left() != wanted) {
        return completion::wrong_length;
    }
    SolSettings& settings = call.bmc.sol_settings();
    const std::uint8_t value = in.u8();
    switch (parameter) {
        case 0:
            if (value == 1 && settings.in_progress == 1) {
                return completion::set_in_progress;
            }
            settings.in_progress = value == 1 ? 1 : 0;
            break;
        case 1: settings.enabled = (value & 0x01) != 0; break;
        case 2: settings.authentication = value; break;
        case 3:
            settings.accumulate = value;
            settings.threshold = in.u8();
            break;
        case 4:
            settings.retries = value & 0x07;
            settings.retry_interval = in.u8();
            break;
        case 5: settings.bit_rate = value & 0x0F; break;
        default: settings.volatile_bit_rate = value & 0x0F; break;
    }
    return completion::ok;
}

std::uint8_t show_sol_configuration(Call& call) {
    constexpr unsigned revision = 0x11;
    const Octets data = call.request.data;
    if (data.size() != 4) {
        return completion::wrong_length;
    }
    call.answer.u8(revision);
    if ((data[0] & 0x80) != 0) {
        return completion::ok;
    }
    const SolSettings& settings = call.bmc.sol_settings();
    switch (data[1]) {
        case 0: call.answer.u8(settings.in_progress); break;
        case 1: call.answer.u8(settings.enabled ? 1 : 0); break;
        case 2: call.answer.u8(settings.authentication); break;
        case 3: call.answer.u8(settings.accumulate).u8(settings.threshold); break;
        case 4: call.answer.u8(settings.retries).u8(settings.retry_interval); break;
        case 5: call.answer.u8(settings.bit_rate); break;
        case 6: call.answer.u8(settings.volatile_bit_rate); break;
        case 7: call.answer.u8(0x01); break;
        case 8: call.answer.u16(call.bmc.port()); break;
        default: call.answer.clear(); return completion::parameter_unsupported;
    }
    return completion::ok;
}

constexpr std::array handlers{
    Handler{netfn_app, 0x48, Privilege::user, activate_payload},
    Handler{netfn_app, 0x49, Privilege::user, deactivate_payload},
    Handler{netfn_app, 0x4A, Privilege::user, activation_status},
    Handler{netfn_app, 0x4B, Privilege::user, instance_info},
    Handler{netfn_app, 0x4D, Privilege::operator_level, user_payload_access},
    Handler{netfn_app, 0x4E, Privilege::user, channel_payload_support},
    Handler{netfn_app, 0x4F, Privilege::user, channel_payload_version},
    Handler{netfn_transport, 0x21, Privilege::administrator, set_sol_configuration},
    Handler{netfn_transport, 0x22, Privilege::user, show_sol_configuration},
};

}  // namespace

std::span<const Handler> payload_commands() noexcept { return handlers; }

}  // namespace haas::bmcsim

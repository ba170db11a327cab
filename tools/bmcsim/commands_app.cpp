// What a BMC says of itself (IPMI 2.0 sections 20 and 22): device, GUID, what its LAN channel can do.
#include <algorithm>

#include "tools/bmcsim/command.hpp"
#include "tools/bmcsim/completion.hpp"

namespace haas::bmcsim {
namespace {

constexpr std::uint8_t lan_channel = 1;
constexpr std::uint8_t this_channel = 0x0E;

bool is_lan(std::uint8_t channel) noexcept { return channel == lan_channel || channel == this_channel; }

std::uint8_t device_id(Call& call) {
    constexpr std::uint32_t supermicro_wrong = 47488;
    constexpr std::uint32_t supermicro = 10876;
    const Profile& profile = call.bmc.profile();
    const std::uint32_t manufacturer = profile.has(Quirk::manufacturer_id)        ? supermicro_wrong
                                       : profile.has(Quirk::supermicro_uefi_disk) ? supermicro
                                                                                  : 0;
    // Device 20h revision 1, firmware 1.02, IPMI 2.0; a chassis device.
    call.answer.octets({0x20, 0x01, 0x01, 0x02, 0x02, 0x80}).u24(manufacturer).u16(0x0001).u32(0);
    return completion::ok;
}

std::uint8_t cold_reset(Call& call) {
    call.reboot = !call.bmc.profile().has(Quirk::lockdown);
    return completion::ok;
}

std::uint8_t self_test(Call& call) {
    call.answer.octets({0x55, 0x00});
    return completion::ok;
}

std::uint8_t guid(Call& call) {
    call.answer.octets(call.bmc.guid());
    return completion::ok;
}

std::uint8_t authentication_capabilities(Call& call) {
    const Profile& profile = call.bmc.profile();
    if (profile.has(Quirk::no_authcap)) {
        call.no_answer = true;
        return completion::ok;
    }
    if (profile.has(Quirk::i82571spt)) {
        return completion::invalid_command;
    }
    const Octets data = call.request.data;
    if (data.size() != 2) {
        return completion::wrong_length;
    }
    const bool extended = (data[0] & 0x80) != 0;
    const std::uint8_t privilege = data[1] & 0x0F;
    if (!is_lan(data[0] & 0x0F) || privilege == 0 || privilege > 5 || (extended && profile.has(Quirk::authcap_cc))) {
        return completion::invalid_field;
    }
    const bool nameless = std::ranges::any_of(profile.users, [](const User& user) { return user.name.empty(); });
    const bool named = std::ranges::any_of(profile.users, [](const User& user) { return !user.name.empty(); });
    unsigned status = (profile.kg.empty() ? 0U : 0x20U) | (named ? 0x04U : 0U) | (nameless ? 0x02U : 0U);
    if (profile.has(Quirk::authcap)) {
        status ^= 0x27;
    }
    // No authentication type of IPMI 1.5; IPMI 2.0 sessions only.
    call.answer.u8(lan_channel).u8(extended ? 0x80 : 0x00).u8(status).u8(extended ? 0x02 : 0x00).fill(4, 0x00);
    return completion::ok;
}

std::uint8_t cipher_suites(Call& call) {
    const Profile& profile = call.bmc.profile();
    if (profile.has(Quirk::no_suite_list)) {
        call.no_answer = true;
        return completion::ok;
    }
    const Octets data = call.request.data;
    if (data.size() != 3) {
        return completion::wrong_length;
    }
    if (!is_lan(data[0] & 0x0F)) {
        return completion::invalid_field;
    }
    Packet records;
    for (const CipherSuite& suite : known_suites) {
        const bool offered = std::ranges::find(profile.suites, suite.id) != profile.suites.end();
        const bool pretended = profile.has(Quirk::listed_not_enabled) && (suite.id == 3 || suite.id == 17);
        if (!offered && !pretended) {
            continue;
        }
        // Sun's records lack the tags that say which kind of algorithm a number is.
        const bool tagged = !profile.has(Quirk::sun20);
        records.u8(0xC0).u8(suite.id).u8(static_cast<unsigned>(suite.authentication));
        records.u8((tagged ? 0x40U : 0U) | static_cast<unsigned>(suite.integrity));
        records.u8((tagged ? 0x80U : 0U) | static_cast<unsigned>(suite.confidentiality));
    }
    const std::size_t from = std::min<std::size_t>(static_cast<std::size_t>(data[2] & 0x3F) * 16, records.size());
    call.answer.u8(lan_channel).octets(records.view().subspan(from, std::min<std::size_t>(16, records.size() - from)));
    return completion::ok;
}

std::uint8_t channel_info(Call& call) {
    if (call.request.data.size() != 1) {
        return completion::wrong_length;
    }
    if (!is_lan(call.request.data[0] & 0x0F)) {
        return completion::invalid_field;
    }
    const auto active = static_cast<unsigned>(std::min<std::size_t>(call.bmc.sessions().size(), 63));
    // 802.3 LAN, IPMB-1.0 messages, multi-session; the vendor is IPMI itself.
    call.answer.octets({lan_channel, 0x04, 0x01, 0x80U | active}).u24(7154).u16(0);
    return completion::ok;
}

std::uint8_t channel_access(Call& call) {
    if (call.request.data.size() != 2) {
        return completion::wrong_length;
    }
    if (!is_lan(call.request.data[0] & 0x0F)) {
        return completion::invalid_field;
    }
    call.answer.octets({0x02, 0x04});  // always available, up to ADMINISTRATOR
    return completion::ok;
}

constexpr std::array handlers{
    Handler{netfn_app, 0x01, Privilege::user, device_id},
    Handler{netfn_app, 0x02, Privilege::administrator, cold_reset},
    Handler{netfn_app, 0x03, Privilege::administrator, cold_reset},
    Handler{netfn_app, 0x04, Privilege::user, self_test},
    Handler{netfn_app, 0x08, Privilege::user, guid},
    Handler{netfn_app, 0x37, Privilege::none, guid},
    Handler{netfn_app, 0x38, Privilege::none, authentication_capabilities},
    Handler{netfn_app, 0x41, Privilege::user, channel_access},
    Handler{netfn_app, 0x42, Privilege::user, channel_info},
    Handler{netfn_app, 0x54, Privilege::none, cipher_suites},
};

}  // namespace

std::span<const Handler> app_commands() noexcept { return handlers; }

}  // namespace haas::bmcsim

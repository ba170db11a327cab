// The commands about sessions (IPMI 2.0 sections 22.18 to 22.20).
#include <algorithm>

#include "tools/bmcsim/command.hpp"
#include "tools/bmcsim/completion.hpp"

namespace haas::bmcsim {
namespace {

std::uint8_t set_privilege(Call& call) {
    constexpr std::uint8_t not_available = 0x80;
    constexpr std::uint8_t above_limit = 0x81;
    const Octets data = call.request.data;
    if (call.bmc.profile().has(Quirk::i82571spt)) {
        return completion::invalid_command;
    }
    if (data.size() != 1) {
        return completion::wrong_length;
    }
    const auto wanted = static_cast<Privilege>(data[0] & 0x0F);
    if (wanted == Privilege::callback || wanted > Privilege::oem) {
        return completion::invalid_field;
    }
    if (wanted == Privilege::oem) {
        return not_available;
    }
    if (wanted > call.session->limit) {
        return above_limit;
    }
    if (wanted != Privilege::none) {
        call.session->privilege = wanted;
    }
    call.answer.u8(static_cast<unsigned>(call.session->privilege));
    return completion::ok;
}

std::uint8_t close_session(Call& call) {
    constexpr std::uint8_t invalid_session = 0x87;
    Cursor in(call.request.data);
    const std::uint32_t id = in.u32();
    if (!in.ok() || in.left() > 1) {
        return completion::wrong_length;
    }
    const Session* other = call.bmc.session(id);
    if (other == nullptr || other->stage != Session::Stage::active) {
        return invalid_session;
    }
    if (other != call.session && call.session->privilege < Privilege::administrator) {
        return completion::privilege;
    }
    call.close = id;
    call.no_answer = call.bmc.profile().has(Quirk::no_close_answer);
    return completion::ok;
}

// The session that Get Session Info asks for; null when there is none.
const Session* asked_session(const Call& call, const std::vector<const Session*>& active) {
    constexpr std::uint8_t by_handle = 0xFE;
    constexpr std::uint8_t by_id = 0xFF;
    Cursor in(call.request.data);
    const std::uint8_t index = in.u8();
    const auto where = [&](auto matches) {
        const auto found = std::ranges::find_if(active, matches);
        return found == active.end() ? nullptr : *found;
    };
    if (index == 0) {
        return call.session;
    }
    if (index == by_handle) {
        return where([handle = in.u8()](const Session* one) { return one->handle == handle; });
    }
    if (index == by_id) {
        return where([id = in.u32()](const Session* one) { return one->bmc_id == id; });
    }
    return index <= active.size() ? active[index - 1] : nullptr;
}

std::uint8_t session_info(Call& call) {
    if (call.request.data.empty()) {
        return completion::wrong_length;
    }
    std::vector<const Session*> active;
    for (const auto& one : call.bmc.sessions()) {
        if (one->stage == Session::Stage::active) {
            active.push_back(one.get());
        }
    }
    const Session* shown = asked_session(call, active);
    const std::size_t in_use = active.size() + call.bmc.foreign(call.context.now);
    call.answer.u8(shown == nullptr ? 0U : shown->handle);
    call.answer.u8(std::min(call.bmc.profile().session_limit, 63U)).u8(static_cast<unsigned>(in_use));
    if (shown != nullptr) {
        const std::uint32_t address = shown->peer.address;
        call.answer.u8(shown->user_number).u8(static_cast<unsigned>(shown->privilege));
        call.answer.u8(0x11);  // an RMCP+ session on channel 1
        call.answer.u8(address >> 24).u8(address >> 16).u8(address >> 8).u8(address).fill(6, 0x00).u16(shown->peer.port);
    }
    return completion::ok;
}

constexpr std::array handlers{
    Handler{netfn_app, 0x3B, Privilege::callback, set_privilege},
    Handler{netfn_app, 0x3C, Privilege::callback, close_session},
    Handler{netfn_app, 0x3D, Privilege::user, session_info},
};

}  // namespace

std::span<const Handler> session_commands() noexcept { return handlers; }

}  // namespace haas::bmcsim

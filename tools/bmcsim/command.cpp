#include "tools/bmcsim/command.hpp"

#include <algorithm>
#include <array>

#include "tools/bmcsim/completion.hpp"

namespace haas::bmcsim {
namespace {

const Handler* find_handler(std::uint8_t netfn, std::uint8_t command) noexcept {
    const std::array<std::span<const Handler>, 4> groups{chassis_commands(), session_commands(), app_commands(),
                                                         payload_commands()};
    for (const auto& group : groups) {
        const auto found = std::ranges::find_if(
            group, [&](const Handler& one) { return one.netfn == netfn && one.command == command; });
        if (found != group.end()) {
            return &*found;
        }
    }
    return nullptr;
}

}  // namespace

std::uint8_t run_command(Call& call) {
    const Handler* handler = find_handler(call.request.netfn, call.request.command);
    if (call.session == nullptr && (handler == nullptr || handler->privilege != Privilege::none)) {
        return completion::privilege;  // whatever it is, it needs a session
    }
    if (handler == nullptr) {
        return completion::invalid_command;
    }
    if (call.session != nullptr && handler->privilege != Privilege::none) {
        const bool may_close = handler->privilege == Privilege::callback;
        if (call.session->privilege < handler->privilege || (call.session->commands_refused && !may_close)) {
            return completion::privilege;
        }
    }
    return handler->handle(call);
}

}  // namespace haas::bmcsim

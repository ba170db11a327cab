#include "plugins/ipmi/command/completion.hpp"

#include <array>
#include <cstdio>
#include <optional>
#include <string_view>

namespace haas::ipmi {
namespace {

struct Meaning {
    std::uint8_t code;
    ErrorClass error;
    bool retry;
    std::string_view text;
};

struct CommandMeaning {
    NetFn netfn;
    std::uint8_t command;
    Meaning meaning;
};

constexpr std::uint8_t set_session_privilege_level = 0x3b;
constexpr std::uint8_t close_session_command = 0x3c;
constexpr std::uint8_t activate_payload = 0x48;
constexpr std::uint8_t deactivate_payload = 0x49;
constexpr std::uint8_t chassis_control_command = 0x02;
constexpr std::uint8_t set_boot_options = 0x08;
constexpr std::uint8_t get_boot_options = 0x09;
constexpr std::uint8_t get_sol_configuration = 0x22;

constexpr std::array by_command{
    CommandMeaning{NetFn::app, set_session_privilege_level,
                   {0x80, ErrorClass::privilege, false, "the account does not have the requested privilege level"}},
    CommandMeaning{NetFn::app, set_session_privilege_level,
                   {0x81, ErrorClass::privilege, false,
                    "the requested privilege level exceeds the limit of the account or of the channel"}},
    CommandMeaning{NetFn::app, set_session_privilege_level,
                   {0x82, ErrorClass::privilege, false, "the BMC cannot disable user level authentication"}},
    CommandMeaning{NetFn::app, close_session_command,
                   {0x87, ErrorClass::state, false, "the BMC does not know the session to close"}},
    CommandMeaning{NetFn::app, close_session_command,
                   {0x88, ErrorClass::state, false, "the BMC does not know the handle of the session to close"}},
    // SOL is the only payload that is activated here.
    CommandMeaning{NetFn::app, activate_payload,
                   {0x80, ErrorClass::busy, false, "another session has the serial console"}},
    CommandMeaning{NetFn::app, activate_payload,
                   {0x81, ErrorClass::unsupported, false, "Serial over LAN is disabled on the BMC"}},
    CommandMeaning{NetFn::app, activate_payload,
                   {0x82, ErrorClass::busy, false, "the BMC's limit of serial consoles is reached"}},
    CommandMeaning{NetFn::app, activate_payload,
                   {0x83, ErrorClass::cipher, false, "the BMC cannot encrypt the serial console"}},
    CommandMeaning{NetFn::app, activate_payload,
                   {0x84, ErrorClass::cipher, false, "the BMC wants the serial console encrypted, and takes ours for bare"}},
    CommandMeaning{NetFn::app, deactivate_payload,
                   {0x80, ErrorClass::state, false, "the serial console is deactivated already"}},
    CommandMeaning{NetFn::app, deactivate_payload,
                   {0x81, ErrorClass::unsupported, false, "Serial over LAN is disabled on the BMC"}},
    CommandMeaning{NetFn::chassis, chassis_control_command,
                   {0xd5, ErrorClass::state, false, "the host's present power state does not allow this"}},
    CommandMeaning{NetFn::chassis, set_boot_options,
                   {0x80, ErrorClass::unsupported, false, "the BMC does not support this boot option"}},
    CommandMeaning{NetFn::chassis, set_boot_options,
                   {0x81, ErrorClass::busy, true, "someone else is setting this BMC's boot options"}},
    CommandMeaning{NetFn::chassis, set_boot_options,
                   {0x82, ErrorClass::unsupported, false, "this boot option can only be read"}},
    CommandMeaning{NetFn::chassis, get_boot_options,
                   {0x80, ErrorClass::unsupported, false, "the BMC does not support this boot option"}},
    CommandMeaning{NetFn::transport, get_sol_configuration,
                   {0x80, ErrorClass::unsupported, false, "the BMC does not have this parameter of SOL"}},
};

constexpr std::array generic{
    Meaning{0xc0, ErrorClass::busy, true, "the BMC is busy"},
    Meaning{0xc1, ErrorClass::unsupported, false, "the BMC does not know this command"},
    Meaning{0xc2, ErrorClass::unsupported, false, "the BMC does not know this command on this LUN"},
    Meaning{0xc3, ErrorClass::busy, true, "the BMC timed out while it processed the command"},
    Meaning{0xc4, ErrorClass::busy, true, "the BMC is out of space"},
    Meaning{0xc5, ErrorClass::busy, true, "the BMC cancelled the reservation"},
    Meaning{0xc6, ErrorClass::protocol, false, "the BMC says that the request was cut off"},
    Meaning{0xc7, ErrorClass::protocol, false, "the BMC says that the request has the wrong length"},
    Meaning{0xc8, ErrorClass::protocol, false, "the BMC says that the request is too long"},
    Meaning{0xc9, ErrorClass::unsupported, false, "the BMC says that a parameter is out of range"},
    Meaning{0xca, ErrorClass::protocol, false, "the BMC cannot return as many bytes as were asked for"},
    Meaning{0xcb, ErrorClass::unsupported, false, "the BMC says that what was asked for is not present"},
    Meaning{0xcc, ErrorClass::unsupported, false, "the BMC says that a field of the request is invalid"},
    Meaning{0xcd, ErrorClass::unsupported, false, "the BMC says that the command is illegal here"},
    Meaning{0xce, ErrorClass::busy, true, "the BMC could not provide its answer"},
    Meaning{0xcf, ErrorClass::protocol, true, "the BMC takes the request for a duplicate"},
    Meaning{0xd0, ErrorClass::busy, true, "the BMC's sensor repository is being updated"},
    Meaning{0xd1, ErrorClass::busy, true, "the BMC's firmware is being updated"},
    Meaning{0xd2, ErrorClass::busy, true, "the BMC is still starting"},
    Meaning{0xd3, ErrorClass::unreachable, true, "the BMC cannot reach the destination of the command"},
    Meaning{0xd4, ErrorClass::privilege, false,
            "the session's privilege level, or a firmware firewall, does not allow this"},
    Meaning{0xd5, ErrorClass::state, false, "the present state does not allow this"},
    Meaning{0xd6, ErrorClass::unsupported, false, "this function of the BMC is disabled"},
    // OpenBMC answers FFh where D5h or D2h is meant (openbmc/openbmc issues 3253 and 1810).
    Meaning{0xff, ErrorClass::protocol, true, "the BMC failed without giving a reason"},
};

std::optional<Meaning> meaning_of(NetFn netfn, std::uint8_t command, std::uint8_t code) {
    for (const CommandMeaning& own : by_command) {
        if (own.netfn == netfn && own.command == command && own.meaning.code == code) return own.meaning;
    }
    for (const Meaning& meaning : generic) {
        if (meaning.code == code) return meaning;
    }
    return std::nullopt;
}

}  // namespace

Completion explain(NetFn netfn, std::uint8_t command, std::uint8_t completion_code) {
    constexpr std::string_view undocumented = "the BMC failed with a code of its own";
    const Meaning meaning =
        meaning_of(netfn, command, completion_code).value_or(Meaning{0, ErrorClass::protocol, false, undocumented});
    char code[32];
    std::snprintf(code, sizeof code, " (completion code %02Xh)", completion_code);
    return {meaning.error, meaning.retry, std::string(meaning.text) + code};
}

}  // namespace haas::ipmi

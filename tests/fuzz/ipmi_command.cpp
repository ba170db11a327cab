// Every parser of plugins/ipmi/command.  The first byte picks one, the rest is the data of an answer.
#include "plugins/ipmi/command/boot.hpp"
#include "plugins/ipmi/command/chassis.hpp"
#include "plugins/ipmi/command/completion.hpp"
#include "plugins/ipmi/command/device_id.hpp"
#include "plugins/ipmi/command/session.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace haas::ipmi {
namespace {

using fuzz::require;

void boot(ByteView data) {
    const auto parameter = parse_boot_parameter(data);
    const auto flags = parse_boot_flags(data);
    if (parameter) require(fuzz::inside(parameter->data, data), "a parameter lies inside its answer");
    if (!flags) return;
    require(parameter && parameter->parameter == 5, "boot flags are parameter 5");
    // What is written is what was read: parameter number, then the parameter, behind a parameter version of 1.
    const Request request = set_boot_flags(*flags);
    Bytes answer{0x01};
    answer.insert(answer.end(), request.data.begin(), request.data.end());
    const auto again = parse_boot_flags(answer);
    require(again && *again == *flags, "boot flags are the same after they were written");
}

void explained(ByteView data) {
    fuzz::Choices choices(data);
    const std::uint8_t netfn = choices.byte();
    const std::uint8_t command = choices.byte();
    const std::uint8_t code = choices.byte();
    if (code == 0) return;
    const Completion completion = explain(static_cast<NetFn>(netfn), command, code);
    require(!completion.sentence.empty(), "every completion code has a sentence");
    char hexadecimal[4];
    std::snprintf(hexadecimal, sizeof hexadecimal, "%02Xh", code);
    require(completion.sentence.find(hexadecimal) != std::string::npos, "the sentence names the completion code");
}

void parse(std::uint8_t which, ByteView data) {
    switch (which % 6) {
        case 0: return boot(data);
        case 1: return explained(data);
        case 2: require(parse_chassis_status(data).has_value() == (data.size() >= 3), "a status has three bytes"); return;
        case 3:
            if (const auto id = parse_device_id(data)) {
                require(id->manufacturer < 0x1000000, "an enterprise number has 24 bits");
            }
            return;
        case 4:
            if (const auto told = parse_channel_authentication_capabilities(data)) {
                require(told->channel < 16, "a channel has 4 bits");
            }
            return;
        default:
            if (const auto level = parse_session_privilege_level(data)) {
                require(static_cast<std::uint8_t>(*level) < 16, "a privilege level has 4 bits");
            }
            return;
    }
}

}  // namespace
}  // namespace haas::ipmi

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 0) haas::ipmi::parse(data[0], {data + 1, size - 1});
    return 0;
}

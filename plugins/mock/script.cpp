#include "plugins/mock/script.hpp"

#include <array>

namespace haas::mock {

using obm::Failure;
using obm::Status;

namespace {

constexpr std::int64_t most_ms = 600'000;
constexpr std::int64_t most_count = 1'000'000;
constexpr std::int64_t most_rate = 10'000'000;

struct Named {
    std::string_view name;
    Status status;
};
constexpr std::array statuses{
    Named{"invalid", Status::invalid},         Named{"unsupported", Status::unsupported},
    Named{"unreachable", Status::unreachable}, Named{"credentials", Status::credentials},
    Named{"privilege", Status::privilege},     Named{"cipher", Status::cipher},
    Named{"busy", Status::busy},               Named{"state", Status::state},
    Named{"protocol", Status::protocol},       Named{"timed_out", Status::timed_out},
    Named{"internal", Status::internal},
};

[[noreturn]] void refuse(std::string_view field, std::string_view expected) {
    throw Failure(Status::invalid, "field '" + std::string(field) + "' must be " + std::string(expected));
}

std::int64_t number(const obm::Fields& fields, std::string_view name, std::int64_t most, std::int64_t otherwise = 0) {
    const std::int64_t value = fields.integer(name).value_or(otherwise);
    if (value < 0 || value > most) refuse(name, "from 0 to " + std::to_string(most));
    return value;
}

Time milliseconds(const obm::Fields& fields, std::string_view name, std::int64_t otherwise = 0) {
    return std::chrono::milliseconds(number(fields, name, most_ms, otherwise));
}

std::optional<Status> failure(std::string_view name) {
    if (name.empty()) return std::nullopt;
    for (const Named& one : statuses) {
        if (one.name == name) return one.status;
    }
    refuse("fail", "empty or the name of a failure, such as unreachable");
}

obm::ConsoleState drop_state(std::string_view name) {
    if (name == "disconnected") return obm::ConsoleState::disconnected;
    if (name == "stolen") return obm::ConsoleState::stolen;
    if (name == "unavailable") return obm::ConsoleState::unavailable;
    refuse("console_drop_state", "disconnected, stolen or unavailable");
}

Serial::Settings serial(const obm::Fields& fields) {
    Serial::Settings settings;
    settings.text = fields.string("console_text").value_or("");
    settings.rate = number(fields, "console_rate", most_rate);
    settings.echo = fields.boolean("console_echo").value_or(true);
    settings.owner = fields.string("console_owner").value_or("");
    settings.drop = milliseconds(fields, "console_drop_ms");
    settings.down = milliseconds(fields, "console_down_ms", 100);
    return settings;
}

}  // namespace

Script parse(const obm::Fields& fields) {
    if (fields.string("host").value_or("").empty()) refuse("host", "a name or an address");
    Script script;
    script.latency = milliseconds(fields, "latency_ms");
    script.slow = milliseconds(fields, "slow_ms");
    script.cycle_off = milliseconds(fields, "cycle_off_ms");

    const std::string_view power = fields.string("power").value_or("off");
    if (power != "on" && power != "off") refuse("power", "on or off");
    script.on = power == "on";

    script.trouble_with = fields.string("fail_verb").value_or("all");
    script.trouble_count = number(fields, "fail_count", most_count);
    script.fail = failure(fields.string("fail").value_or(""));
    const std::string_view effect = fields.string("effect").value_or("");
    if (!effect.empty() && effect != "none" && effect != "unknown") refuse("effect", "none or unknown");
    if (effect.empty()) {
        script.effect = script.fail ? obm::likely_effect(*script.fail) : obm::Effect::none;
    } else {
        script.effect = effect == "none" ? obm::Effect::none : obm::Effect::unknown;
    }
    script.final = fields.boolean("final").value_or(false) ? obm::Final::yes : obm::Final::no;
    script.apply = fields.boolean("apply").value_or(false);
    script.lose_completion = fields.boolean("lose_completion").value_or(false);
    script.ignore = fields.boolean("ignore").value_or(false);
    script.serial = serial(fields);
    script.drop_state = drop_state(fields.string("console_drop_state").value_or("disconnected"));
    return script;
}

}  // namespace haas::mock

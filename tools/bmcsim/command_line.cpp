#include "tools/bmcsim/command_line.hpp"

#include <iterator>
#include <sstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace haas::bmcsim {
namespace {

constexpr std::string_view description =
    "Simulated BMCs (IPMI 2.0, RMCP+) on loopback: one process, one UDP socket, each address its own BMC.\n"
    "BMC 1 has the address --address, the next BMC the next address; those that end in .0 and .255 are skipped.\n"
    "Users: admin/password (admin), oper/operpass (operator), user/userpass (user).\n"
    "SIGUSR1 writes the counters file; SIGTERM and SIGINT write it and end.";

constexpr std::string_view footer =
    "Times of the link are in ms, others in s, unless they say: 5ms, 1.5s. Shares: 0.01 or 1%.\n"
    "An --at rule gives some BMCs other settings:  --at '10-19: dead'  --at '1%: latency=50 jitter=5'\n"
    "--at '1,5,7-9: quirk=icts suites=3'  --at 'all: loss=2%'; later rules win.\n"
    "Requests on the control socket, one line each, JSON comes back: counters, totals, counters 17, log 17,\n"
    "reboot 17, set power 17 on|off, at RANGES: SETTINGS.";

std::string quirk_list() {
    std::string text;
    for (const QuirkName& quirk : quirk_names()) {
        fmt::format_to(std::back_inserter(text), "{:<22}{}\n", quirk.name, quirk.text);
    }
    return text;
}

// The values that were given to one setting, in their order.
struct Given {
    const Setting* setting;
    CLI::Option* option = nullptr;
    std::vector<std::string> values;
};

void add_settings(CLI::App& app, std::vector<Given>& given) {
    for (Given& one : given) {
        const std::string option = fmt::format("--{}", one.setting->name);
        const std::string text(one.setting->text);
        if (one.setting->value.empty()) {
            one.option = app.add_flag(option, text);
        } else {
            one.option = app.add_option(option, one.values, text)
                             ->type_name(std::string(one.setting->value))
                             ->expected(1)
                             ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
        }
        one.option->group("Settings of the BMCs");
    }
}

// Throws std::invalid_argument.
void apply_given(CommandLine& chosen, const std::vector<Given>& given, const std::vector<std::string>& rules) {
    for (const Given& one : given) {
        if (one.setting->value.empty() && one.option->count() > 0) {
            apply_setting(chosen.profile, one.setting->name, {});
        }
        for (const std::string& value : one.values) {
            apply_setting(chosen.profile, one.setting->name, value);
        }
    }
    for (const std::string& rule : rules) {
        chosen.rules.push_back(parse_rule(rule));
    }
    for (const Rule& rule : chosen.rules) {
        for (const Rule::Range& range : rule.ranges) {
            if (range.last > chosen.count) {
                throw std::invalid_argument(fmt::format("--at: there is no BMC {}; the last is {}", range.last, chosen.count));
            }
        }
    }
    AddressPlan(parse_address(chosen.address), chosen.count);
}

}  // namespace

Parsed parse_command_line(int argc, const char* const* argv) {
    Parsed parsed;
    CommandLine& chosen = parsed.command_line;
    CLI::App app{std::string(description), "haas-bmcsim"};
    app.footer(std::string(footer));
    std::vector<std::string> rules;
    bool list_quirks = false;
    app.add_option("-n,--count", chosen.count, "how many BMCs")->type_name("N")->capture_default_str();
    app.add_option("--address", chosen.address, "of the first BMC")->type_name("127.X.Y.Z")->capture_default_str();
    app.add_option("-p,--port", chosen.port, "UDP port; 0: any free one")->type_name("PORT")->capture_default_str();
    app.add_option("--seed", chosen.seed, "for all chance; the same seed, the same chance")->type_name("N")
        ->capture_default_str();
    app.add_option("--counters", chosen.counters_file, "write the counters here as JSON, on SIGUSR1 and at the end")
        ->type_name("FILE");
    app.add_option("--control", chosen.control_socket, "answer requests on this Unix socket")->type_name("PATH");
    app.add_option("--at", rules, "other settings for some BMCs; see below")->type_name("RULE")->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app.add_flag("--list-quirks", list_quirks, "print the names of --quirk and end");
    std::vector<Given> given;
    for (const Setting& setting : settings()) {
        given.push_back({&setting, nullptr, {}});
    }
    add_settings(app, given);
    try {
        app.parse(argc, argv);
        if (list_quirks) {
            parsed.text = quirk_list();
            return parsed;
        }
        apply_given(chosen, given, rules);
        parsed.run = true;
    } catch (const CLI::ParseError& fault) {
        std::ostringstream out;
        std::ostringstream errors;
        parsed.exit_code = app.exit(fault, out, errors) == 0 ? 0 : 2;
        parsed.text = out.str() + errors.str();
    } catch (const std::invalid_argument& fault) {
        parsed.exit_code = 2;
        parsed.text = fmt::format("haas-bmcsim: {}\n", fault.what());
    }
    return parsed;
}

}  // namespace haas::bmcsim

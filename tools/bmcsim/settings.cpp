#include "tools/bmcsim/settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

namespace haas::bmcsim {
namespace {

[[noreturn]] void refuse(std::string_view value, std::string_view wanted) {
    throw std::invalid_argument(fmt::format("'{}' is not {}", value, wanted));
}

template <class Number>
Number number(std::string_view text, std::string_view wanted, int base = 10) {
    Number parsed{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed, base);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) {
        refuse(text, wanted);
    }
    return parsed;
}

double real(std::string_view text, std::string_view wanted) {
    double parsed{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
    if (error != std::errc{} || end != text.data() + text.size() || !(parsed >= 0)) {
        refuse(text, wanted);
    }
    return parsed;
}

Duration duration(std::string_view text, double unit_seconds) {
    constexpr std::string_view wanted = "a time such as 5ms or 1.5s";
    const std::string_view whole = text;
    if (text.ends_with("ms")) {
        text.remove_suffix(2);
        unit_seconds = 0.001;
    } else if (text.ends_with("s")) {
        text.remove_suffix(1);
        unit_seconds = 1;
    }
    const double value = real(text, wanted) * unit_seconds;
    if (value > 1e6) {
        refuse(whole, wanted);
    }
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(value));
}
Duration in_ms(std::string_view text) { return duration(text, 0.001); }
Duration in_s(std::string_view text) { return duration(text, 1); }

double share(std::string_view text) {
    constexpr std::string_view wanted = "a share such as 0.01 or 1%";
    const bool percent = text.ends_with('%');
    const double value = real(percent ? text.substr(0, text.size() - 1) : text, wanted) / (percent ? 100 : 1);
    if (value > 1) {
        refuse(text, wanted);
    }
    return value;
}

unsigned count(std::string_view text) {
    return number<unsigned>(text, "a count");
}

std::uint8_t status(std::string_view text) { return number<std::uint8_t>(text, "a status in two hex digits", 16); }

bool yes(std::string_view text) {
    if (text.empty() || text == "yes") {
        return true;
    }
    if (text != "no") {
        refuse(text, "yes or no");
    }
    return false;
}

bool power(std::string_view text) {
    if (text != "on" && text != "off") {
        refuse(text, "on or off");
    }
    return text == "on";
}

WhenOff when_off(std::string_view text) {
    constexpr std::array<std::string_view, 3> words{"d5", "ignore", "on"};
    const auto found = std::ranges::find(words, text);
    if (found == words.end()) {
        refuse(text, "d5, ignore or on");
    }
    return static_cast<WhenOff>(found - words.begin());
}

void add_user(Profile& profile, std::string_view text) {
    constexpr std::string_view wanted = "NAME:PASSWORD:PRIVILEGE, the privilege callback, user, operator or admin";
    constexpr std::array<std::string_view, 5> levels{"", "callback", "user", "operator", "admin"};
    const std::size_t first = text.find(':');
    const std::size_t last = text.rfind(':');
    if (first == std::string_view::npos || first == last) {
        refuse(text, wanted);
    }
    const auto level = std::find(levels.begin() + 1, levels.end(), text.substr(last + 1));
    User user;
    user.name = text.substr(0, first);
    user.password = text.substr(first + 1, last - first - 1);
    if (level == levels.end() || user.name.size() > 16 || user.password.size() > 20) {
        refuse(text, wanted);
    }
    user.limit = static_cast<Privilege>(level - levels.begin());
    std::erase_if(profile.users, [&](const User& known) { return known.name == user.name; });
    profile.users.push_back(user);
}

void remove_user(Profile& profile, std::string_view name) {
    if (std::erase_if(profile.users, [&](const User& known) { return known.name == name; }) == 0) {
        refuse(name, "a user of these BMCs");
    }
}

std::string kg(std::string_view text) {
    constexpr std::string_view wanted = "a key of 1 to 20 bytes, as text or as 0x and hex digits";
    std::string key(text);
    if (text.starts_with("0x")) {
        key.clear();
        for (std::size_t i = 2; i < text.size(); i += 2) {
            if (i + 1 == text.size()) {
                refuse(text, wanted);
            }
            key.push_back(static_cast<char>(number<std::uint8_t>(text.substr(i, 2), wanted, 16)));
        }
    }
    if (key.size() > 20) {
        refuse(text, wanted);
    }
    return key;
}

std::vector<std::uint8_t> suites(std::string_view text) {
    std::vector<std::uint8_t> chosen;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(','));
        const auto id = number<std::uint8_t>(word, "a list of cipher suites such as 3,17");
        if (std::ranges::find(known_suites, id, &CipherSuite::id) == known_suites.end()) {
            refuse(word, "a suite of this simulator: 0, 1, 2, 3, 15, 16, 17");
        }
        chosen.push_back(id);
        text.remove_prefix(std::min(text.size(), word.size() + 1));
    }
    return chosen;
}

void set_quirk(Profile& profile, std::string_view name, bool value) {
    const auto quirk = quirk_named(name);
    if (!quirk) {
        refuse(name, "a quirk; --list-quirks shows them");
    }
    profile.quirks[static_cast<std::size_t>(*quirk)] = value;
}

using P = Profile;
using V = std::string_view;
// clang-format off
constexpr std::array table{
    Setting{"dead", "", "never answers", [](P& p, V v) { p.dead = yes(v); }},
    Setting{"latency", "MS", "each answer leaves so much later", [](P& p, V v) { p.latency = in_ms(v); }},
    Setting{"jitter", "MS", "and up to so much more, at random", [](P& p, V v) { p.jitter = in_ms(v); }},
    Setting{"slow", "MS", "the BMC works so long on each datagram, one after the other; its queue holds 16", [](P& p, V v) { p.slow = in_ms(v); }},
    Setting{"loss", "SHARE", "datagrams lost, each way (0.01 or 1%)", [](P& p, V v) { p.in.loss = p.out.loss = share(v); }},
    Setting{"loss-in", "SHARE", "lost on the way to the BMC", [](P& p, V v) { p.in.loss = share(v); }},
    Setting{"loss-out", "SHARE", "lost on the way from the BMC", [](P& p, V v) { p.out.loss = share(v); }},
    Setting{"duplicate", "SHARE", "datagrams that come twice, each way", [](P& p, V v) { p.in.duplicate = p.out.duplicate = share(v); }},
    Setting{"duplicate-in", "SHARE", "... to the BMC", [](P& p, V v) { p.in.duplicate = share(v); }},
    Setting{"duplicate-out", "SHARE", "... from the BMC", [](P& p, V v) { p.out.duplicate = share(v); }},
    Setting{"reorder", "SHARE", "datagrams held back so that later ones overtake them, each way", [](P& p, V v) { p.in.reorder = p.out.reorder = share(v); }},
    Setting{"reorder-in", "SHARE", "... to the BMC", [](P& p, V v) { p.in.reorder = share(v); }},
    Setting{"reorder-out", "SHARE", "... from the BMC", [](P& p, V v) { p.out.reorder = share(v); }},
    Setting{"reorder-by", "MS", "how long those are held back (20)", [](P& p, V v) { p.reorder_by = in_ms(v); }},
    Setting{"sessions", "N", "sessions at a time, half-open ones included (4)", [](P& p, V v) { p.session_limit = count(v); }},
    Setting{"foreign", "N", "of these, held by somebody else from the start", [](P& p, V v) { p.foreign_sessions = count(v); }},
    Setting{"foreign-for", "S", "they end after so long (0: never)", [](P& p, V v) { p.foreign_for = in_s(v); }},
    Setting{"session-timeout", "S", "an idle session is forgotten (60)", [](P& p, V v) { p.session_timeout = in_s(v); }},
    Setting{"half-open-timeout", "S", "an unfinished set-up is forgotten (3)", [](P& p, V v) { p.half_open_timeout = in_s(v); }},
    Setting{"dedupe-rqseq", "", "a repeated rqSeq of one command gets CF within 5 s, even with a new session sequence number", [](P& p, V v) { p.dedupe_rqseq = yes(v); }},
    Setting{"user", "NAME:PASSWORD:PRIVILEGE", "one user more, or another password for a known name", [](P& p, V v) { add_user(p, v); }},
    Setting{"remove-user", "NAME", "one user less", [](P& p, V v) { remove_user(p, v); }},
    Setting{"kg", "KEY", "the BMC key, as text or 0x and hex digits", [](P& p, V v) { p.kg = kg(v); }},
    Setting{"suites", "LIST", "cipher suites offered, of 0,1,2,3,15,16,17 (3,17)", [](P& p, V v) { p.suites = suites(v); }},
    Setting{"refuse-suite", "STATUS", "answer to another suite: hex (11), or silence", [](P& p, V v) { p.refuse_suite = v == "silence" ? std::nullopt : std::optional(status(v)); }},
    Setting{"refuse-role", "STATUS", "answer to a privilege above the user's, in hex (0A)", [](P& p, V v) { p.refuse_role = status(v); }},
    Setting{"power", "on|off", "the machine at the start (off)", [](P& p, V v) { p.initially_on = power(v); }},
    Setting{"on-delay", "S", "from the command until it is on (0)", [](P& p, V v) { p.on_delay = in_s(v); }},
    Setting{"off-delay", "S", "from the command until it is off (0)", [](P& p, V v) { p.off_delay = in_s(v); }},
    Setting{"cycle-time", "S", "how long it is off in a power cycle (1)", [](P& p, V v) { p.cycle_time = in_s(v); }},
    Setting{"reset-delay", "S", "from the command until it restarts (0)", [](P& p, V v) { p.reset_delay = in_s(v); }},
    Setting{"soft-delay", "S", "the operating system's way to off (1)", [](P& p, V v) { p.soft_delay = in_s(v); }},
    Setting{"soft-ignored", "", "the operating system ignores a soft off", [](P& p, V v) { p.soft_ignored = yes(v); }},
    Setting{"cycle-when-off", "d5|ignore|on", "cycle of an off machine: refused, accepted without effect, or on (d5)", [](P& p, V v) { p.cycle_when_off = when_off(v); }},
    Setting{"reset-when-off", "d5|ignore|on", "the same of a reset (d5)", [](P& p, V v) { p.reset_when_off = when_off(v); }},
    Setting{"boot-flags-timeout", "S", "boot flags without a chassis control are forgotten (60)", [](P& p, V v) { p.boot_flags_timeout = in_s(v); }},
    Setting{"console-period", "S", "one line on the console each so many seconds (5; 0: none)", [](P& p, V v) { p.console_period = in_s(v); }},
    Setting{"console-rate", "BYTES", "numbered lines on the console, so many bytes a second while SOL is active; 115,200 baud are 11520 (0: none)", [](P& p, V v) { p.console_rate = count(v); }},
    Setting{"console-most", "BYTES", "of these, so many in all (0: without end)", [](P& p, V v) { p.console_most = count(v); }},
    Setting{"console-raw", "", "echoes each byte as it is, line ends too", [](P& p, V v) { p.console_raw = yes(v); }},
    Setting{"reboot-at", "S", "the BMC itself reboots, so long after the start", [](P& p, V v) { p.reboot_at = in_s(v); }},
    Setting{"reboot-after", "N", "the BMC itself reboots instead of answering its Nth command", [](P& p, V v) { p.reboot_after = count(v); }},
    Setting{"reboot-silence", "S", "and is silent for so long (10)", [](P& p, V v) { p.reboot_silence = in_s(v); }},
    Setting{"quirk", "NAME", "behaves as some real BMCs do; see --list-quirks", [](P& p, V v) { set_quirk(p, v, true); }},
    Setting{"no-quirk", "NAME", "the opposite", [](P& p, V v) { set_quirk(p, v, false); }},
};
// clang-format on

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t";
    const std::size_t first = text.find_first_not_of(blank);
    return first == std::string_view::npos ? std::string_view{}
                                           : text.substr(first, text.find_last_not_of(blank) - first + 1);
}

Rule::Range parse_range(std::string_view text) {
    constexpr std::string_view wanted = "a number, a range such as 10-19, a share such as 10%, or all";
    const std::size_t dash = text.find('-');
    const auto first = number<std::uint32_t>(text.substr(0, dash), wanted);
    const auto last = dash == std::string_view::npos ? first : number<std::uint32_t>(text.substr(dash + 1), wanted);
    if (first == 0 || last < first) {
        refuse(text, wanted);
    }
    return {first, last};
}

}  // namespace

const CipherSuite* accepted_suite(const Profile& profile, std::uint8_t id) noexcept {
    const bool hidden = profile.has(Quirk::hidden_suites) && (id == 3 || id == 17);
    if (!hidden && std::ranges::find(profile.suites, id) == profile.suites.end()) {
        return nullptr;
    }
    const auto found = std::ranges::find(known_suites, id, &CipherSuite::id);
    return found == known_suites.end() ? nullptr : &*found;
}

std::span<const Setting> settings() noexcept { return table; }

void apply_setting(Profile& profile, std::string_view name, std::string_view value) {
    const auto found = std::ranges::find(table, name, &Setting::name);
    if (found == table.end()) {
        throw std::invalid_argument(fmt::format("'{}' is no setting; --help lists them", name));
    }
    if (value.empty() && !found->value.empty()) {
        throw std::invalid_argument(fmt::format("{} needs a value: {}={}", name, name, found->value));
    }
    try {
        found->apply(profile, value);
    } catch (const std::invalid_argument& fault) {
        throw std::invalid_argument(fmt::format("{}: {}", name, fault.what()));
    }
}

Rule parse_rule(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
        throw std::invalid_argument(fmt::format("'{}' lacks its colon: RANGES: NAME=VALUE ...", text));
    }
    Rule rule;
    std::string_view where = trimmed(text.substr(0, colon));
    if (where.ends_with('%')) {
        rule.share = share(where);
    } else if (where != "all") {
        for (std::size_t comma = 0; comma != std::string_view::npos; where.remove_prefix(std::min(comma, where.size()))) {
            comma = where.find(',');
            rule.ranges.push_back(parse_range(trimmed(where.substr(0, comma))));
            comma = comma == std::string_view::npos ? comma : comma + 1;
        }
    }
    Profile trial;
    for (std::string_view rest = trimmed(text.substr(colon + 1)); !rest.empty();) {
        const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
        const std::size_t equals = word.find('=');
        const std::string_view name = word.substr(0, equals);
        const std::string_view value = equals == std::string_view::npos ? std::string_view{} : word.substr(equals + 1);
        if (name != "remove-user") {
            apply_setting(trial, name, value);
        }
        rule.settings.emplace_back(name, value);
        rest = trimmed(rest.substr(word.size()));
    }
    return rule;
}

}  // namespace haas::bmcsim

#include "core/config/keys.hpp"

#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace haas::config {
namespace {

using std::filesystem::path;
using std::string_view;
using namespace std::chrono_literals;

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;
constexpr std::size_t gib = 1024 * mib;

template <class Target, class T>
Value<void> store(Target& target, Value<T> value) {
    if (!value) return tl::unexpected(std::move(value.error()));
    target = std::move(*value);
    return {};
}

Value<log::Level> parse_log_level(string_view text) {
    // Python's logging names are capitals, and HaaS folds the case.
    std::string lower(text);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (const auto level = log::parse_level(lower)) return *level;
    return tl::unexpected(fmt::format("'{}' is no level; expected debug, info, warn, error or critical", text));
}

Value<std::vector<path>> parse_plugin_path(string_view text, const path& folder) {
    std::vector<path> all;
    for (const string_view item : split(text, ':')) all.push_back((folder / item).lexically_normal());
    if (all.empty()) return tl::unexpected(std::string("no folder; expected folders with ':' between them"));
    return all;
}

Value<std::vector<std::string>> parse_origins(string_view text) {
    std::vector<std::string> all;
    for (const string_view item : split(text, ',')) {
        Value<std::string> origin = parse_origin(item);
        if (!origin) return tl::unexpected(std::move(origin.error()));
        all.push_back(std::move(*origin));
    }
    return all;
}

Value<AuthMode> parse_auth_mode(string_view text) {
    if (text == "required") return AuthMode::required;
    if (text == "none") return AuthMode::none;
    return tl::unexpected(fmt::format("'{}' is no mode; expected required or none", text));
}

Value<Capture> parse_capture(string_view text) {
    if (text == "off") return Capture::off;
    if (text == "on demand") return Capture::on_demand;
    if (text == "always") return Capture::always;
    return tl::unexpected(fmt::format("'{}' is not accepted; expected off, on demand or always", text));
}

// Operations end, so no deadline is without bound; an hour is past any BMC's patience.
constexpr Range<Milliseconds> deadlines{100ms, 1h};
constexpr Range<Milliseconds> timeouts{100ms, 1h};

constexpr auto keys = std::to_array<Key>({
    {"general", "log_level",
     [](Config& c, string_view v, const path&) { return store(c.general.log_level, parse_log_level(v)); }, {}},
    {"general", "plugin_path",
     [](Config& c, string_view v, const path& f) { return store(c.general.plugin_path, parse_plugin_path(v, f)); }, {}},
    {"general", "deadline",
     [](Config& c, string_view v, const path&) { return store(c.general.deadline, parse_duration(v, deadlines)); }, {}},
    {"general", "stop_timeout",
     [](Config& c, string_view v, const path&) {
         return store(c.general.stop_timeout, parse_duration(v, {0ms, 10min}));
     },
     {}},
    {"general", "log_dir", nullptr, "a key of HIL's without effect here: haasd logs to standard error"},
    {"general", "driver", nullptr, "a key of HaaS's without effect here"},

    {"http", "listen", [](Config& c, string_view v, const path&) { return store(c.http.listen, parse_listen(v)); }, {}},
    {"http", "allowed_origins",
     [](Config& c, string_view v, const path&) { return store(c.http.allowed_origins, parse_origins(v)); }, {}},
    {"http", "max_body",
     [](Config& c, string_view v, const path&) { return store(c.http.max_body, parse_size(v, {kib, gib})); }, {}},
    {"http", "max_header",
     [](Config& c, string_view v, const path&) { return store(c.http.max_header, parse_size(v, {kib, mib})); }, {}},
    {"http", "max_depth",
     [](Config& c, string_view v, const path&) { return store(c.http.max_depth, parse_count(v, {4, 1000})); }, {}},
    {"http", "max_connections",
     [](Config& c, string_view v, const path&) { return store(c.http.max_connections, parse_count(v, {1, 100'000})); },
     {}},
    {"http", "header_timeout",
     [](Config& c, string_view v, const path&) { return store(c.http.header_timeout, parse_duration(v, timeouts)); },
     {}},
    {"http", "body_timeout",
     [](Config& c, string_view v, const path&) { return store(c.http.body_timeout, parse_duration(v, timeouts)); }, {}},
    {"http", "write_timeout",
     [](Config& c, string_view v, const path&) { return store(c.http.write_timeout, parse_duration(v, timeouts)); },
     {}},
    {"http", "idle_timeout",
     [](Config& c, string_view v, const path&) { return store(c.http.idle_timeout, parse_duration(v, timeouts)); }, {}},
    {"http", "insecure",
     [](Config& c, string_view v, const path&) { return store(c.http.insecure, parse_boolean(v)); }, {}},

    {"tls", "certificate",
     [](Config& c, string_view v, const path& f) { return store(c.tls.certificate, parse_path(v, f)); }, {}},
    {"tls", "private_key",
     [](Config& c, string_view v, const path& f) { return store(c.tls.private_key, parse_path(v, f)); }, {}},
    {"tls", "client_ca",
     [](Config& c, string_view v, const path& f) { return store(c.tls.client_ca, parse_path(v, f)); }, {}},

    {"auth", "mode", [](Config& c, string_view v, const path&) { return store(c.auth.mode, parse_auth_mode(v)); }, {}},
    {"auth", "admin_token_file",
     [](Config& c, string_view v, const path& f) { return store(c.auth.admin_token_file, parse_path(v, f)); }, {}},
    {"auth", "users_file",
     [](Config& c, string_view v, const path& f) { return store(c.auth.users_file, parse_path(v, f)); }, {}},
    {"auth", "require_authentication", nullptr, "a key of HIL's without effect here: mode says who must authenticate"},

    {"database", "uri",
     [](Config& c, string_view v, const path& f) { return store(c.database, parse_database_uri(v, f)); }, {}},

    {"secrets", "key_file",
     [](Config& c, string_view v, const path& f) { return store(c.secrets.key_file, parse_path(v, f)); }, {}},

    {"audit", "max_age",
     [](Config& c, string_view v, const path&) { return store(c.audit.max_age, parse_duration(v, {1min, 24h * 3660})); },
     {}},
    {"audit", "max_records",
     [](Config& c, string_view v, const path&) { return store(c.audit.max_records, parse_count(v, {1000, 100'000'000})); },
     {}},

    {"console", "folder",
     [](Config& c, string_view v, const path& f) { return store(c.console.folder, parse_path(v, f)); }, {}},
    {"console", "capture",
     [](Config& c, string_view v, const path&) { return store(c.console.capture, parse_capture(v)); }, {}},
    {"console", "max_size",
     [](Config& c, string_view v, const path&) { return store(c.console.max_size, parse_size(v, {kib, 1024 * gib})); }, {}},
    {"console", "max_age",
     [](Config& c, string_view v, const path&) { return store(c.console.max_age, parse_duration(v, {1min, 24h * 3660})); },
     {}},

    // Present is on, as in HaaS: its own examples write `dry_run=` and `dry_run=True`.
    {"devel", "dry_run", [](Config& c, string_view, const path&) { return store(c.dry_run, Value<bool>(true)); }, {}},
    {"devel", "debug", nullptr, "a key of HaaS's without effect here: see [general] log_level"},
});

constexpr auto extension_keys = std::to_array<ExtensionKey>({
    {"workers", [](Extension& e, string_view v) { return store(e.workers, parse_count(v, {1, 1024})); }, {}},
    {"deadline", [](Extension& e, string_view v) { return store(e.deadline, parse_duration(v, deadlines)); }, {}},
    {"poll_interval",
     [](Extension& e, string_view v) { return store(e.poll_interval, parse_duration(v, {1s, 24h})); }, {}},
    // An isolation that is asked for and not given would be a lie: the one value is what this release does.
    {"isolation",
     [](Extension&, string_view v) -> Value<void> {
         if (v == "none") return {};
         return tl::unexpected(
             fmt::format("'{}' is not accepted; this release loads drivers into haasd, expected none", v));
     },
     {}},
});

}  // namespace

std::span<const Key> known_keys() { return keys; }

std::span<const ExtensionKey> known_extension_keys() { return extension_keys; }

}  // namespace haas::config

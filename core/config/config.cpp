#include "core/config/config.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <map>
#include <memory>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/config/ini.hpp"
#include "core/config/keys.hpp"

namespace haas::config {
namespace {

using std::filesystem::path;

// Sections and families of extensions that are HaaS's and HIL's and no business of this daemon.
constexpr std::array<std::string_view, 7> foreign_sections{
    "headnode", "client", "keystone", "maintenance", "network-daemon", "vlan", "testing"};
constexpr std::array<std::string_view, 3> foreign_families{"switches.", "network_allocators.", "auth."};

// HIL's name for a driver is another spelling of HaaS's.
std::string canonical(std::string_view name) {
    constexpr std::string_view hil = "hil.ext.obm.";
    return name.starts_with(hil) ? fmt::format("haas.ext.obm.{}", name.substr(hil.size())) : std::string(name);
}

// A HaaS or HIL extension that is no OBM driver: haas.ext.switches.dell.
bool is_foreign_extension(std::string_view name) {
    for (const std::string_view prefix : {"haas.ext.", "hil.ext."}) {
        if (!name.starts_with(prefix)) continue;
        const std::string_view rest = name.substr(prefix.size());
        return std::any_of(foreign_families.begin(), foreign_families.end(),
                           [&](std::string_view family) { return rest.starts_with(family); });
    }
    return false;
}

bool is_foreign_section(std::string_view name) {
    return std::find(foreign_sections.begin(), foreign_sections.end(), name) != foreign_sections.end() ||
           name.starts_with("driver ") || name.starts_with("switch ") || is_foreign_extension(name);
}

bool is_own_section(std::string_view name) {
    const auto keys = known_keys();
    return name == "extensions" ||
           std::any_of(keys.begin(), keys.end(), [&](const Key& key) { return key.section == name; });
}

std::string known_names(std::string_view section) {
    std::vector<std::string_view> names;
    for (const Key& key : known_keys()) {
        if (key.section == section && key.set != nullptr) names.push_back(key.name);
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

// A `#` behind a value is part of it, which surprises those who know other formats.
std::string with_comment_hint(std::string reason, std::string_view value) {
    if (value.find(" #") != std::string_view::npos) reason += "; a comment behind a value begins with ' ;'";
    return reason;
}

// Turns the lines into a Config, and keeps every complaint.
class Interpreter {
public:
    Interpreter(path folder, std::optional<std::string> listen)
        : folder_(std::move(folder)), listen_(std::move(listen)) {}

    Loaded run(const Ini& ini) {
        name_extensions(ini);
        check_sections(ini);
        for (const Fault& fault : ini.faults) {
            if (fault.section.empty() || is_read(fault.section)) error(fault.line, fault.text);
        }
        for (const Entry& entry : ini.entries) {
            if (!is_read(entry.section) || is_repeated(entry) || entry.section == "extensions") continue;
            if (Extension* extension = find_extension(canonical(entry.section))) {
                set_in_extension(*extension, entry);
            } else {
                set(entry);
            }
        }
        if (listen_) set_listen_option();
        place_files();
        check_listeners();
        std::stable_sort(loaded_.problems.begin(), loaded_.problems.end(),
                         [](const Problem& a, const Problem& b) { return a.line < b.line; });
        return std::move(loaded_);
    }

private:
    void error(std::size_t line, std::string text) { add(Severity::error, line, std::move(text)); }
    void add(Severity severity, std::size_t line, std::string text) {
        loaded_.problems.push_back({severity, line, std::move(text)});
    }

    bool is_read(std::string_view section) {
        return is_own_section(section) || find_extension(canonical(section)) != nullptr;
    }

    Extension* find_extension(std::string_view name) {
        auto& all = loaded_.config.extensions;
        const auto found = std::find_if(all.begin(), all.end(), [&](const Extension& e) { return e.name == name; });
        return found == all.end() ? nullptr : &*found;
    }

    void name_extensions(const Ini& ini) {
        std::vector<std::string_view> skipped;
        std::size_t first_skipped = 0;
        for (const Entry& entry : ini.entries) {
            if (entry.section != "extensions") continue;
            if (is_foreign_extension(entry.name)) {
                if (skipped.empty()) first_skipped = entry.line;
                skipped.push_back(entry.name);
            } else {
                name_extension(entry);
            }
        }
        if (!skipped.empty()) {
            add(Severity::notice, first_skipped,
                fmt::format("[extensions] no OBM drivers, skipped: {}", fmt::join(skipped, ", ")));
        }
        if (loaded_.config.extensions.empty()) {
            add(Severity::warning, 0, "[extensions] names no driver, so no node can be registered");
        }
    }

    void name_extension(const Entry& entry) {
        if (entry.name.find('/') != std::string::npos) {
            return error(entry.line,
                         fmt::format("[extensions] {0}: a name may not hold '/'; write 'name = {0}'", entry.name));
        }
        std::string name = canonical(entry.name);
        if (find_extension(name) != nullptr) return;  // is_repeated() says so
        path library = entry.value.empty() ? path() : (folder_ / entry.value).lexically_normal();
        loaded_.config.extensions.push_back(
            {.name = std::move(name), .written = entry.name, .library = std::move(library), .line = entry.line,
             .deadline = {}, .poll_interval = {}, .options = {}});
    }

    void check_sections(const Ini& ini) {
        for (const Section& section : ini.sections) {
            if (is_read(section.name) || is_foreign_section(section.name)) continue;
            if (section.name.starts_with("haas.ext.") || section.name.starts_with("hil.ext.")) {
                add(Severity::warning, section.line,
                    fmt::format("[{}] is ignored: [extensions] does not name it", section.name));
            } else {
                add(Severity::warning, section.line,
                    fmt::format("[{}] is ignored: it is neither a section of haasd (general, http, tls, auth, "
                                "database, secrets, audit, console, devel, extensions) nor of a driver named in [extensions]",
                                section.name));
            }
        }
    }

    bool is_repeated(const Entry& entry) {
        const bool names_extension = entry.section == "extensions";
        const auto [first, inserted] = lines_.try_emplace(
            {canonical(entry.section), names_extension ? canonical(entry.name) : entry.name}, entry.line);
        if (!inserted) {
            error(entry.line,
                  fmt::format("[{}] {} was set before, on line {}", entry.section, entry.name, first->second));
        }
        return !inserted;
    }

    void set(const Entry& entry) {
        const auto keys = known_keys();
        const auto key = std::find_if(keys.begin(), keys.end(), [&](const Key& known) {
            return known.section == entry.section && known.name == entry.name;
        });
        if (key == keys.end()) {
            return error(entry.line, fmt::format("[{}] has no key '{}'; it has {}", entry.section, entry.name,
                                                 known_names(entry.section)));
        }
        if (key->set != nullptr) {
            const Value<void> done = key->set(loaded_.config, entry.value, folder_);
            if (!done) return complain(entry, done.error());
        }
        if (!key->notice.empty()) notice(entry, key->notice);
        if (entry.name == "dry_run" && parse_boolean(entry.value) == false) {
            add(Severity::warning, entry.line, "[devel] dry_run is on whatever its value; to end it, delete the line");
        }
    }

    void set_in_extension(Extension& extension, const Entry& entry) {
        const auto keys = known_extension_keys();
        const auto key =
            std::find_if(keys.begin(), keys.end(), [&](const ExtensionKey& known) { return known.name == entry.name; });
        if (key == keys.end()) {
            extension.options.push_back({entry.name, entry.value, entry.line});
            return;
        }
        const Value<void> done = key->set(extension, entry.value);
        if (!done) return complain(entry, done.error());
        if (!key->notice.empty()) notice(entry, key->notice);
    }

    void complain(const Entry& entry, const std::string& reason) {
        error(entry.line,
              fmt::format("[{}] {}: {}", entry.section, entry.name, with_comment_hint(reason, entry.value)));
    }

    void notice(const Entry& entry, std::string_view text) {
        add(Severity::notice, entry.line, fmt::format("[{}] {}: {}", entry.section, entry.name, text));
    }

    void set_listen_option() {
        auto parsed = parse_listen(*listen_);
        if (!parsed) return error(0, fmt::format("--listen: {}", parsed.error()));
        loaded_.config.http.listen = std::move(*parsed);
    }

    // Keys, tokens and logs that no key places live where the database lives.
    void place_files() {
        Config& config = loaded_.config;
        if (config.database.empty()) config.database = folder_ / "haas.db";
        const path home = config.database.parent_path();
        const auto place = [&](path& file, const char* name) { if (file.empty()) file = home / name; };
        place(config.auth.admin_token_file, "admin.token");
        place(config.auth.users_file, "users");
        place(config.secrets.key_file, "haas.key");
        place(config.console.folder, "console");
    }

    void check_listeners() {
        const Http& http = loaded_.config.http;
        const auto written = lines_.find({"http", "listen"});
        const std::size_t line = listen_ || written == lines_.end() ? 0 : written->second;
        for (const Listen& listen : http.listen) {
            const auto refuse = [&](std::string_view why) {
                error(line, fmt::format("{} {}: {}", listen_ ? "--listen" : "[http] listen", listen.url(), why));
            };
            if (listen.tls && (loaded_.config.tls.certificate.empty() || loaded_.config.tls.private_key.empty())) {
                refuse("https needs [tls] certificate and private_key");
            } else if (!listen.tls && !listen.loopback() && !http.insecure) {
                refuse("passwords would cross the network in clear: listen on https://, or set [http] insecure = yes if "
                       "the network is trusted");
            }
            if (!listen.loopback() && loaded_.config.auth.mode == AuthMode::none) {
                refuse("anyone on the network could switch nodes; [auth] mode = none is for loopback listeners only");
            }
        }
    }

    path folder_;
    std::optional<std::string> listen_;
    Loaded loaded_;
    std::map<std::pair<std::string, std::string>, std::size_t> lines_;  // where a key of a section was set first
};

path folder_of(const path& file) {
    std::error_code failed;
    const path absolute = std::filesystem::absolute(file, failed);
    return (failed ? file : absolute).lexically_normal().parent_path();
}

Value<std::string> read_file(const path& file) {
    // More than any haas.cfg, and less than a device file that never ends.
    constexpr std::size_t limit = 1024 * 1024;
    const auto reason = [] { return tl::unexpected(std::generic_category().message(errno)); };
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(file.c_str(), "re"), &std::fclose);
    if (stream == nullptr) return reason();
    std::string text(limit + 1, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), stream.get()));
    if (std::ferror(stream.get()) != 0) return reason();
    if (text.size() > limit) return tl::unexpected(std::string("it is over 1 MiB long"));
    return text;
}

}  // namespace

std::string describe(const Problem& problem, const path& file) {
    const std::string place = problem.line == 0 ? file.string() : fmt::format("{}:{}", file.string(), problem.line);
    const std::string_view kind = problem.severity == Severity::warning  ? "warning: "
                                  : problem.severity == Severity::notice ? "notice: "
                                                                         : "";
    return fmt::format("{}: {}{}", place, kind, problem.text);
}

bool Loaded::ok() const {
    return std::none_of(problems.begin(), problems.end(),
                        [](const Problem& problem) { return problem.severity == Severity::error; });
}

Loaded parse(std::string_view text, const path& file, const std::optional<std::string>& listen) {
    return Interpreter(folder_of(file), listen).run(read_ini(text));
}

Loaded load(const path& file, const std::optional<std::string>& listen) {
    const Value<std::string> text = read_file(file);
    if (text) return parse(*text, file, listen);
    Loaded loaded;
    loaded.problems.push_back({Severity::error, 0, fmt::format("cannot be read: {}", text.error())});
    return loaded;
}

}  // namespace haas::config

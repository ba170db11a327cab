// haas.cfg: any text gives a configuration that can be used, or problems that name their lines.
#include <algorithm>

#include "core/config/config.hpp"
#include "core/config/ini.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace haas::config {
namespace {

using fuzz::require;

bool is_text(std::string_view value) {
    return std::none_of(value.begin(), value.end(), [](char c) { return c == '\0' || c == '\n' || c == '\r'; });
}

void lines(const Ini& ini, std::size_t count) {
    for (const Entry& entry : ini.entries) {
        require(entry.line >= 1 && entry.line <= count, "an entry stands in a line of the text");
        require(!entry.section.empty() && !entry.name.empty(), "an entry has a section and a name");
        require(is_text(entry.section) && is_text(entry.name) && is_text(entry.value), "what is read is text");
    }
    for (const Section& section : ini.sections) require(section.line >= 1 && section.line <= count, "section's line");
    for (const Fault& fault : ini.faults) {
        require(fault.line >= 1 && fault.line <= count && !fault.text.empty(), "a fault has its line and a sentence");
    }
}

void usable(const Config& config) {
    require(!config.http.listen.empty() && config.database.is_absolute(), "a listener and a database are known");
    require(config.auth.admin_token_file.is_absolute() && config.auth.users_file.is_absolute() &&
                config.secrets.key_file.is_absolute() && config.console.folder.is_absolute(),
            "paths are absolute");
    for (const auto& path : config.general.plugin_path) require(path.is_absolute(), "the plugin path is absolute");
    require(config.general.deadline.count() > 0 && config.general.stop_timeout.count() >= 0, "times make sense");
    require(config.http.max_body > 0 && config.http.max_header > 0 && config.http.max_depth > 0, "limits make sense");
    for (const Listen& listen : config.http.listen) {
        require(config.auth.mode == AuthMode::required || listen.loopback(), "without a login, loopback only");
        require(listen.loopback() || listen.tls || config.http.insecure, "beyond loopback TLS, unless it was said");
    }
    for (const Extension& extension : config.extensions) {
        require(!extension.name.empty() && extension.workers > 0, "a driver has a name and a worker");
        require(extension.library.empty() || extension.library.is_absolute(), "a library's path is absolute");
    }
}

void loads(std::string_view text, std::size_t count, const std::optional<std::string>& listen) {
    const Loaded loaded = parse(text, "/etc/haas/haas.cfg", listen);
    for (const Problem& problem : loaded.problems) {
        require(!problem.text.empty() && problem.line <= count, "a problem has a sentence and a line of the text");
        require(describe(problem, "haas.cfg").starts_with("haas.cfg"), "it is told with the file's name");
    }
    require(std::is_sorted(loaded.problems.begin(), loaded.problems.end(),
                           [](const Problem& a, const Problem& b) { return a.line < b.line; }),
            "problems come by line");
    if (loaded.ok()) usable(loaded.config);
}

}  // namespace
}  // namespace haas::config

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = haas::fuzz::text_of(data, size);
    const auto count = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
    haas::config::lines(haas::config::read_ini(text), count);
    haas::config::loads(text, count, std::nullopt);
    // The first line once more, as an address of the command line.
    haas::config::loads(text, count, std::string(text.substr(0, text.find('\n'))));
    return 0;
}

// haas.cfg as the daemon sees it: every key of etc/haas.cfg with its default, checked, with its paths resolved.
// It knows the text and the folder of the file; it opens no library, no database and no socket.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/log.hpp"
#include "core/config/listen.hpp"

namespace haas::config {

using Milliseconds = std::chrono::milliseconds;

// [general]
struct General {
    log::Level log_level = log::Level::info;
    std::vector<std::filesystem::path> plugin_path;  // empty: not set, the daemon knows where its drivers are
    Milliseconds deadline{30'000};                   // of a driver operation
    Milliseconds stop_timeout{10'000};
};

// [http]
struct Http {
    std::vector<Listen> listen{Listen{.tls = false, .host = "127.0.0.1", .port = 5000}};  // never empty
    std::vector<std::string> allowed_origins;  // as a browser sends them: lower case, no default port, no slash
    std::size_t max_body = 1024 * 1024;        // bytes
    std::size_t max_header = 16 * 1024;        // bytes
    unsigned max_depth = 32;                   // nested arrays and objects of a JSON body
    unsigned max_connections = 1024;
    Milliseconds header_timeout{10'000};  // from the first byte of a request to the end of its header
    Milliseconds body_timeout{30'000};    // from there to the end of its body
    Milliseconds write_timeout{30'000};   // for the peer to take an answer
    Milliseconds idle_timeout{60'000};    // between two requests of one connection
    bool insecure = false;                // a non-loopback listener without TLS is wanted
};

// [tls]: empty paths are not set
struct Tls {
    std::filesystem::path certificate, private_key, client_ca;
};

enum class AuthMode { required, none };

// [auth]
struct Auth {
    AuthMode mode = AuthMode::required;
    std::filesystem::path admin_token_file;  // default: admin.token beside the database
    std::filesystem::path users_file;        // default: users beside the database
};

// [secrets]
struct Secrets {
    std::filesystem::path key_file;  // default: haas.key beside the database
};

// [audit]: how much of the trail is kept
struct Audit {
    Milliseconds max_age{365 * 86'400'000L};
    unsigned max_records = 1'000'000;
};

enum class Capture { off, on_demand, always };

// [console]
struct Console {
    std::filesystem::path folder;  // default: console beside the database
    Capture capture = Capture::on_demand;
    std::size_t max_size = 16 * 1024 * 1024;             // bytes kept for a node
    std::chrono::milliseconds max_age{7 * 86'400'000L};  // of what is kept
};

// A key of a driver's own section.  The core does not know what it means, nor whether it is a secret: never log it.
struct Option {
    std::string name;
    std::string value;
    std::size_t line = 0;
};

// A driver named in [extensions], with its section.
struct Extension {
    std::string name;               // of the library: `hil.ext.obm.x` has become `haas.ext.obm.x`
    std::string written;            // as haas.cfg spells it, which /active_extensions shows
    std::filesystem::path library;  // empty: <name>.so on the plugin path
    std::size_t line = 0;           // in [extensions]
    unsigned workers = 16;
    std::optional<Milliseconds> deadline;  // not set: that of [general]
    std::optional<Milliseconds> poll_interval;
    std::vector<Option> options;  // in file order
};

// All paths are absolute; a relative one in the file started at the folder of the file.
struct Config {
    General general;
    Http http;
    Tls tls;
    Auth auth;
    std::filesystem::path database;  // the SQLite file
    Secrets secrets;
    Audit audit;
    Console console;
    bool dry_run = false;
    std::vector<Extension> extensions;  // in file order
};

enum class Severity { error, warning, notice };

struct Problem {
    Severity severity = Severity::error;
    std::size_t line = 0;  // counted from 1; 0: of the file as a whole, or of the command line
    std::string text;
};

// "haas.cfg:12: …", without a number for line 0; a warning or notice says so before its text.
std::string describe(const Problem& problem, const std::filesystem::path& file);

struct Loaded {
    Config config;                  // of use only if ok()
    std::vector<Problem> problems;  // all of them, by line
    bool ok() const;                // no problem is an error
};

// Reads the file.  One that is missing or unreadable is a problem like any other.
// `listen` is the command line's --listen: it stands in for that key before the rules about listeners are checked.
Loaded load(const std::filesystem::path& file, const std::optional<std::string>& listen = std::nullopt);

// The same for a text at hand; `file` gives relative paths their folder and is not opened.
Loaded parse(std::string_view text, const std::filesystem::path& file,
             const std::optional<std::string>& listen = std::nullopt);

}  // namespace haas::config

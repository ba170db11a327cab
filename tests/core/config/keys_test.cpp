#include "core/config/keys.hpp"

#include <set>
#include <string>

#include <catch2/catch.hpp>

using namespace haas::config;
using namespace std::chrono_literals;

namespace {

// Sets one key of a fresh Config; the test looks at the member it must have reached.
Config with(std::string_view section, std::string_view name, std::string_view value) {
    Config config;
    for (const Key& key : known_keys()) {
        if (key.section != section || key.name != name) continue;
        REQUIRE(key.set != nullptr);
        REQUIRE(key.set(config, value, "/etc/haas").has_value());
        return config;
    }
    FAIL("no such key");
    return config;
}

bool refuses(std::string_view section, std::string_view name, std::string_view value) {
    Config config;
    for (const Key& key : known_keys()) {
        if (key.section == section && key.name == name) return !key.set(config, value, "/etc/haas").has_value();
    }
    return false;
}

}  // namespace

TEST_CASE("each key reaches its place") {
    CHECK(with("general", "log_level", "WARNING").general.log_level == haas::log::Level::warn);
    CHECK(with("general", "plugin_path", "/a:b").general.plugin_path ==
          std::vector<std::filesystem::path>{"/a", "/etc/haas/b"});
    CHECK(with("general", "deadline", "12.5").general.deadline == 12500ms);
    CHECK(with("general", "stop_timeout", "0").general.stop_timeout == 0ms);
    CHECK(with("http", "listen", "[::1]:1").http.listen == std::vector<Listen>{{false, "::1", 1}});
    CHECK(with("http", "allowed_origins", "https://A, https://b").http.allowed_origins ==
          std::vector<std::string>{"https://a", "https://b"});
    CHECK(with("http", "max_body", "2 MiB").http.max_body == 2097152);
    CHECK(with("http", "max_header", "8 KiB").http.max_header == 8192);
    CHECK(with("http", "max_depth", "64").http.max_depth == 64);
    CHECK(with("http", "max_connections", "7").http.max_connections == 7);
    CHECK(with("http", "header_timeout", "1").http.header_timeout == 1s);
    CHECK(with("http", "body_timeout", "2").http.body_timeout == 2s);
    CHECK(with("http", "write_timeout", "3").http.write_timeout == 3s);
    CHECK(with("http", "idle_timeout", "4").http.idle_timeout == 4s);
    CHECK(with("http", "insecure", "yes").http.insecure);
    CHECK(with("tls", "certificate", "c.pem").tls.certificate == "/etc/haas/c.pem");
    CHECK(with("tls", "private_key", "/k.pem").tls.private_key == "/k.pem");
    CHECK(with("tls", "client_ca", "/ca.pem").tls.client_ca == "/ca.pem");
    CHECK(with("auth", "mode", "none").auth.mode == AuthMode::none);
    CHECK(with("auth", "admin_token_file", "t").auth.admin_token_file == "/etc/haas/t");
    CHECK(with("auth", "users_file", "u").auth.users_file == "/etc/haas/u");
    CHECK(with("database", "uri", "sqlite:////d/x.db").database == "/d/x.db");
    CHECK(with("secrets", "key_file", "/k").secrets.key_file == "/k");
    CHECK(with("console", "folder", "/c").console.folder == "/c");
    CHECK(with("console", "capture", "always").console.capture == Capture::always);
    CHECK(with("console", "capture", "on demand").console.capture == Capture::on_demand);
    CHECK(with("console", "max_size", "1 MiB").console.max_size == 1048576);
    CHECK(with("console", "max_age", "86400").console.max_age == 24h);
    CHECK(with("devel", "dry_run", "").dry_run);
}

TEST_CASE("values out of range or misspelt are refused") {
    CHECK(refuses("general", "log_level", "loud"));
    CHECK(refuses("general", "plugin_path", ":"));
    CHECK(refuses("general", "deadline", "0"));
    CHECK(refuses("general", "stop_timeout", "601"));
    CHECK(refuses("http", "max_body", "0"));
    CHECK(refuses("http", "max_header", "2 MiB"));
    CHECK(refuses("http", "max_depth", "100000"));
    CHECK(refuses("http", "max_connections", "0"));
    CHECK(refuses("http", "header_timeout", "0"));
    CHECK(refuses("http", "insecure", "perhaps"));
    CHECK(refuses("http", "allowed_origins", "*"));
    CHECK(refuses("auth", "mode", "None"));
    CHECK(refuses("auth", "mode", ""));
    CHECK(refuses("console", "capture", "on"));
    CHECK(refuses("tls", "certificate", ""));
}

TEST_CASE("what an extension's section gives to the core") {
    Extension extension;
    const auto set = [&](std::string_view name, std::string_view value) {
        for (const ExtensionKey& key : known_extension_keys()) {
            if (key.name == name) return key.set(extension, value).has_value();
        }
        return false;
    };
    CHECK(set("workers", "4"));
    CHECK(extension.workers == 4);
    CHECK(set("deadline", "5"));
    CHECK(extension.deadline == 5s);
    CHECK(set("poll_interval", "60"));
    CHECK(extension.poll_interval == 60s);
    CHECK(set("isolation", "none"));
    CHECK_FALSE(set("isolation", "process"));
    CHECK_FALSE(set("workers", "0"));
    CHECK_FALSE(set("deadline", "never"));
}

TEST_CASE("no key is in the table twice") {
    std::set<std::string> names;
    for (const Key& key : known_keys()) {
        CHECK(names.insert(std::string(key.section) + "." + std::string(key.name)).second);
    }
}

// etc/haas.cfg is documentation that can be run: its commented keys are all there are, with their true defaults.
#include <fstream>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "core/config/config.hpp"
#include "core/config/keys.hpp"

using namespace haas::config;

namespace {

const std::filesystem::path etc = HAAS_ETC_DIR;

// The file with every `#key = value` line switched on, those without a value left out.
std::string with_defaults_switched_on(std::set<std::string>& names) {
    std::ifstream file(etc / "haas.cfg");
    REQUIRE(file.is_open());
    std::string text;
    std::string section;
    for (std::string line; std::getline(file, line);) {
        const bool commented = line.size() > 1 && line[0] == '#' && line[1] != ' ';
        std::string content = commented ? line.substr(1) : line;
        if (content.starts_with("[")) section = content.substr(1, content.find(']') - 1);
        if (const auto equals = content.find(" ="); equals != std::string::npos && content[0] != '#') {
            names.insert(section + "." + content.substr(0, equals));
            if (content.ends_with("=") && section != "extensions") content.clear();
        }
        // The database's folder is the installed one, so the files beside it are named as this test expects them.
        if (section == "auth" || section == "secrets" || section == "console") {
            for (const char* file_key : {"admin_token_file = ", "users_file = ", "key_file = ", "folder = "}) {
                if (content.starts_with(file_key)) content.insert(std::string(file_key).size(), "/var/lib/haas/");
            }
        }
        text += content + "\n";
    }
    return text;
}

}  // namespace

TEST_CASE("the example loads as it is") {
    const Loaded loaded = load(etc / "haas.cfg");
    CHECK(loaded.problems.empty());
    CHECK(loaded.config.database == "/var/lib/haas/haas.db");
    REQUIRE(loaded.config.extensions.size() == 1);
    CHECK(loaded.config.extensions[0].name == "haas.ext.obm.ipmi");
}

TEST_CASE("the example names every key, and no other") {
    std::set<std::string> documented;
    const Loaded loaded = parse(with_defaults_switched_on(documented), "/etc/haas/haas.cfg");
    CHECK(loaded.ok());

    for (const Key& key : known_keys()) {
        if (key.set == nullptr) continue;
        INFO(key.section << "." << key.name);
        CHECK(documented.count(std::string(key.section) + "." + std::string(key.name)) == 1);
    }
    for (const ExtensionKey& key : known_extension_keys()) {
        INFO(key.name);
        CHECK(documented.count("haas.ext.obm.ipmi." + std::string(key.name)) == 1);
    }
}

TEST_CASE("what the example calls a default is the default") {
    std::set<std::string> documented;
    const Config written = parse(with_defaults_switched_on(documented), "/etc/haas/haas.cfg").config;
    const Config bare = load(etc / "haas.cfg").config;
    CHECK(written.general.log_level == bare.general.log_level);
    CHECK(written.general.deadline == bare.general.deadline);
    CHECK(written.general.stop_timeout == bare.general.stop_timeout);
    CHECK(written.http.listen == bare.http.listen);
    CHECK(written.http.max_body == bare.http.max_body);
    CHECK(written.http.max_header == bare.http.max_header);
    CHECK(written.http.max_depth == bare.http.max_depth);
    CHECK(written.http.max_connections == bare.http.max_connections);
    CHECK(written.http.header_timeout == bare.http.header_timeout);
    CHECK(written.http.body_timeout == bare.http.body_timeout);
    CHECK(written.http.write_timeout == bare.http.write_timeout);
    CHECK(written.http.idle_timeout == bare.http.idle_timeout);
    CHECK(written.http.insecure == bare.http.insecure);
    CHECK(written.auth.mode == bare.auth.mode);
    CHECK(written.auth.admin_token_file == bare.auth.admin_token_file);
    CHECK(written.auth.users_file == bare.auth.users_file);
    CHECK(written.secrets.key_file == bare.secrets.key_file);
    CHECK(written.console.folder == bare.console.folder);
    CHECK(written.console.capture == bare.console.capture);
    CHECK(written.console.max_size == bare.console.max_size);
    CHECK(written.console.max_age == bare.console.max_age);
    REQUIRE(written.extensions.size() == 2);
    CHECK(written.extensions[0].workers == bare.extensions[0].workers);
    CHECK(written.extensions[0].deadline == bare.general.deadline);
}

TEST_CASE("the development file is open to this machine only, with both drivers") {
    const Loaded loaded = load(etc / "haas.dev.cfg");
    CHECK(loaded.problems.empty());
    CHECK(loaded.config.auth.mode == AuthMode::none);
    CHECK(loaded.config.http.listen == std::vector<Listen>{{false, "127.0.0.1", 5000}});
    CHECK(loaded.config.database == (etc / "../build/run/haas.db").lexically_normal());
    CHECK(loaded.config.extensions.size() == 2);
}

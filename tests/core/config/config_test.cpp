#include "core/config/config.hpp"

#include <cstdlib>
#include <fstream>

#include <catch2/catch.hpp>

using namespace haas::config;
using namespace std::chrono_literals;

namespace {

// Every problem of a text, one a line, as a terminal shows it.  A driver is named, so that its lack is no problem.
std::string problems(std::string_view text, const std::optional<std::string>& listen = std::nullopt) {
    const std::string whole = std::string(text) + "[extensions]\nacme.obm.robot_finger =\n";
    std::string printed;
    for (const Problem& problem : parse(whole, "/etc/haas/haas.cfg", listen).problems) {
        printed += describe(problem, "haas.cfg") + "\n";
    }
    return printed;
}

struct TemporaryFolder {
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "haas-config-XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    ~TemporaryFolder() { std::filesystem::remove_all(path); }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    std::filesystem::path path;
};

}  // namespace

TEST_CASE("an empty file is the defaults of design and a warning") {
    const Loaded loaded = parse("", "/etc/haas/haas.cfg");
    REQUIRE(loaded.ok());
    REQUIRE(loaded.problems.size() == 1);
    CHECK(describe(loaded.problems[0], "haas.cfg") ==
          "haas.cfg: warning: [extensions] names no driver, so no node can be registered");

    const Config& config = loaded.config;
    CHECK(config.general.log_level == haas::log::Level::info);
    CHECK(config.general.plugin_path.empty());
    CHECK(config.general.deadline == 30s);
    CHECK(config.general.stop_timeout == 10s);
    CHECK(config.http.listen == std::vector<Listen>{{false, "127.0.0.1", 5000}});
    CHECK(config.http.max_body == 1048576);
    CHECK(config.http.max_header == 16384);
    CHECK(config.http.max_depth == 32);
    CHECK_FALSE(config.http.insecure);
    CHECK(config.auth.mode == AuthMode::required);
    CHECK(config.database == "/etc/haas/haas.db");
    CHECK_FALSE(config.dry_run);
}

TEST_CASE("keys and tokens live beside the database unless told otherwise") {
    const Loaded loaded = parse("[database]\nuri = sqlite:////var/lib/haas/haas.db\n[auth]\nadmin_token_file = token\n",
                                "/etc/haas/haas.cfg");
    REQUIRE(loaded.ok());
    CHECK(loaded.config.auth.admin_token_file == "/etc/haas/token");
    CHECK(loaded.config.auth.users_file == "/var/lib/haas/users");
    CHECK(loaded.config.secrets.key_file == "/var/lib/haas/haas.key");
    CHECK(loaded.config.console.folder == "/var/lib/haas/console");
}

TEST_CASE("drivers come in file order with their sections") {
    const Loaded loaded = parse(
        "[haas.ext.obm.ipmi]\n"
        "workers = 4\n"
        "cipher_suites = 17\n"
        "[extensions]\n"
        "hil.ext.obm.mock =\n"
        "haas.ext.obm.ipmi =\n"
        "acme.obm.robot_finger = ../drivers/finger.so\n"
        "[haas.ext.obm.mock]\n"
        "deadline = 2\n"
        "latency = 5\n",
        "/etc/haas/haas.cfg");
    REQUIRE(loaded.problems.empty());
    const auto& extensions = loaded.config.extensions;
    REQUIRE(extensions.size() == 3);

    // HIL's spelling finds HaaS's library and section, and keeps its name where clients see it.
    CHECK(extensions[0].name == "haas.ext.obm.mock");
    CHECK(extensions[0].written == "hil.ext.obm.mock");
    CHECK(extensions[0].line == 5);
    CHECK(extensions[0].deadline == 2s);
    REQUIRE(extensions[0].options.size() == 1);
    CHECK(extensions[0].options[0].name == "latency");
    CHECK(extensions[0].options[0].value == "5");
    CHECK(extensions[0].options[0].line == 10);
    CHECK(extensions[0].library.empty());

    CHECK(extensions[1].name == "haas.ext.obm.ipmi");
    CHECK(extensions[1].workers == 4);
    CHECK_FALSE(extensions[1].deadline.has_value());
    CHECK(extensions[2].library == "/etc/drivers/finger.so");
}

TEST_CASE("a HaaS file loads") {
    const Loaded loaded = parse(
        "[general]\n"
        "log_level = debug\n"
        "[headnode]\n"
        "trunk_nic = eth0\n"
        "base_imgs = img1,\n"
        "    img2\n"
        "libvirt_endpoint = qemu:///system\n"
        "[client]\n"
        "endpoint = http://127.0.0.1:5000\n"
        "[database]\n"
        "uri = sqlite:///haas.db\n"
        "[devel]\n"
        "dry_run=\n"
        "[extensions]\n"
        "haas.ext.network_allocators.vlan_pool =\n"
        "haas.ext.obm.ipmi =\n"
        "haas.ext.switches.dell =\n"
        "[haas.ext.network_allocators.vlan_pool]\n"
        "vlans = " + std::string(300, '1') + "\n",
        "/etc/haas.cfg");
    REQUIRE(loaded.problems.size() == 1);
    CHECK(describe(loaded.problems[0], "haas.cfg") ==
          "haas.cfg:15: notice: [extensions] no OBM drivers, skipped: haas.ext.network_allocators.vlan_pool, "
          "haas.ext.switches.dell");
    CHECK(loaded.config.general.log_level == haas::log::Level::debug);
    CHECK(loaded.config.dry_run);
    CHECK(loaded.config.database == "/etc/haas.db");
    REQUIRE(loaded.config.extensions.size() == 1);
}

TEST_CASE("a HIL file loads, and weakens nothing") {
    const Loaded loaded = parse(
        "[general] # Optional\n"
        "log_level = debug\n"
        "log_dir = /var/log/\n"
        "[auth] # Optional\n"
        "require_authentication = False\n"
        "[headnode]\n"
        "trunk_nic = eth0\n"
        "[client]\n"
        "endpoint = http://127.0.0.1:5000\n"
        "[database]\n"
        "uri = sqlite:////var/lib/hil/hil.db\n"
        "[devel] # Optional\n"
        "#dry_run=\n"
        "[maintenance] # Optional\n"
        "[network-daemon] # Optional\n"
        "sleep_time = 5\n"
        "[extensions]\n"
        "hil.ext.obm.mock =\n"
        "hil.ext.auth.null =\n"
        "[hil.ext.auth.keystone]\n"
        "admin_password = s3cr3t\n"
        "[hil.ext.switches.nexus]\n"
        "save = True\n",
        "/etc/hil.cfg");
    std::string printed;
    for (const Problem& problem : loaded.problems) printed += describe(problem, "hil.cfg") + "\n";
    CHECK(printed ==
          "hil.cfg:3: notice: [general] log_dir: a key of HIL's without effect here: haasd logs to standard error\n"
          "hil.cfg:5: notice: [auth] require_authentication: a key of HIL's without effect here: mode says who must "
          "authenticate\n"
          "hil.cfg:19: notice: [extensions] no OBM drivers, skipped: hil.ext.auth.null\n");
    CHECK(loaded.ok());
    CHECK(loaded.config.auth.mode == AuthMode::required);
    CHECK_FALSE(loaded.config.dry_run);
    REQUIRE(loaded.config.extensions.size() == 1);
    CHECK(loaded.config.extensions[0].name == "haas.ext.obm.mock");
}

TEST_CASE("a file that cannot be read is a problem like any other") {
    const TemporaryFolder folder;
    const auto only_problem = [](const std::filesystem::path& file) {
        const Loaded loaded = load(file);
        CHECK_FALSE(loaded.ok());
        REQUIRE(loaded.problems.size() == 1);
        return describe(loaded.problems[0], "haas.cfg");
    };
    CHECK(only_problem(folder.path / "missing.cfg") == "haas.cfg: cannot be read: No such file or directory");
    CHECK(only_problem(folder.path) == "haas.cfg: cannot be read: Is a directory");
    CHECK(only_problem("/dev/zero") == "haas.cfg: cannot be read: it is over 1 MiB long");
}

TEST_CASE("a file is read, and its folder is where relative paths start") {
    const TemporaryFolder folder;
    std::ofstream(folder.path / "haas.cfg") << "[database]\nuri = sqlite:///data/haas.db\n[extensions]\na.b =\n";
    const Loaded loaded = load(folder.path / "haas.cfg");
    CHECK(loaded.problems.empty());
    CHECK(loaded.config.database == folder.path / "data" / "haas.db");
    // A relative name of the file starts at the working folder, as for every program.
    CHECK(parse("", "haas.cfg").config.database == std::filesystem::current_path() / "haas.db");
}

TEST_CASE("all that is wrong is reported at once, by line") {
    CHECK(problems("[general]\n"
                   "log_level = loud # very\n"
                   "deadline = 30s\n"
                   "colour = red\n"
                   "log_level = info\n"
                   "[http]\n"
                   "listen = 127.0.0.1\n"
                   "  more = 1\n"
                   "max_body = " + std::string(289, '9') + "\n"
                   "[auth]\n"
                   "mode = off\n"
                   "[database]\n"
                   "uri = postgresql://alice:secret@dbhost/haas\n") ==
          "haas.cfg:2: [general] log_level: 'loud # very' is no level; expected debug, info, warn, error or critical; a "
          "comment behind a value begins with ' ;'\n"
          "haas.cfg:3: [general] deadline: '30s' is no duration; expected a number of seconds from 0.1 to 3600\n"
          "haas.cfg:4: [general] has no key 'colour'; it has log_level, plugin_path, deadline, stop_timeout\n"
          "haas.cfg:5: [general] log_level was set before, on line 2\n"
          "haas.cfg:7: [http] listen: '127.0.0.1': the port is missing; expected an IP address and a port, such as "
          "127.0.0.1:5000, [::1]:5000 or https://0.0.0.0:5443\n"
          "haas.cfg:8: white space at the start of a line would continue the value of 'listen' above; a value is one "
          "line, and a name starts in the first column\n"
          "haas.cfg:9: this line has 300 bytes; a line may have at most 198\n"
          "haas.cfg:11: [auth] mode: 'off' is no mode; expected required or none\n"
          "haas.cfg:13: [database] uri: the scheme 'postgresql' is not supported, haasd keeps its data in SQLite; "
          "expected sqlite:///haas.db (relative to the folder of this file) or sqlite:////var/lib/haas/haas.db "
          "(absolute)\n");
}

TEST_CASE("a second section of one name may add keys, not repeat them") {
    CHECK(problems("[general]\ndeadline = 5\n[http]\n[general]\nstop_timeout = 5\n").empty());
    CHECK(problems("[general]\ndeadline = 5\n[http]\n[general]\ndeadline = 6\n") ==
          "haas.cfg:5: [general] deadline was set before, on line 2\n");
}

TEST_CASE("one driver under two spellings is named twice") {
    const Loaded loaded = parse("[extensions]\nhaas.ext.obm.mock =\nhil.ext.obm.mock =\n", "haas.cfg");
    REQUIRE(loaded.problems.size() == 1);
    CHECK(describe(loaded.problems[0], "haas.cfg") ==
          "haas.cfg:3: [extensions] hil.ext.obm.mock was set before, on line 2");
    CHECK_FALSE(loaded.ok());

    const Loaded sections = parse(
        "[extensions]\nhaas.ext.obm.mock =\n[haas.ext.obm.mock]\nworkers = 1\n"
        "[hil.ext.obm.mock]\nworkers = 2\n", "haas.cfg");
    REQUIRE(sections.problems.size() == 1);
    CHECK(describe(sections.problems[0], "haas.cfg") ==
          "haas.cfg:6: [hil.ext.obm.mock] workers was set before, on line 4");
}

TEST_CASE("sections nobody owns are warned of, and what is in them passes") {
    CHECK(problems("[General]\ncolour = red\ncolour = blue\n") ==
          "haas.cfg:1: warning: [General] is ignored: it is neither a section of haasd (general, http, tls, auth, database, "
          "secrets, audit, console, devel, extensions) nor of a driver named in [extensions]\n");
    CHECK(problems("[haas.ext.obm.ipmi]\nworkers = none\n") ==
          "haas.cfg:1: warning: [haas.ext.obm.ipmi] is ignored: [extensions] does not name it\n");
    CHECK(problems("[headnode]\n[client]\n[maintenance]\n[keystone]\n[network-daemon]\n"
                   "[hil.ext.switches.dell]\n").empty());
}

TEST_CASE("a driver's section answers for the core's keys and for its lines") {
    CHECK(problems("[acme.obm.robot_finger]\n"
                   "workers = 0\n"
                   "isolation = process\n"
                   "finger\n"
                   "reach = 1\n"
                   "reach = 2\n") ==
          "haas.cfg:2: [acme.obm.robot_finger] workers: '0' is not accepted; expected a whole number from 1 to 1024\n"
          "haas.cfg:3: [acme.obm.robot_finger] isolation: 'process' is not accepted; this release loads drivers into haasd, "
          "expected none\n"
          "haas.cfg:4: there is no '=' in this line; write 'name =' even if there is no value\n"
          "haas.cfg:6: [acme.obm.robot_finger] reach was set before, on line 5\n");
    CHECK(problems("[extensions]\n./finger.so =\n") ==
          "haas.cfg:2: [extensions] ./finger.so: a name may not hold '/'; write 'name = ./finger.so'\n");
}

TEST_CASE("a listener on a network is never open by accident") {
    const std::string clear =
        ": passwords would cross the network in clear: listen on https://, or set [http] insecure = yes if the network is "
        "trusted\n";
    const std::string open =
        ": anyone on the network could switch nodes; [auth] mode = none is for loopback listeners only\n";
    CHECK(problems("[http]\nlisten = 127.0.0.1:5000, [::1]:5000\n[auth]\nmode = none\n").empty());
    CHECK(problems("[http]\nlisten = 0.0.0.0:5000\n") == "haas.cfg:2: [http] listen http://0.0.0.0:5000" + clear);
    CHECK(problems("[http]\ninsecure = yes\nlisten = 0.0.0.0:5000\n").empty());
    CHECK(problems("[http]\nlisten = 127.0.0.1:1, 10.0.0.5:5000\ninsecure = yes\n[auth]\nmode = none\n") ==
          "haas.cfg:2: [http] listen http://10.0.0.5:5000" + open);
    CHECK(problems("[http]\nlisten = [::]:5000\n[auth]\nmode = none\n") ==
          "haas.cfg:2: [http] listen http://[::]:5000" + clear + "haas.cfg:2: [http] listen http://[::]:5000" + open);
    const std::string needs = "haas.cfg:2: [http] listen https://0.0.0.0:5443: https needs [tls] certificate and private_key\n";
    CHECK(problems("[http]\nlisten = https://0.0.0.0:5443\n") == needs);
    CHECK(problems("[http]\nlisten = https://0.0.0.0:5443\n[tls]\ncertificate = c.pem\n") == needs);
    CHECK(problems("[http]\nlisten = https://0.0.0.0:5443\n[tls]\ncertificate = c.pem\nprivate_key = k.pem\n").empty());
    CHECK(problems("[http]\nlisten = https://0.0.0.0:5443\n[tls]\ncertificate = c\nprivate_key = k\n[auth]\nmode = none\n") ==
          "haas.cfg:2: [http] listen https://0.0.0.0:5443" + open);
}

TEST_CASE("the option --listen stands in for the key, under the same rules") {
    const Loaded loaded = parse("[http]\nlisten = 0.0.0.0:5000\n[extensions]\na.b =\n", "haas.cfg", "127.0.0.1:0");
    CHECK(loaded.problems.empty());
    CHECK(loaded.config.http.listen == std::vector<Listen>{{false, "127.0.0.1", 0}});

    CHECK(problems("", "10.0.0.5:5000") ==
          "haas.cfg: --listen http://10.0.0.5:5000: passwords would cross the network in clear: listen on https://, or set "
          "[http] insecure = yes if the network is trusted\n");
    CHECK(problems("", "5000") ==
          "haas.cfg: --listen: '5000': the port is missing; expected an IP address and a port, such as 127.0.0.1:5000, "
          "[::1]:5000 or https://0.0.0.0:5443\n");
}

TEST_CASE("dry_run is on by being there, and says so to who thinks otherwise") {
    CHECK(problems("[devel]\ndry_run = True\n").empty());
    CHECK(problems("[devel]\ndry_run = False\n") ==
          "haas.cfg:2: warning: [devel] dry_run is on whatever its value; to end it, delete the line\n");
}

// `haasd --check` as its user sees it: what it prints, what it returns, and that it leaves no trace.
#include "core/daemon/check.hpp"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "tests/core/daemon/workplace.hpp"

using haas::daemon::Workplace;

TEST_CASE("a good configuration is ok, and nothing is created") {
    const Workplace place;
    place.write("haas.cfg", "[general]\nplugin_path = " HAAS_TEST_PLUGIN_DIR "\n[extensions]\nhaas.ext.obm.mock =\n");
    CHECK(haas::daemon::check(place / "haas.cfg", std::nullopt) == 0);
    CHECK(place.files() == std::vector<std::string>{"haas.cfg"});
}

TEST_CASE("any error is 2, warnings are not") {
    const Workplace place;
    place.write("warning.cfg", "[extensions]\n");
    CHECK(haas::daemon::check(place / "warning.cfg", std::nullopt) == 0);
    CHECK(haas::daemon::check(place / "missing.cfg", std::nullopt) == 2);
    place.write("library.cfg", "[extensions]\nacme.obm.none =\n");
    CHECK(haas::daemon::check(place / "library.cfg", std::nullopt) == 2);
    place.write("database.cfg", "[database]\nuri = sqlite:///no/such/folder/haas.db\n");
    CHECK(haas::daemon::check(place / "database.cfg", std::nullopt) == 2);
    place.write("token.cfg", "[auth]\nadmin_token_file = token\n");
    place.write("token", "short\n");
    CHECK(haas::daemon::check(place / "token.cfg", std::nullopt) == 2);
    CHECK(haas::daemon::check(place / "warning.cfg", "0.0.0.0:5000") == 2);
}

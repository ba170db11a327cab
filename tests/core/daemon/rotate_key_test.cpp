#include "core/daemon/rotate_key.hpp"

#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>

#include "core/config/config.hpp"
#include "core/store/sqlite_store.hpp"
#include "tests/core/daemon/workplace.hpp"
#include "tests/core/node/fake_loop.hpp"

using haas::daemon::Workplace;

namespace {

std::string content(const std::filesystem::path& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

TEST_CASE("a configuration that does not load is 2, a key that cannot be changed is 1") {
    const Workplace place;
    place.write("broken.cfg", "[general]\nfrobnicate = 1\n");
    CHECK(haas::daemon::rotate_key(haas::config::load(place / "broken.cfg"), place / "broken.cfg") == 2);
    place.write("haas.cfg", "[extensions]\n");
    CHECK(haas::daemon::rotate_key(haas::config::load(place / "haas.cfg"), place / "haas.cfg") == 1);
}

TEST_CASE("a new key takes the old one's place, and opens the database") {
    const Workplace place;
    place.write("haas.cfg", "[extensions]\n");
    haas::node::FakeLoop loop;
    const haas::store::Files files{place / "haas.db", place / "haas.key"};
    REQUIRE(haas::store::SqliteStore::open(files, loop));
    const std::string before = content(files.key);
    CHECK(haas::daemon::rotate_key(haas::config::load(place / "haas.cfg"), place / "haas.cfg") == 0);
    CHECK(content(files.key) != before);
    CHECK(haas::store::SqliteStore::open(files, loop));
}

#include "core/base/errc.hpp"

#include <set>

#include <catch2/catch.hpp>

TEST_CASE("every code has a name of its own") {
    std::set<std::string_view> names;
    for (int code = 0; code <= static_cast<int>(haas::Errc::internal); ++code) {
        names.insert(haas::name(static_cast<haas::Errc>(code)));
    }
    CHECK(names.size() == static_cast<std::size_t>(haas::Errc::internal) + 1);
}

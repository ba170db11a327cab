#include "core/node/packed.hpp"

#include <limits>
#include <string>

#include <catch2/catch.hpp>

using haas::Fields;
using haas::node::PackedFields;

TEST_CASE("what is packed comes out again, whatever it holds") {
    const Fields all{{"host", "10.0.0.5"},
                     {"empty", ""},
                     {"", "no name"},
                     {"bytes", std::string("\0\xff s i b", 9)},
                     {"long", std::string(70'000, 'x')},
                     {"least", std::numeric_limits<std::int64_t>::min()},
                     {"most", std::numeric_limits<std::int64_t>::max()},
                     {"yes", true},
                     {"no", false}};
    CHECK(PackedFields(all).unpack() == all);
    CHECK(PackedFields().unpack().empty());
    CHECK(PackedFields(Fields{}).unpack().empty());
}

TEST_CASE("assigning replaces") {
    PackedFields packed(Fields{{"a", "1"}});
    packed = PackedFields(Fields{{"b", true}});
    CHECK(packed.unpack() == Fields{{"b", true}});
}

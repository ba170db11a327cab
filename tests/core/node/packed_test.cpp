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

TEST_CASE("one text is found without the rest") {
    const PackedFields packed(Fields{{"number", std::int64_t{3}}, {"address", "192.0.2.7:623"}, {"empty", ""}});
    CHECK(packed.text("address") == "192.0.2.7:623");
    CHECK(packed.text("empty") == "");
    CHECK_FALSE(packed.text("number").has_value());
    CHECK_FALSE(packed.text("nothing").has_value());
}

#include "core/store/sealed_fields.hpp"

#include <limits>

#include <catch2/catch.hpp>

using haas::Errc;
using haas::Fields;
using haas::SecretFields;
using haas::store::open_fields;
using haas::store::SealingKey;
using haas::store::seal_fields;

namespace {

SecretFields secret(Fields fields) { return SecretFields::taken_from(fields); }

}  // namespace

TEST_CASE("packed fields are laid out as the header says") {
    const SecretFields fields = secret({{"pw", std::string("xyz")}, {"n", std::int64_t{-2}}, {"b", true}});
    const std::string expected =
        std::string("\0\2\0\0\0pw\3\0\0\0xyz", 14) + std::string("\1\1\0\0\0n\xfe\xff\xff\xff\xff\xff\xff\xff", 14) +
        std::string("\2\1\0\0\0b\1", 7);
    CHECK(haas::store::pack(fields).reveal() == expected);
    CHECK(haas::store::unpack(expected).value() == fields);
    CHECK(haas::store::unpack("").value().empty());
}

TEST_CASE("every truncation and what cannot be is refused") {
    const std::string packed(
        haas::store::pack(secret({{"password", std::string("xyz")}, {"n", std::int64_t{7}}, {"b", true}})).reveal());
    const auto first = haas::store::pack(secret({{"password", std::string("xyz")}})).reveal().size();
    const auto second = first + haas::store::pack(secret({{"n", std::int64_t{7}}})).reveal().size();
    for (std::size_t size = 1; size < packed.size(); ++size) {
        INFO(size);
        CHECK(haas::store::unpack(packed.substr(0, size)).has_value() == (size == first || size == second));
    }
    CHECK_FALSE(haas::store::unpack(packed + "\2"));
    CHECK_FALSE(haas::store::unpack(packed + packed));                         // each name twice
    CHECK_FALSE(haas::store::unpack(std::string("\3\1\0\0\0b\1", 7)));         // no such kind
    CHECK_FALSE(haas::store::unpack(std::string("\2\1\0\0\0b\2", 7)));         // no truth
    CHECK_FALSE(haas::store::unpack(std::string("\0\xff\xff\xff\xff" "b", 6)));  // a name longer than all
}

TEST_CASE("values of every shape survive sealing") {
    const SealingKey key = SealingKey::make().value();
    const SecretFields fields = secret({{"empty", std::string()},
                                        {"nul", std::string("a\0b\0", 4)},
                                        {"not utf-8", std::string("\xc3\x28\xff")},
                                        {"long", std::string(300'000, 'q')},
                                        {"least", std::numeric_limits<std::int64_t>::min()},
                                        {"most", std::numeric_limits<std::int64_t>::max()},
                                        {"no", false},
                                        {"yes", true}});
    const std::string sealed = seal_fields(key, "n1", "t", fields).value();
    CHECK(open_fields(key, "n1", "t", sealed).value() == fields);
}

TEST_CASE("sealed fields belong to one node and one type") {
    const SealingKey key = SealingKey::make().value();
    const std::string sealed = seal_fields(key, "n1", "2t", secret({{"password", std::string("p")}})).value();
    CHECK(open_fields(key, "n1", "2t", sealed));
    CHECK(open_fields(key, "n2", "2t", sealed).error().code == Errc::invalid);
    CHECK_FALSE(open_fields(key, "n1", "t", sealed));
    CHECK_FALSE(open_fields(key, "n12", "t", sealed));  // the same letters, divided elsewhere
}

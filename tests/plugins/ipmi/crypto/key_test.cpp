#include "plugins/ipmi/crypto/key.hpp"

#include <memory>

#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/wire/hex.hpp"

using namespace haas::ipmi;

TEST_CASE("a key that is moved from holds nothing any more") {
    Key<20> from(view("secret"));
    const Key<20> to(std::move(from));
    CHECK(copy(to.view()) == copy(view("secret")));
    CHECK(from.view().empty());
    // Also not behind its size.
    const ByteView object(reinterpret_cast<const std::uint8_t*>(&from), sizeof from);
    CHECK(std::all_of(object.begin(), object.end(), [](std::uint8_t byte) { return byte == 0; }));
}

TEST_CASE("destruction wipes the bytes") {
    using Tested = Key<20>;
    alignas(Tested) std::array<std::uint8_t, sizeof(Tested)> memory{};
    auto* key = std::construct_at(reinterpret_cast<Tested*>(memory.data()), view("secret"));
    REQUIRE(std::find(memory.begin(), memory.end(), 's') != memory.end());
    std::destroy_at(key);
    CHECK(std::all_of(memory.begin(), memory.end(), [](std::uint8_t byte) { return byte == 0; }));
}

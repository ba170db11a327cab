#include "plugins/ipmi/crypto/random.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include <catch2/catch.hpp>

using namespace haas::ipmi;

TEST_CASE("random numbers do not come twice, also across the block they are drawn in") {
    SystemRandom random;
    std::set<std::array<std::uint8_t, 16>> seen;
    for (int i = 0; i < 1000; ++i) {
        std::array<std::uint8_t, 16> number{};
        random.fill(number);
        CHECK(seen.insert(number).second);
    }
}

TEST_CASE("a request larger than the block is filled to its end") {
    SystemRandom random;
    std::vector<std::uint8_t> large(5000);
    random.fill(large);
    // 64 zeros in a row do not happen by chance.
    CHECK(std::search_n(large.begin(), large.end(), 64, std::uint8_t{0}) == large.end());
}

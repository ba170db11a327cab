#include "plugins/ipmi/command/sol.hpp"

#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/wire/hex.hpp"
#include "tests/plugins/ipmi/wire/mangle.hpp"

using namespace haas::ipmi;

// IPMI 2.0 section 26.3: channel number (0Eh: this one), parameter selector, set selector, block selector.
TEST_CASE("SOL Enable is asked of the channel that the session uses") {
    const Request request = sol_enabled();
    CHECK(request.netfn == NetFn::transport);
    CHECK(request.command == 0x22);
    CHECK(request.data == from_hex("0e010000"));
    CHECK(request.repeat == Repeat::anew);
}

// Table 26-5, parameter 1: bit 0 is SOL enable, the others are reserved.  The revision of the parameter is 11h.
TEST_CASE("its answer is a bit, whatever the reserved ones and the bytes behind it say") {
    CHECK(parse_sol_enabled(from_hex("1101")) == true);
    CHECK(parse_sol_enabled(from_hex("1100")) == false);
    CHECK(parse_sol_enabled(from_hex("11fe")) == false);
    CHECK(parse_sol_enabled(from_hex("11ff")) == true);
    CHECK(parse_sol_enabled(with_trailing_byte(from_hex("1101"))) == true);
    each_truncation(from_hex("1101"), [](const Bytes& cut) { CHECK_FALSE(parse_sol_enabled(cut).has_value()); });
}

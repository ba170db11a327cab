#include <catch2/catch.hpp>

#include <future>

#include "plugins/ipmi/engine/resolver.hpp"

using namespace haas::ipmi;

TEST_CASE("Each question is answered under its number") {
    std::promise<Resolution> known;
    std::promise<Resolution> unknown;
    Resolver resolver([&](Resolution resolution) {
        (resolution.question == 7 ? known : unknown).set_value(std::move(resolution));
    });
    resolver.resolve(8, {"no-such-bmc.invalid:1", "no-such-bmc.invalid", 1});
    resolver.resolve(7, {"localhost:6230", "localhost", 6230});

    const Resolution found = known.get_future().get();
    REQUIRE_FALSE(found.endpoints.empty());
    CHECK(found.error.empty());
    const std::string first = found.endpoints.front().text();
    CHECK((first == "127.0.0.1:6230" || first == "[::1]:6230"));

    // RFC 6761 section 6.4: names under .invalid never exist.
    const Resolution lost = unknown.get_future().get();
    CHECK(lost.endpoints.empty());
    CHECK_FALSE(lost.error.empty());
}

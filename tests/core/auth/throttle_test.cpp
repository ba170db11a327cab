#include "core/auth/throttle.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using haas::Loop;
using haas::auth::network_of;
using haas::auth::Throttle;
using namespace std::chrono_literals;

namespace {

const Loop::Time start{1h};

Throttle tried(unsigned times, const std::string& network = "10.0.0.1", const std::string& name = "alice") {
    Throttle throttle;
    for (unsigned i = 0; i < times; ++i) throttle.attempt(network, name, start);
    return throttle;
}

}  // namespace

// RFC 4291 section 2.5.4: an interface's subnet is its first 64 bits; section 2.5.5.2: IPv4-mapped addresses.
TEST_CASE("a network is an IPv4 address or the first half of an IPv6 one") {
    CHECK(network_of("10.0.0.1:4711") == "10.0.0.1");
    CHECK(network_of("10.0.0.1") == "10.0.0.1");
    CHECK(network_of("[2001:db8:1:2:3:4:5:6]:443") == "2001:db8:1:2::/64");
    CHECK(network_of("[2001:db8:1:2::9]:443") == "2001:db8:1:2::/64");
    CHECK(network_of("[::1]:80") == "::/64");
    CHECK(network_of("[fe80::1%eth0]:80") == "fe80::/64");
    CHECK(network_of("[::ffff:10.0.0.1]:80") == "10.0.0.1");
    CHECK(network_of("") == "");
    CHECK(network_of("[nonsense") == "[nonsense");
    CHECK(network_of("[") == "[");
}

TEST_CASE("after some attempts there are pauses, each twice as long, and a minute at most") {
    CHECK_FALSE(tried(4).pause("10.0.0.1", "alice", start));
    CHECK(tried(5).pause("10.0.0.1", "alice", start) == 1s);
    CHECK(tried(6).pause("10.0.0.1", "alice", start) == 2s);
    CHECK(tried(9).pause("10.0.0.1", "alice", start) == 16s);
    CHECK(tried(10).pause("10.0.0.1", "alice", start) == 32s);
    CHECK(tried(11).pause("10.0.0.1", "alice", start) == 60s);
    CHECK(tried(1000).pause("10.0.0.1", "alice", start) == 60s);
    CHECK(tried(6).pause("10.0.0.1", "alice", start + 1999ms) == 1ms);
    CHECK_FALSE(tried(6).pause("10.0.0.1", "alice", start + 2s));
}

TEST_CASE("who guesses holds up nobody else") {
    const Throttle throttle = tried(1000);
    CHECK_FALSE(throttle.pause("10.0.0.2", "alice", start));
    CHECK_FALSE(throttle.pause("10.0.0.1", "bob", start));
}

TEST_CASE("a success is a new start, and so is a quarter of an hour") {
    Throttle throttle = tried(20);
    throttle.succeeded("10.0.0.1", "alice");
    CHECK_FALSE(throttle.pause("10.0.0.1", "alice", start));
    CHECK(throttle.size() == 0);
    throttle.succeeded("10.0.0.1", "nobody");

    throttle = tried(20);
    throttle.attempt("10.0.0.1", "alice", start + 15min + 1ms);
    CHECK_FALSE(throttle.pause("10.0.0.1", "alice", start + 15min + 1ms));
    throttle = tried(20);
    throttle.attempt("10.0.0.1", "alice", start + 15min);
    CHECK(throttle.pause("10.0.0.1", "alice", start + 15min) == 60s);
}

TEST_CASE("the table is bounded, and who was quiet longest makes room") {
    Throttle throttle = tried(20, "10.0.0.1", "active");
    for (unsigned i = 0; i < 5; ++i) throttle.attempt("10.0.0.1", "quiet", start);
    for (int i = 0; i < 20'000; ++i) {
        throttle.attempt("10.0.0.1", fmt::format("name{}", i), start);
        if (i % 5000 == 0) throttle.attempt("10.0.0.1", "active", start);
    }
    CHECK(throttle.size() == 10'000);
    CHECK(throttle.pause("10.0.0.1", "active", start));
    CHECK_FALSE(throttle.pause("10.0.0.1", "quiet", start));
}

#include "tools/bmcsim/link.hpp"

#include <catch2/catch.hpp>

#include "tests/tools/bmcsim/hex.hpp"

using namespace haas::bmcsim;

namespace {

// Pings go in, each with a tag; pongs come out, seen by tag and time.
struct Bench : Wire {
    Profile profile;
    Time now = Time(std::chrono::hours(1));
    Crypto crypto;
    std::optional<Fleet> fleet;
    std::optional<Link> link;
    struct Seen {
        std::uint32_t from;
        std::uint8_t tag;
        Time at;
    };
    std::vector<Seen> seen;

    void start(std::uint64_t seed = 1) {
        fleet.emplace(AddressPlan(parse_address("127.1.0.1"), 10), std::uint16_t{6230}, profile, seed, now);
        link.emplace(*fleet, *this, crypto);
    }
    void transmit(std::uint32_t from, Peer to, Octets datagram) override {
        CHECK(to.port == 50000);
        seen.push_back({from, datagram[9], now});
    }
    void ping(std::uint8_t tag, std::uint32_t number = 1) {
        auto datagram = hex("0600ff06 000011be 80 00 00 00");
        datagram[9] = tag;
        link->arrive(number, {0x7F000001, 50000}, datagram, now);
    }
    // Walks through time until nothing waits any more.
    void drain() {
        while (link->next_due() != Time::max()) {
            now = std::max(now, link->next_due());
            link->run_due(now);
        }
    }
    Counters& counters(std::uint32_t number = 1) { return fleet->bmc(number).counters(); }
    std::vector<unsigned> tags() const {
        std::vector<unsigned> all;
        for (const Seen& one : seen) {
            all.push_back(one.tag);
        }
        return all;
    }
};

}  // namespace

TEST_CASE("an answer leaves from the address of its BMC, at once") {
    Bench bench;
    bench.start();
    bench.ping(1, 3);
    REQUIRE(bench.seen.size() == 1);
    CHECK(dotted(bench.seen[0].from) == "127.1.0.3");
    CHECK(bench.counters(3).in == 1);
    CHECK(bench.counters(3).out == 1);
}

TEST_CASE("latency delays each answer by as much, and keeps their order") {
    Bench bench;
    bench.profile.latency = milliseconds(5);
    bench.start();
    const Time began = bench.now;
    bench.ping(1);
    bench.ping(2);
    CHECK(bench.seen.empty());
    bench.drain();
    CHECK(bench.tags() == std::vector<unsigned>{1, 2});
    CHECK(bench.seen[1].at - began == milliseconds(5));
}

TEST_CASE("jitter adds up to so much, not the same each time") {
    Bench bench;
    bench.profile.latency = milliseconds(5);
    bench.profile.jitter = milliseconds(10);
    bench.start();
    const Time began = bench.now;
    for (std::uint8_t tag = 0; tag < 100; ++tag) {
        bench.ping(tag);
    }
    bench.drain();
    REQUIRE(bench.seen.size() == 100);
    CHECK(bench.seen.front().at - began >= milliseconds(5));
    CHECK(bench.seen.back().at - began < milliseconds(15));
    CHECK(bench.seen.front().at < bench.seen.back().at);
}

TEST_CASE("loss takes its share each way, the same for the same seed") {
    const auto lost = [](std::uint64_t seed, double in, double out) {
        Bench bench;
        bench.profile.in.loss = in;
        bench.profile.out.loss = out;
        bench.start(seed);
        for (int i = 0; i < 1000; ++i) {
            bench.ping(static_cast<std::uint8_t>(i));
        }
        CHECK(bench.seen.size() + bench.counters().lost_in + bench.counters().lost_out == 1000);
        return std::pair(bench.counters().lost_in, bench.counters().lost_out);
    };
    // 1000 draws with probability 1/5: seven standard deviations on both sides.
    const auto both = lost(1, 0.2, 0.2);
    CHECK(both.first > 111);
    CHECK(both.first < 289);
    CHECK(both.second > 80);
    CHECK(both == lost(1, 0.2, 0.2));
    CHECK(both != lost(2, 0.2, 0.2));
    CHECK(lost(1, 1, 0).first == 1000);
    CHECK(lost(1, 0, 1).second == 1000);
}

TEST_CASE("duplicates come twice, in and out") {
    Bench bench;
    SECTION("in") {
        bench.profile.in.duplicate = 1;
        bench.start();
        bench.ping(1);
        CHECK(bench.counters().duplicated_in == 1);
    }
    SECTION("out") {
        bench.profile.out.duplicate = 1;
        bench.start();
        bench.ping(1);
        CHECK(bench.counters().duplicated_out == 1);
    }
    CHECK(bench.tags() == std::vector<unsigned>{1, 1});
}

TEST_CASE("what is held back is overtaken") {
    Bench bench;
    const bool in = GENERATE(true, false);
    (in ? bench.profile.in : bench.profile.out).reorder = 0.5;
    bench.start();
    for (std::uint8_t tag = 0; tag < 100; ++tag) {
        bench.ping(tag);
        bench.now += milliseconds(1);
        bench.link->run_due(bench.now);
    }
    bench.drain();
    auto tags = bench.tags();
    CHECK_FALSE(std::is_sorted(tags.begin(), tags.end()));
    std::sort(tags.begin(), tags.end());
    for (unsigned tag = 0; tag < 100; ++tag) {
        CHECK(tags[tag] == tag);
    }
}

TEST_CASE("a slow BMC answers one after the other, and drops what it cannot hold") {
    Bench bench;
    bench.profile.slow = milliseconds(100);
    bench.start();
    const Time began = bench.now;
    for (std::uint8_t tag = 0; tag < 20; ++tag) {
        bench.ping(tag);
    }
    bench.drain();
    CHECK(bench.seen.size() == 16);
    CHECK(bench.counters().overrun == 4);
    CHECK(bench.seen[0].at - began == milliseconds(100));
    CHECK(bench.seen[15].at - began == milliseconds(1600));
    bench.ping(30);
    bench.drain();
    CHECK(bench.seen.size() == 17);
}

TEST_CASE("a dead BMC never answers") {
    Bench bench;
    bench.profile.dead = true;
    bench.start();
    bench.ping(1);
    bench.drain();
    CHECK(bench.seen.empty());
    CHECK(bench.counters().silent == 1);
}

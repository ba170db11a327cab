#include "core/daemon/mailbox.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using haas::daemon::Mailbox;
using haas::daemon::Storm;

namespace {

// The mailbox, and a loop that is run by hand.
struct Door {
    boost::asio::io_context io{1};
    Mailbox mailbox{io};

    void post(std::function<void()> task) { mailbox.post(std::move(task)); }
    // Runs all, naps included.
    void run() {
        io.restart();
        io.run();
    }
};

}  // namespace

TEST_CASE("what comes alone is no storm, however often it comes") {
    Storm storm;
    Storm::Time now{1h};
    for (int i = 0; i < 100; ++i) {
        CHECK_FALSE(storm.goes_on(now, now + 5us, 1));
        now += 5us + Storm::pace;
    }
}

TEST_CASE("what comes closely in a row is a storm, which ends when a pace brings no more than one") {
    Storm storm;
    Storm::Time now{1h};
    // The loop is away for so long, comes, and is busy for five times as long with so many.
    const auto goes_on = [&](Storm::Time::duration away, std::size_t found) {
        const Storm::Time came = now + away;
        now = came + 5 * away;
        return storm.goes_on(came, now, found);
    };
    goes_on(1s, 1);
    for (unsigned i = 1; i < Storm::patience; ++i) CHECK_FALSE(goes_on(20us, 1));
    CHECK(goes_on(20us, 1));
    for (int i = 0; i < 100; ++i) CHECK(goes_on(Storm::pace + 60us, 2));
    const std::size_t found = GENERATE(0U, 1U);
    CHECK_FALSE(goes_on(Storm::pace, found));
    for (unsigned i = 1; i < Storm::patience; ++i) CHECK_FALSE(goes_on(20us, 5));
    CHECK(goes_on(20us, 5));
    CHECK_FALSE(goes_on(2 * Storm::pace, 5));  // the loop was busy elsewhere
}

TEST_CASE("in a storm the loop naps: what comes meanwhile is run at its end, in order") {
    // Where the machine stops this thread for a pace there is none: tried until it does not.
    bool napped = false;
    for (int round = 0; round < 1000 && !napped; ++round) {
        Door door;
        std::string order;
        for (unsigned i = 0; i < 2 * Storm::patience && !napped; ++i) {
            order.clear();
            door.post([&order] { order += 'a'; });
            door.io.restart();
            door.io.poll();
            napped = order.empty();
        }
        if (!napped) continue;
        door.post([&order] { order += 'b'; });
        door.run();
        CHECK(order == "ab");
    }
    CHECK(napped);
}

TEST_CASE("a mailbox that is empty leaves the loop nothing to wake up for, a storm before it or not") {
    Door door;
    int done = 0;
    for (int i = 0; i < 100; ++i) {
        door.post([&done] { ++done; });
        door.run();  // comes back: it is out of work
    }
    CHECK(done == 100);
}

TEST_CASE("a flood lets others of the loop have their turn") {
    Door door;
    std::size_t done = 0;
    std::optional<std::size_t> done_before;
    for (std::size_t i = 0; i < 10 * Mailbox::most_at_once; ++i) door.post([&done] { ++done; });
    boost::asio::post(door.io, [&] { done_before = done; });
    door.run();
    CHECK(done == 10 * Mailbox::most_at_once);
    CHECK(done_before == Mailbox::most_at_once);
}

TEST_CASE("a task may post, and what it posts comes behind what was there") {
    Door door;
    std::string order;
    door.post([&] {
        order += 'a';
        door.post([&] { order += 'c'; });
    });
    door.post([&] { order += 'b'; });
    door.run();
    CHECK(order == "abc");
}

TEST_CASE("what many threads post arrives whole, that of each in its order") {
    constexpr std::size_t threads = 4;
    constexpr std::size_t each = 20'000;
    Door door;
    std::vector<std::size_t> next(threads, 0);
    bool in_order = true;
    std::atomic<std::size_t> posting{threads};
    std::vector<std::thread> others;
    for (std::size_t who = 0; who < threads; ++who) {
        others.emplace_back([&, who] {
            for (std::size_t i = 0; i < each; ++i) {
                door.post([&, who, i] { in_order = in_order && next[who]++ == i; });
            }
            --posting;
        });
    }
    while (posting > 0) door.run();
    for (std::thread& other : others) other.join();
    door.run();
    CHECK(in_order);
    CHECK(next == std::vector<std::size_t>(threads, each));
}

TEST_CASE("a mailbox that goes takes with it what was not run") {
    const auto held = std::make_shared<int>(0);
    bool ran = false;
    {
        Door door;
        door.post([held, &ran] { ran = true; });
    }
    CHECK_FALSE(ran);
    CHECK(held.use_count() == 1);
}

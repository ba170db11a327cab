#include "core/daemon/asio_loop.hpp"

#include <string>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using haas::Loop;
using haas::daemon::AsioLoop;

TEST_CASE("timers fire in order of their time, those of one moment in the order they were set") {
    boost::asio::io_context io;
    AsioLoop loop(io);
    std::string order;
    const Loop::Time now = loop.now();
    loop.at(now + 3ms, [&] { order += 'c'; });
    loop.at(now + 1ms, [&] { order += 'a'; });
    loop.at(now + 1ms, [&] { order += 'b'; });
    io.run();
    CHECK(order == "abc");
}

TEST_CASE("a cancelled timer does not fire, also when the loop was armed for it") {
    boost::asio::io_context io;
    AsioLoop loop(io);
    std::string order;
    const Loop::Timer first = loop.at(loop.now() + 1ms, [&] { order += 'x'; });
    loop.at(loop.now() + 2ms, [&] { order += 'y'; });
    loop.cancel(first);
    loop.cancel(first);
    loop.cancel(Loop::Timer::none);
    io.run();
    CHECK(order == "y");
}

TEST_CASE("a timer may set and cancel others") {
    boost::asio::io_context io;
    AsioLoop loop(io);
    std::string order;
    Loop::Timer victim = Loop::Timer::none;
    loop.at(loop.now(), [&] {
        order += 'a';
        loop.cancel(victim);
        loop.at(loop.now() - 1s, [&] { order += 'b'; });  // already due, and fires all the same
    });
    victim = loop.at(loop.now() + 1ms, [&] { order += 'x'; });
    io.run();
    CHECK(order == "ab");
}

TEST_CASE("a timer that sets itself anew for now does not hold the loop") {
    boost::asio::io_context io;
    AsioLoop loop(io);
    int rounds = 0;
    bool posted = false;
    std::function<void()> again = [&] {
        if (++rounds == 3) loop.post([&] { posted = true; });
        if (!posted && rounds < 1000) loop.at(loop.now(), again);
    };
    loop.at(loop.now(), again);
    io.run();
    CHECK(posted);
    CHECK(rounds < 1000);
}

TEST_CASE("tasks come over from other threads, in their order") {
    boost::asio::io_context io;
    AsioLoop loop(io);
    std::string order;
    std::thread other([&] {
        for (const char c : {'a', 'b', 'c'}) loop.post([&order, c] { order += c; });
    });
    other.join();
    io.run();
    CHECK(order == "abc");
}

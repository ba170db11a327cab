#include "core/driver/workers.hpp"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using haas::driver::Workers;
using namespace std::chrono_literals;

namespace {

// One job, as a C++ function.
struct Call {
    std::function<void(bool abandoned)> body;
    static void run(void* argument, std::int32_t abandoned) { static_cast<Call*>(argument)->body(abandoned != 0); }
};

// Closes and joins, and fails the test if a thread does not come to its end.
void finish(Workers& workers) {
    std::promise<void> idle;
    workers.close([&] { idle.set_value(); });
    REQUIRE(idle.get_future().wait_for(10s) == std::future_status::ready);
    workers.join();
}

// A job that runs until it is let go.
struct Blocker {
    std::promise<void> started;
    std::promise<void> go;
    Call call{[this](bool) {
        started.set_value();
        go.get_future().wait();
    }};
};

}  // namespace

TEST_CASE("jobs of one node run in order, one at a time") {
    Workers workers("order", 8);
    std::vector<int> order;  // guarded by the rule under test
    std::atomic<int> running{0};
    std::atomic<bool> overlapped{false};
    std::vector<Call> calls;
    for (int i = 0; i < 500; ++i) {
        calls.push_back({[&, i](bool) {
            if (++running != 1) overlapped = true;
            order.push_back(i);
            --running;
        }});
    }
    std::promise<void> all;
    Call last{[&](bool) { all.set_value(); }};
    for (Call& call : calls) REQUIRE(workers.run(1, &Call::run, &call) == HAAS_OBM_OK);
    REQUIRE(workers.run(1, &Call::run, &last) == HAAS_OBM_OK);
    REQUIRE(all.get_future().wait_for(10s) == std::future_status::ready);
    finish(workers);
    CHECK_FALSE(overlapped);
    REQUIRE(order.size() == 500);
    CHECK(std::is_sorted(order.begin(), order.end()));
}

TEST_CASE("a node whose job blocks holds up itself only") {
    Workers workers("fair", 2);
    Blocker blocker;
    std::promise<void> behind;
    Call second{[&](bool abandoned) { behind.set_value(); CHECK_FALSE(abandoned); }};
    REQUIRE(workers.run(1, &Call::run, &blocker.call) == HAAS_OBM_OK);
    blocker.started.get_future().wait();
    for (int i = 0; i < 100; ++i) REQUIRE(workers.run(1, &Call::run, &second) == HAAS_OBM_OK);
    // A hundred jobs wait, all for node 1: node 2 does not.
    std::promise<void> other;
    Call quick{[&](bool) { other.set_value(); }};
    REQUIRE(workers.run(2, &Call::run, &quick) == HAAS_OBM_OK);
    CHECK(other.get_future().wait_for(10s) == std::future_status::ready);
    second.body = [](bool) {};
    blocker.go.set_value();
    finish(workers);
}

TEST_CASE("nodes take turns") {
    Workers workers("turns", 1);
    Blocker blocker;
    REQUIRE(workers.run(9, &Call::run, &blocker.call) == HAAS_OBM_OK);
    blocker.started.get_future().wait();
    std::vector<int> order;  // one thread
    Call first{[&](bool) { order.push_back(1); }};
    Call second{[&](bool) { order.push_back(2); }};
    std::promise<void> all;
    Call last{[&](bool) { all.set_value(); }};
    for (int i = 0; i < 3; ++i) workers.run(1, &Call::run, &first);
    workers.run(2, &Call::run, &second);
    workers.run(3, &Call::run, &last);
    blocker.go.set_value();
    REQUIRE(all.get_future().wait_for(10s) == std::future_status::ready);
    finish(workers);
    CHECK(order == std::vector<int>{1, 2, 1, 1});
}

TEST_CASE("as many nodes at once as there are threads, and threads only when needed") {
    Workers workers("many", 4);
    std::array<Blocker, 4> blockers;
    for (std::size_t i = 0; i < blockers.size(); ++i) {
        REQUIRE(workers.run(i, &Call::run, &blockers[i].call) == HAAS_OBM_OK);
        REQUIRE(blockers[i].started.get_future().wait_for(10s) == std::future_status::ready);
    }
    std::atomic<bool> ran{false};
    Call fifth{[&](bool) { ran = true; }};
    REQUIRE(workers.run(99, &Call::run, &fifth) == HAAS_OBM_OK);
    CHECK_FALSE(ran);
    for (Blocker& blocker : blockers) blocker.go.set_value();
    finish(workers);
    CHECK(ran);
}

TEST_CASE("what is too much is refused, and not called") {
    Workers workers("full", 1);
    Blocker blocker;
    REQUIRE(workers.run(1, &Call::run, &blocker.call) == HAAS_OBM_OK);
    blocker.started.get_future().wait();
    std::atomic<unsigned> called{0};
    Call job{[&](bool) { ++called; }};
    for (std::size_t i = 0; i < Workers::capacity; ++i) REQUIRE(workers.run(i, &Call::run, &job) == HAAS_OBM_OK);
    CHECK(workers.run(1, &Call::run, &job) == HAAS_OBM_BUSY);
    blocker.go.set_value();
    finish(workers);
    CHECK(called == Workers::capacity);
    CHECK(workers.run(1, &Call::run, &job) == HAAS_OBM_BUSY);
}

TEST_CASE("closing abandons what waits, and idle comes after what runs") {
    Workers workers("close", 2);
    Blocker blocker;
    std::atomic<int> abandoned{0};
    Call waiting{[&](bool given_up) { abandoned += given_up ? 1 : 0; }};
    REQUIRE(workers.run(1, &Call::run, &blocker.call) == HAAS_OBM_OK);
    blocker.started.get_future().wait();
    workers.run(1, &Call::run, &waiting);
    std::promise<void> idle;
    std::future<void> is_idle = idle.get_future();
    workers.close([&] { idle.set_value(); });
    CHECK(is_idle.wait_for(0s) == std::future_status::timeout);
    blocker.go.set_value();
    REQUIRE(is_idle.wait_for(10s) == std::future_status::ready);
    CHECK(abandoned == 1);
    workers.join();
}

TEST_CASE("without a job there is no thread, and closing is immediate") {
    Workers workers("none", 16);
    bool idle = false;
    workers.close([&] { idle = true; });
    CHECK(idle);
    workers.join();
}

TEST_CASE("threads are named for ps") {
    Workers workers("robot_finger", 100);
    std::promise<std::string> name;
    Call call{[&](bool) {
        std::array<char, 16> text{};
        pthread_getname_np(pthread_self(), text.data(), text.size());
        name.set_value(text.data());
    }};
    // The thread is named by whoever made it, before run() returns and lets the job begin.
    REQUIRE(workers.run(1, &Call::run, &call) == HAAS_OBM_OK);
    CHECK(name.get_future().get() == "robot_finger/1");
    finish(workers);
}

TEST_CASE("many threads, many nodes: every job is called once") {
    Workers workers("storm", 8);
    std::atomic<unsigned> called{0};
    Call job{[&](bool) { ++called; }};
    std::atomic<unsigned> accepted{0};
    std::vector<std::thread> askers;
    for (unsigned asker = 0; asker < 4; ++asker) {
        askers.emplace_back([&, asker] {
            for (unsigned i = 0; i < 2000; ++i) {
                if (workers.run((asker + i) % 37, &Call::run, &job) == HAAS_OBM_OK) ++accepted;
            }
        });
    }
    for (std::thread& asker : askers) asker.join();
    finish(workers);
    CHECK(called == accepted);
    CHECK(accepted > 0);
}

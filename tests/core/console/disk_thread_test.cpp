#include "core/console/disk_thread.hpp"

#include <future>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using haas::console::DiskThread;

TEST_CASE("jobs are done one after the other, in order, on another thread, and all of them before the end") {
    std::vector<int> done;
    std::thread::id where;
    {
        DiskThread thread;
        for (int i = 0; i < 100; ++i) {
            thread.submit([&, i] {
                done.push_back(i);
                where = std::this_thread::get_id();
            });
        }
        thread.submit([&] { thread.submit([&] { done.push_back(100); }); });
    }
    REQUIRE(done.size() == 101);
    for (int i = 0; i <= 100; ++i) CHECK(done[static_cast<std::size_t>(i)] == i);
    CHECK(where != std::this_thread::get_id());
}

TEST_CASE("one who submits does not wait for a job that takes long") {
    DiskThread thread;
    std::promise<void> gate;
    std::promise<int> answer;
    thread.submit([opened = gate.get_future().share()] { opened.wait(); });
    thread.submit([&] { answer.set_value(7); });
    gate.set_value();
    CHECK(answer.get_future().get() == 7);
}

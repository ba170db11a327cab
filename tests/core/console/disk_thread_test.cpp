#include "core/console/disk_thread.hpp"

#include <sys/resource.h>

#include <algorithm>
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

TEST_CASE("a job, and the threads that it starts, give way to those that somebody waits for") {
    const auto nice = [] { return ::getpriority(PRIO_PROCESS, 0); };
    const int ours = nice();
    std::promise<int> of_job;
    std::promise<int> of_its_thread;
    {
        DiskThread thread;
        thread.submit([&] {
            of_job.set_value(nice());
            std::thread([&] { of_its_thread.set_value(nice()); }).join();
        });
    }
    const int expected = std::min(ours + 10, 19);  // setpriority(2): 19 is the lowest priority
    CHECK(of_job.get_future().get() == expected);
    CHECK(of_its_thread.get_future().get() == expected);
    CHECK(nice() == ours);
}

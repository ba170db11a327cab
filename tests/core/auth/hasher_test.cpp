#include "core/auth/hasher.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>

#include <catch2/catch.hpp>

#include "core/auth/password.hpp"
#include "tests/core/auth/test_loop.hpp"

using haas::Secret;
using haas::auth::Hasher;
using haas::test::TestLoop;

namespace {

// A door that what is verified waits at, so that a test decides when.
class Door {
public:
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    void shut() {
        const std::lock_guard lock(mutex_);
        open_ = false;
        waiting_ = 0;
    }
    void pass() {
        std::unique_lock lock(mutex_);
        ++waiting_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
    }
    void await_somebody() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return waiting_ > 0; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
    int waiting_ = 0;
};
Door door;

bool at_the_door(const Secret& password, const std::string& hash) {
    door.pass();
    return password.reveal() == hash;
}

}  // namespace

TEST_CASE("a password is verified elsewhere and answered on the loop") {
    TestLoop loop;
    Hasher hasher(loop, 2, haas::auth::verify_password);
    // mkpasswd 5.5.17 -m yescrypt -R 1, of "open sesame"
    const std::string hash = "$y$j75$dl8iVbwPIXVG3RDJcJCNi0$Nvz1MLy/hllFqm5kfVkZaKHMaDpB/4JiidGRqjsFxl1";
    const auto here = std::this_thread::get_id();
    int right = 0;
    int answers = 0;
    for (const char* guess : {"open sesame", "open sesamf", "open sesame", ""}) {
        REQUIRE(hasher.submit("10.0.0.1", {Secret(guess), hash, [&](bool verdict) {
                                               CHECK(std::this_thread::get_id() == here);
                                               right += verdict ? 1 : 0;
                                               ++answers;
                                           }}));
    }
    REQUIRE(loop.run_until([&] { return answers == 4; }));
    CHECK(right == 2);
}

TEST_CASE("a network has few places in the queue, and the queue has an end") {
    door.shut();
    TestLoop loop;
    Hasher hasher(loop, 1, at_the_door);
    std::size_t answers = 0;
    const auto submit = [&](const std::string& network) {
        return hasher.submit(network, {Secret("x"), "x", [&](bool) { ++answers; }});
    };
    REQUIRE(submit("first"));
    door.await_somebody();  // it waits no more, it is being hashed
    for (int i = 0; i < 16; ++i) REQUIRE(submit("first"));
    CHECK_FALSE(submit("first"));
    std::size_t waiting = 16;
    for (int network = 0; network < 15; ++network) {
        for (int i = 0; i < 16; ++i) waiting += submit(std::to_string(network)) ? 1U : 0U;
    }
    CHECK(waiting == 256);
    CHECK_FALSE(submit("another"));
    door.open();
    REQUIRE(loop.run_until([&] { return answers == 257; }));
    CHECK(submit("another"));
    REQUIRE(loop.run_until([&] { return answers == 258; }));
}

TEST_CASE("a job that is refused is as it was") {
    door.shut();
    TestLoop loop;
    Hasher hasher(loop, 1, at_the_door);
    std::size_t answers = 0;
    const auto count = [&](bool) { ++answers; };
    for (int i = 0; i < 17; ++i) {
        Hasher::Job job{Secret("x"), "x", count};
        if (i == 1) door.await_somebody();
        REQUIRE(hasher.submit("n", std::move(job)));
    }
    Hasher::Job job{Secret("password"), "hash", count};
    REQUIRE_FALSE(hasher.submit("n", std::move(job)));
    CHECK(job.password.reveal() == "password");
    CHECK(job.hash == "hash");
    CHECK(job.done);
    door.open();
    REQUIRE(loop.run_until([&] { return answers == 17; }));
}

TEST_CASE("networks take turns") {
    door.shut();
    TestLoop loop;
    Hasher hasher(loop, 1, at_the_door);
    std::string order;
    const auto submit = [&](const std::string& network) {
        REQUIRE(hasher.submit(network, {Secret("x"), "x", [&order, network](bool) { order += network; }}));
    };
    submit("a");
    door.await_somebody();
    for (int i = 0; i < 5; ++i) submit("a");
    submit("b");
    submit("b");
    submit("c");
    door.open();
    REQUIRE(loop.run_until([&] { return order.size() == 9; }));
    CHECK(order == "aabcabaaa");
}

TEST_CASE("nothing is answered after the hasher and the loop have ended, and nothing of it stays") {
    door.shut();
    auto loop = std::make_unique<TestLoop>();
    const auto alive = std::make_shared<int>(0);
    bool answered = false;
    {
        Hasher hasher(*loop, 1, at_the_door);
        for (int i = 0; i < 5; ++i) {
            REQUIRE(hasher.submit("n", {Secret("x"), "x", [alive, &answered](bool) { answered = true; }}));
        }
        door.await_somebody();
        door.open();
    }
    loop.reset();
    CHECK_FALSE(answered);
    CHECK(alive.use_count() == 1);
}

#include "core/driver/host.hpp"

#include <chrono>
#include <thread>

#include <catch2/catch.hpp>

#include "tests/core/driver/test_loop.hpp"

using namespace haas;
using namespace haas::driver;

namespace {

struct Ears final : Receiver {
    void completed(std::uint64_t operation, Outcome outcome) override {
        operations.push_back(operation);
        last = std::move(outcome);
        thread = std::this_thread::get_id();
    }
    void published(std::uint64_t node_id, Copied facts) override {
        node = node_id;
        said = std::move(facts);
    }
    void console_ready(std::uint64_t console) override { consoles.push_back(console); }
    std::vector<std::uint64_t> operations;
    std::vector<std::uint64_t> consoles;
    Outcome last;
    std::thread::id thread;
    std::uint64_t node = 0;
    Copied said;
};

void complete(const haas_obm_host* host, std::uint64_t operation, const std::string& message) {
    const haas_obm_completion completion{
        sizeof(haas_obm_completion), HAAS_OBM_BUSY, HAAS_OBM_EFFECT_NONE, 0, 0, {message.data(), message.size()}, nullptr, 0};
    host->complete(host->context, operation, &completion);
}

}  // namespace

TEST_CASE("what another thread completes arrives on the loop's, copied") {
    TestLoop loop;
    const auto ears = std::make_shared<Ears>();
    Host host("test.ext", 1, loop, ears);
    std::thread([&] {
        std::string message = "out of sessions\xff";
        complete(host.table(), 12, message);
        message.assign(message.size(), '?');
    }).join();
    CHECK(ears->operations.empty());
    loop.run();
    CHECK(ears->operations == std::vector<std::uint64_t>{12});
    CHECK(ears->last.message == "out of sessions\xEF\xBF\xBD");
    CHECK(ears->thread == std::this_thread::get_id());
}

TEST_CASE("what another thread tells of a console is announced on the loop's") {
    TestLoop loop;
    const auto ears = std::make_shared<Ears>();
    Host host("test.ext", 1, loop, ears);
    host.consoles().open(9);
    const haas_obm_console_sink sink = host.sink(9);
    std::thread([sink] {
        const std::uint8_t bytes[] = {'o', 'k'};
        const haas_obm_console_event event{sizeof(event), HAAS_OBM_CONSOLE_DATA, 0, bytes, 2, 0, {nullptr, 0}};
        CHECK(sink.event(sink.context, sink.console, &event) == 0);
    }).join();
    CHECK(ears->consoles.empty());
    loop.run();
    CHECK(ears->consoles == std::vector<std::uint64_t>{9});
    CHECK(host.consoles().take(9).events == std::vector<ConsoleEvent>{ConsoleData{"ok"}});
}

TEST_CASE("facts arrive on the loop's thread") {
    TestLoop loop;
    const auto ears = std::make_shared<Ears>();
    Host host("test.ext", 1, loop, ears);
    const haas_obm_field fact{{"lun", 3}, HAAS_OBM_KIND_INTEGER, 0, {nullptr, 0}, 2};
    host.table()->publish_facts(host.table()->context, 8, &fact, 1);
    loop.run();
    CHECK(ears->node == 8);
    CHECK(ears->said.values == Fields{{"lun", std::int64_t{2}}});
}

TEST_CASE("the clock is the one the deadlines count on") {
    TestLoop loop;
    Host host("test.ext", 1, loop, {});
    const std::uint64_t before = nanoseconds(std::chrono::steady_clock::now());
    const std::uint64_t told = host.table()->now_ns(host.table()->context);
    CHECK(told >= before);
    CHECK(told <= nanoseconds(std::chrono::steady_clock::now()));
}

TEST_CASE("nobody is called when nobody is there any more") {
    TestLoop loop;
    auto ears = std::make_shared<Ears>();
    Host host("test.ext", 1, loop, ears);
    complete(host.table(), 1, "late");
    ears.reset();
    loop.run();
    SUCCEED("the receiver was gone");
}

TEST_CASE("a host that was shut is deaf") {
    TestLoop loop;
    const auto ears = std::make_shared<Ears>();
    Host host("test.ext", 1, loop, ears);
    CHECK(host.table()->log_enabled(host.table()->context, HAAS_OBM_LOG_ERROR) == 1);
    host.shut();
    complete(host.table(), 1, "late");
    loop.run();
    CHECK(ears->operations.empty());
    CHECK(host.table()->log_enabled(host.table()->context, HAAS_OBM_LOG_ERROR) == 0);
    host.table()->log(host.table()->context, HAAS_OBM_LOG_ERROR, {"not written", 11});
}

TEST_CASE("what a driver logs is a line of ours at its level") {
    TestLoop loop;
    Host host("test.ext", 1, loop, {});
    const auto enabled = [&](std::int32_t level) { return host.table()->log_enabled(host.table()->context, level); };
    CHECK(enabled(HAAS_OBM_LOG_DEBUG) == 0);  // the default level is info
    CHECK(enabled(HAAS_OBM_LOG_INFO) == 1);
    CHECK(enabled(HAAS_OBM_LOG_WARN) == 1);
    CHECK(enabled(1000) == 1);  // what is unknown is taken for serious
}

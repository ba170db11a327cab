#include "haas/obm/console.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include "haas/obm/driver.hpp"
#include "haas/obm/testing/console_ear.hpp"
#include "haas/obm/testing/fake_host.hpp"

using namespace haas::obm;
using haas::obm::testing::ConsoleEar;
using haas::obm::testing::FakeHost;
using namespace std::chrono_literals;

namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// What an author writes: notes what it was asked.
class EchoNode final : public Node, public Console {
public:
    explicit EchoNode(std::string& story) : story_(story) {}
    void power_on(Reply reply) override { reply.done(); }
    void power_off(Reply reply) override { reply.done(); }
    void reset(Reply reply) override { reply.done(); }
    void status(Reply reply) override { reply.done(Power::on); }
    void cancel(std::uint64_t) noexcept override {}

    void open_console(Conflict conflict, ConsoleSink sink, Reply reply) override {
        story_ += conflict == Conflict::steal ? "steal " : "open ";
        sink_ = std::move(sink);
        reply.done();
    }
    void write_console(std::span<const std::uint8_t> bytes, Reply reply) override {
        if (!sink_->data(bytes)) story_ += "paused ";
        reply.fail_write(Status::timed_out, "slow", Effect::unknown, bytes.size() - 1);
    }
    void break_console(Reply) override { throw Failure(Status::busy, "not told to anyone: the reply is"); }
    void resume_console() override { story_ += sink_->paused() ? "still paused " : "resumed "; }
    void close_console(Reply reply) override { reply.done(); }

    std::optional<ConsoleSink> sink_;

private:
    std::string& story_;
};

class EchoDriver final : public Driver {
public:
    static constexpr Description description{"urn:example:echo", "echo", "1", "{}"};
    using Node = EchoNode;
    EchoDriver(Host, const Fields&) {}
    std::unique_ptr<EchoNode> attach(const NodeContext&, const Fields&) {
        auto node = std::make_unique<EchoNode>(story);
        last = node.get();
        return node;
    }
    static inline std::string story;
    static inline EchoNode* last = nullptr;
};

struct Bench {
    Bench() {
        EchoDriver::story.clear();
        entry.create(host.table(), nullptr, 0, &driver, nullptr);
        entry.attach(driver, 1, {nullptr, 0}, nullptr, 0, &node, nullptr);
    }
    ~Bench() {
        if (node != nullptr) entry.detach(node);
        entry.destroy(driver);
        CHECK(host.breaches().empty());
        CHECK(ear.breaches().empty());
    }
    void open(std::int32_t conflict) {
        const haas_obm_operation operation = host.operation("open_console", 1s);
        const haas_obm_console_request request{sizeof(request), conflict, 0};
        const haas_obm_console_sink sink = ear.sink();
        table->open(node, &operation, &request, &sink);
        CHECK(host.wait(operation.id, 0s)->status == HAAS_OBM_OK);
    }
    testing::Completed write(std::string_view text) {
        const haas_obm_operation operation = host.operation("write_console", 1s);
        table->write(node, &operation, bytes_of(text).data(), text.size());
        return *host.wait(operation.id, 0s);
    }

    const haas_obm_entry entry = detail::entry<EchoDriver>();
    const haas_obm_console* table = static_cast<const haas_obm_console*>(entry.capability(text(HAAS_OBM_CONSOLE)));
    FakeHost host;
    ConsoleEar ear;
    haas_obm_driver* driver = nullptr;
    haas_obm_node* node = nullptr;
};

}  // namespace

TEST_CASE("a node derived from Console offers one, and the table calls the author's functions") {
    Bench bench;
    REQUIRE(bench.table != nullptr);
    bench.open(HAAS_OBM_CONSOLE_STEAL);
    const testing::Completed written = bench.write("hello");
    CHECK(written.status == HAAS_OBM_TIMED_OUT);
    CHECK(written.effect == HAAS_OBM_EFFECT_UNKNOWN);
    REQUIRE(written.values.size() == 1);
    CHECK(written.values[0].name == "accepted");
    CHECK(std::get<std::int64_t>(written.values[0].value) == 4);
    CHECK(bench.ear.output() == "hello");
    CHECK(EchoDriver::story == "steal ");

    const haas_obm_operation operation = bench.host.operation("break_console", 1s);
    bench.table->send_break(bench.node, &operation);
    CHECK(bench.host.wait(operation.id, 0s)->status == HAAS_OBM_INTERNAL);
}

TEST_CASE("a host that answers pause is heard, and resume ends it once") {
    Bench bench;
    bench.table->resume(bench.node);
    bench.open(HAAS_OBM_CONSOLE_REPORT);
    bench.table->resume(bench.node);
    CHECK(EchoDriver::story == "open ");
    bench.ear.pause(true);
    bench.write("x");
    bench.ear.pause(false);
    bench.table->resume(bench.node);
    bench.table->resume(bench.node);
    bench.write("y");
    CHECK(EchoDriver::story == "open paused resumed ");
}

TEST_CASE("more than one event may have is told in several") {
    Bench bench;
    bench.open(HAAS_OBM_CONSOLE_REPORT);
    const std::string much(3 * HAAS_OBM_CONSOLE_MOST_BYTES + 1, 'x');
    CHECK(EchoDriver::last->sink_->data(bytes_of(much)));
    CHECK((bench.ear.output() == much));
    CHECK(EchoDriver::last->sink_->data({}));
}

TEST_CASE("a sink that outlives its node says nothing") {
    Bench bench;
    bench.open(HAAS_OBM_CONSOLE_REPORT);
    const ConsoleSink kept = *EchoDriver::last->sink_;
    kept.state(ConsoleState::stolen, "by somebody");
    CHECK(bench.ear.state() == HAAS_OBM_CONSOLE_STOLEN);
    bench.entry.detach(std::exchange(bench.node, nullptr));
    kept.data(bytes_of("x"));
    kept.gap();
    kept.state(ConsoleState::connected);
    CHECK(bench.ear.output().empty());
    CHECK(bench.ear.gaps() == 0);
    CHECK(bench.ear.state() == HAAS_OBM_CONSOLE_STOLEN);
}

TEST_CASE("no pause lasts for ever, however soon the resume comes") {
    // A host that has enough after each event, and lets go from another thread as soon as it has said so.
    struct Greedy {
        std::atomic<int> told{0};
        std::atomic<bool> enough{false};
    } greedy;
    const haas_obm_console_sink raw{sizeof(raw), reinterpret_cast<haas_obm_host_context*>(&greedy), 1,
                                    [](haas_obm_host_context* context, std::uint64_t, const haas_obm_console_event*) {
                                        auto& mine = *reinterpret_cast<Greedy*>(context);
                                        ++mine.told;
                                        mine.enough = true;
                                        return std::int32_t{1};
                                    }};
    const ConsoleSink sink(raw);
    constexpr int rounds = 20'000;
    std::thread driver([&] {
        for (int i = 0; i < rounds; ++i) {
            sink.data(bytes_of("x"));
            while (sink.paused()) std::this_thread::yield();
        }
    });
    // Ends only when the driver has: a pause that was noted after its resume would hold it, and this, for ever.
    for (int resumed = 0; resumed < rounds;) {
        if (!greedy.enough.exchange(false)) continue;
        sink.resumed();
        ++resumed;
    }
    driver.join();
    CHECK(greedy.told == rounds);
}

// How many nodes are at it at a time, how far apart they begin, and what giving up leaves.
#include "core/api/fanout.hpp"

#include <catch2/catch.hpp>

#include "tests/core/node/fake_loop.hpp"

using haas::api::Fanout;
using namespace std::chrono_literals;

namespace {

struct Bench {
    struct Work final : Fanout::Work {
        explicit Work(Bench& of) : bench(of) {}
        haas::node::Ticket begin(const std::string& node, Fanout::Answered answered) override {
            bench.begun.emplace_back(node, bench.loop.now());
            if (bench.at_once) {
                answered({node, Fanout::Kind::ok, "done"});
            } else {
                bench.open.push_back(std::move(answered));
            }
            return {};
        }
        Bench& bench;
    };
    struct Report final : Fanout::Report {
        void line(std::string json) override { lines.push_back(std::move(json)); }
        bool full() const override { return is_full; }
        void end(const Fanout::Count& count) override {
            ++ends;
            counted = count;
        }
        std::vector<std::string> lines;
        bool is_full = false;
        int ends = 0;
        Fanout::Count counted;
    };

    std::shared_ptr<Fanout> make(std::size_t nodes, Fanout::Pace pace) {
        std::vector<std::string> labels;
        for (std::size_t i = 0; i < nodes; ++i) labels.push_back("n" + std::to_string(i));
        return std::make_shared<Fanout>(loop, labels, pace, std::make_unique<Work>(*this), report);
    }
    void answer_first(Fanout::Kind kind = Fanout::Kind::ok) {
        const Fanout::Answered answered = std::move(open.front());
        open.erase(open.begin());
        answered({"line", kind, "done"});
    }

    haas::node::FakeLoop loop;
    std::vector<std::pair<std::string, haas::Loop::Time>> begun;
    std::vector<Fanout::Answered> open;
    bool at_once = false;
    std::shared_ptr<Report> report = std::make_shared<Report>();
};

}  // namespace

TEST_CASE("no more than the fanout are at it, and each that ends lets one begin") {
    Bench bench;
    bench.make(5, {.fanout = 2})->start();
    CHECK(bench.begun.size() == 2);
    bench.answer_first();
    CHECK(bench.begun.size() == 3);
    bench.answer_first(Fanout::Kind::failed);
    bench.answer_first(Fanout::Kind::unknown);
    CHECK(bench.begun.size() == 5);
    CHECK(bench.report->ends == 0);
    bench.loop.advance(7s);
    bench.answer_first();
    bench.answer_first();
    CHECK(bench.report->ends == 1);
    const Fanout::Count& count = bench.report->counted;
    CHECK(count.nodes == 5);
    CHECK(count.ok == 3);
    CHECK(count.failed == 1);
    CHECK(count.unknown == 1);
    CHECK(count.not_started == 0);
    CHECK(count.words.at("done") == 3);
    CHECK(count.time == 7s);
    CHECK(bench.report->lines.size() == 5);
}

TEST_CASE("nodes begin as far apart as asked, however fast they answer") {
    Bench bench;
    bench.make(4, {.fanout = 10, .stagger = 1500ms})->start();
    const auto start = bench.loop.now();
    CHECK(bench.begun.size() == 1);
    bench.answer_first();
    CHECK(bench.begun.size() == 1);
    bench.loop.advance(10s);
    REQUIRE(bench.begun.size() == 4);
    CHECK(bench.begun[1].second == start + 1500ms);
    CHECK(bench.begun[3].second == start + 4500ms);
    while (!bench.open.empty()) bench.answer_first();
    CHECK(bench.report->ends == 1);
    CHECK(bench.loop.timers() == 0);
}

TEST_CASE("what is answered at once takes no depth of stack and leaves others their turn") {
    Bench bench;
    bench.at_once = true;
    bench.make(100'000, {.fanout = 1, .stagger = 1h})->start();
    CHECK(bench.begun.size() == Fanout::at_a_turn);
    bench.loop.run();
    CHECK(bench.begun.size() == 100'000);
    CHECK(bench.report->ends == 1);
    CHECK(bench.report->counted.ok == 100'000);
}

TEST_CASE("a full report holds the rest up") {
    Bench bench;
    const auto fanout = bench.make(5, {.fanout = 2});
    fanout->start();
    bench.report->is_full = true;
    bench.answer_first();
    bench.answer_first();
    bench.loop.advance(1h);
    CHECK(bench.begun.size() == 2);
    CHECK(bench.report->ends == 0);
    bench.report->is_full = false;
    fanout->resume();
    CHECK(bench.begun.size() == 4);
    while (!bench.open.empty()) bench.answer_first();
    CHECK(bench.report->ends == 1);
}

TEST_CASE("given up: nothing begins any more, what runs is awaited, and the rest is counted") {
    Bench bench;
    const auto fanout = bench.make(10, {.fanout = 2, .stagger = 1s});
    fanout->start();
    bench.loop.advance(1s);
    REQUIRE(bench.begun.size() == 2);
    fanout->give_up();
    fanout->give_up();
    bench.loop.advance(1h);
    CHECK(bench.begun.size() == 2);
    CHECK_FALSE(fanout->over());
    bench.answer_first();
    bench.answer_first();
    CHECK(fanout->over());
    CHECK(bench.report->ends == 1);
    CHECK(bench.report->counted.not_started == 8);
    CHECK(bench.report->counted.ok == 2);
}

TEST_CASE("a fanout over no nodes is over at once") {
    Bench bench;
    bench.make(0, {})->start();
    CHECK(bench.report->ends == 1);
    CHECK(bench.report->counted.nodes == 0);
}
